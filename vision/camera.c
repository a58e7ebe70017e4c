/* camera.c - one camera: a stream or file in, estimates out. See camera.h.
 *
 * The stream's thread looks at pictures and leaves what is ready; the main context delivers it, judges the camera's state twice a
 * second and starts the stream again. The lock is held for the looking, about a third of a millisecond a picture.
 */
#include "vision/camera.h"

#include <string.h>

#include "vision/sparse.h"
#include "vision/stream.h"
#include "vision/watch.h"

#define WORK_WIDTH_PX 640
#define JUDGE_EVERY_MS 500
#define LOST_S 3.0          /* without a picture */
#define SLEPT_S 0.75        /* nobody judged for so long: this process had no time, which says nothing of the camera */
#define CONNECT_S 10.0      /* until the first one comes */
#define OPEN_S 4.0          /* the same for a file: what cannot be played does not always say so */
#define BAD_S 1.0           /* dark or uniform for so long is blind: one broken picture is not */
#define EARLY_SHARE 0.25    /* of the time between two looks: so much before its time a picture will do; so many a second on the average */
#define CLOCK_LEAP_S 1.0    /* less is jitter */
#define FILM_LEAP_S 30.0    /* a film may have pictures so far apart */
#define READY_MAX 64       /* estimates that wait for a main context that is busy */
#define BACKOFF_FIRST_S 0.5
#define BACKOFF_MOST_S 15.0

struct camera {
	const struct view *view;
	struct camera_options options;
	char *uri;
	camera_on_estimates on_estimates;
	camera_on_state on_state;
	void *user;
	struct stream *stream; /* NULL between two tries */
	GSource *deliver, *judge;
	struct camera_health told;
	double backoff_s, retry_at_s, started_at_s; /* monotonic */
	uint64_t frames_before;
	double judged_at_s;
	double awake_at_s; /* the last judgement; NaN before the first */
	bool final; /* a file: it does not start again */

	GMutex lock; /* below: shared with the stream's thread */
	struct watch *watch;
	GError *refused; /* why no watch could be made */
	uint32_t step;   /* every so many pixels */
	struct camera_health health;
	double seen_at_s, good_at_s; /* monotonic: last picture, last one worth something */
	double came_s, came_mono_s;  /* the last picture: its own time, and here by the monotonic clock */
	double leapt_s;              /* how far clocks were set since the beginning; whole seconds. Below and in the watch time runs evenly */
	double due_s;                /* the next picture is looked at from then on */
	uint32_t ages[CAMERA_AGES];
	GQueue ready;                /* struct batch, not delivered yet, oldest first */
};

struct batch { /* one second's estimates */
	struct estimate *estimates;
	uint32_t n;
	double taken_s, arrived_s; /* the picture that completed them: capture, and here by the monotonic clock */
};

const char *camera_state_name(enum camera_state s)
{
	static const char *const names[] = {"connecting", "ok", "lost", "blind", "frozen", "ended", "moved"};
	return (size_t) s < G_N_ELEMENTS(names) ? names[s] : "unknown";
}

static double mono_s(void)
{
	return g_get_monotonic_time() / 1e6;
}

static void batch_free(struct batch *b)
{
	for (uint32_t k = 0; k < b->n; k++)
		estimate_finish(&b->estimates[k]);
	g_free(b->estimates);
	g_free(b);
}

/* ---- the stream's thread ---- */

/* A new picture size: begin anew with it. */
static bool fit(struct camera *c, const struct stream_frame *f)
{
	if (c->watch && c->health.width_px == f->width_px && c->health.height_px == f->height_px)
		return true;
	if (c->refused && c->health.width_px == f->width_px && c->health.height_px == f->height_px)
		return false;
	c->health.width_px = f->width_px;
	c->health.height_px = f->height_px;
	c->step = (f->width_px + WORK_WIDTH_PX - 1) / WORK_WIDTH_PX;
	g_clear_pointer(&c->watch, watch_free);
	g_clear_error(&c->refused);
	uint32_t width_px = f->width_px / c->step, height_px = f->height_px / c->step;
	if (width_px >= 64 && height_px >= 48)
		c->watch = watch_new(c->view, width_px, height_px, c->options.period_s, &c->refused);
	else
		g_set_error(&c->refused, view_error_quark(), 0, "pictures of %u x %u px are too small", f->width_px, f->height_px);
	if (c->watch && c->options.detector)
		watch_detect_with(c->watch, c->options.detector, c->options.detector_fps);
	return c->watch != NULL;
}

static void leave_ready(struct camera *c, const struct stream_frame *f, double arrived_s)
{
	uint32_t n;
	const struct estimate *estimates = watch_estimates(c->watch, &n);
	struct batch *b = g_new0(struct batch, 1);
	*b = (struct batch){.estimates = g_new0(struct estimate, n), .n = n, .taken_s = f->t_s, .arrived_s = arrived_s};
	for (uint32_t k = 0; k < n; k++) {
		estimate_copy(&b->estimates[k], &estimates[k]);
		b->estimates[k].t_s += c->leapt_s;
	}
	if (g_queue_get_length(&c->ready) >= READY_MAX)
		batch_free(g_queue_pop_head(&c->ready));
	g_queue_push_tail(&c->ready, b);
	g_source_set_ready_time(c->deliver, 0);
}

/* A clock that is set, here or in the camera, or a film's time that leaps, is no traffic: what is known of the road goes on. By whole
 * seconds, so that windows stay where they are. */
static void mind_clock(struct camera *c, double t_s, double now_s)
{
	double here_s = c->final && !c->options.realtime ? 1 / c->options.analyse_fps : now_s - c->came_mono_s;
	double leap_s = t_s - c->came_s - here_s, most_s = c->final && !c->options.realtime ? FILM_LEAP_S : CLOCK_LEAP_S;
	if (isfinite(c->came_s) && (leap_s > most_s || leap_s < -CLOCK_LEAP_S)) {
		c->leapt_s += round(leap_s);
		c->health.leaps++;
	}
	c->came_s = t_s;
	c->came_mono_s = now_s;
}

static void note_age(struct camera *c, double t_s)
{
	double age_s = g_get_real_time() / 1e6 - t_s;
	if (!c->final)
		c->ages[(uint32_t) CLAMP(age_s / CAMERA_AGE_STEP_S, 0, CAMERA_AGES - 1)]++;
}

static void look(struct camera *c, const struct stream_frame *f)
{
	double now_s = mono_s(), every_s = 1 / c->options.analyse_fps;
	c->health.frames++;
	c->seen_at_s = now_s;
	if (f->corrupt) {
		c->health.broken++;
		return;
	}
	mind_clock(c, f->t_s, now_s);
	double t_s = f->t_s - c->leapt_s;
	if (t_s < c->due_s - EARLY_SHARE * every_s || !fit(c, f))
		return;
	c->due_s = fmax(c->due_s + every_s, t_s + 0.75 * every_s);
	sparse_take(f->grey, f->width_px, f->height_px, f->stride, c->step, watch_room(c->watch));
	watch_show_full(c->watch, f->grey, f->width_px, f->height_px, f->stride);
	if (watch_look(c->watch, watch_room(c->watch), t_s))
		leave_ready(c, f, now_s);
	if (watch_sight(c->watch) == SIGHT_OK)
		c->good_at_s = now_s;
	note_age(c, f->t_s);
	if (!c->options.on_picture)
		return;
	owned(cv_canvas) canvas = watch_draw(c->watch);
	if (canvas)
		c->options.on_picture(c->user, canvas, t_s + c->leapt_s);
}

static void on_frame(void *user, const struct stream_frame *frame)
{
	struct camera *c = user;
	g_mutex_lock(&c->lock);
	look(c, frame);
	c->seen_at_s = mono_s(); /* a network may take its time over a picture: that is not a silent stream */
	g_mutex_unlock(&c->lock);
}

/* ---- the main context ---- */

static void tell(struct camera *c, enum camera_state state, const char *why)
{
	g_mutex_lock(&c->lock);
	bool changed = c->health.state != state || strcmp(c->health.why, why) != 0;
	c->health.state = state;
	g_strlcpy(c->health.why, why, sizeof c->health.why);
	g_mutex_unlock(&c->lock);
	if (changed && c->on_state) {
		struct camera_health now = camera_health(c);
		c->on_state(c->user, &now);
	}
}

static struct batch *next_ready(struct camera *c)
{
	g_mutex_lock(&c->lock);
	struct batch *b = g_queue_pop_head(&c->ready);
	if (b) {
		/* By the camera's clock where it is one of the day's; a file's pictures are as old as their arrival. */
		double by_clock_s = g_get_real_time() / 1e6 - b->taken_s, here_s = mono_s() - b->arrived_s;
		c->health.lag_s = c->final ? here_s : fmax(by_clock_s, here_s);
	}
	g_mutex_unlock(&c->lock);
	return b;
}

static gboolean on_deliver(gpointer user)
{
	struct camera *c = user;
	g_source_set_ready_time(c->deliver, -1);
	for (struct batch *b = next_ready(c); b; b = next_ready(c)) {
		if (c->on_estimates)
			c->on_estimates(c->user, b->estimates, b->n);
		batch_free(b);
	}
	return G_SOURCE_CONTINUE;
}

static void plan_retry(struct camera *c)
{
	g_clear_pointer(&c->stream, stream_free);
	c->retry_at_s = mono_s() + c->backoff_s;
	c->backoff_s = fmin(2 * c->backoff_s, BACKOFF_MOST_S);
}

static void on_end(void *user, bool broke, const char *why)
{
	struct camera *c = user;
	tell(c, broke ? CAMERA_LOST : CAMERA_ENDED, why);
	if (!c->final)
		c->retry_at_s = mono_s(); /* the stream must not be freed in its own call: the next judgement does it */
}

static bool start(struct camera *c, GError **error)
{
	c->started_at_s = mono_s();
	c->retry_at_s = NAN;
	g_mutex_lock(&c->lock);
	c->seen_at_s = NAN;
	g_mutex_unlock(&c->lock);
	struct stream_options options = {.uri = c->uri, .realtime = c->options.realtime, .transport = c->options.transport,
		.need_fps = c->options.decode_all ? 0 : c->options.analyse_fps, .sequence_fps = c->options.sequence_fps};
	c->stream = stream_new(&options, on_frame, on_end, c, error);
	return c->stream != NULL;
}

static void retry(struct camera *c, double now_s)
{
	g_autoptr(GError) why = NULL;
	if (c->stream) {
		plan_retry(c);
		return;
	}
	if (now_s < c->retry_at_s)
		return;
	c->health.reconnects++;
	if (!start(c, &why)) {
		tell(c, CAMERA_LOST, why->message);
		plan_retry(c);
	}
}

static void judge_pictures(struct camera *c, double now_s)
{
	g_mutex_lock(&c->lock);
	double unseen_s = now_s - c->seen_at_s, bad_s = now_s - c->good_at_s;
	bool begun = isfinite(c->seen_at_s);
	enum sight sight = c->watch ? watch_sight(c->watch) : SIGHT_OK;
	const char *broken = c->watch ? watch_broken(c->watch) : NULL;
	g_autofree char *refused = g_strdup(c->refused ? c->refused->message : broken);
	g_mutex_unlock(&c->lock);
	if (refused)
		tell(c, CAMERA_BLIND, refused);
	else if (begun ? unseen_s > LOST_S : now_s - c->started_at_s > CONNECT_S) {
		tell(c, CAMERA_LOST, begun ? "no pictures come any more" : "no picture came");
		if (!c->final)
			plan_retry(c);
	} else if (begun && sight != SIGHT_OK && ((sight != SIGHT_DARK && sight != SIGHT_UNIFORM) || !(bad_s < BAD_S)))
		tell(c, sight == SIGHT_FROZEN ? CAMERA_FROZEN : sight == SIGHT_MOVED ? CAMERA_MOVED : CAMERA_BLIND, sight_sentence(sight));
	else if (begun && sight == SIGHT_OK) {
		tell(c, CAMERA_OK, "");
		if (now_s - c->started_at_s > 10)
			c->backoff_s = BACKOFF_FIRST_S;
	}
}

/* A machine that is too busy for us, or sleeps, keeps our pictures too: the time that we lost is not the camera's. */
static void mind_sleep(struct camera *c, double now_s)
{
	double slept_s = now_s - c->awake_at_s - 1e-3 * JUDGE_EVERY_MS;
	c->awake_at_s = now_s;
	if (!(slept_s > SLEPT_S))
		return;
	c->started_at_s = fmin(now_s, c->started_at_s + slept_s);
	c->seen_at_s = isnan(c->seen_at_s) ? NAN : fmin(now_s, c->seen_at_s + slept_s);
	c->good_at_s = isnan(c->good_at_s) ? NAN : fmin(now_s, c->good_at_s + slept_s);
}

static gboolean on_judge(gpointer user)
{
	struct camera *c = user;
	double now_s = mono_s();
	g_mutex_lock(&c->lock);
	mind_sleep(c, now_s);
	double over_s = now_s - c->judged_at_s;
	if (over_s > 1.5) {
		c->health.fps = (double) (c->health.frames - c->frames_before) / over_s;
		c->frames_before = c->health.frames;
		c->judged_at_s = now_s;
	}
	enum camera_state state = c->health.state;
	g_mutex_unlock(&c->lock);
	if (c->final && (state == CAMERA_ENDED || state == CAMERA_LOST))
		return G_SOURCE_CONTINUE;
	if (!isnan(c->retry_at_s))
		retry(c, now_s);
	else
		judge_pictures(c, now_s);
	return G_SOURCE_CONTINUE;
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
	(void) source;
	return callback(user);
}

static GSource *add_deliver(struct camera *c)
{
	static GSourceFuncs funcs = {.dispatch = dispatch};
	GSource *source = g_source_new(&funcs, sizeof(GSource));
	g_source_set_ready_time(source, -1);
	g_source_set_callback(source, on_deliver, c, NULL);
	g_source_attach(source, g_main_context_get_thread_default());
	return source;
}

static GSource *add_judge(struct camera *c)
{
	GSource *source = g_timeout_source_new(JUDGE_EVERY_MS);
	g_source_set_callback(source, on_judge, c, NULL);
	g_source_attach(source, g_main_context_get_thread_default());
	return source;
}

struct camera *camera_new(const struct view *view, const struct camera_options *options, camera_on_estimates on_estimates, camera_on_state on_state,
	void *user, GError **error)
{
	owned(camera) c = g_new0(struct camera, 1);
	*c = (struct camera){.view = view, .options = *options, .uri = g_strdup(options->uri), .on_estimates = on_estimates, .on_state = on_state,
		.user = user, .backoff_s = BACKOFF_FIRST_S, .retry_at_s = NAN, .seen_at_s = NAN, .good_at_s = NAN, .came_s = NAN, .awake_at_s = NAN, .due_s = -INFINITY,
		.judged_at_s = mono_s(), .final = !stream_is_live(options->uri)};
	g_mutex_init(&c->lock);
	c->options.uri = c->uri;
	c->options.analyse_fps = options->analyse_fps > 0 ? options->analyse_fps : 10;
	c->options.detector_fps = options->detector_fps > 0 ? options->detector_fps : 5;
	c->options.period_s = options->period_s > 0 ? options->period_s : 1;
	c->deliver = add_deliver(c);
	c->judge = add_judge(c);
	if (!start(c, error))
		return NULL;
	return give(c);
}

void camera_free(struct camera *c)
{
	if (!c)
		return;
	stream_free(c->stream); /* joins its thread */
	GSource *sources[] = {c->deliver, c->judge};
	for (uint32_t i = 0; i < 2; i++)
		if (sources[i]) {
			g_source_destroy(sources[i]);
			g_source_unref(sources[i]);
		}
	g_queue_clear_full(&c->ready, (GDestroyNotify) batch_free);
	watch_free(c->watch);
	g_clear_error(&c->refused);
	g_free(c->uri);
	g_mutex_clear(&c->lock);
	g_free(c);
}

struct camera_health camera_health(const struct camera *c)
{
	struct camera *shared = (struct camera *) c; /* the lock is no part of what it says */
	g_mutex_lock(&shared->lock);
	struct camera_health health = c->health;
	health.dropped = c->stream ? stream_missed(c->stream) : 0;
	health.left_out = c->stream ? stream_left_out(c->stream) : 0;
	g_mutex_unlock(&shared->lock);
	return health;
}

void camera_ages(const struct camera *c, uint32_t ages[CAMERA_AGES])
{
	struct camera *shared = (struct camera *) c;
	g_mutex_lock(&shared->lock);
	memcpy(ages, c->ages, sizeof c->ages);
	g_mutex_unlock(&shared->lock);
}

bool camera_snapshot(struct camera *c, const char *path, GError **error)
{
	g_mutex_lock(&c->lock);
	owned(cv_canvas) canvas = c->watch ? watch_draw(c->watch) : NULL;
	g_mutex_unlock(&c->lock);
	g_autofree uint8_t *png = NULL;
	uint64_t n = 0;
	if (!canvas || !cv_canvas_png(canvas, &png, &n)) {
		g_set_error(error, view_error_quark(), 0, "camera %s: there is no picture yet to be written to %s", c->view->camera, path);
		return false;
	}
	return g_file_set_contents(path, (const char *) png, (gssize) n, error);
}

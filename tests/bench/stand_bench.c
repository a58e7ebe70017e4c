/* stand_bench.c - a queue that stands at a long red: whom we still see, and whom MOG2 with its defaults still sees.
 *
 *     stand_bench [day|night|rain] NETWORK      (configs/junction/junction.net.xml)
 *
 * A painted street, 25 pictures a second: vehicles come for 50 s and stand until 250 s. MOG2 sees every picture in colour, ours ten a second. A vehicle is
 * seen by MOG2 while at least a quarter of its middle is foreground. Every 15 s a line: who stands, our queue, those MOG2 sees; at the end how many of the
 * looks at vehicles that drove MOG2 saw, and for how long it went on seeing those that stopped, once slower than 1 m/s.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/peer_cv.h"
#include "tests/vision/painted.h"
#include "vision/measure.h"
#include "vision/watch.h"

#define FPS 25
#define COME_S 50.0
#define UNTIL_S 250.0
#define TELL_S 15.0
#define STANDS_MPS 0.2
#define CREEPS_MPS 1.0
#define DRIVES_MPS 4.0
#define SEEN_SHARE 0.25
#define ID_MAX 256

struct standing {
	double since_s[ID_MAX], last_s[ID_MAX]; /* by vehicle id: it has crept or stood since, MOG2 saw it last; NaN: not yet */
	double drove, drove_seen;               /* looks at those that drove */
};

/* The middle of a vehicle in the picture: its box, less a sixth on each side. */
static bool box_of(const struct painted *s, uint32_t lane, const struct painted_car *car, double box[4])
{
	const struct net_lane *l = &s->net->lanes[s->lanes[lane]];
	struct net_point end = l->shape[l->n_shape - 1], from = l->shape[l->n_shape - 2];
	double heading = atan2(end.y_m - from.y_m, end.x_m - from.x_m), c = cos(heading), w = sin(heading);
	double left = INFINITY, right = -INFINITY, top = INFINITY, low = -INFINITY;
	for (uint32_t i = 0; i < 8; i++) {
		double back_m = car->dist_m + (i & 1 ? car->length_m : 0), side_m = (i & 2 ? 0.5 : -0.5) * car->width_m, x, y;
		struct net_point at = {end.x_m - back_m * c - side_m * w, end.y_m - back_m * w + side_m * c};
		if (!eye_project(&s->mount, at, i & 4 ? car->height_m : 0, &x, &y))
			return false;
		left = fmin(left, x);
		right = fmax(right, x);
		top = fmin(top, y);
		low = fmax(low, y);
	}
	box[0] = left + (right - left) / 6;
	box[1] = top + (low - top) / 6;
	box[2] = right - (right - left) / 6;
	box[3] = low - (low - top) / 6;
	return true;
}

/* How many stand in view, and how many of them MOG2 sees. */
static void ask_mog2(const struct painted *s, const struct peer_mog2 *m, double view_m, struct standing *all, uint32_t *stand, uint32_t *seen)
{
	*stand = *seen = 0;
	for (uint32_t lane = 0; lane < PAINTED_LANES; lane++)
		for (uint32_t k = 0; k < s->n[lane]; k++) {
			const struct painted_car *car = &s->cars[lane][k];
			double box[4];
			if (car->dist_m < 0 || car->dist_m > view_m || !box_of(s, lane, car, box) || car->id >= ID_MAX)
				continue;
			bool sees = peer_mog2_share(m, box[0], box[1], box[2], box[3]) >= SEEN_SHARE, stands = car->speed_mps <= STANDS_MPS;
			if (sees)
				all->last_s[car->id] = s->t_s;
			all->drove += car->speed_mps > DRIVES_MPS;
			all->drove_seen += car->speed_mps > DRIVES_MPS && sees;
			if (car->speed_mps <= CREEPS_MPS && isnan(all->since_s[car->id]))
				all->since_s[car->id] = s->t_s;
			*stand += stands;
			*seen += stands && sees;
		}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;
	return (x > y) - (x < y);
}

static void tell_losses(const struct standing *all)
{
	double after_s[ID_MAX];
	uint32_t n = 0;
	for (uint32_t i = 0; i < ID_MAX; i++)
		if (!isnan(all->since_s[i]))
			after_s[n++] = isnan(all->last_s[i]) ? 0 : fmax(0, all->last_s[i] - all->since_s[i]);
	qsort(after_s, n, sizeof *after_s, by_size);
	printf("MOG2: those that drove were seen in %.3f of the looks", all->drove_seen / all->drove);
	if (n > 0)
		printf("; %u stopped and were seen for %.1f s more, from the last metre a second on, in the median (%.1f to %.1f)", n, after_s[n / 2], after_s[0], after_s[n - 1]);
	printf("\n");
}

static void play(struct painted *s, struct watch *w, struct peer_mog2 *m)
{
	struct standing all = {.drove = 0};
	double due_s = 0, tell_s = COME_S, ours = 0, truth = 0, view_m = 0, within = 0, seconds = 0;
	uint32_t stand, seen, n;
	for (uint32_t i = 0; i < ID_MAX; i++)
		all.since_s[i] = all.last_s[i] = NAN;
	while (s->t_s < UNTIL_S) {
		if (s->t_s > COME_S)
			s->due_s[0] = s->due_s[1] = INFINITY;
		painted_step(s, 1.0 / FPS);
		peer_mog2_look(m, s->y, s->mount.width_px, s->mount.height_px);
		ask_mog2(s, m, view_m, &all, &stand, &seen);
		bool ready = s->t_s >= due_s && watch_look(w, s->y, s->t_s);
		if (s->t_s >= due_s)
			due_s += 0.1;
		if (!ready)
			continue;
		const struct estimate *e = watch_estimates(w, &n);
		ours = truth = 0;
		for (uint32_t k = 0; k < n; k++) {
			struct estimate is;
			view_m = e[k].view_m;
			painted_truth(s, k, e[k].view_m, MEASURE_GAP_M, &is);
			ours += e[k].queue_veh;
			truth += is.queue_veh;
			if (s->t_s > COME_S + 25) { /* all of them stand */
				seconds++;
				within += fabs(e[k].queue_veh - is.queue_veh) <= 1;
			}
			estimate_finish(&is);
		}
		if (s->t_s < tell_s)
			continue;
		printf("%5.0f s: queue %.0f, ours %.0f; %u stand, MOG2 sees %u\n", s->t_s, truth, ours, stand, seen);
		fflush(stdout);
		tell_s += TELL_S;
	}
	printf("ours: within one vehicle in %.3f of the lane seconds in which all stand\n", within / seconds);
	tell_losses(&all);
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	const char *sky = argc == 3 ? argv[1] : "day";
	if (argc < 2 || argc > 3) {
		fprintf(stderr, "stand_bench: it needs the network, see its head\n");
		return 2;
	}
	owned(painted) s = painted_new(argv[argc - 1], 400, 0, 0, 31, &error);
	bool night = strcmp(sky, "night") == 0;
	double rain_frac = strcmp(sky, "rain") == 0 ? 0.8 : 0;
	if (!s || !painted_weather(s, night, rain_frac, 0, night ? 4 : rain_frac > 0 ? 3 : 2, &error)) {
		fprintf(stderr, "stand_bench: %s\n", error->message);
		return 1;
	}
	s->cycle_s = 1000; /* red */
	s->green_s = 1;
	owned(view) v = painted_view(s, &error);
	owned(watch) w = v ? watch_new(v, s->mount.width_px, s->mount.height_px, 1, &error) : NULL;
	owned(peer_mog2) m = peer_mog2_new();
	if (!w || !m) {
		fprintf(stderr, "stand_bench: %s\n", error ? error->message : "there is no MOG2");
		return 1;
	}
	play(s, w, m);
	return 0;
}

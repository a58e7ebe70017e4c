/* vision_show.c - greenwave-vision --show. See vision_show.h. */
#include "daemon/vision_show.h"

#include <string.h>

#include "vision/plain.h"
#include "vision/stream.h"

struct vision_show {
	struct show *show;
	GMainLoop *loop;
	GMutex lock; /* of error: the stream's thread writes */
	GError *error;
};

char *vision_show_target(const char *what, const char *output)
{
	if (output)
		return g_strdup(output);
	g_autofree char *name = strstr(what, "://") || strchr(what, '%') ? g_strdup("camera") : g_path_get_basename(what);
	char *dot = strrchr(name, '.');
	if (dot && dot != name)
		*dot = '\0';
	return g_strconcat(name, ".shown.mp4", NULL);
}

struct vision_show *vision_show_new(const char *target, double fps, GMainLoop *loop, GError **error)
{
	owned(vision_show) s = g_new0(struct vision_show, 1);
	g_mutex_init(&s->lock);
	s->loop = loop;
	s->show = show_new(target, fps, error);
	return s->show ? give(s) : NULL;
}

void vision_show_free(struct vision_show *s)
{
	if (!s)
		return;
	show_free(s->show);
	g_clear_error(&s->error);
	g_mutex_clear(&s->lock);
	g_free(s);
}

static bool sound(struct vision_show *s)
{
	g_mutex_lock(&s->lock);
	bool good = s->error == NULL;
	g_mutex_unlock(&s->lock);
	return good;
}

void vision_show_picture(struct vision_show *s, const struct cv_canvas *canvas, double t_s)
{
	g_autoptr(GError) error = NULL;
	if (!sound(s) || show_picture(s->show, canvas, t_s, &error))
		return;
	g_mutex_lock(&s->lock);
	s->error = g_steal_pointer(&error);
	g_mutex_unlock(&s->lock);
	g_main_loop_quit(s->loop);
}

bool vision_show_end(struct vision_show *s, GError **error)
{
	if (sound(s))
		return show_end(s->show, error);
	g_propagate_error(error, g_steal_pointer(&s->error));
	return false;
}

/* ---- without a calibration ---- */

struct showing {
	struct vision_show *to;
	struct plain *plain;
	double every_s, due_s;
	bool broke;
	char *why;
};

static void on_frame(void *user, const struct stream_frame *f)
{
	struct showing *s = user;
	if (f->corrupt || f->t_s < s->due_s - 0.25 * s->every_s)
		return;
	s->due_s = fmax(s->due_s + s->every_s, f->t_s + 0.75 * s->every_s);
	plain_look(s->plain, f->grey, f->width_px, f->height_px, f->stride, f->t_s);
	owned(cv_canvas) canvas = plain_draw(s->plain);
	if (canvas)
		vision_show_picture(s->to, canvas, f->t_s);
}

static void on_end(void *user, bool broke, const char *why)
{
	struct showing *s = user;
	s->broke = broke;
	s->why = g_strdup(why);
	g_main_loop_quit(s->to->loop);
}

bool vision_show_plain(struct vision_show *to, const char *uri, double analyse_fps, GMainLoop *loop, GError **error)
{
	owned(plain) plain = plain_new();
	struct showing s = {.to = to, .plain = plain, .every_s = 1 / analyse_fps, .due_s = -INFINITY};
	struct stream *stream = stream_new(&(struct stream_options){.uri = uri, .need_fps = analyse_fps}, on_frame, on_end, &s, error);
	if (!stream)
		return false;
	g_main_loop_run(loop);
	stream_free(stream);
	if (s.broke)
		g_set_error(error, view_error_quark(), 0, "%s", s.why);
	g_free(s.why);
	return !s.broke;
}

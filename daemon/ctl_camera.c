/* ctl_camera.c - greenwavectl camera calibrate: from a camera's picture and what moves in it to its entry in greenwave.yaml.
 *
 * Where the road is comes from pairs of image and ground points (those of the configuration, or --point), or from lane width and dash length: then
 * the road must be straight and level, and its vanishing point comes from what moves. Lanes of the network are proposed by what moves along them.
 * The ground is drawn back onto the picture, so that the eye can say whether it fits. Decoding is done behind the workers' fence.
 */
#include <gst/gst.h>
#include <stdio.h>
#include <string.h>

#include "core/netfile.h"
#include "daemon/config.h"
#include "daemon/ctl.h"
#include "daemon/fence.h"
#include "vision/cv.h"
#include "vision/stream.h"
#include "vision/survey.h"

#define FPS 10
#define LANES_MOST 32
#define SEEN_LANES 16
#define MOVES_MOST 4096
#define POINTS_MOST 64
#define FAR_M 80.0          /* the far pairs that are worked out from lane width and dashes */
#define LIKELY_SHARE 0.05   /* of all movement: a lane with less is not proposed */
#define SAME_WAY_COS 0.8
#define MEMORY_BYTES (1024u * 1024u * 1024u)

struct calibrate {
	char *config_path, *camera, *uri, *network_path, *lanes, *output, *picture, *dashes, *stop, *vanishing;
	char **points;
	double lane_width_m, dash_m, range_m;
	gint seconds;

	struct config *config;
	const struct config_camera *entry; /* NULL: none in the configuration */
	struct network *net;
	struct survey *survey;
	struct view *view;
	GMainLoop *loop;
	double begun_s, due_s;
	char *why;
	bool broke;
	const uint8_t *still;
	uint32_t width_px, height_px;
	bool vanishes;
	double vanish_x_px, vanish_y_px;
	char *ids[LANES_MOST + 1];
	uint32_t n_ids;
	double shares[LANES_MOST];
	struct view_pair pairs[POINTS_MOST];
	uint32_t n_pairs;
};

static bool fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static bool fail(GError **error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error_literal(error, view_error_quark(), 0, text);
	return false;
}

/* "1,2,3" into `n` numbers. */
static bool numbers(const char *text, const char *what, double *v, uint32_t n, GError **error)
{
	g_auto(GStrv) parts = g_strsplit_set(text, ",=", -1);
	bool good = g_strv_length(parts) == n;
	for (uint32_t i = 0; good && i < n; i++) {
		char *end;
		v[i] = g_ascii_strtod(parts[i], &end);
		good = end != parts[i] && *end == '\0' && isfinite(v[i]);
	}
	return good || fail(error, "--%s %s: must be %u numbers with commas between them", what, text, n);
}

/* ---- looking ---- */

static void on_frame(void *user, const struct stream_frame *f)
{
	struct calibrate *c = user;
	if (f->corrupt || f->t_s < c->due_s)
		return;
	if (isnan(c->begun_s))
		c->begun_s = f->t_s;
	c->due_s = f->t_s + 0.75 / FPS;
	if (f->t_s - c->begun_s < c->seconds)
		survey_look(c->survey, f->grey, f->width_px, f->height_px, f->stride);
	else
		g_main_loop_quit(c->loop);
}

static void on_end(void *user, bool broke, const char *why)
{
	struct calibrate *c = user;
	c->broke = broke;
	c->why = g_strdup(why);
	g_main_loop_quit(c->loop);
}

static bool look(struct calibrate *c, GError **error)
{
	struct stream_options options = {.uri = c->uri ? c->uri : c->entry->uri, .need_fps = FPS};
	if (c->entry) {
		options.transport = strcmp(c->entry->transport, "udp") == 0 ? SOURCE_UDP : SOURCE_TCP;
		options.sequence_fps = c->entry->sequence_fps;
	}
	struct stream *s = stream_new(&options, on_frame, on_end, c, error);
	if (!s)
		return false;
	g_main_loop_run(c->loop);
	stream_free(s);
	c->still = survey_still(c->survey, &c->width_px, &c->height_px);
	if (!c->still)
		return fail(error, "no picture came: %s", c->why ? c->why : "the camera is silent");
	c->vanishes = survey_vanishing(c->survey, &c->vanish_x_px, &c->vanish_y_px);
	if (c->vanishing) {
		double v[2];
		if (!numbers(c->vanishing, "vanishing", v, 2, error))
			return false;
		c->vanishes = true;
		c->vanish_x_px = v[0];
		c->vanish_y_px = v[1];
	}
	return true;
}

/* ---- where the road is ---- */

static bool given_points(struct calibrate *c, GError **error)
{
	for (char **p = c->points; p && *p; p++) {
		double v[4];
		if (c->n_pairs == POINTS_MOST)
			return fail(error, "more than %d points", POINTS_MOST);
		if (!numbers(*p, "point", v, 4, error))
			return false;
		c->pairs[c->n_pairs++] = (struct view_pair){v[0], v[1], {v[2], v[3]}};
	}
	if (c->n_pairs == 0 && c->entry && c->lane_width_m <= 0) {
		c->n_pairs = MIN(c->entry->n_points, POINTS_MOST);
		memcpy(c->pairs, c->entry->points, c->n_pairs * sizeof *c->pairs);
	}
	return true;
}

/* A level, straight road under a camera that does not lean: with rows counted from the vanishing point's, a row r shows the distance a / r, and a
 * column k away from its column there shows the side offset b k / r (Hartley & Zisserman 2004, 8.6). Lanes that are `lane_width_m` apart give b,
 * two beginnings of dashes `dash_m` apart give a. */
static bool points_from_marks(struct calibrate *c, GError **error)
{
	double dash[4], stop[2];
	if (!c->vanishes)
		return fail(error, "too little moved to find where the road vanishes: look longer (--seconds), or give --vanishing X,Y");
	if (!c->dashes || !c->stop || c->n_ids == 0)
		return fail(error, "lane width and dash length need --dashes X1,Y1,X2,Y2 (where two dashes that follow each other begin), --stop X,Y (where the "
						   "first lane's middle meets its stop line) and --lanes");
	if (!numbers(c->dashes, "dashes", dash, 4, error) || !numbers(c->stop, "stop", stop, 2, error))
		return false;
	double near_px = fmax(dash[1], dash[3]) - c->vanish_y_px, far_px = fmin(dash[1], dash[3]) - c->vanish_y_px, stop_px = stop[1] - c->vanish_y_px;
	if (!(far_px > 1 && near_px > far_px + 1 && stop_px > 1))
		return fail(error, "the dashes and the stop line must be below the vanishing point, row %.0f, and not in one row", c->vanish_y_px);
	struct survey_lane seen[SEEN_LANES];
	uint32_t n = survey_lanes(c->survey, c->vanish_x_px, c->vanish_y_px, seen, SEEN_LANES);
	double a = c->dash_m / (1 / far_px - 1 / near_px), first = (stop[0] - c->vanish_x_px) / stop_px, b = 0;
	/* the dashed line lies half a lane beside the first lane's middle */
	double line = (dash[0] - c->vanish_x_px) / (dash[1] - c->vanish_y_px);
	b = c->lane_width_m / 2 / fabs(line - first);
	for (uint32_t k = 0; k < n; k++)
		printf("# moving %s along a line that is %.1f m beside the first lane's middle (%.0f %% of all)\n", seen[k].towards ? "towards the camera" : "away",
			b * (seen[k].slope - first), 100 * seen[k].share);
	if (!isfinite(b))
		return fail(error, "the dashes lie on the first lane's middle: they must be those of the line beside it");
	const struct net_lane *lane = &c->net->lanes[network_lane(c->net, c->ids[0])];
	for (int k = 0; k < 4; k++) {
		double dist_m = k & 2 ? fmin(FAR_M, c->range_m) : 0, side_m = k & 1 ? c->lane_width_m : 0, heading;
		double row = a / (a / stop_px + dist_m), slope = first + (line > first ? 1 : -1) * side_m / b;
		struct net_point at = network_point(lane, lane->length_m - dist_m, &heading);
		/* looking against the traffic, what is to the right in the picture is to the left of who drives */
		double left_m = line > first ? side_m : -side_m;
		c->pairs[c->n_pairs++] = (struct view_pair){c->vanish_x_px + slope * row, c->vanish_y_px + row,
			{at.x_m - left_m * sin(heading), at.y_m + left_m * cos(heading)}};
	}
	return true;
}

/* ---- which lanes ---- */

static bool split_lanes(struct calibrate *c, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(c->lanes ? c->lanes : "", ",", -1);
	char **from = c->lanes ? parts : c->entry ? c->entry->lanes : parts;
	for (; *from && **from; from++) {
		if (c->n_ids == LANES_MOST)
			return fail(error, "more than %d lanes", LANES_MOST);
		if (network_lane(c->net, *from) == NET_NONE)
			return fail(error, "the network has no lane %s", *from);
		c->ids[c->n_ids++] = g_strdup(*from);
	}
	return true;
}

/* How much of what moved went along each lane of the view. */
static void share_moves(const struct calibrate *c, const struct view *v, double *shares)
{
	g_autofree struct survey_move *moves = g_new(struct survey_move, MOVES_MOST);
	uint32_t n = survey_moves(c->survey, moves, MOVES_MOST);
	double all = 0;
	for (uint32_t k = 0; k < n; k++) {
		double dist_m, side_m, tx, ty, x, y;
		all += moves[k].n;
		/* what moves has height: its foot is a little lower in the picture, which a block's middle tells well enough */
		uint32_t lane = view_locate(v, view_ground(v, moves[k].x_px, moves[k].y_px), &dist_m, &side_m);
		if (lane == NET_NONE || dist_m > v->range_m || !view_image(v, view_lane_point(&v->lanes[lane], dist_m, side_m), &x, &y) ||
			!view_image(v, view_lane_point(&v->lanes[lane], dist_m - 1, side_m), &tx, &ty))
			continue;
		double way = (tx - x) * moves[k].dx_px + (ty - y) * moves[k].dy_px;
		if (way > SAME_WAY_COS * hypot(tx - x, ty - y) * hypot(moves[k].dx_px, moves[k].dy_px))
			shares[lane] += moves[k].n;
	}
	for (uint32_t k = 0; k < v->n_lanes && all > 0; k++)
		shares[k] /= all;
}

static struct view *view_of(const struct calibrate *c, const char *const *ids, GError **error)
{
	return view_new(c->camera, c->net, ids, c->pairs, c->n_pairs, c->width_px, c->height_px, c->range_m, error);
}

static int by_share(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;
	return x < y ? 1 : x > y ? -1 : 0;
}

/* All lanes that end at a signal and are in the picture; those stay along which enough moved. */
static bool propose_lanes(struct calibrate *c, GError **error)
{
	struct candidate {
		double share;
		uint32_t lane;
	} *all = g_new0(struct candidate, c->net->n_lanes + 1);
	uint32_t n = 0;
	for (uint32_t k = 0; k < c->net->n_lanes; k++) {
		const struct net_lane *l = &c->net->lanes[k];
		const char *one[] = {l->id, NULL};
		double share[1] = {0};
		if (l->n_links == 0 || l->id[0] == ':')
			continue;
		owned(view) v = view_of(c, one, NULL);
		if (!v)
			continue;
		share_moves(c, v, share);
		if (share[0] >= LIKELY_SHARE)
			all[n++] = (struct candidate){share[0], k};
	}
	if (n > LANES_MOST) /* else they stay as the network has them */
		qsort(all, n, sizeof *all, by_share);
	for (uint32_t k = 0; k < n && k < LANES_MOST; k++)
		c->ids[c->n_ids++] = g_strdup(c->net->lanes[all[k].lane].id);
	g_free(all);
	return c->n_ids > 0 || fail(error, "no lane of the network has enough moving along it in this picture: look longer (--seconds), or give --lanes");
}

/* ---- what is shown and written ---- */

static void draw_road(const struct view *v, struct cv_canvas *canvas, double from_m, double to_m, double side_m, const struct view_lane *l, uint32_t rgb)
{
	for (double d = from_m; d < to_m - 0.01; d += 2) {
		double xy[4];
		if (view_image(v, view_lane_point(l, d, side_m), &xy[0], &xy[1]) && view_image(v, view_lane_point(l, fmin(d + 2, to_m), side_m), &xy[2], &xy[3]))
			cv_draw_line(canvas, xy, 2, false, rgb);
	}
}

static void draw_lane(const struct view *v, struct cv_canvas *canvas, const struct view_lane *l)
{
	double far_m = fmin(l->length_m, v->range_m), half_m = l->width_m / 2;
	draw_road(v, canvas, 0, far_m, half_m, l, 0x3080ff);
	draw_road(v, canvas, 0, far_m, -half_m, l, 0x3080ff);
	for (double d = 0; d <= far_m; d += 5) {
		double xy[4];
		if (!view_image(v, view_lane_point(l, d, half_m), &xy[0], &xy[1]) || !view_image(v, view_lane_point(l, d, -half_m), &xy[2], &xy[3]))
			continue;
		cv_draw_line(canvas, xy, 2, false, d == 0 ? 0xffffff : fmod(d, 10) == 0 ? 0xffc000 : 0x806000);
		g_autofree char *text = fmod(d, 20) == 0 ? g_strdup_printf("%.0f m", d) : NULL;
		if (text)
			cv_draw_text(canvas, xy[0], xy[1], text, 0xffc000);
	}
	double x, y;
	if (view_image(v, view_lane_point(l, 4, 0), &x, &y))
		cv_draw_text(canvas, x - 20, y, l->id, 0xffffff);
}

static void draw_moves(const struct calibrate *c, struct cv_canvas *canvas)
{
	g_autofree struct survey_move *moves = g_new(struct survey_move, MOVES_MOST);
	uint32_t n = survey_moves(c->survey, moves, MOVES_MOST);
	for (uint32_t k = 0; k < n; k++) {
		const struct survey_move *m = &moves[k];
		double xy[] = {m->x_px, m->y_px, m->x_px + 2 * m->dx_px, m->y_px + 2 * m->dy_px};
		cv_draw_line(canvas, xy, 2, false, m->dy_px > 0 ? 0x40ff60 : 0xff60ff);
	}
	if (c->vanishes) {
		double xy[] = {c->vanish_x_px - 8, c->vanish_y_px, c->vanish_x_px + 8, c->vanish_y_px};
		cv_draw_line(canvas, xy, 2, false, 0xff0000);
	}
}

static bool write_picture(const struct calibrate *c, GError **error)
{
	owned(cv_canvas) canvas = cv_canvas_new(c->still, c->width_px, c->height_px, c->width_px, c->width_px < 800 ? 2 : 1);
	g_autofree uint8_t *png = NULL;
	uint64_t n = 0;
	if (!canvas)
		return fail(error, "the picture cannot be drawn on");
	draw_moves(c, canvas);
	for (uint32_t k = 0; c->view && k < c->view->n_lanes; k++)
		draw_lane(c->view, canvas, &c->view->lanes[k]);
	for (uint32_t k = 0; k < c->n_pairs; k++) {
		double x = c->pairs[k].x_px, y = c->pairs[k].y_px, xy[] = {x - 4, y - 4, x + 4, y - 4, x + 4, y + 4, x - 4, y + 4};
		cv_draw_line(canvas, xy, 4, true, 0xff2020);
	}
	return cv_canvas_png(canvas, &png, &n) ? g_file_set_contents_full(c->picture, (const char *) png, (gssize) n, G_FILE_SET_CONTENTS_NONE, 0644, error)
										   : fail(error, "the picture cannot be written");
}

static char *entry_text(const struct calibrate *c)
{
	GString *out = g_string_new("cameras:\n");
	g_string_append_printf(out, "  - id: %s\n", c->camera);
	if (c->entry)
		g_string_append_printf(out, "    uri: \"%s\"\n", c->entry->uri_shown);
	else /* what was typed may hold a password */
		g_string_append_printf(out, "    uri: \"%s\"\n", strchr(c->uri, '@') ? "rtsp://USER:${NAME}@..." : c->uri);
	g_string_append_printf(out, "    lanes: [");
	for (uint32_t k = 0; k < c->n_ids; k++)
		g_string_append_printf(out, "%s%s", k ? ", " : "", c->ids[k]);
	g_string_append_printf(out, "]\n    size: [%u, %u]\n    range_m: %g\n    points:\n", c->width_px, c->height_px, c->range_m);
	for (uint32_t k = 0; k < c->n_pairs; k++)
		g_string_append_printf(out, "      - [%.1f, %.1f, %.2f, %.2f]\n", c->pairs[k].x_px, c->pairs[k].y_px, c->pairs[k].ground.x_m,
			c->pairs[k].ground.y_m);
	return g_string_free(out, FALSE);
}

/* ---- the command ---- */

static bool prepare(struct calibrate *c, GError **error)
{
	if (c->config_path && !(c->config = config_read(c->config_path, error)))
		return false;
	for (uint32_t k = 0; c->config && k < c->config->n_cameras; k++)
		if (g_strcmp0(c->config->cameras[k].id, c->camera) == 0)
			c->entry = &c->config->cameras[k];
	if (!c->entry && !c->uri)
		return fail(error, c->config ? "%s has no camera \"%s\"" : "it needs --config FILE and --camera ID, or --uri ADDRESS%s%s",
			c->config ? c->config->path : "", c->config && c->camera ? c->camera : "");
	if (!c->camera)
		c->camera = g_strdup("camera");
	if (c->range_m <= 0)
		c->range_m = c->entry ? c->entry->range_m : 100;
	if ((c->lane_width_m > 0) != (c->dash_m > 0) || c->lane_width_m > 10 || c->dash_m > 100 || c->seconds < 1 || c->seconds > 3600)
		return fail(error, "--lane-width (at most 10 m) and --dash (at most 100 m) go together, and --seconds is 1 to 3600");
	const char *net = c->network_path ? c->network_path : c->config ? c->config->network : NULL;
	if (net && !(c->net = netfile_read(net, NULL, error)))
		return false;
	return !c->net ? c->lane_width_m <= 0 && !c->points ? true : fail(error, "points mean nothing without --network FILE") : split_lanes(c, error);
}

static bool fence_off(const struct calibrate *c, GError **error)
{
	g_autofree char *picture = g_path_get_dirname(c->picture), *output = c->output ? g_path_get_dirname(c->output) : NULL;
	const char *writable[] = {picture, output, NULL};
	struct fence f = {.writable = writable, .memory_bytes = MEMORY_BYTES, .threads = 32};
	gst_init(NULL, NULL);
	return fence_up(&f, error);
}

static bool calibrate(struct calibrate *c, GError **error)
{
	if (!prepare(c, error) || !fence_off(c, error) || !look(c, error) || !given_points(c, error))
		return false;
	if (c->lane_width_m > 0 && !points_from_marks(c, error))
		return false;
	if (c->n_pairs > 0) {
		if (c->n_ids == 0 && !propose_lanes(c, error))
			return false;
		c->view = view_of(c, (const char *const *) c->ids, error);
		if (!c->view)
			return false;
		share_moves(c, c->view, c->shares);
	}
	if (!write_picture(c, error))
		return false;
	g_autofree char *text = entry_text(c);
	return c->output ? g_file_set_contents_full(c->output, text, -1, G_FILE_SET_CONTENTS_NONE, 0644, error) : printf("%s", text) > 0;
}

static void tell(const struct calibrate *c)
{
	if (c->vanishes)
		printf("# %u pictures; what moves comes from or goes to [%.0f, %.0f]\n", survey_pictures(c->survey), c->vanish_x_px, c->vanish_y_px);
	else
		printf("# %u pictures; too little moves to say where the road runs to\n", survey_pictures(c->survey));
	for (uint32_t k = 0; c->view && k < c->view->n_lanes; k++)
		printf("# %s: %.0f %% of all that moved went along it\n", c->view->lanes[k].id, 100 * c->shares[k]);
	if (c->view)
		printf("# the camera is %.1f m above the road; %s shows the ground as it is calibrated: does it lie on the road?\n", c->view->height_m, c->picture);
	else
		printf("# %s shows what moves: take four points of the road or more from it, and give them with --point X,Y=X_M,Y_M\n", c->picture);
}

static void calibrate_finish(struct calibrate *c)
{
	char *texts[] = {c->config_path, c->camera, c->uri, c->network_path, c->lanes, c->output, c->picture, c->dashes, c->stop, c->vanishing, c->why};
	for (uint32_t k = 0; k < G_N_ELEMENTS(texts); k++)
		g_free(texts[k]);
	for (uint32_t k = 0; k < c->n_ids; k++)
		g_free(c->ids[k]);
	g_strfreev(c->points);
	view_free(c->view);
	survey_free(c->survey);
	network_free(c->net);
	config_free(c->config);
	g_main_loop_unref(c->loop);
}

int ctl_camera(int argc, char **argv)
{
	struct calibrate c = {.seconds = 20, .begun_s = NAN, .due_s = -INFINITY};
	const GOptionEntry entries[] = {
		{"config", 0, 0, G_OPTION_ARG_FILENAME, &c.config_path, "greenwave.yaml, for the network and the camera's address", "FILE"},
		{"camera", 0, 0, G_OPTION_ARG_STRING, &c.camera, "its id there, or the one it shall have", "ID"},
		{"uri", 0, 0, G_OPTION_ARG_FILENAME, &c.uri, "this address, or a recording, instead", "ADDRESS|FILE"},
		{"network", 0, 0, G_OPTION_ARG_FILENAME, &c.network_path, "the network", "FILE"},
		{"lanes", 0, 0, G_OPTION_ARG_STRING, &c.lanes, "these lanes; left out: those along which something moves", "ID,ID"},
		{"seconds", 0, 0, G_OPTION_ARG_INT, &c.seconds, "so long it looks (default 20)", "S"},
		{"point", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &c.points, "a point of the road in the picture and in the network; four or more", "X,Y=X_M,Y_M"},
		{"lane-width", 0, 0, G_OPTION_ARG_DOUBLE, &c.lane_width_m, "instead of points: width of a lane", "M"},
		{"dash", 0, 0, G_OPTION_ARG_DOUBLE, &c.dash_m, "and from one dash's beginning to the next one's", "M"},
		{"dashes", 0, 0, G_OPTION_ARG_STRING, &c.dashes, "where two dashes that follow each other begin, on the line beside the first lane",
			"X1,Y1,X2,Y2"},
		{"stop", 0, 0, G_OPTION_ARG_STRING, &c.stop, "where the first lane's middle meets its stop line", "X,Y"},
		{"vanishing", 0, 0, G_OPTION_ARG_STRING, &c.vanishing, "where the road vanishes; left out: from what moves", "X,Y"},
		{"range", 0, 0, G_OPTION_ARG_DOUBLE, &c.range_m, "so far up the road (default 100)", "M"},
		{"picture", 0, 0, G_OPTION_ARG_FILENAME, &c.picture, "the picture with the ground drawn in (default ID.png)", "FILE.png"},
		{"output", 'o', 0, G_OPTION_ARG_FILENAME, &c.output, "the entry for greenwave.yaml (default: printed)", "FILE.yaml"},
		{0},
	};
	if (!ctl_options(&argc, &argv, entries, "calibrate", "Looks at a camera and proposes its entry for greenwave.yaml.", 1, 1))
		return CTL_USAGE;
	if (strcmp(argv[1], "calibrate") != 0) {
		ctl_fail("usage: greenwavectl camera calibrate");
		return CTL_USAGE;
	}
	g_autoptr(GError) error = NULL;
	c.loop = g_main_loop_new(NULL, FALSE);
	c.survey = survey_new();
	if (!c.picture)
		c.picture = g_strconcat(c.camera ? c.camera : "camera", ".png", NULL);
	bool good = calibrate(&c, &error);
	if (good)
		tell(&c);
	calibrate_finish(&c);
	return good ? CTL_OK : ctl_error(error);
}

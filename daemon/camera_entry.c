/* camera_entry.c - a camera's entry of greenwave.yaml as vision wants it. See camera_entry.h. */
#include "daemon/camera_entry.h"

#include <string.h>

struct view *camera_entry_view(const struct config_camera *camera, const struct network *net, GError **error)
{
	const char *const *ids = (const char *const *) camera->lanes;
	if (camera->n_lines == 0)
		return view_new(camera->id, net, ids, camera->points, camera->n_points, camera->width_px, camera->height_px, camera->range_m, error);
	g_autofree struct view_line *lines = g_new0(struct view_line, camera->n_lines);
	for (uint32_t k = 0; k < camera->n_lines; k++) {
		const struct config_line *l = &camera->lines[k];
		lines[k] = (struct view_line){l->from_px[0], l->from_px[1], l->to_px[0], l->to_px[1]};
	}
	return view_of_lines(camera->id, net, ids, lines, camera->width_px, camera->height_px, error);
}

struct detector *camera_entry_detector(const struct config_camera *camera, struct detector_pool *pool, GError **error)
{
	if (strcmp(camera->detector, "dnn") != 0)
		return NULL;
	g_autofree char *classes = g_strjoinv(",", camera->classes);
	const struct detector_options options = {.model = camera->model, .classes = classes, .score_frac = camera->score_frac,
		.overlap_frac = camera->overlap_frac, .input_px = camera->input_px};
	struct detector *d = detector_new(pool, &options, error);
	if (!d)
		g_prefix_error(error, "camera %s: ", camera->id);
	return d;
}

/* wire_estimate.c - estimate/<camera>: what one camera saw on its lanes. */
#include "daemon/wire_inside.h"

#include <string.h>

/* The quantities of a lane as they are called on the feed; absent = NaN. Ranges are estimate_check's business. */
const struct wire_quantity wire_quantities[] = {
	{"window_s", offsetof(struct estimate, window_s)},
	{"view_m", offsetof(struct estimate, view_m)},
	{"flow_veh", offsetof(struct estimate, flow_veh)},
	{"flow_veh_sd", offsetof(struct estimate, flow_veh_sd)},
	{"two_wheeler_veh", offsetof(struct estimate, class_veh[CLASS_TWO_WHEELER])},
	{"two_wheeler_veh_sd", offsetof(struct estimate, class_veh_sd[CLASS_TWO_WHEELER])},
	{"car_veh", offsetof(struct estimate, class_veh[CLASS_CAR])},
	{"car_veh_sd", offsetof(struct estimate, class_veh_sd[CLASS_CAR])},
	{"heavy_veh", offsetof(struct estimate, class_veh[CLASS_HEAVY])},
	{"heavy_veh_sd", offsetof(struct estimate, class_veh_sd[CLASS_HEAVY])},
	{"speed_mps", offsetof(struct estimate, speed_mps)},
	{"speed_mps_sd", offsetof(struct estimate, speed_mps_sd)},
	{"queue_m", offsetof(struct estimate, queue_m)},
	{"queue_m_sd", offsetof(struct estimate, queue_m_sd)},
	{"queue_veh", offsetof(struct estimate, queue_veh)},
	{"queue_veh_sd", offsetof(struct estimate, queue_veh_sd)},
	{"jam_frac", offsetof(struct estimate, jam_frac)},
	{"jam_frac_sd", offsetof(struct estimate, jam_frac_sd)},
	{"occupancy_frac", offsetof(struct estimate, occupancy_frac)},
	{"occupancy_frac_sd", offsetof(struct estimate, occupancy_frac_sd)},
	{"plates", offsetof(struct estimate, plates)},
	{"quality_frac", offsetof(struct estimate, quality_frac)},
};
const uint32_t wire_n_quantities = G_N_ELEMENTS(wire_quantities);

static json_t *put_lane(const struct estimate *e, int64_t t_us)
{
	json_t *o = json_object();
	if (s_to_us(e->t_s) != t_us)
		put_whole(o, "taken_us", s_to_us(e->t_s));
	for (size_t i = 0; i < G_N_ELEMENTS(wire_quantities); i++)
		put_number(o, wire_quantities[i].name, *(const double *) ((const char *) e + wire_quantities[i].at));
	if (jam_level_name(e->level))
		put_text(o, "level", jam_level_name(e->level));
	if (e->vehicles)
		json_object_set_new(o, "vehicles", put_vehicles(e->vehicles, e->n_vehicles));
	return o;
}

char *wire_estimate_write(const struct wire_head *head, const char *camera, const struct network *net, const struct estimate *e, uint32_t n)
{
	json_t *o = put_head(head);
	put_text(o, "camera", camera);
	json_t *lanes = json_object();
	for (uint32_t i = 0; i < n; i++)
		json_object_set_new(lanes, net->lanes[e[i].lane].id, put_lane(&e[i], head->t_us));
	json_object_set_new(o, "lanes", lanes);
	return put_end(o);
}

static void look_estimate(struct look *l, const struct network *net, const char *id, const json_t *o, int64_t t_us, struct estimate *e)
{
	estimate_init(e, net ? look_lane(l, net, id) : NET_NONE);
	if (!json_is_object(o))
		look_wrong(l, "lane %.80s is not an object", id);
	int64_t taken_us = look_whole(l, o, "taken_us", false, 1, INT64_MAX / 2);
	e->t_s = us_to_s(taken_us ? taken_us : t_us);
	for (size_t i = 0; i < G_N_ELEMENTS(wire_quantities); i++)
		*(double *) ((char *) e + wire_quantities[i].at) = look_number(l, o, wire_quantities[i].name, false, 0, 1e9);
	char level[16] = "";
	look_text(l, o, "level", false, level, sizeof level);
	if (level[0] && !jam_level_from_name(level, &e->level))
		look_wrong(l, "lane %.80s: level is \"%s\", must be free, slow, queued or jammed", id, level);
	json_t *vehicles = look_list(l, o, "vehicles", false, WIRE_MAX_VEHICLES);
	if (vehicles)
		e->vehicles = look_vehicles(l, vehicles, id, &e->n_vehicles);
	g_autoptr(GError) why = NULL;
	if (!l->wrong && !estimate_check(e, &why))
		look_wrong(l, "lane %.80s: %s", id, why->message);
}

struct wire_estimate *wire_estimate_read(const char *text, size_t length, const struct network *net, GError **error)
{
	struct wire_estimate *quick = net != NULL && length <= WIRE_MAX_BYTES ? wire_estimate_quick(text, length, net) : NULL;
	if (quick != NULL)
		return quick;
	struct look l = {.what = "estimate"};
	owned(wire_estimate) m = g_new0(struct wire_estimate, 1);
	json_t *o = look_object(&l, text, length);
	look_head(&l, o, &m->head);
	look_text(&l, o, "camera", true, m->camera, sizeof(m->camera));
	json_t *lanes = look_map(&l, o, "lanes", true);
	m->lanes = g_new0(struct estimate, json_object_size(lanes) + 1);
	m->ids = g_new0(char *, json_object_size(lanes) + 1);
	const char *id;
	json_t *lane;
	json_object_foreach (lanes, id, lane) {
		if (!look_id(&l, id, WIRE_ID))
			break;
		m->ids[m->n_lanes] = g_strdup(id);
		look_estimate(&l, net, id, lane, m->head.t_us, &m->lanes[m->n_lanes++]);
	}
	json_decref(o);
	return look_end(&l, error) ? give(m) : NULL;
}

void wire_estimate_free(struct wire_estimate *e)
{
	if (!e)
		return;
	for (uint32_t i = 0; i < e->n_lanes; i++)
		estimate_finish(&e->lanes[i]);
	g_free(e->lanes);
	g_strfreev(e->ids);
	g_free(e);
}

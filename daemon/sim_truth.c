/* sim_truth.c - what a town really is, as JSON. */
#include "daemon/sim_truth.h"

#include "daemon/sim_cameras.h"

static json_t *head_of(const struct wire_head *h)
{
	return json_pack("{s:i, s:I, s:s, s:I}", "v", WIRE_VERSION, "t_us", (json_int_t) h->t_us, "src", h->src, "seq", (json_int_t) h->seq);
}

static void set_number(json_t *to, const char *key, double value)
{
	if (isfinite(value))
		json_object_set_new(to, key, json_real(value));
}

static json_t *score_of(const struct world *w)
{
	struct score s = world_score(w);
	struct world_counts n = world_counts(w);
	json_t *o = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "vehicles", (json_int_t) s.vehicles, "arrived", (json_int_t) s.arrived,
		"inside",
		(json_int_t) n.inside, "waiting", (json_int_t) n.waiting, "red_passed", (json_int_t) n.red_passed, "overlaps",
		(json_int_t) n.overlaps);
	const struct {
		const char *key;
		double value;
	} numbers[] = {
		{"window_s", s.window_s}, {"time_loss_s", s.time_loss_s}, {"depart_delay_s", s.depart_delay_s}, {"delay_s", s.delay_s},
			{"waiting_s", s.waiting_s},
		{"stops", s.stops}, {"queue_veh_mean", s.queue_veh_mean}, {"queue_veh_max", s.queue_veh_max}, {"throughput_vph", s.throughput_vph},
		{"speed_mps", s.speed_mps},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
		set_number(o, numbers[i].key, numbers[i].value);
	return o;
}

static char *line_of(json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(9)), *copy = g_strdup(text);
	free(text);
	json_decref(o);
	return copy;
}

static json_t *lane_of(struct town *t, uint32_t lane, double view_m)
{
	json_t *o = sim_camera_lane_truth(town_world(t), lane, view_m, 0);
	json_object_set_new(o, "vehicles", json_integer((json_int_t) json_array_size(json_object_get(o, "vehicles"))));
	json_object_set_new(o, "passed_veh", json_integer((json_int_t) town_passed(t, lane)));
	return o;
}

char *sim_truth_signal(struct town *t, uint32_t signal, double view_m, const struct wire_head *head)
{
	const struct junction *j = town_junction(t, signal);
	json_t *o = head_of(head), *lanes = json_object();
	for (uint32_t i = 0; i < j->n_lanes; i++)
		json_object_set_new(lanes, town_network(t)->lanes[j->lanes[i]].id, lane_of(t, j->lanes[i], view_m));
	json_object_set_new(o, "lanes", lanes);
	json_object_set_new(o, "state", json_string(cabinet_shows(town_cabinet(t, signal))));
	json_object_set_new(o, "mode", json_string(cabinet_mode_name(cabinet_mode(town_cabinet(t, signal)))));
	set_number(o, "delay_s", town_delay_s(t, signal, false));
	set_number(o, "fixed_delay_s", town_delay_s(t, signal, true));
	return line_of(o);
}

char *sim_truth_summary(struct town *t, const struct wire_head *head)
{
	json_t *o = head_of(head);
	set_number(o, "t_s", town_time_s(t));
	json_object_set_new(o, "adaptive", score_of(town_world(t)));
	json_object_set_new(o, "fixed", score_of(town_shadow(t)));
	return line_of(o);
}

json_t *sim_truth_last(struct town *t)
{
	json_t *o = json_object(), *signals = json_object();
	for (uint32_t s = 0; s < town_network(t)->n_signals; s++) {
		json_t *one = json_object(), *faults = json_object();
		set_number(one, "delay_s", town_delay_s(t, s, false));
		set_number(one, "fixed_delay_s", town_delay_s(t, s, true));
		for (int f = 0; f < CABINET_N_FAULTS; f++)
			json_object_set_new(faults, cabinet_fault_name((enum cabinet_fault) f),
				json_integer((json_int_t) cabinet_count(town_cabinet(t, s), (enum cabinet_fault) f)));
		json_object_set_new(one, "faults", faults);
		json_object_set_new(signals, town_network(t)->signals[s].id, one);
	}
	set_number(o, "t_s", town_time_s(t));
	json_object_set_new(o, "adaptive", score_of(town_world(t)));
	json_object_set_new(o, "fixed", score_of(town_shadow(t)));
	json_object_set_new(o, "signals", signals);
	return o;
}

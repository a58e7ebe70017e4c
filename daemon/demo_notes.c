/* demo_notes.c - what the demo leaves for the simulator's report, and reads from its last words. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "core/units.h"
#include "daemon/demo_notes.h"
#include "daemon/truth_score.h"

static void fact(json_t *facts, const char *name, char *value)
{
	json_array_append_new(facts, json_pack("[s,s]", name, value));
	g_free(value);
}

static char *seconds(double s)
{
	return isfinite(s) ? g_strdup_printf("%.2f s", s) : g_strdup("not measured");
}

char *demo_notes_programs(const struct screen *s)
{
	GString *text = g_string_new(NULL);
	for (uint32_t i = 0; i < s->n_programs; i++)
		if (s->programs[i].cpu_n > 0)
			g_string_append_printf(text, "%s%s %.2f", text->len ? ", " : "", s->programs[i].name,
				s->programs[i].cpu_sum / s->programs[i].cpu_n);
	return g_string_free(text, FALSE);
}

static json_t *facts_of(const struct demo_notes *n)
{
	const struct screen *s = n->screen;
	const struct demo_options *o = n->options;
	json_t *facts = json_array();
	g_autofree char *demand = g_path_get_basename(n->routes);
	fact(facts, "seed", g_strdup_printf("%" G_GUINT64_FORMAT, o->seed));
	fact(facts, "demand", g_strdup_printf("%s from %.0f s on", demand, o->begin_s));
	fact(facts, "before it counts", g_strdup_printf("%.0f s under the fixed plan", o->warmup_s));
	fact(facts, "live", g_strdup_printf("%.1f min in real time", n->ran_s / 60));
	fact(facts, "cameras", g_strdup_printf("%u, H.264 over RTSP", s->n_cameras));
	fact(facts, "picture to command, median", seconds(s->lag_p50_s));
	fact(facts, "picture to command, 99 %", seconds(s->lag_p99_s));
	for (uint32_t i = 0; i < s->n_programs; i++)
		if (s->programs[i].cpu_n > 0) {
			g_autofree char *name = g_strdup_printf("processor, %s", s->programs[i].name);
			fact(facts, name, g_strdup_printf("%.2f of a core", s->programs[i].cpu_sum / s->programs[i].cpu_n));
		}
	fact(facts, "machine", g_strdup_printf("%u cores", g_get_num_processors()));
	fact(facts, "version", g_strdup("Greenwave " GREENWAVE_VERSION));
	return facts;
}

static void set_known(json_t *to, const char *key, double value)
{
	if (isfinite(value))
		json_object_set_new(to, key, json_real(value));
}

static json_t *vision_of(const struct report_vision *v)
{
	json_t *o = json_pack("{s:i}", "cameras", (int) v->cameras);
	set_known(o, "lane_seconds", v->lane_seconds);
	set_known(o, "seen_veh", v->seen_veh);
	set_known(o, "true_veh", v->true_veh);
	set_known(o, "flow_frac", v->flow_frac);
	set_known(o, "flow_lane_frac", v->flow_lane_frac);
	set_known(o, "queue_veh", v->queue_veh);
	set_known(o, "speed_mps", v->speed_mps);
	return o;
}

bool demo_notes_write(const struct demo_notes *n, const char *path, GError **error)
{
	g_autofree char *says = g_strdup_printf("%u junctions, %u cameras, %.3g min live: timings made from video, second by second, "
		"against the Webster-timed fixed plan. The same vehicles and drivers on both sides.",
		n->screen->n_junctions, n->screen->n_cameras, n->ran_s / 60);
	json_auto_t *o = json_pack("{s:s, s:s, s:o, s:o}", "title", "What the cameras gained", "says", says, "facts", facts_of(n), "vision",
		vision_of(&n->screen->vision));
	if (n->png) {
		g_autofree char *caption = g_strdup_printf("Camera %s, near the end: lanes, tracked vehicles and queues as vision measured them.",
			n->camera);
		json_object_set_new(o, "picture", json_string(n->png));
		json_object_set_new(o, "picture_says", json_string(caption));
	}
	char *text = json_dumps(o, JSON_INDENT(2));
	bool written = g_file_set_contents(path, text, -1, error);
	free(text);
	return written;
}

static void complain(const json_t *o, GString *verdict)
{
	const char *signal, *fault;
	json_t *one, *count;
	json_object_foreach(json_object_get(o, "signals"), signal, one)
		json_object_foreach(json_object_get(one, "faults"), fault, count)
			if (json_integer_value(count) != 0)
				g_string_append_printf(verdict, "the cabinet monitor of %s counted %lld times %s, must be 0.\n", signal,
					(long long) json_integer_value(count), fault);
	static const char *const checks[] = {"red_passed", "overlaps"};
	for (uint32_t i = 0; i < G_N_ELEMENTS(checks); i++) {
		json_int_t n = json_integer_value(json_object_get(json_object_get(o, "adaptive"), checks[i]));
		if (n != 0)
			g_string_append_printf(verdict, "the world's self-check %s counted %lld, must be 0.\n", checks[i], (long long) n);
	}
}

bool demo_notes_last(const char *path, struct demo_result *r, GString *verdict, GError **error)
{
	json_error_t why;
	json_auto_t *o = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(json_object_get(o, "adaptive")) || !json_is_object(json_object_get(o, "signals"))) {
		g_set_error(error, DEMO_ERROR, DEMO_ERROR_FILE, "%s: the simulator's last words cannot be read: %s", path, o ? "no scores in them"
			: why.text);
		return false;
	}
	r->run.adaptive = truth_score(json_object_get(o, "adaptive"));
	r->run.fixed = truth_score(json_object_get(o, "fixed"));
	r->count_to_s = json_number_value(json_object_get(o, "t_s"));
	r->count_from_s = r->count_to_s - r->run.adaptive.window_s;
	complain(o, verdict);
	return true;
}

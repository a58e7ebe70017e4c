/* sim_report.c - report pages of greenwave-sim. */
#include <math.h>

#include "core/units.h"
#include "daemon/jsonnum.h"
#include "daemon/outfile.h"
#include "daemon/sim_report.h"
#include "sim/sim_error.h"

struct sim_report {
	struct record *fixed, *adaptive;
};

static bool take_vision(struct report *r, struct report_vision *v, const json_t *notes)
{
	const json_t *said = json_object_get(notes, "vision");
	if (!json_is_object(said))
		return false;
	double cameras = json_number_or_unknown(said, "cameras");
	*v = (struct report_vision){
		.cameras = cameras >= 0 && cameras < 1e6 ? (uint32_t) cameras : 0,
		.lane_seconds = json_number_or_unknown(said, "lane_seconds"),
		.seen_veh = json_number_or_unknown(said, "seen_veh"),
		.true_veh = json_number_or_unknown(said, "true_veh"),
		.flow_frac = json_number_or_unknown(said, "flow_frac"),
		.flow_lane_frac = json_number_or_unknown(said, "flow_lane_frac"),
		.queue_veh = json_number_or_unknown(said, "queue_veh"),
		.speed_mps = json_number_or_unknown(said, "speed_mps"),
	};
	r->vision = v;
	return true;
}

static bool take_picture(struct report *r, const json_t *notes, GError **error)
{
	const char *file = json_string_value(json_object_get(notes, "picture"));
	char *bytes;
	gsize length;
	if (!file)
		return true;
	if (!g_file_get_contents(file, &bytes, &length, error))
		return false;
	r->picture = g_bytes_new_take(bytes, length);
	r->picture_says = json_string_value(json_object_get(notes, "picture_says"));
	return true;
}

/* The caller's facts first, then those of the notes. */
static GArray *all_facts(const struct report *r, const json_t *notes)
{
	GArray *facts = g_array_new(FALSE, FALSE, sizeof(struct report_fact));
	const json_t *said = json_object_get(notes, "facts");
	if (r->n_facts)
		g_array_append_vals(facts, r->facts, r->n_facts);
	for (size_t i = 0; i < json_array_size(said); i++) {
		const json_t *row = json_array_get(said, i);
		struct report_fact f = {json_string_value(json_array_get(row, 0)), json_string_value(json_array_get(row, 1))};
		if (f.name && f.value)
			g_array_append_val(facts, f);
	}
	return facts;
}

static json_t *read_notes(const char *path, GError **error)
{
	json_error_t why;
	json_t *notes = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(notes)) {
		g_set_error(error, SIM_ERROR, SIM_ERROR_READ, "%s:%d: notes for the report must be a JSON object: %s", path, why.line, why.text);
		json_decref(notes);
		return NULL;
	}
	return notes;
}

bool sim_report_save(const struct report *r, const char *path, const char *notes, GError **error)
{
	struct report full = *r;
	struct report_vision vision;
	json_auto_t *said = notes ? read_notes(notes, error) : json_object();
	if (!said || !take_picture(&full, said, error))
		return false;
	take_vision(&full, &vision, said);
	g_autoptr(GArray) facts = all_facts(r, said);
	full.facts = (const struct report_fact *) (const void *) facts->data;
	full.n_facts = facts->len;
	const char *title = json_string_value(json_object_get(said, "title")), *says = json_string_value(json_object_get(said, "says"));
	full.title = title ? title : r->title;
	full.says = says ? says : r->says;
	GString *page = report_html(&full);
	bool written = outfile_save(path, page, error);
	g_string_free(page, TRUE);
	if (full.picture != r->picture)
		g_bytes_unref(full.picture);
	return written;
}

struct sim_report *sim_report_new(const struct world *fixed, const struct world *adaptive, GError **error)
{
	owned(sim_report) r = g_new0(struct sim_report, 1);
	r->fixed = record_new(fixed, NULL, 0, error);
	r->adaptive = r->fixed ? record_new(adaptive, NULL, 0, error) : NULL;
	return r->adaptive ? give(r) : NULL;
}

void sim_report_free(struct sim_report *r)
{
	if (!r)
		return;
	record_free(r->fixed);
	record_free(r->adaptive);
	g_free(r);
}

void sim_report_step(struct sim_report *r, const struct world *fixed, const struct world *adaptive)
{
	record_step(r->fixed, fixed);
	record_step(r->adaptive, adaptive);
}

bool sim_report_finish(struct sim_report *r, const struct world *fixed, const struct world *adaptive, uint64_t seed, const char *path,
	const char *notes, GError **error)
{
	record_close(r->fixed, fixed);
	record_close(r->adaptive, adaptive);
	struct report_run run = {seed, r->fixed->score, r->adaptive->score};
	struct report page = {
		.title = "Traffic lights that see",
		.says = "The same traffic twice, vehicle by vehicle: under the fixed plan, and under timings that were made while it drove.",
		.fixed_name = "fixed plan",
		.adaptive_name = "adaptive",
		.runs = &run,
		.n_runs = 1,
		.fixed = r->fixed,
		.adaptive = r->adaptive,
	};
	return sim_report_save(&page, path, notes, error);
}

/* sim_trips.c - tripinfo and summary in SUMO's words; see sim_trips.h. */
#include "daemon/sim_trips.h"

#include <math.h>
#include <string.h>

#include "daemon/outfile.h"

#define HALT_SPEED_MPS 0.1 /* SUMO's haltingSpeed */
#define FLUSH_BYTES (1 << 16)

#define HEAD(root, schema) "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\n<!-- by greenwave-sim " GREENWAVE_VERSION " -->\n\n<" root \
	" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:noNamespaceSchemaLocation=\"http://sumo.dlr.de/xsd/" schema "\">\n"

#define TRIPS_HEAD HEAD("tripinfos", "tripinfo_file.xsd")
#define STEPS_HEAD HEAD("summary", "summary_file.xsd")

struct start { /* how a departure entered */
	uint32_t lane; /* NET_NONE: not seen */
	float pos_m, speed_mps;
};

struct sim_trips {
	struct outfile *tripinfo, *summary; /* NULL: not wanted */
	GString *trips, *steps; /* not yet in the files */
	struct start *starts;   /* per departure */
	bool unfinished;
	uint32_t n_trips;       /* written */
	uint64_t n_seen;        /* entered */
	double late_s;          /* depart delay of all that entered */
	double travel_s;        /* of all that arrived */
	/* this step */
	uint32_t halting;
	double speed_mps, speed_frac; /* sums */
};

/* Text for an attribute. What XML cannot hold becomes a question mark. */
static void put_escaped(GString *out, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	for (const char *at = valid; *at; at++) {
		const char *name = *at == '&' ? "&amp;" : *at == '<' ? "&lt;" : *at == '>' ? "&gt;" : *at == '"' ? "&quot;" : *at == '\'' ? "&apos;"
			: *at == '\t' ? "&#9;" : *at == '\n' ? "&#10;" : *at == '\r' ? "&#13;" : (unsigned char) *at < 0x20 ? "?" : NULL;
		if (name)
			g_string_append(out, name);
		else
			g_string_append_c(out, *at);
	}
}

static void put_text(GString *out, const char *name, const char *text)
{
	g_string_append_printf(out, " %s=\"", name);
	put_escaped(out, text);
	g_string_append_c(out, '"');
}

/* Never "-0.00". */
static void put_number(GString *out, const char *name, double value)
{
	g_string_append_printf(out, " %s=\"%.2f\"", name, fabs(value) < 0.005 ? 0 : value);
}

static void put_trip(struct sim_trips *t, const struct world *w, const struct trip_record *trip)
{
	const struct network *net = world_network(w);
	const struct routes *routes = world_routes(w);
	const struct departure *d = &routes->departures[trip->id];
	const struct start *start = &t->starts[trip->id];
	bool known = start->lane != NET_NONE, arrived = trip->arrival_lane != NET_NONE;
	g_string_append(t->trips, "    <tripinfo");
	put_text(t->trips, "id", d->id);
	put_number(t->trips, "depart", trip->depart_s);
	put_text(t->trips, "departLane", known ? net->lanes[start->lane].id : "");
	put_number(t->trips, "departPos", known ? start->pos_m : -1);
	put_number(t->trips, "departSpeed", known ? start->speed_mps : -1);
	put_number(t->trips, "departDelay", trip->depart_delay_s);
	put_number(t->trips, "arrival", arrived ? trip->arrival_s : -1);
	put_text(t->trips, "arrivalLane", arrived ? net->lanes[trip->arrival_lane].id : "");
	put_number(t->trips, "arrivalPos", arrived ? net->lanes[trip->arrival_lane].length_m : -1);
	put_number(t->trips, "arrivalSpeed", arrived ? trip->arrival_speed_mps : -1);
	put_number(t->trips, "duration", trip->duration_s);
	put_number(t->trips, "routeLength", trip->route_length_m);
	put_number(t->trips, "waitingTime", trip->waiting_s);
	g_string_append_printf(t->trips, " waitingCount=\"%u\" stopTime=\"0.00\"", trip->stops);
	put_number(t->trips, "timeLoss", fmax(0, trip->time_loss_s));
	g_string_append(t->trips, " rerouteNo=\"0\" devices=\"\"");
	put_text(t->trips, "vType", routes->types[d->type].id);
	put_number(t->trips, "speedFactor", trip->speed_factor);
	put_text(t->trips, "vaporized", arrived ? "" : "end");
	g_string_append(t->trips, "/>\n");
}

static void see_vehicles(struct sim_trips *t, const struct world *w)
{
	const struct network *net = world_network(w);
	double now_s = world_time_s(w) - world_step_s(w);
	t->halting = 0;
	t->speed_mps = t->speed_frac = 0;
	for (uint32_t k = 0; k < world_n_vehicles(w); k++) {
		struct vehicle_view v;
		world_vehicle(w, k, &v);
		t->halting += v.speed_mps < HALT_SPEED_MPS;
		t->speed_mps += v.speed_mps;
		t->speed_frac += v.speed_mps / net->lanes[v.lane].speed_mps;
		if (t->starts[v.id].lane != NET_NONE)
			continue;
		t->starts[v.id] = (struct start){v.lane, (float) v.pos_m, (float) v.speed_mps};
		t->late_s += now_s - world_routes(w)->departures[v.id].depart_s;
		t->n_seen++;
	}
}

static void put_step(struct sim_trips *t, const struct world *w)
{
	struct world_counts c = world_counts(w);
	double n = (double) c.inside;
	g_string_append(t->steps, "    <step");
	put_number(t->steps, "time", world_time_s(w) - world_step_s(w)); /* SUMO's label of a step is its beginning */
	g_string_append_printf(t->steps,
		" loaded=\"%" G_GUINT64_FORMAT "\" inserted=\"%" G_GUINT64_FORMAT "\" running=\"%" G_GUINT64_FORMAT
		"\" waiting=\"%" G_GUINT64_FORMAT "\" ended=\"%" G_GUINT64_FORMAT "\" arrived=\"%" G_GUINT64_FORMAT
		"\" collisions=\"%" G_GUINT64_FORMAT "\" teleports=\"0\" halting=\"%u\" stopped=\"0\"",
		c.departed + c.waiting, c.departed, c.inside, c.waiting, c.arrived, c.arrived, c.overlaps, t->halting);
	put_number(t->steps, "meanWaitingTime", t->n_seen ? t->late_s / (double) t->n_seen : -1); /* to enter: SUMO's word for it */
	put_number(t->steps, "meanTravelTime", t->n_trips ? t->travel_s / t->n_trips : -1);
	put_number(t->steps, "meanSpeed", n > 0 ? t->speed_mps / n : -1);
	put_number(t->steps, "meanSpeedRelative", n > 0 ? t->speed_frac / n : -1);
	g_string_append(t->steps, " duration=\"0\"/>\n");
}

static bool flush(struct outfile *to, GString *text, gsize least, GError **error)
{
	if (!to || text->len < least)
		return true;
	bool good = outfile_put(to, text->str, text->len, error);
	g_string_truncate(text, 0);
	return good;
}

bool sim_trips_step(struct sim_trips *t, const struct world *w, bool measuring, GError **error)
{
	uint32_t n;
	const struct trip_record *trips = world_trips(w, &n);
	see_vehicles(t, w);
	for (; measuring && t->n_trips < n; t->n_trips++) {
		t->travel_s += trips[t->n_trips].duration_s;
		if (t->tripinfo)
			put_trip(t, w, &trips[t->n_trips]);
	}
	if (t->summary)
		put_step(t, w);
	return flush(t->tripinfo, t->trips, FLUSH_BYTES, error) && flush(t->summary, t->steps, FLUSH_BYTES, error);
}

struct sim_trips *sim_trips_new(const struct world *w, const char *tripinfo, const char *summary, bool unfinished, GError **error)
{
	owned(sim_trips) t = g_new0(struct sim_trips, 1);
	uint32_t n = world_routes(w)->n_departures;
	t->unfinished = unfinished;
	t->trips = g_string_new(TRIPS_HEAD);
	t->steps = g_string_new(STEPS_HEAD);
	t->starts = g_new(struct start, n + 1);
	for (uint32_t k = 0; k < n; k++)
		t->starts[k].lane = NET_NONE;
	if (tripinfo && !(t->tripinfo = outfile_open(tripinfo, error)))
		return NULL;
	if (summary && !(t->summary = outfile_open(summary, error)))
		return NULL;
	return give(t);
}

bool sim_trips_finish(struct sim_trips *t, const struct world *w, GError **error)
{
	for (uint32_t k = 0; t->unfinished && k < world_n_vehicles(w); k++) {
		struct trip_record trip = world_trip(w, k);
		put_trip(t, w, &trip);
	}
	g_string_append(t->trips, "</tripinfos>\n");
	g_string_append(t->steps, "</summary>\n");
	return flush(t->tripinfo, t->trips, 0, error) && flush(t->summary, t->steps, 0, error)
		&& (!t->tripinfo || outfile_finish(t->tripinfo, error)) && (!t->summary || outfile_finish(t->summary, error));
}

void sim_trips_free(struct sim_trips *t)
{
	if (!t)
		return;
	outfile_free(t->tripinfo);
	outfile_free(t->summary);
	g_string_free(t->trips, TRUE);
	g_string_free(t->steps, TRUE);
	g_free(t->starts);
	g_free(t);
}

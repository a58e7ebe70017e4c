/* detector_read.c - one <inductionLoop> or <laneAreaDetector>: where it lies and what it counts; see additions_inside.h. */
#include <math.h>
#include <string.h>

#include "sim/additions_inside.h"

#define LANES_MAX 1000

static void append(GArray *lanes, uint32_t lane)
{
	g_array_append_val(lanes, lane);
}

/* From the last lane of the list on to `next`, over the node between them. */
static bool go_on(const struct network *net, GArray *lanes, uint32_t next)
{
	const struct net_lane *last = &net->lanes[g_array_index(lanes, uint32_t, lanes->len - 1)];
	for (uint32_t k = 0; k < last->n_links; k++) {
		const struct net_link *link = &net->links[last->first_link + k];
		if (link->to_lane != next && link->via != next)
			continue;
		for (uint32_t via = link->via, hops = 0; via != NET_NONE && via != next && hops < 4; hops++) {
			append(lanes, via);
			via = net->lanes[via].n_links ? net->links[net->lanes[via].first_link].via : NET_NONE;
		}
		append(lanes, next);
		return true;
	}
	return false;
}

static bool read_lanes(const struct additions_reader *r, const struct netattr *a, enum detector_kind kind, GArray *lanes, GError **error)
{
	const char *text = netattr_get(a, "lane");
	if (!text && kind == DETECTOR_AREA)
		text = netattr_get(a, "lanes");
	if (!text)
		return netattr_fail(a, error, "has no lane");
	g_auto(GStrv) words = g_strsplit_set(text, " ,", -1);
	for (char **word = words; *word; word++) {
		if (!**word)
			continue;
		uint32_t lane = network_lane(r->net, *word);
		if (lane == NET_NONE)
			return netattr_fail(a, error, "there is no lane '%.80s'", *word);
		if (lanes->len == 0)
			append(lanes, lane);
		else if (!go_on(r->net, lanes, lane))
			return netattr_fail(a, error, "lane %.80s does not lead on to lane %.80s",
				r->net->lanes[g_array_index(lanes, uint32_t, lanes->len - 1)].id, *word);
		if (lanes->len > LANES_MAX)
			return netattr_fail(a, error, "has more than %d lanes", LANES_MAX);
	}
	return lanes->len || netattr_fail(a, error, "has no lane");
}

/* A place on a lane, negative from its end; beyond an end is refused, or put there when the file is content with that. */
static bool read_place(const struct netattr *a, const char *name, double length_m, bool friendly, double *place_m, GError **error)
{
	double at_m = NAN;
	if (!netattr_number(a, name, &(struct netrange){-1e6, 1e6, false, " m"}, false, &at_m, error) || isnan(at_m))
		return isnan(at_m) && (!netattr_get(a, name));
	if (at_m < 0)
		at_m += length_m;
	if ((at_m < 0 || at_m > length_m) && !friendly)
		return netattr_fail(a, error, "%s is %.20s m, the lane is %g m long", name, netattr_get(a, name), length_m);
	*place_m = CLAMP(at_m, 0, length_m);
	return true;
}

static bool read_stretch(struct additions_reader *r, const struct netattr *a, struct detector *d, GError **error)
{
	const struct net_lane *first = &r->net->lanes[d->lanes[0]], *last = &r->net->lanes[d->lanes[d->n_lanes - 1]];
	double length_m = NAN, begin_m = NAN, end_m = NAN, before_m = 0;
	bool friendly = false;
	for (uint32_t k = 0; k + 1 < d->n_lanes; k++)
		before_m += r->net->lanes[d->lanes[k]].length_m;
	if (!netattr_flag(a, "friendlyPos", &friendly, error) || !read_place(a, "pos", first->length_m, friendly, &begin_m, error))
		return false;
	if (d->kind == DETECTOR_LOOP) {
		d->begin_m = d->end_m = begin_m;
		return !isnan(begin_m) || netattr_fail(a, error, "has no pos");
	}
	if (!read_place(a, "endPos", last->length_m, friendly, &end_m, error) ||
		!netattr_number(a, "length", &(struct netrange){0, 1e6, true, " m"}, false, &length_m, error))
		return false;
	end_m = isnan(end_m) ? isnan(length_m) || isnan(begin_m) ? last->length_m : begin_m + length_m - before_m : end_m;
	d->end_m = before_m + fmin(end_m, last->length_m);
	d->begin_m = isnan(begin_m) ? isnan(length_m) ? 0 : fmax(0, d->end_m - length_m) : begin_m;
	if (end_m > last->length_m + 0.1 && !friendly) /* SUMO forgives a tenth of a metre too */
		return netattr_fail(a, error, "ends %g m behind its lane", end_m - last->length_m);
	return d->end_m > d->begin_m || netattr_fail(a, error, "ends at %g m, before its beginning at %g m", d->end_m, d->begin_m);
}

static bool read_counting(struct additions_reader *r, const struct netattr *a, struct detector *d, GError **error)
{
	static const char *const only[] = {"vTypes", "nextEdges", "detectPersons", "tl", "to", "cont"};
	const char *file = netattr_get(a, "file");
	const struct netrange period = {0, 1e9, true, " s"};
	d->period_s = INFINITY;
	d->halt_mps = 5 / 3.6;
	d->halt_s = 1;
	d->jam_gap_m = 10;
	if (!netattr_number(a, "freq", &period, false, &d->period_s, error) || !netattr_number(a, "period", &period, false, &d->period_s, error) ||
		!netattr_number(a, "speedThreshold", &(struct netrange){0, 300, false, " m/s"}, false, &d->halt_mps, error) ||
		!netattr_number(a, "timeThreshold", &(struct netrange){0, 1e6, false, " s"}, false, &d->halt_s, error) ||
		!netattr_number(a, "jamThreshold", &(struct netrange){0, 1e6, false, " m"}, false, &d->jam_gap_m, error))
		return false;
	for (size_t k = 0; k < G_N_ELEMENTS(only); k++)
		if (netattr_get(a, only[k]) && *netattr_get(a, only[k])) {
			g_autofree char *kind = g_strdup_printf("%.40s %s", a->element, only[k]);
			notes_add(r->notes, kind, a->file, a->line, "%.40s: %s is passed over, it counts everybody by the clock", a->element, only[k]);
		}
	if (file && strcmp(file, "NUL") != 0 && strcmp(file, "/dev/null") != 0) {
		g_autofree char *folder = g_path_get_dirname(r->name);
		d->file = g_path_is_absolute(file) || !strcmp(folder, ".") ? g_strdup(file) : g_build_filename(folder, file, NULL);
	}
	return true;
}

bool detector_read(struct additions_reader *r, const struct netattr *a, enum detector_kind kind, GError **error)
{
	const char *id;
	g_autoptr(GArray) lanes = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	if (!netattr_text(a, "id", &id, error) || !read_lanes(r, a, kind, lanes, error))
		return false;
	if (!g_hash_table_add(r->ids, g_strdup(id)))
		return netattr_fail(a, error, "is there twice");
	struct detector d = {.kind = kind, .n_lanes = lanes->len, .lanes = (uint32_t *) (void *) lanes->data};
	if (!read_stretch(r, a, &d, error) || !read_counting(r, a, &d, error))
		return false;
	d.id = g_strdup(id);
	d.lanes = g_memdup2(lanes->data, lanes->len * sizeof(uint32_t));
	g_array_append_val(r->detectors, d);
	return true;
}

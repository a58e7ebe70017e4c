/* wire_forecast.c - forecast/<junction>: arrivals to come, by lane and movement, and how true such forecasts have been. */
#include "daemon/wire_inside.h"

#include <string.h>

#define FAR_S 86400.0
#define MANY 1e9

static void write_within(struct pen *p, const struct wire_forecast_lane *lane)
{
	pen_open(p, "within", '[');
	for (uint32_t k = 0; k < lane->n_within; k++) {
		const struct wire_within *x = &lane->within[k];
		pen_open(p, NULL, '{');
		pen_number(p, "s", x->s);
		pen_number(p, "veh", x->veh);
		pen_number(p, "veh_sd", x->veh_sd);
		pen_number(p, "low_veh", x->low_veh);
		pen_number(p, "high_veh", x->high_veh);
		pen_number(p, "error_veh", x->error_veh);
		pen_number(p, "persistence_error_veh", x->persistence_error_veh);
		pen_number(p, "held_frac", x->held_frac);
		pen_close(p, '}');
	}
	pen_close(p, ']');
}

static void write_later(struct pen *p, const struct wire_forecast_lane *lane)
{
	pen_open(p, "later", '[');
	for (uint32_t k = 0; k < lane->n_later; k++) {
		const struct wire_later *x = &lane->later[k];
		pen_open(p, NULL, '{');
		pen_number(p, "s", x->s);
		pen_number(p, "vph", x->vph);
		pen_number(p, "vph_sd", x->vph_sd);
		pen_number(p, "error_vph", x->error_vph);
		pen_number(p, "persistence_error_vph", x->persistence_error_vph);
		pen_number(p, "held_frac", x->held_frac);
		pen_close(p, '}');
	}
	pen_close(p, ']');
}

static void write_ways(struct pen *p, const struct wire_forecast_lane *lane)
{
	pen_open(p, "ways", '[');
	for (uint32_t k = 0; k < lane->n_ways; k++) {
		pen_open(p, NULL, '{');
		pen_text(p, "to", lane->ways[k].to);
		pen_number(p, "share_frac", lane->ways[k].share_frac);
		pen_number(p, "veh", lane->ways[k].veh);
		pen_close(p, '}');
	}
	pen_close(p, ']');
}

/* Bins that nobody knows are left out: a list holds numbers. */
static void write_bins(struct pen *p, const char *name, const double *values, uint32_t n)
{
	pen_open(p, name, '[');
	for (uint32_t k = 0; k < n; k++)
		if (isfinite(values[k]))
			pen_value(p, values[k]);
	pen_close(p, ']');
}

char *wire_forecast_write(const struct wire_forecast *f)
{
	struct pen p;
	pen_begin(&p, &f->head);
	pen_text(&p, "junction", f->junction);
	pen_number(&p, "bin_s", f->bin_s);
	pen_open(&p, "lanes", '{');
	for (uint32_t i = 0; i < f->n_lanes; i++) {
		const struct wire_forecast_lane *lane = &f->lanes[i];
		bool known = true;
		for (uint32_t k = 0; k < f->n_bins; k++)
			known = known && isfinite(lane->veh_sd[k]);
		pen_open_named(&p, lane->lane, '{');
		write_bins(&p, "veh", lane->veh, f->n_bins);
		if (known)
			write_bins(&p, "veh_sd", lane->veh_sd, f->n_bins);
		pen_number(&p, "error_veh", lane->error_veh);
		write_within(&p, lane);
		write_later(&p, lane);
		write_ways(&p, lane);
		pen_close(&p, '}');
	}
	pen_close(&p, '}');
	return pen_end(&p);
}

/* The k-th of a list of objects. */
static json_t *look_part(struct look *l, json_t *list, size_t k, const char *name)
{
	json_t *part = json_array_get(list, k);
	if (!json_is_object(part))
		look_wrong(l, "a part of %s is not an object", name);
	return l->wrong ? NULL : part;
}

static void look_within(struct look *l, const json_t *lane, struct wire_forecast_lane *to)
{
	json_t *list = look_list(l, lane, "within", false, WIRE_MAX_WITHIN);
	for (size_t k = 0; k < json_array_size(list) && !l->wrong; k++) {
		json_t *o = look_part(l, list, k, "within");
		if (!o)
			return;
		to->within[to->n_within++] = (struct wire_within){.s = look_number(l, o, "s", true, 0.001, FAR_S),
			.veh = look_number(l, o, "veh", true, 0, MANY), .veh_sd = look_number(l, o, "veh_sd", false, 0, MANY),
			.low_veh = look_number(l, o, "low_veh", false, 0, MANY), .high_veh = look_number(l, o, "high_veh", false, 0, MANY),
			.error_veh = look_number(l, o, "error_veh", false, 0, MANY),
			.persistence_error_veh = look_number(l, o, "persistence_error_veh", false, 0, MANY),
			.held_frac = look_number(l, o, "held_frac", false, 0, 1)};
	}
}

static void look_later(struct look *l, const json_t *lane, struct wire_forecast_lane *to)
{
	json_t *list = look_list(l, lane, "later", false, WIRE_MAX_WITHIN);
	for (size_t k = 0; k < json_array_size(list) && !l->wrong; k++) {
		json_t *o = look_part(l, list, k, "later");
		if (!o)
			return;
		to->later[to->n_later++] = (struct wire_later){.s = look_number(l, o, "s", true, 0.001, FAR_S),
			.vph = look_number(l, o, "vph", true, 0, MANY), .vph_sd = look_number(l, o, "vph_sd", false, 0, MANY),
			.error_vph = look_number(l, o, "error_vph", false, 0, MANY),
			.persistence_error_vph = look_number(l, o, "persistence_error_vph", false, 0, MANY),
			.held_frac = look_number(l, o, "held_frac", false, 0, 1)};
	}
}

static void look_ways(struct look *l, const json_t *lane, struct wire_forecast_lane *to)
{
	json_t *list = look_list(l, lane, "ways", false, WIRE_MAX_WAYS);
	for (size_t k = 0; k < json_array_size(list) && !l->wrong; k++) {
		json_t *o = look_part(l, list, k, "ways");
		if (!o)
			return;
		struct wire_way *way = &to->ways[to->n_ways++];
		look_text(l, o, "to", true, way->to, sizeof way->to);
		way->share_frac = look_number(l, o, "share_frac", true, 0, 1);
		way->veh = look_number(l, o, "veh", false, 0, MANY);
	}
}

static void look_bins(struct look *l, const json_t *o, const char *name, bool must, struct wire_forecast *f, double *to)
{
	json_t *list = look_list(l, o, name, must, WIRE_MAX_BINS);
	if (list && f->n_bins == 0)
		f->n_bins = (uint32_t) json_array_size(list);
	if (list && (json_array_size(list) != f->n_bins || f->n_bins == 0))
		look_wrong(l, "%s has %zu bins, must have as many as the others and at least one", name, json_array_size(list));
	for (uint32_t k = 0; k < WIRE_MAX_BINS; k++)
		to[k] = list && !l->wrong && k < f->n_bins ? look_value(l, json_array_get(list, k), name, 0, MANY) : UNKNOWN;
}

struct wire_forecast *wire_forecast_read(const char *text, size_t length, GError **error)
{
	struct look l = {.what = "forecast"};
	owned(wire_forecast) f = g_new0(struct wire_forecast, 1);
	json_t *o = look_object(&l, text, length);
	look_head(&l, o, &f->head);
	look_text(&l, o, "junction", true, f->junction, sizeof(f->junction));
	f->bin_s = look_number(&l, o, "bin_s", true, 0.001, FAR_S);
	json_t *lanes = look_map(&l, o, "lanes", true), *lane;
	if (json_object_size(lanes) > WIRE_MAX_LANES)
		look_wrong(&l, "%zu lanes are too many, at most %d are taken", json_object_size(lanes), WIRE_MAX_LANES);
	const char *id;
	f->lanes = g_new0(struct wire_forecast_lane, WIRE_MAX_LANES);
	json_object_foreach (lanes, id, lane) {
		if (!json_is_object(lane))
			look_wrong(&l, "a lane is not an object");
		if (!look_id(&l, id, WIRE_ID))
			break;
		struct wire_forecast_lane *to = &f->lanes[f->n_lanes++];
		g_strlcpy(to->lane, id, sizeof(to->lane));
		look_bins(&l, lane, "veh", true, f, to->veh);
		look_bins(&l, lane, "veh_sd", false, f, to->veh_sd);
		to->error_veh = look_number(&l, lane, "error_veh", false, 0, MANY);
		look_within(&l, lane, to);
		look_later(&l, lane, to);
		look_ways(&l, lane, to);
	}
	json_decref(o);
	return look_end(&l, error) ? give(f) : NULL;
}

void wire_forecast_free(struct wire_forecast *f)
{
	if (!f)
		return;
	g_free(f->lanes);
	g_free(f);
}

/* routes_scale.c - thins or clones departures; see routes_scale.h. */
#include "sim/routes_scale.h"

#include <math.h>
#include <stdlib.h>

#include "sim/sim_error.h"

#define FACTOR_MOST 10.0
#define APART_S 30.0
#define GOLDEN 0.61803398874989485 /* multiples of it, modulo 1, fill the interval evenly, and so does any regular part of them (Weyl 1916) */
#define PLASTIC 0.75487766624669276 /* the same in two dimensions beside 0.5698...: Roberts (2018) */

static double share_of(double number, double step)
{
	double x = number * step;
	return x - floor(x);
}

static int by_time(const void *a, const void *b)
{
	const struct departure *x = a, *y = b;
	return (x->depart_s > y->depart_s) - (x->depart_s < y->depart_s);
}

/* Copy number `c` of departure k. */
static struct departure copy_of(const struct routes *r, uint32_t k, uint32_t c)
{
	struct departure d = r->departures[k];
	double last_s = r->departures[r->n_departures - 1].depart_s;
	d.depart_s += APART_S * (2 * share_of(k + c * GOLDEN, PLASTIC) - 1);
	d.depart_s = CLAMP(d.depart_s, r->departures[0].depart_s, last_s);
	d.id = g_strdup_printf("%s+%u", r->departures[k].id, c);
	return d;
}

bool routes_scale(struct routes *r, double factor, GError **error)
{
	if (!(factor > 0 && factor <= FACTOR_MOST))
		return sim_fail(error, "the demand is to be scaled by %g, must be above 0 and at most %g", factor, FACTOR_MOST);
	if (factor == 1)
		return true;
	GArray *scaled = g_array_sized_new(FALSE, FALSE, sizeof(struct departure), (guint) (r->n_departures * factor) + 16);
	for (uint32_t k = 0; k < r->n_departures; k++) {
		uint32_t n = (uint32_t) floor(factor) + (share_of(k + 1.0, GOLDEN) < factor - floor(factor));
		for (uint32_t c = 1; c < n; c++) {
			struct departure d = copy_of(r, k, c);
			g_array_append_val(scaled, d);
		}
		if (n > 0)
			g_array_append_val(scaled, r->departures[k]);
	}
	for (uint32_t k = 0; k < r->n_departures; k++) /* whom nobody took over */
		if (factor < 1 && !(share_of(k + 1.0, GOLDEN) < factor))
			g_free(r->departures[k].id);
	g_free(r->departures);
	g_array_sort(scaled, by_time); /* GLib's keeps the order of equals */
	r->n_departures = scaled->len;
	r->departures = (struct departure *) (void *) g_array_free(scaled, FALSE);
	return true;
}

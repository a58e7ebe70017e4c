/* demands.c - several days of one demand; see demands.h. */
#include "daemon/demands.h"

#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#include "sim/routes_scale.h"

static int by_time(const void *a, const void *b)
{
	const struct departure *x = a, *y = b;
	return (x->depart_s > y->depart_s) - (x->depart_s < y->depart_s);
}

/* Nobody leaves the span of the demand: who would is put back at its edge. */
static void jitter(struct routes *r, double most_s, uint64_t seed)
{
	if (r->n_departures == 0 || !(most_s > 0))
		return;
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	double first_s = r->departures[0].depart_s, last_s = r->departures[r->n_departures - 1].depart_s;
	gsl_rng_set(rng, (unsigned long) seed);
	for (uint32_t k = 0; k < r->n_departures; k++) {
		struct departure *d = &r->departures[k];
		d->depart_s = CLAMP(d->depart_s + most_s * (2 * gsl_rng_uniform(rng) - 1), first_s, last_s);
	}
	gsl_rng_free(rng);
	qsort(r->departures, r->n_departures, sizeof *r->departures, by_time);
}

struct demands *demands_new(demands_read read, void *user, const struct demands_options *o, GError **error)
{
	owned(demands) d = g_new0(struct demands, 1);
	d->days = g_new0(struct routes *, o->n_days);
	for (; d->n < o->n_days; d->n++) {
		d->days[d->n] = read(user, o->seed + d->n, error);
		double scale = o->scale * (d->n + o->n_busy >= o->n_days ? o->busier : 1);
		if (!d->days[d->n] || !routes_scale(d->days[d->n], scale, error)) {
			d->n += d->days[d->n] != NULL;
			return NULL;
		}
		jitter(d->days[d->n], o->jitter_s, o->seed + d->n);
	}
	return give(d);
}

void demands_free(struct demands *d)
{
	if (!d)
		return;
	for (uint32_t k = 0; k < d->n; k++)
		routes_free(d->days[k]);
	g_free(d->days);
	g_free(d);
}

/* flows.c - unrolls <flow> into single vehicles when it is read; see routes_inside.h. */
#include <math.h>

#include "sim/routes_inside.h"

#define DAY_S 86400.0

/* period="12.5", or period="exp(0.08)": on average so many a second, at random. */
static bool read_period(const struct netattr *a, struct draft *d, GError **error)
{
	const char *period = netattr_get(a, "period");
	if (!period || !g_str_has_prefix(period, "exp("))
		return netattr_number(a, "period", &(struct netrange){0.001, 1e6, false, " s"}, false, &d->period_s, error);
	char *end = NULL;
	double rate = g_ascii_strtod(period + 4, &end);
	if (!(rate > 1e-6 && rate < 1e3) || g_strcmp0(end, ")") != 0)
		return netattr_fail(a, error, "period is '%.40s', must be seconds or exp(vehicles per second)", period);
	d->period_s = 1 / rate;
	d->poisson = true;
	return true;
}

bool flows_read(struct reader *r, const struct netattr *a, struct draft *d, GError **error)
{
	double rate_vph = NAN;
	d->begin_s = 0;
	d->end_s = d->period_s = d->probability = NAN;
	d->number = UINT32_MAX;
	const struct netrange per_hour = {0, 1e6, true, " veh/h"};
	if (!netattr_time(a, "begin", false, &d->begin_s, error) || !netattr_time(a, "end", false, &d->end_s, error) ||
		!netattr_count(a, "number", DEPARTURES_MAX, false, &d->number, error) || !read_period(a, d, error) ||
		!netattr_number(a, "vehsPerHour", &per_hour, false, &rate_vph, error) || !netattr_number(a, "perHour", &per_hour, false, &rate_vph, error) ||
		!netattr_number(a, "probability", &(struct netrange){0, 1, true, ""}, false, &d->probability, error))
		return false;
	int ways = !isnan(rate_vph) + !isnan(d->probability) + !isnan(d->period_s);
	if (ways > 1 || (ways == 0 && (d->number == UINT32_MAX || isnan(d->end_s))))
		return netattr_fail(a, error, "needs one of period, vehsPerHour, probability, or number with end");
	if (isnan(d->end_s) && d->number == UINT32_MAX) {
		routes_note(r, a, "flow end", "flow: without an end it goes on for 24 hours, as in SUMO");
		d->end_s = d->begin_s + DAY_S;
	}
	if (d->end_s < d->begin_s)
		return netattr_fail(a, error, "ends at %g s, before its begin at %g s", d->end_s, d->begin_s);
	if (!isnan(rate_vph))
		d->period_s = 3600 / rate_vph;
	if (ways == 0)
		d->period_s = (d->end_s - d->begin_s) / MAX(d->number, 1u);
	double most = fmin(d->number, (d->end_s - d->begin_s) / (isnan(d->probability) ? d->period_s : 1));
	if (isnan(d->end_s))
		d->end_s = INFINITY;
	if (r->departures->len + most > DEPARTURES_MAX)
		return netattr_fail(a, error, "would bring the demand over %u vehicles", DEPARTURES_MAX);
	return true;
}

bool flows_unroll(struct reader *r, const struct netattr *a, const struct draft *d, GError **error)
{
	uint64_t chance = noise_stream(r->seed, g_str_hash(d->id), NOISE_FLOW);
	double t = d->begin_s;
	uint64_t drawn = 0;
	if (d->poisson)
		t -= d->period_s * log1p(-noise_unit(chance, drawn++));
	for (uint32_t n = 0; (t < d->end_s || (isfinite(d->end_s) && d->end_s == d->begin_s && t == d->end_s)) && n < d->number;) {
		bool goes = isnan(d->probability) || noise_unit(chance, drawn++) < d->probability;
		if (goes && !routes_add(r, a, d, t, n++, error))
			return false;
		if (!isnan(d->probability))
			t += 1;
		else if (d->poisson)
			t -= d->period_s * log1p(-noise_unit(chance, drawn++));
		else
			t = d->begin_s + n * d->period_s;
	}
	return true;
}

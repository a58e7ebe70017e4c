/* sizes.c - the usual size of a vehicle by its place in the picture. See sizes.h. */
#include "vision/sizes.h"

#include <math.h>
#include <string.h>

#define LEAST_VEHICLES 3
#define SMALL_LOG 0.55  /* of the area's logarithm: 0.58 of the usual one */
#define LARGE_LOG 0.9
#define RIDGE 2.0       /* as many vehicles say that sizes are the same everywhere */

/* Solves the symmetric 3 x 3 system by elimination. */
static bool solve(double a[3][4], double x[3])
{
	for (int i = 0; i < 3; i++) {
		if (fabs(a[i][i]) < 1e-9)
			return false;
		for (int r = 0; r < 3; r++) {
			double f = r == i ? 0 : a[r][i] / a[i][i];
			for (int c = i; c < 4 && r != i; c++)
				a[r][c] -= f * a[i][c];
		}
	}
	for (int i = 0; i < 3; i++)
		x[i] = a[i][3] / a[i][i];
	return true;
}

static double at(const double p[3], double x, double y)
{
	return p[0] + p[1] * x + p[2] * y;
}

/* Means over those with use[k]; the slopes are drawn towards none. */
static bool fit(const struct sizes *s, const bool *use, bool heights, double p[3])
{
	double a[3][4] = {{0}};
	for (uint32_t k = 0; k < s->n; k++) {
		const struct size_seen *v = &s->seen[k];
		double row[4] = {1, v->x - 0.5, v->y - 0.3, log(heights ? v->height_px : v->width_px)};
		for (int i = 0; use[k] && i < 3; i++)
			for (int c = 0; c < 4; c++)
				a[i][c] += row[i] * row[c];
	}
	a[1][1] += RIDGE * 0.05;
	a[2][2] += RIDGE * 0.01;
	double q[3];
	if (a[0][0] < LEAST_VEHICLES || !solve(a, q))
		return false;
	p[0] = q[0] - 0.5 * q[1] - 0.3 * q[2];
	p[1] = q[1];
	p[2] = q[2];
	return true;
}

static void refit(struct sizes *s)
{
	bool use[SIZES_KEPT];
	double w[3], h[3];
	memset(use, true, sizeof use);
	for (int round = 0; round < 5; round++) {
		if (!fit(s, use, false, w) || !fit(s, use, true, h))
			return;
		for (uint32_t k = 0; k < s->n; k++) {
			const struct size_seen *v = &s->seen[k];
			double off = log(v->width_px * v->height_px) - at(w, v->x, v->y) - at(h, v->x, v->y);
			use[k] = off > -SMALL_LOG && off < LARGE_LOG;
		}
	}
	memcpy(s->w, w, sizeof w);
	memcpy(s->h, h, sizeof h);
	s->known = true;
}

void sizes_add(struct sizes *s, const struct size_seen *seen, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++) {
		s->seen[s->next] = seen[k];
		s->next = (s->next + 1) % SIZES_KEPT;
		s->n = s->n < SIZES_KEPT ? s->n + 1 : SIZES_KEPT;
	}
	if (++s->vehicles >= LEAST_VEHICLES)
		refit(s);
}

bool sizes_usual(const struct sizes *s, double x, double y, double *width_px, double *height_px)
{
	if (!s->known)
		return false;
	*width_px = exp(at(s->w, x, y));
	*height_px = exp(at(s->h, x, y));
	return true;
}

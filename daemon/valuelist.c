/* valuelist.c - reads lists and ranges of numbers; see valuelist.h. */
#include "daemon/valuelist.h"

#include <math.h>
#include <string.h>

#include "sim/sim_error.h"

bool valuelist_is_list(const char *text)
{
	return strpbrk(text, ":,") != NULL;
}

static bool number(const char *text, double *value)
{
	char *end = NULL;
	*value = g_ascii_strtod(text, &end);
	return *text && !*end && isfinite(*value);
}

static double *range(const char *text, char **words, uint32_t *n, GError **error)
{
	double from = 0, to = 0, step = 0;
	if (g_strv_length(words) != 3 || !number(words[0], &from) || !number(words[1], &to) || !number(words[2], &step)) {
		sim_fail(error, "'%s' is no range, must be FROM:TO:STEP", text);
		return NULL;
	}
	double count = floor((to - from) / step + 1e-9) + 1;
	if (!(step > 0 && to >= from && count <= VALUELIST_MOST)) {
		sim_fail(error, "'%s' is no range, the step must be above 0 and lead upwards to at most %d values", text, VALUELIST_MOST);
		return NULL;
	}
	*n = (uint32_t) count;
	double *values = g_new(double, *n);
	for (uint32_t k = 0; k < *n; k++)
		values[k] = round((from + k * step) * 1e9) / 1e9; /* 0.6 + 2 * 0.2 is 1 */
	return values;
}

double *valuelist_parse(const char *text, uint32_t *n, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(text, ":", -1), words = g_strsplit(text, ",", -1);
	if (g_strv_length(parts) > 1)
		return range(text, parts, n, error);
	*n = g_strv_length(words);
	g_autofree double *values = g_new(double, MAX(*n, 1));
	for (uint32_t k = 0; k < *n; k++)
		if (!number(words[k], &values[k]) || *n > VALUELIST_MOST) {
			sim_fail(error, "'%s' is no list of numbers, must be FROM:TO:STEP or at most %d numbers with commas between", text, VALUELIST_MOST);
			return NULL;
		}
	if (*n == 0)
		sim_fail(error, "a list of values is empty");
	return *n ? g_steal_pointer(&values) : NULL;
}

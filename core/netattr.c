/* netattr.c - strict reading of XML attributes; see netattr.h. */
#include "core/netattr.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/core_error.h"

#define TEXT_MAX 4096
#define TIME_MAX_S 1e9
#define POSITION_MAX_M 1e8 /* UTM coordinates reach 1e7 */
#define POINTS_MAX 100000

const char *netattr_get(const struct netattr *a, const char *name)
{
	for (uint32_t i = 0; a->names[i]; i++)
		if (strcmp(a->names[i], name) == 0)
			return a->values[i];
	return NULL;
}

bool netattr_fail(const struct netattr *a, GError **error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *what = g_strdup_vprintf(format, args);
	va_end(args);
	const char *id = netattr_get(a, "id");
	g_set_error(error, CORE_ERROR, CORE_ERROR_VALUE, "%s:%d: %s%s%.80s: %s", a->file, a->line, a->element, id ? " " : "", id ? id : "", what);
	return false;
}

bool netattr_text(const struct netattr *a, const char *name, const char **text, GError **error)
{
	*text = netattr_get(a, name);
	if (!*text)
		return netattr_fail(a, error, "has no %s", name);
	size_t length = strlen(*text);
	if (length == 0 || length > TEXT_MAX)
		return netattr_fail(a, error, "%s is %zu characters long, must be 1..%d", name, length, TEXT_MAX);
	return true;
}

bool netattr_number(const struct netattr *a, const char *name, const struct netrange *range, bool must, double *value, GError **error)
{
	const char *text = netattr_get(a, name);
	if (!text)
		return !must || netattr_fail(a, error, "has no %s", name);
	char *end = NULL;
	double x = g_ascii_strtod(text, &end);
	if (end == text || *end || g_ascii_isspace(*text) || !isfinite(x))
		return netattr_fail(a, error, "%s is '%.40s', must be a number", name, text);
	if (x > range->high || x < range->low || (range->above && x <= range->low))
		return netattr_fail(a, error, "%s is %g%s, must be %s %g and at most %g", name, x, range->unit, range->above ? "above" : "at least",
			range->low, range->high);
	*value = x;
	return true;
}

bool netattr_count(const struct netattr *a, const char *name, uint32_t max, bool must, uint32_t *value, GError **error)
{
	const char *text = netattr_get(a, name);
	if (!text)
		return !must || netattr_fail(a, error, "has no %s", name);
	guint64 x = 0;
	if (!g_ascii_string_to_unsigned(text, 10, 0, max, &x, NULL))
		return netattr_fail(a, error, "%s is '%.40s', must be a whole number in 0..%u", name, text, max);
	*value = (uint32_t) x;
	return true;
}

bool netattr_time(const struct netattr *a, const char *name, bool must, double *value_s, GError **error)
{
	const char *text = netattr_get(a, name);
	if (!text || !strchr(text, ':'))
		return netattr_number(a, name, &(struct netrange){0, TIME_MAX_S, false, " s"}, must, value_s, error);
	unsigned d, h, m, s;
	char rest;
	if (sscanf(text, "%5u:%2u:%2u:%2u%c", &d, &h, &m, &s, &rest) != 4) {
		d = 0;
		if (sscanf(text, "%5u:%2u:%2u%c", &h, &m, &s, &rest) != 3)
			m = 60;
	} else if (h > 23) {
		m = 60;
	}
	if (m > 59 || s > 59)
		return netattr_fail(a, error, "%s is '%.40s', must be seconds or hours:minutes:seconds", name, text);
	*value_s = d * 86400.0 + h * 3600.0 + m * 60 + s;
	return true;
}

bool netattr_flag(const struct netattr *a, const char *name, bool *value, GError **error)
{
	static const char *const words[] = {"1", "0", "true", "false", "yes", "no", "on", "off", "x", "-", "True", "False", "t", "f"};
	const char *text = netattr_get(a, name);
	if (!text)
		return true;
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (strcmp(text, words[i]) == 0) {
			*value = i % 2 == 0;
			return true;
		}
	return netattr_fail(a, error, "%s is '%.40s', must be true or false", name, text);
}

/* One "x,y" or "x,y,z"; `at` moves past it. */
static bool read_point(const char **at, struct net_point *p)
{
	double xyz[3] = {0, 0, 0};
	for (int i = 0; i < 3; i++) {
		char *end = NULL;
		xyz[i] = g_ascii_strtod(*at, &end);
		if (end == *at || g_ascii_isspace(**at) || !(fabs(xyz[i]) <= POSITION_MAX_M))
			return false;
		*at = end;
		if (**at != ',') {
			*p = (struct net_point){xyz[0], xyz[1]};
			return i >= 1;
		}
		(*at)++;
	}
	return false;
}

bool netattr_shape(const struct netattr *a, const char *name, uint32_t least, struct net_point **points, uint32_t *n, GError **error)
{
	const char *at = netattr_get(a, name);
	if (!at && least)
		return netattr_fail(a, error, "has no %s", name);
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct net_point));
	while (at && *at) {
		struct net_point p;
		const char *begin = at;
		if (list->len >= POINTS_MAX || !read_point(&at, &p) || (*at && *at != ' '))
			return netattr_fail(a, error, "%s has '%.40s', must be at most %d points x,y within %g m", name, begin, POINTS_MAX, POSITION_MAX_M);
		g_array_append_val(list, p);
		while (*at == ' ')
			at++;
	}
	if (list->len < least)
		return netattr_fail(a, error, "%s has %u points, needs %u", name, list->len, least);
	*n = list->len;
	*points = (struct net_point *) (void *) g_array_free(g_steal_pointer(&list), *n == 0);
	return true;
}

/* SUMO's class names (SUMOVehicleClass.cpp, 1.15 and later) and the bit of ours that each falls under. */
static const struct {
	const char *name;
	uint32_t bit;
} classes[] = {
	{"passenger", NET_PASSENGER}, {"bus", NET_BUS}, {"truck", NET_TRUCK}, {"emergency", NET_EMERGENCY}, {"motorcycle", NET_MOTORCYCLE},
	{"bicycle", NET_BICYCLE}, {"pedestrian", NET_PEDESTRIAN}, {"delivery", NET_DELIVERY}, {"taxi", NET_TAXI}, {"private", NET_PRIVATE},
	{"authority", NET_AUTHORITY}, {"army", NET_ARMY}, {"vip", NET_VIP}, {"hov", NET_HOV}, {"coach", NET_COACH}, {"trailer", NET_TRAILER},
	{"moped", NET_MOPED}, {"evehicle", NET_EVEHICLE}, {"tram", NET_TRAM}, {"rail_urban", NET_RAIL}, {"rail", NET_RAIL},
	{"rail_electric", NET_RAIL}, {"rail_fast", NET_RAIL}, {"ship", NET_SHIP}, {"custom1", NET_CUSTOM1}, {"custom2", NET_CUSTOM2},
	{"container", NET_OTHER}, {"subway", NET_RAIL}, {"cable_car", NET_RAIL}, {"aircraft", NET_OTHER}, {"wheelchair", NET_OTHER},
	{"scooter", NET_OTHER}, {"drone", NET_OTHER},
};

#define ALL_CLASSES ((UINT64_C(1) << G_N_ELEMENTS(classes)) - 1)

static uint64_t class_set(const char *text, uint32_t *strange)
{
	uint64_t set = 0;
	g_auto(GStrv) words = g_strsplit(text, " ", -1);
	for (char **word = words; *word; word++) {
		size_t i = 0;
		if (strcmp(*word, "all") == 0)
			return ALL_CLASSES;
		while (i < G_N_ELEMENTS(classes) && strcmp(*word, classes[i].name) != 0)
			i++;
		if (i < G_N_ELEMENTS(classes))
			set |= UINT64_C(1) << i;
		else if (**word)
			(*strange)++;
	}
	return set;
}

uint32_t netattr_allow(const struct netattr *a, uint32_t *strange)
{
	const char *allow = netattr_get(a, "allow"), *disallow = netattr_get(a, "disallow");
	uint64_t set = allow && *allow ? class_set(allow, strange) : disallow ? ALL_CLASSES & ~class_set(disallow, strange) : ALL_CLASSES;
	uint32_t bits = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(classes); i++)
		if (set >> i & 1)
			bits |= classes[i].bit;
	return bits;
}

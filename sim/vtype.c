/* vtype.c - SUMO's vehicle types; see vtype.h. */
#include "sim/vtype.h"

#include <math.h>
#include <string.h>

#define LENGTH_MAX_M 250.0

/* Columns: length, minimum gap, width, height, maximum speed, acceleration, deceleration, emergency deceleration, sd of the speed
 * factor, dawdling. First row = passenger and every class not named. A bicycle could do 50 km/h and wishes to do 20. */
static const struct {
	const char *vclass;
	double length_m, min_gap_m, width_m, height_m, max_speed_kmh, accel, decel, emergency, dev, sigma;
} table[] = {
	{"passenger", 5, 2.5, 1.8, 1.5, 200, 2.6, 4.5, 9, 0.1, 0.5},
	{"taxi", 5, 2.5, 1.8, 1.5, 200, 2.6, 4.5, 9, 0.05, 0.5},
	{"bus", 12, 2.5, 2.5, 3.4, 100, 1.2, 4, 7, 0, 0.5},
	{"coach", 14, 2.5, 2.6, 4, 100, 2, 4, 7, 0.05, 0.5},
	{"delivery", 6.5, 2.5, 2.16, 2.86, 200, 2.6, 4.5, 9, 0.05, 0.5},
	{"truck", 7.1, 2.5, 2.4, 2.4, 130, 1.3, 4, 7, 0.05, 0.5},
	{"trailer", 16.5, 2.5, 2.55, 4, 130, 1.1, 4, 7, 0.05, 0.5},
	{"emergency", 6.5, 2.5, 2.16, 2.86, 200, 2.6, 4.5, 9, 0, 0.5},
	{"authority", 5, 2.5, 1.8, 1.5, 200, 2.6, 4.5, 9, 0, 0.5},
	{"army", 5, 2.5, 1.8, 1.5, 200, 2.6, 4.5, 9, 0, 0.5},
	{"motorcycle", 2.2, 2.5, 0.9, 1.5, 200, 6, 10, 10, 0.1, 0.5},
	{"moped", 2.1, 2.5, 0.78, 1.7, 60, 1.1, 7, 10, 0.1, 0.5},
	{"bicycle", 1.6, 0.5, 0.65, 1.7, 20, 1.2, 3, 7, 0.1, 0.5},
	{"pedestrian", 0.215, 0.25, 0.478, 1.719, 5, 1.5, 2, 5, 0.1, 0.5},
	{"tram", 22, 2.5, 2.4, 3.2, 80, 1, 3, 7, 0, 0},
	{"rail_urban", 109.5, 5, 3, 3.6, 100, 1, 3, 7, 0, 0},
	{"rail", 135, 5, 2.84, 3.75, 160, 0.25, 1.3, 5, 0, 0},
	{"rail_electric", 200, 5, 2.95, 3.89, 220, 0.5, 1.3, 5, 0, 0},
	{"rail_fast", 200, 5, 2.95, 3.89, 330, 0.5, 1.3, 5, 0, 0},
	{"ship", 17, 2.5, 4, 4, 14.8454, 0.1, 0.15, 1, 0.1, 0},
};

struct vtype vtype_default(const char *vclass)
{
	size_t k = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
		if (vclass && !strcmp(table[i].vclass, vclass))
			k = i;
	const char *names[] = {"allow", NULL};
	const char *values[] = {vclass ? vclass : "passenger", NULL};
	uint32_t strange = 0;
	return (struct vtype){
		.length_m = table[k].length_m,
		.min_gap_m = table[k].min_gap_m,
		.width_m = table[k].width_m,
		.height_m = table[k].height_m,
		.max_speed_mps = table[k].max_speed_kmh / 3.6,
		.accel_mps2 = table[k].accel,
		.decel_mps2 = table[k].decel,
		.emergency_decel_mps2 = table[k].emergency,
		.apparent_decel_mps2 = table[k].decel,
		.tau_s = 1,
		.sigma = table[k].sigma,
		.idm_delta = 4,
		.idm_stepping_s = 0.25,
		.speed_factor = 1,
		.speed_dev = table[k].dev,
		.speed_factor_min = 0.2,
		.speed_factor_max = 2,
		.vclass = netattr_allow(&(struct netattr){.names = names, .values = values}, &strange),
	};
}

/* "1.1", "norm(1,0.1)" or "normc(1,0.1,0.2,2)". */
static bool read_speed_factor(const struct netattr *a, struct vtype *t, GError **error)
{
	const char *text = netattr_get(a, "speedFactor");
	if (!text)
		return true;
	double v[4] = {t->speed_factor, t->speed_dev, t->speed_factor_min, t->speed_factor_max};
	const char *at = text;
	bool law = g_str_has_prefix(text, "norm(") || g_str_has_prefix(text, "normc(");
	if (law)
		at = strchr(text, '(') + 1;
	int n = 0;
	for (char *end = NULL; n < 4; at = end + 1) {
		v[n] = g_ascii_strtod(at, &end);
		if (end == at || !isfinite(v[n]))
			return netattr_fail(a, error, "speedFactor is '%.40s', must be a number, norm(mean,sd) or normc(mean,sd,min,max)", text);
		n++;
		if (*end != ',') {
			at = end;
			break;
		}
	}
	if (strcmp(at, law ? ")" : "") != 0 || (!law && n != 1))
		return netattr_fail(a, error, "speedFactor is '%.40s', must be a number, norm(mean,sd) or normc(mean,sd,min,max)", text);
	if (v[0] < 0.05 || v[0] > 10 || v[1] < 0 || v[1] > 5 || v[2] < 0.01 || v[2] > v[3] || v[3] > 20)
		return netattr_fail(a, error, "speedFactor '%.40s' must have a mean in 0.05..10, sd in 0..5, 0.01 <= min <= max <= 20", text);
	t->speed_factor = v[0];
	t->speed_dev = v[1];
	t->speed_factor_min = v[2];
	t->speed_factor_max = v[3];
	return true;
}

static bool read_class(const struct netattr *a, struct vtype *t, GError **error)
{
	const char *vclass = netattr_get(a, "vClass");
	const char *names[] = {"allow", NULL};
	const char *values[] = {vclass, NULL};
	uint32_t strange = 0;
	if (vclass)
		netattr_allow(&(struct netattr){.names = names, .values = values}, &strange);
	if (strange || (vclass && (!*vclass || strchr(vclass, ' ') || !strcmp(vclass, "all"))))
		return netattr_fail(a, error, "vClass is '%.40s', must be one of SUMO's vehicle classes", vclass);
	*t = vtype_default(vclass);
	return true;
}

bool vtype_read(const struct netattr *a, struct vtype *t, void (*note)(void *user, const struct netattr *a, const char *kind, const char *what),
	void *user, GError **error)
{
	const char *id;
	double wished_mps = NAN;
	if (!netattr_text(a, "id", &id, error) || !read_class(a, t, error) || !read_speed_factor(a, t, error))
		return false;
	if (t->vclass & NET_BICYCLE)
		wished_mps = t->max_speed_mps;
	const struct {
		const char *name;
		double *value;
		struct netrange range;
	} numbers[] = {
		{"length", &t->length_m, {0.1, LENGTH_MAX_M, false, " m"}},
		{"minGap", &t->min_gap_m, {0, 100, false, " m"}},
		{"width", &t->width_m, {0.1, 10, false, " m"}},
		{"height", &t->height_m, {0.1, 10, false, " m"}},
		{"maxSpeed", &t->max_speed_mps, {0.1, 150, false, " m/s"}},
		{"accel", &t->accel_mps2, {0.01, 30, false, " m/s2"}},
		{"decel", &t->decel_mps2, {0.1, 30, false, " m/s2"}},
		{"emergencyDecel", &t->emergency_decel_mps2, {0.1, 50, false, " m/s2"}},
		{"apparentDecel", &t->apparent_decel_mps2, {0.1, 50, false, " m/s2"}},
		{"desiredMaxSpeed", &wished_mps, {0.1, 150, false, " m/s"}},
		{"tau", &t->tau_s, {0.01, 10, false, " s"}},
		{"sigma", &t->sigma, {0, 1, false, ""}},
		{"speedDev", &t->speed_dev, {0, 5, false, ""}},
	};
	for (size_t k = 0; k < G_N_ELEMENTS(numbers); k++)
		if (!netattr_number(a, numbers[k].name, &numbers[k].range, false, numbers[k].value, error))
			return false;
	t->max_speed_mps = fmin(t->max_speed_mps, wished_mps);
	if (t->vclass & (NET_RAIL | NET_SHIP | NET_PEDESTRIAN))
		note(user, a, "vClass", "vType: trains, ships and pedestrians that drive do so as road vehicles do");
	t->emergency_decel_mps2 = fmax(t->emergency_decel_mps2, t->decel_mps2);
	if (!netattr_get(a, "apparentDecel"))
		t->apparent_decel_mps2 = t->decel_mps2;
	if (t->apparent_decel_mps2 != t->decel_mps2)
		note(user, a, "apparentDecel", "vType: apparentDecel is passed over, others count on decel");
	const char *model = netattr_get(a, "carFollowModel");
	t->model = model && !strcmp(model, "IDM") ? FOLLOW_IDM : FOLLOW_KRAUSS;
	const struct netrange exponent = {0.1, 20, false, ""}, part = {0.001, 10, false, " s"};
	if (t->model == FOLLOW_IDM && (!netattr_number(a, "delta", &exponent, false, &t->idm_delta, error) ||
		!netattr_number(a, "stepping", &part, false, &t->idm_stepping_s, error)))
		return false;
	if (model && strcmp(model, "Krauss") != 0 && strcmp(model, "IDM") != 0 && strcmp(model, "SUMO_DEFAULT") != 0)
		note(user, a, "carFollowModel", "vType: car-following models other than Krauss and IDM are driven as Krauss");
	t->id = g_strdup(id);
	return true;
}

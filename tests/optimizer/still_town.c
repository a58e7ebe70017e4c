/* still_town.c - see still_town.h. */
#include "still_town.h"

struct town *town_new(const char *name, const char *method)
{
	return town_new_changed(name, method, NULL);
}

struct town *town_new_changed(const char *name, const char *method, void (*change)(struct network *net))
{
	g_autoptr(GError) error = NULL;
	g_autofree char *file = g_strdup_printf("%s.net.xml", name), *path = g_test_build_filename(G_TEST_DIST, "configs", name, file, NULL);
	struct town *t = g_new0(struct town, 1);
	t->net = netfile_read(path, NULL, &error);
	g_assert_no_error(error);
	if (change)
		change(t->net);
	t->n = t->net->n_signals;
	t->junctions = g_new0(struct junction *, t->n);
	t->plans = g_new0(struct plan *, t->n);
	t->guards = g_new0(struct guard *, t->n);
	for (uint32_t k = 0; k < t->n; k++) {
		t->junctions[k] = junction_new(t->net, k, NULL, &error);
		g_assert_no_error(error);
		t->plans[k] = plan_from_program(t->junctions[k], &t->net->signals[k].programs[0], &error);
		g_assert_no_error(error);
		t->guards[k] = guard_new(t->junctions[k], 0.0);
	}
	t->optimizer = optimizer_alloc(t->net, (const struct junction *const *) t->junctions, (const struct plan *const *) t->plans, t->n,
		method_find(method), NULL, &error);
	g_assert_no_error(error);
	return t;
}

void town_free(struct town *t)
{
	if (!t)
		return;
	optimizer_free(t->optimizer);
	for (uint32_t k = 0; k < t->n; k++) {
		guard_free(t->guards[k]);
		plan_free(t->plans[k]);
		junction_free(t->junctions[k]);
	}
	g_free(t->guards);
	g_free(t->plans);
	g_free(t->junctions);
	network_free(t->net);
	g_free(t);
}

void town_step(struct town *t, double now_s)
{
	for (uint32_t k = 0; k < t->n; k++)
		optimizer_shows(t->optimizer, k, t->guards[k], now_s);
	optimizer_iterate(t->optimizer, now_s);
	for (uint32_t k = 0; k < t->n; k++) {
		struct decision d;
		struct guard_verdict verdict;
		optimizer_plan(t->optimizer, k, &d);
		guard_next(t->guards[k], d.stage, now_s, &verdict);
	}
}

uint32_t town_lane(const struct town *t, const char *lane)
{
	uint32_t index = network_lane(t->net, lane);
	g_assert_cmpuint(index, !=, NET_NONE);
	return index;
}

void town_picture(const struct town *t, const char *lane, double t_s, uint32_t n_standing, double passed_veh, struct estimate *e)
{
	estimate_init(e, town_lane(t, lane));
	e->t_s = t_s;
	e->view_m = 100.0;
	e->window_s = 1.0;
	e->flow_veh = passed_veh;
	e->vehicles = g_new0(struct seen_vehicle, MAX(n_standing, 1));
	e->n_vehicles = n_standing;
	for (uint32_t i = 0; i < n_standing; i++)
		e->vehicles[i] = (struct seen_vehicle){1.0 + 7.5 * i, 0.0, 4.6};
}

void town_see(struct town *t, const char *lane, double t_s, uint32_t n_standing, double passed_veh)
{
	struct estimate e;
	town_picture(t, lane, t_s, n_standing, passed_veh, &e);
	optimizer_see(t->optimizer, &e);
	estimate_finish(&e);
}

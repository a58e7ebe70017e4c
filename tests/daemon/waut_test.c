/* waut_test.c - programs by the time of the day: `fixed` shows what SUMO shows, and where SUMO would jump it goes over smoothly. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "core/netfile.h"
#include "daemon/lockstep.h"
#include "daemon/plan_day.h"
#include "sim/additions.h"

#define SWITCH_S 1000
#define END_S 2000
#define SETTLED_S 200 /* from all red into step with the first plan */

struct scene {
	struct network *net;
	char *dir, *net_path, *add_path;
	char *shown[END_S]; /* what `fixed` shows from second k on */
};

static void begin(struct scene *s)
{
	g_autoptr(GError) error = NULL;

	*s = (struct scene){.net_path = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL)};
	s->net = netfile_read(s->net_path, NULL, &error);
	g_assert_no_error(error);
	s->dir = g_dir_make_tmp("greenwave-test-XXXXXX", &error);
	g_assert_no_error(error);
	s->add_path = g_build_filename(s->dir, "day.add.xml", NULL);
}

static void end(struct scene *s)
{
	for (int t = 0; t < END_S; t++)
		g_free(s->shown[t]);
	g_unlink(s->add_path);
	g_rmdir(s->dir);
	g_free(s->dir);
	g_free(s->add_path);
	g_free(s->net_path);
	network_free(s->net);
}

/* The junction's own plan with another cycle and offset. */
static struct plan *another(const struct plan *own, const struct junction *j, double longer_s, double later_s)
{
	struct plan *p = plan_copy(own);

	g_assert_true(plan_stretch(p, j, own->cycle_s + longer_s));
	p->offset_s = fmod(p->offset_s + later_s, p->cycle_s);
	return p;
}

/* Reads the additional file and lets `fixed` run. */
static void run(struct scene *s)
{
	g_autoptr(GError) error = NULL;
	static const char none[] = "<routes/>";

	g_assert_true(netfile_add_programs(s->net, s->add_path, NULL, &error));
	g_assert_no_error(error);
	owned(additions) a = additions_read(s->add_path, s->net, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(additions_in_force(a, s->net, 0), >, 0);
	owned(routes) routes = routes_parse(none, strlen(none), "none", s->net, 1, NULL, &error);
	g_assert_no_error(error);
	struct lockstep_options o = lockstep_options_default();
	owned(lockstep) l = lockstep_new(s->net, routes, &o, &error);
	g_assert_no_error(error);
	for (int t = 0; t < END_S; t++) {
		lockstep_step(l);
		s->shown[t] = g_strdup(world_shows(lockstep_world(l), 0));
	}
}

static const char *program_shows(const struct net_program *p, double t_s)
{
	return p->phases[program_phase_at(p, t_s)].state;
}

/* As SUMO has it: the program that the time table names, at its own phase. */
static const char *sumo_shows(const struct network *net, double t_s)
{
	const struct net_signal *s = &net->signals[0];
	const struct net_program *p = &s->programs[0];

	for (uint32_t k = 0; k < s->n_switches && s->switches[k].at_s <= t_s; k++)
		p = net_signal_program(s, s->switches[k].program);
	return program_shows(p, t_s);
}

/* SUMO itself, where there is one: a state a second. */
static void compare_with_sumo(const struct scene *s)
{
	g_autofree char *sumo = g_find_program_in_path("sumo"), *states = g_build_filename(s->dir, "states.xml", NULL), *text = NULL;
	g_autofree char *events = g_build_filename(s->dir, "events.add.xml", NULL), *end_s = g_strdup_printf("%d", END_S);
	g_autofree char *event = g_strdup_printf("<additional><timedEvent type=\"SaveTLSStates\" source=\"%s\" dest=\"%s\"/></additional>",
		s->net->signals[0].id, states);
	g_autofree char *files = g_strdup_printf("%s,%s", s->add_path, events);
	g_autoptr(GError) error = NULL;
	int status = 0;
	uint32_t n = 0;

	if (sumo == NULL) {
		g_test_message("there is no sumo here to compare with");
		return;
	}
	g_assert_true(g_file_set_contents(events, event, -1, NULL));
	char *argv[] = {sumo, (char *) "-n", s->net_path, (char *) "-a", files, (char *) "--end", end_s, (char *) "--no-step-log", (char *) "true",
		(char *) "--no-warnings", (char *) "true", (char *) "--xml-validation", (char *) "never", NULL};
	g_assert_true(g_spawn_sync(NULL, argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, &error));
	g_assert_no_error(error);
	g_assert_cmpint(status, ==, 0);
	g_assert_true(g_file_get_contents(states, &text, NULL, NULL));
	for (const char *at = strstr(text, "<tlsState "); at != NULL; at = strstr(at + 1, "<tlsState ")) {
		int t = (int) g_ascii_strtod(strstr(at, "time=\"") + 6, NULL);
		const char *state = strstr(at, "state=\"") + 7;
		if (t < SETTLED_S || t >= END_S)
			continue;
		if (strncmp(state, s->shown[t], strlen(s->shown[t])) != 0)
			g_error("at %d s SUMO shows %.*s, ours %s", t, (int) strlen(s->shown[t]), state, s->shown[t]);
		n++;
	}
	g_assert_cmpuint(n, >, END_S - SETTLED_S - 10);
	g_unlink(states);
	g_unlink(events);
}

/* What `greenwave-sim optimize --every` writes: plans, the transitions between them, and the table that switches them. */
static void test_as_written(enum transition_way way)
{
	struct scene s;
	g_autoptr(GError) error = NULL;

	begin(&s);
	owned(junction) j = junction_new(s.net, 0, NULL, &error);
	g_assert_no_error(error);
	owned(plan) own = plan_from_program(j, &s.net->signals[0].programs[0], &error);
	struct plan *first = another(own, j, 6, 3), *second = another(own, j, 20, 31);
	struct network_plan plans[2] = {{first->cycle_s, &first, 1}, {second->cycle_s, &second, 1}};
	const struct network_plan *of_day[2] = {&plans[0], &plans[1]};
	const double begin_s[2] = {0, SWITCH_S};
	const struct junction *junctions[1] = {j};
	struct plan_day day = {.plans = of_day, .begin_s = begin_s, .n = 2, .id = "day", .way = way};
	GString *text = plan_day_sumo(&day, junctions, 1, "a test", &error);
	g_assert_no_error(error);
	g_assert_true(g_file_set_contents(s.add_path, text->str, (gssize) text->len, NULL));
	g_string_free(text, TRUE);
	run(&s);
	for (int t = SETTLED_S; t < END_S; t++)
		if (strcmp(s.shown[t], sumo_shows(s.net, t)) != 0)
			g_error("at %d s the table's program has %s, shown is %s", t, sumo_shows(s.net, t), s.shown[t]);
	compare_with_sumo(&s);
	plan_free(first);
	plan_free(second);
	end(&s);
}

static void test_shortway(void)
{
	test_as_written(TRANSITION_SHORTWAY);
}

static void test_add_only(void)
{
	test_as_written(TRANSITION_ADD_ONLY);
}

/* A table without transitions, as people write them: SUMO jumps, we do not. */
static void test_smooth(void)
{
	struct scene s;
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) text = g_string_new("<additional>");
	struct net_program programs[2];
	uint32_t jumps = 0;

	begin(&s);
	owned(junction) j = junction_new(s.net, 0, NULL, &error);
	owned(plan) own = plan_from_program(j, &s.net->signals[0].programs[0], &error);
	g_assert_no_error(error);
	for (int k = 0; k < 2; k++) {
		owned(plan) p = another(own, j, k == 0 ? 6 : 20, k == 0 ? 3 : 31);
		g_assert_true(plan_to_program(p, j, &programs[k], &error));
		g_string_append_printf(text, "<tlLogic id=\"%s\" type=\"static\" programID=\"p%d\" offset=\"%.0f\">", j->id, k, programs[k].offset_s);
		for (uint32_t i = 0; i < programs[k].n_phases; i++)
			g_string_append_printf(text, "<phase duration=\"%.0f\" state=\"%s\"/>", programs[k].phases[i].duration_s, programs[k].phases[i].state);
		g_string_append(text, "</tlLogic>");
	}
	g_string_append_printf(text, "<WAUT id=\"w\" refTime=\"0\" startProg=\"p0\"><wautSwitch time=\"%d\" to=\"p1\"/></WAUT>"
		"<wautJunction wautID=\"w\" junctionID=\"%s\"/></additional>", SWITCH_S, j->id);
	g_assert_true(g_file_set_contents(s.add_path, text->str, (gssize) text->len, NULL));
	run(&s);
	for (int t = SETTLED_S; t < SWITCH_S; t++)
		g_assert_cmpstr(s.shown[t], ==, program_shows(&programs[0], t));
	for (int t = SWITCH_S + 600; t < END_S; t++)
		g_assert_cmpstr(s.shown[t], ==, program_shows(&programs[1], t));
	for (uint32_t i = 0; i < j->n_links; i++) /* no green is cut short on the way */
		for (int t = SWITCH_S - 200, since = t; t < SWITCH_S + 600; t++) {
			bool now = strchr("Gg", s.shown[t][i]) != NULL, was = strchr("Gg", s.shown[t - 1][i]) != NULL;
			if (now && !was)
				since = t;
			if (was && !now && since > SWITCH_S - 200)
				g_assert_cmpint(t - since, >=, (int) j->links[i].min_green_s);
		}
	for (int t = SWITCH_S; t < SWITCH_S + 60; t++) /* the table alone would have jumped */
		jumps += strcmp(s.shown[t], program_shows(&programs[1], t)) != 0;
	g_assert_cmpuint(jumps, >, 0);
	net_program_finish(&programs[0]);
	net_program_finish(&programs[1]);
	end(&s);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/waut/shortway", test_shortway);
	g_test_add_func("/waut/add-only", test_add_only);
	g_test_add_func("/waut/smooth", test_smooth);
	return g_test_run();
}

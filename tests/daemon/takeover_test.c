/* takeover_test.c - what lets a cabinet go on under the next configuration: each key of an entry, each time of a junction, one at a time. */
#include <string.h>

#include "daemon/takeover.h"
#include "tests/daemon/cabinet_scene.h"

static struct config *config_of(const char *entry)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = g_strdup_printf("network: a.net.xml\ncontrollers:\n%s", entry);
	struct config *c = config_parse(text, strlen(text), "greenwave.yaml", &error);

	g_assert_no_error(error);
	g_assert_cmpuint(c->n_controllers, ==, 1);
	return c;
}

static bool entries(const char *was, const char *is)
{
	owned(config) a = config_of(was);
	owned(config) b = config_of(is);

	return takeover_entry(&a->controllers[0], &b->controllers[0]);
}

#define FIRST "- {signals: [C], driver: ntcip, address: 192.0.2.7:161, "
#define PHASES "phases: {2: [0, 1], 4: [2]}"

static void test_entry(void)
{
	static const char is[] = FIRST PHASES ", overlaps: {1: [3]}, style: patterns, rows: [20, 21], coordinated: [2], unbacked: no, options: {community: x}}\n";
	static const char *const others[] = {
		"- {signals: [D], driver: ntcip, address: 192.0.2.7:161, " PHASES ", overlaps: {1: [3]}, style: patterns, rows: [20, 21], coordinated: [2], options: {community: x}}\n",
		"- {signals: [C], driver: rsmp, address: 192.0.2.7:161, " PHASES ", overlaps: {1: [3]}, style: patterns, rows: [20, 21], coordinated: [2], options: {community: x}}\n",
		"- {signals: [C], driver: ntcip, address: 192.0.2.8:161, " PHASES ", overlaps: {1: [3]}, style: patterns, rows: [20, 21], coordinated: [2], options: {community: x}}\n",
		FIRST "phases: {2: [0, 1], 5: [2]}, overlaps: {1: [3]}, style: patterns, rows: [20, 21], coordinated: [2], options: {community: x}}\n",
		FIRST "phases: {2: [0], 4: [2]}, overlaps: {1: [3]}, style: patterns, rows: [20, 21], coordinated: [2], options: {community: x}}\n",
		FIRST "phases: {2: [0, 5], 4: [2]}, overlaps: {1: [3]}, style: patterns, rows: [20, 21], coordinated: [2], options: {community: x}}\n",
		FIRST PHASES ", overlaps: {1: [4]}, style: patterns, rows: [20, 21], coordinated: [2], options: {community: x}}\n",
		FIRST PHASES ", style: patterns, rows: [20, 21], coordinated: [2], options: {community: x}}\n",
		FIRST PHASES ", overlaps: {1: [3]}, style: holds, rows: [20, 21], coordinated: [2], options: {community: x}}\n",
		FIRST PHASES ", overlaps: {1: [3]}, style: patterns, rows: [20, 22], coordinated: [2], options: {community: x}}\n",
		FIRST PHASES ", overlaps: {1: [3]}, style: patterns, rows: [20, 21], coordinated: [4], options: {community: x}}\n",
		FIRST PHASES ", overlaps: {1: [3]}, style: patterns, rows: [20, 21], options: {community: x}}\n",
		FIRST PHASES ", overlaps: {1: [3]}, style: patterns, rows: [20, 21], coordinated: [2], unbacked: yes, options: {community: x}}\n",
		FIRST PHASES ", overlaps: {1: [3]}, style: patterns, rows: [20, 21], coordinated: [2], options: {community: y}}\n",
		FIRST PHASES ", overlaps: {1: [3]}, style: patterns, rows: [20, 21], coordinated: [2]}\n",
	};
	g_autofree char *lower = g_strconcat("# written further down\n\n", is, NULL);

	g_assert_true(entries(is, is));
	g_assert_true(entries(is, lower));
	for (uint32_t i = 0; i < G_N_ELEMENTS(others); i++)
		if (entries(is, others[i]) || entries(others[i], is))
			g_error("the same: %s", others[i]);
}

static void test_stored(void)
{
#define RSMP "- {signals: [C], driver: rsmp, address: 192.0.2.7:12111, phases: {1: [0]}, "
	static const char is[] = RSMP "stored_plan: 3, bands: {1: [1]}}\n";

	g_assert_true(entries(is, is));
	g_assert_false(entries(is, RSMP "stored_plan: 4, bands: {1: [1]}}\n"));
	g_assert_false(entries(is, RSMP "stored_plan: 3, bands: {2: [1]}}\n"));
	g_assert_false(entries(is, RSMP "stored_plan: 3}\n"));
}

/* `by` is added to one time of the new junction: may what ran go on? */
static bool with(size_t offset, double by)
{
	struct cabinet_scene was, is;

	cabinet_scene_begin(&was);
	cabinet_scene_begin(&is);
	*(double *) (void *) ((char *) &is.junction->links[3] + offset) += by;
	bool may = takeover_junction(was.junction, is.junction);
	cabinet_scene_end(&was);
	cabinet_scene_end(&is);
	return may;
}

/* Times that are stricter than those it was made ready for need a pattern of their own, laxer ones do not. */
static void test_times(void)
{
	static const size_t least[] = {offsetof(struct signal_link, min_green_s), offsetof(struct signal_link, amber_s), offsetof(struct signal_link, clear_s)};
	static const size_t most[] = {offsetof(struct signal_link, max_green_s), offsetof(struct signal_link, max_red_s)};

	g_assert_true(with(least[0], 0));
	for (uint32_t i = 0; i < G_N_ELEMENTS(least); i++) {
		g_assert_false(with(least[i], 0.5));
		g_assert_true(with(least[i], -0.5));
	}
	for (uint32_t i = 0; i < G_N_ELEMENTS(most); i++) {
		g_assert_true(with(most[i], 1));
		g_assert_false(with(most[i], -1));
	}
}

/* Another order of right of way is another junction. */
static void test_pairs(void)
{
	struct cabinet_scene was, is;

	cabinet_scene_begin(&was);
	cabinet_scene_begin(&is);
	struct junction *j = is.junction;
	bool *const tables[] = {j->foes, j->conflict, j->yields};
	uint32_t at = j->n_links + 2;

	g_assert_true(takeover_junction(was.junction, j));
	for (uint32_t i = 0; i < G_N_ELEMENTS(tables); i++) {
		tables[i][at] = !tables[i][at];
		g_assert_false(takeover_junction(was.junction, j));
		tables[i][at] = !tables[i][at];
	}
	j->clear_after_s[at] += 0.5;
	g_assert_false(takeover_junction(was.junction, j));
	j->clear_after_s[at] -= 1;
	g_assert_true(takeover_junction(was.junction, j));
	j->stages[1].state[0] = j->stages[1].state[0] == 'r' ? 'g' : 'r';
	g_assert_false(takeover_junction(was.junction, j));
	cabinet_scene_end(&was);
	cabinet_scene_end(&is);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/takeover/entry", test_entry);
	g_test_add_func("/takeover/stored", test_stored);
	g_test_add_func("/takeover/times", test_times);
	g_test_add_func("/takeover/pairs", test_pairs);
	return g_test_run();
}

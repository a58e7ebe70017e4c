/* controllers_test.c - each driver in the list: its table fits the contract, and docs/controllers.md has its keys as they are. */
#include <string.h>

#include "daemon/cabinet_entry.h"
#include "daemon/controller_options.h"

static void test_contract(void)
{
	for (const struct controller_driver *const *d = controller_list(); *d != NULL; d++) {
		uint32_t can = (*d)->can, parts = CONTROLLER_SELECTS | CONTROLLER_CYCLES | CONTROLLER_OFFSETS | CONTROLLER_BANDS;
		g_test_message("%s: %s", (*d)->name, (*d)->what);
		g_assert_true(controller_find((*d)->name) == *d);
		g_assert_true((*d)->open != NULL && (*d)->close != NULL && (*d)->release != NULL && (*d)->poll != NULL && (*d)->idle != NULL && (*d)->health != NULL);
		g_assert_true(((can & CONTROLLER_SHOWS) != 0) == ((*d)->show != NULL));
		g_assert_true(((can & CONTROLLER_HOLDS) != 0) == ((*d)->call != NULL));
		g_assert_true(((can & (CONTROLLER_PATTERNS | parts)) != 0) == ((*d)->write != NULL && (*d)->select != NULL));
		g_assert_true(((can & CONTROLLER_PRIORITY) != 0) == ((*d)->priority != NULL));
		g_assert_true((can & CONTROLLER_PATTERNS) == 0 || (*d)->needs_map);
	}
	g_assert_null(controller_find("nope"));
}

static void test_pages(void)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "docs", "controllers.md", NULL);
	g_autofree char *page = NULL;
	g_autoptr(GError) error = NULL;

	g_file_get_contents(path, &page, NULL, &error);
	g_assert_no_error(error);
	for (const struct controller_driver *const *d = controller_list(); *d != NULL; d++) {
		g_autofree char *entry = g_strdup_printf("| [`%s`](#", (*d)->name);
		g_autofree char *table = controller_options_reference(*d);
		g_auto(GStrv) lines = g_strsplit(table, "\n", -1);
		if (strstr(page, entry) == NULL)
			g_error("docs/controllers.md has no page for %s", (*d)->name);
		for (char **line = lines; *line != NULL; line++)
			if (strstr(page, *line) == NULL)
				g_error("docs/controllers.md lacks this line (see greenwavectl controller options %s): %s", (*d)->name, *line);
	}
}

static void test_unknown(void)
{
	const struct network net = {0};
	struct config_controller entry = {.driver = (char *) "ntcpi"};
	g_autoptr(GError) error = NULL;

	g_assert_null(cabinet_entry_new(&net, &entry, NULL, 0, NULL, &error));
	g_assert_cmpstr(error->message, ==, "there is no driver \"ntcpi\", must be one of gbt20999, ntcip, null, rsmp, sim");
}

static void wrong_option(const char *driver, const char *const *words, const char *sentence)
{
	const struct controller_driver *d = controller_find(driver);
	g_autoptr(GError) error = NULL;
	owned(controller_options) o = controller_options_new(d, words, &error);

	g_assert_no_error(error);
	g_assert_true(d->options_check(o, NULL, &error) == (sentence == NULL));
	if (sentence != NULL)
		g_assert_nonnull(strstr(error->message, sentence));
}

/* What a table of keys cannot say is found by `config check`, not when the daemon begins. */
static void test_options(void)
{
	wrong_option("ntcip", (const char *const[]){"version", "2c", "auth_password", "short", NULL}, NULL);
	wrong_option("ntcip", (const char *const[]){"version", "3", NULL}, "version 3 needs option user");
	wrong_option("ntcip", (const char *const[]){"version", "3", "user", "u", "auth_password", "seven77", NULL}, "auth_password has 7 characters, must have 8");
	wrong_option("ntcip", (const char *const[]){"version", "3", "user", "u", "priv_password", "eight888", NULL}, "auth_password is missing");
	wrong_option("ntcip", (const char *const[]){"preempts", "2:1 17:1", NULL}, "preempts has \"17:1\"");
	wrong_option("rsmp", (const char *const[]){"site", "S", "code", "c", "backup_s", "60", "group", "SG%", NULL}, NULL);
	wrong_option("rsmp", (const char *const[]){"site", "S", "code", "c", "backup_s", "60", "group", "SG", NULL}, "option group is \"SG\"");
}

/* One poller a cabinet: alarms that are forgotten when they are read are read by one. Sites come to a port together. */
static void test_apart(void)
{
	static const char begins[] = "network: n.net.xml\ncontrollers:\n  - {signals: A, driver: ntcip, address: 192.0.2.1}\n"
		"  - {signals: B, driver: rsmp, address: \"tcp://192.0.2.9:1\"}\n  - {signals: C, driver: rsmp, address: \"tcp://192.0.2.9:1\"}\n";
	g_autofree char *twice = g_strconcat(begins, "  - {signals: D, driver: ntcip, address: 192.0.2.1}\n", NULL);
	g_autoptr(GError) error = NULL;
	uint32_t line = 0;

	owned(config) good = config_parse(begins, strlen(begins), "greenwave.yaml", &error);
	g_assert_no_error(error);
	g_assert_true(cabinet_entries_apart(good, &line, &error));
	owned(config) bad = config_parse(twice, strlen(twice), "greenwave.yaml", &error);
	g_assert_no_error(error);
	g_assert_false(cabinet_entries_apart(bad, &line, &error));
	g_assert_cmpuint(line, ==, 6);
	g_assert_nonnull(strstr(error->message, "address 192.0.2.1 is that of line 3, too"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/controllers/contract", test_contract);
	g_test_add_func("/controllers/pages", test_pages);
	g_test_add_func("/controllers/unknown", test_unknown);
	g_test_add_func("/controllers/options", test_options);
	g_test_add_func("/controllers/apart", test_apart);
	return g_test_run();
}

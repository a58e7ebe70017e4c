/* ntcip_agent_test.c - each object that is used, against an agent that knows the MIBs by itself: number, type, range, access, errors; v1,
 * v2c, v3; and a SET that is taken whole or not at all.
 *
 * The agent is npm's net-snmp with tests/daemon/ntcip/agent.js. Skipped when node, npm or the package cannot be had.
 */
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ntcip_snmp.h"

#define PACKAGE "net-snmp@3.29.2"

static char *folder;      /* where the package is, or goes */
static GHashTable *lines; /* object's name -> its line as the agent said it, split */
static uint16_t port;
static GSubprocess *agent;
static struct ntcip_exchange *exchange;

struct reply {
	bool come;
	struct ntcip_answer answer;
	struct ntcip_var vars[NTCIP_VARS_MOST];
};

static void on_answer(void *user, const struct ntcip_answer *answer)
{
	struct reply *r = user;

	r->come = true;
	r->answer = *answer;
	if (answer->vars != NULL)
		memcpy(r->vars, answer->vars, answer->n * sizeof answer->vars[0]);
}

static struct ntcip_link *link_of(struct ntcip_access access, struct reply *r)
{
	g_autoptr(GError) error = NULL;

	access.host = (char *) (access.host != NULL ? access.host : "127.0.0.1");
	access.port = access.port != 0 ? access.port : port;
	access.timeout_s = access.timeout_s > 0 ? access.timeout_s : 3;
	struct ntcip_link *l = ntcip_snmp_link(exchange, &access, &error);
	g_assert_no_error(error);
	l->on_answer = on_answer;
	l->user = r;
	return l;
}

static enum ntcip_error ask(struct ntcip_link *l, bool set, const struct ntcip_var *vars, uint32_t n)
{
	struct reply *r = l->user;

	r->come = false;
	l->ask(l, set, vars, n);
	g_assert_false(r->come);
	while (!r->come)
		g_main_context_iteration(NULL, true);
	return r->answer.error;
}

static const struct ntcip_access accesses[] = {
	{.version = NTCIP_V1, .read_community = (char *) "public", .write_community = (char *) "administrator"},
	{.version = NTCIP_V2C, .read_community = (char *) "public", .write_community = (char *) "administrator"},
	{.version = NTCIP_V3,
		.user = (char *) "greenwave",
		.auth_password = (char *) "a-long-password",
		.priv_password = (char *) "another-password"},
};

static uint16_t first_index(enum ntcip_object o)
{
	return ntcip_object_info(o)->n_index > 0 ? 1 : 0;
}

static char *dotted(enum ntcip_object object)
{
	unsigned long oid[NTCIP_OID_MOST];
	size_t n = ntcip_oid(object, 1, 1, oid) - MAX(ntcip_object_info(object)->n_index, 1);
	GString *text = g_string_new(NULL);

	for (size_t i = 0; i < n; i++)
		g_string_append_printf(text, "%s%lu", i > 0 ? "." : "", oid[i]);
	return g_string_free(text, false);
}

/* Our table against the agent's reading of the MIBs. */
static void test_table(void)
{
	static const char *const kinds[] = {
		[NTCIP_NUMBER] = "Integer", [NTCIP_COUNT] = "Counter", [NTCIP_TEXT] = "OctetString", [NTCIP_NAME] = "OID"};

	for (int o = 0; o < NTCIP_N_OBJECTS; o++) {
		const struct ntcip_object_info *info = ntcip_object_info((enum ntcip_object) o);
		if (o == NTCIP_SYS_DESCR)
			continue; /* RFC 1213's */
		char **line = g_hash_table_lookup(lines, info->name);
		g_autofree char *oid = dotted((enum ntcip_object) o);
		if (line == NULL)
			g_error("%s: no MIB has it", info->name);
		g_test_message("%s %s", info->name, oid);
		g_assert_cmpstr(oid, ==, line[2]);
		g_assert_cmpstr(kinds[info->kind], ==, line[4]);
		bool read_write = info->use != NTCIP_READ;
		if (o == NTCIP_PATTERN_SPLIT)
			read_write = false; /* read-only in v02, read-write in v01 and v03: tried, and done without where it fails */
		g_assert_cmpstr(read_write ? "3" : "2", ==, line[3]);
		if (info->kind != NTCIP_NUMBER)
			continue;
		/* v03 has two more modes of control; 0 stands in rows of patterns that are not used */
		int64_t min = g_ascii_strtoll(line[5], NULL, 10), max = g_ascii_strtoll(line[6], NULL, 10);
		if (o == NTCIP_CONTROL_STATUS)
			max = 10;
		if (o == NTCIP_PATTERN_SPLIT || o == NTCIP_PATTERN_SEQUENCE)
			min = 0;
		g_assert_cmpint(info->min, ==, min);
		g_assert_cmpint(info->max, ==, max);
	}
}

static bool there(enum ntcip_object o)
{
	return o != NTCIP_SYS_DESCR && o != NTCIP_PATTERN_SPLIT && o != NTCIP_PATTERN_SEQUENCE;
}

/* Each object asked for, each that is ours to write written with the ends of its range and refused beyond them. */
static void test_objects(gconstpointer data)
{
	const struct ntcip_access *access = data;
	struct reply r = {0};
	struct ntcip_link *l = link_of(*access, &r);
	uint32_t written = 0;

	for (int i = 0; i < NTCIP_N_OBJECTS; i++) {
		enum ntcip_object o = (enum ntcip_object) i;
		const struct ntcip_object_info *info = ntcip_object_info(o);
		struct ntcip_var v = {.object = o, .index = first_index(o), .index2 = info->n_index > 1};
		if (o == NTCIP_SYS_DESCR)
			continue;
		if (ask(l, false, &v, 1) != NTCIP_OK)
			g_error("%s: %s", info->name, ntcip_error_name(r.answer.error));
		g_assert_cmpint(r.vars[0].error, ==, NTCIP_OK);
		if (info->kind == NTCIP_NAME)
			g_assert_cmpint(r.vars[0].number, ==, 1);
		if (!there(o) || !ntcip_writable(o))
			continue;
		for (int k = 0; k < 2; k++) {
			v.number = k == 0 ? info->max : info->min;
			if (ask(l, true, &v, 1) != NTCIP_OK)
				g_error("%s = %d: %s", info->name, (int) v.number, ntcip_error_name(r.answer.error));
			g_assert_cmpint(ask(l, false, &v, 1), ==, NTCIP_OK);
			g_assert_cmpint(r.vars[0].number, ==, v.number);
			v.number = k == 0 ? info->max + 1 : info->min - 1;
			g_assert_cmpint(ask(l, true, &v, 1), ==, NTCIP_BAD_VALUE);
			g_assert_cmpint(r.answer.at, ==, 1);
		}
		written++;
	}
	g_assert_cmpuint(written, ==, 13);
	l->free(l);
}

static void test_errors(gconstpointer data)
{
	const struct ntcip_access *access = data;
	struct reply r = {0};
	struct ntcip_link *l = link_of(*access, &r);
	struct ntcip_var split = {.object = NTCIP_PATTERN_SPLIT, .index = 1, .number = 2};
	enum ntcip_error e = ask(l, true, &split, 1);
	/* v1 has one word for "there is none" and "not to be written" in a SET (RFC 1157 4.1.5) */
	g_assert_true(access->version == NTCIP_V1 ? e == NTCIP_NO_SUCH || e == NTCIP_READ_ONLY : e == NTCIP_READ_ONLY);
	/* no such row */
	struct ntcip_var rows[] = {{.object = NTCIP_MAX_PHASES}, {.object = NTCIP_SPLIT_TIME, .index = 9, .index2 = 9}};
	e = ask(l, false, rows, 2);
	/* this agent answers v1 as it does v2c; RFC 1157's noSuchName for the whole is ntcip_driver_test's business */
	g_assert_cmpint(e, ==, NTCIP_OK);
	g_assert_cmpint(r.vars[0].error, ==, NTCIP_OK);
	g_assert_cmpint(r.vars[1].error, ==, NTCIP_NO_SUCH);
	/* whole or not at all */
	struct ntcip_var first = {.object = NTCIP_PATTERN_CYCLE, .index = 1, .number = 90};
	g_assert_cmpint(ask(l, true, &first, 1), ==, NTCIP_OK);
	struct ntcip_var both[] = {
		{.object = NTCIP_PATTERN_CYCLE, .index = 1, .number = 100}, {.object = NTCIP_SPLIT_TIME, .index = 1, .index2 = 1, .number = 900}};
	g_assert_cmpint(ask(l, true, both, 2), ==, NTCIP_BAD_VALUE);
	g_assert_cmpuint(r.answer.at, ==, 2);
	g_assert_cmpint(ask(l, false, &first, 1), ==, NTCIP_OK);
	g_assert_cmpint(r.vars[0].number, ==, 90);
	l->free(l);
}

/* What a pattern's row points at, in v02: patternSplitNumber cannot be written at all, patternSequenceNumber within its range only. Nothing of what
 * is refused changes, nor what stood in the same SET. */
static void test_pointers(gconstpointer data)
{
	const struct ntcip_access *access = data;
	static const int64_t beyond[] = {256, 70000, -1};
	struct reply r = {0};
	struct ntcip_link *l = link_of(*access, &r);
	struct ntcip_var split = {.object = NTCIP_PATTERN_SPLIT, .index = 1}, sequence = {.object = NTCIP_PATTERN_SEQUENCE, .index = 1, .number = 3};
	struct ntcip_var cycle = {.object = NTCIP_PATTERN_CYCLE, .index = 1, .number = 80};
	enum ntcip_error e;

	g_assert_cmpint(ask(l, true, &cycle, 1), ==, NTCIP_OK);
	g_assert_cmpint(ask(l, false, &split, 1), ==, NTCIP_OK);
	int64_t was = r.vars[0].number;
	e = ask(l, true, &sequence, 1);
	bool writable = e == NTCIP_OK;
	for (size_t i = 0; i < G_N_ELEMENTS(beyond); i++) {
		split.number = sequence.number = beyond[i];
		e = ask(l, true, &split, 1);
		g_assert_true(e == NTCIP_READ_ONLY || e == NTCIP_BAD_VALUE || (access->version == NTCIP_V1 && e == NTCIP_NO_SUCH));
		struct ntcip_var both[] = {{.object = NTCIP_PATTERN_CYCLE, .index = 1, .number = 99}, sequence};
		e = ask(l, true, both, 2);
		g_test_message("patternSequenceNumber = %d: %s", (int) beyond[i], ntcip_error_name(e));
		g_assert_true(e == NTCIP_BAD_VALUE || (!writable && (e == NTCIP_READ_ONLY || e == NTCIP_NO_SUCH)));
		g_assert_cmpuint(r.answer.at, ==, 2);
		g_assert_cmpuint(strlen(ntcip_error_name(e)), >, 4);
	}
	g_assert_cmpint(ask(l, false, &split, 1), ==, NTCIP_OK);
	g_assert_cmpint(r.vars[0].number, ==, was);
	g_assert_cmpint(ask(l, false, &cycle, 1), ==, NTCIP_OK);
	g_assert_cmpint(r.vars[0].number, ==, 80);
	g_assert_cmpint(ask(l, false, &sequence, 1), ==, NTCIP_OK);
	g_assert_true(!writable || r.vars[0].number == 3);
	l->free(l);
}

/* Who is not let in gets an error or silence, and nothing changes. */
static void test_strangers(void)
{
	static const struct ntcip_access strangers[] = {
		{.version = NTCIP_V1, .read_community = (char *) "wrong", .write_community = (char *) "wrong", .timeout_s = 0.3},
		{.version = NTCIP_V2C, .read_community = (char *) "public", .write_community = (char *) "public", .timeout_s = 0.3},
		{.version = NTCIP_V3,
			.user = (char *) "nobody",
			.auth_password = (char *) "a-long-password",
			.priv_password = (char *) "another-password",
			.timeout_s = 0.5},
		{.version = NTCIP_V3,
			.user = (char *) "greenwave",
			.auth_password = (char *) "not-this-password",
			.priv_password = (char *) "another-password",
			.timeout_s = 0.5},
		{.version = NTCIP_V3, .user = (char *) "greenwave", .timeout_s = 0.5},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(strangers); i++) {
		struct reply r = {0};
		struct ntcip_link *l = link_of(strangers[i], &r);
		struct ntcip_var v = {.object = NTCIP_PATTERN_CONTROL, .number = 77};
		enum ntcip_error e = ask(l, true, &v, 1);
		g_test_message("stranger %zu: %s", i, ntcip_error_name(e));
		g_assert_cmpint(e, !=, NTCIP_OK);
		if (strangers[i].version == NTCIP_V3 && i != 3) /* to a wrong password this agent says nothing at all */
			g_assert_cmpint(e, ==, NTCIP_REFUSED_USER);
		l->free(l);
	}
	struct reply r = {0};
	struct ntcip_link *l = link_of(accesses[1], &r);
	struct ntcip_var v = {.object = NTCIP_PATTERN_CONTROL};
	g_assert_cmpint(ask(l, false, &v, 1), ==, NTCIP_OK);
	g_assert_cmpint(r.vars[0].number, !=, 77);
	l->free(l);
}

/* Nobody there: an answer that says so, in time. */
static void test_nobody(void)
{
	struct reply r = {0};
	struct ntcip_access access = accesses[1];

	access.timeout_s = 0.2;
	access.port = 9;
	struct ntcip_link *l = link_of(access, &r);
	struct ntcip_var v = {.object = NTCIP_MAX_PHASES};
	g_assert_cmpint(ask(l, false, &v, 1), ==, NTCIP_NO_ANSWER);
	g_assert_cmpint(ask(l, false, &v, 1), ==, NTCIP_NO_ANSWER);
	g_assert_cmpuint(ntcip_exchange_counts(exchange).in_flight, ==, 0);
	l->free(l);
}

static bool fetch_package(void)
{
	g_autofree char *main_file = g_build_filename(folder, "node_modules", "net-snmp", "index.js", NULL);
	if (g_file_test(main_file, G_FILE_TEST_EXISTS))
		return true;
	g_mkdir_with_parents(folder, 0755);
	g_autoptr(GError) error = NULL;
	g_autoptr(GSubprocess) npm = g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error, "timeout",
		"60", "npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", PACKAGE, NULL);
	return npm != NULL && g_subprocess_wait_check(npm, NULL, NULL) && g_file_test(main_file, G_FILE_TEST_EXISTS);
}

/* False: there is no node. */
static bool start_agent(void)
{
	g_autofree char *script = g_test_build_filename(G_TEST_DIST, "tests", "daemon", "ntcip", "agent.js", NULL);
	g_autofree char *modules = g_build_filename(folder, "node_modules", NULL);
	g_autofree char *port_text = g_strdup_printf("%u", port);
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDIN_PIPE);
	g_subprocess_launcher_setenv(launcher, "NODE_PATH", modules, true);
	agent = g_subprocess_launcher_spawn(launcher, NULL, "node", script, port_text, NULL);
	if (agent == NULL)
		return false;
	lines = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_strfreev);
	g_autoptr(GDataInputStream) out = g_data_input_stream_new(g_subprocess_get_stdout_pipe(agent));
	for (;;) {
		char *line = g_data_input_stream_read_line(out, NULL, NULL, NULL);
		if (line == NULL)
			g_error("the agent ended by itself");
		char **words = g_strsplit(line, " ", -1);
		bool ready = g_str_has_prefix(line, "ready");
		g_free(line);
		if (g_strv_length(words) == 7 && g_str_equal(words[0], "object"))
			g_hash_table_insert(lines, words[1], words);
		else
			g_strfreev(words);
		if (ready)
			return true;
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_assert_cmpint(argc, ==, 2);
	folder = argv[1];
	port = (uint16_t) (20000 + getpid() % 10000);
	if (!fetch_package() || !start_agent()) {
		g_print("SKIP: node, npm or " PACKAGE " cannot be had; the objects are not compared with an independent agent\n");
		return 77;
	}
	exchange = ntcip_exchange_new();
	g_test_add_func("/ntcip_agent/table", test_table);
	static const char *const names[] = {"v1", "v2c", "v3"};
	for (size_t i = 0; i < G_N_ELEMENTS(accesses); i++) {
		g_autofree char *objects = g_strdup_printf("/ntcip_agent/objects/%s", names[i]);
		g_autofree char *errors = g_strdup_printf("/ntcip_agent/errors/%s", names[i]);
		g_test_add_data_func(objects, &accesses[i], test_objects);
		g_test_add_data_func(errors, &accesses[i], test_errors);
		g_autofree char *pointers = g_strdup_printf("/ntcip_agent/pointers/%s", names[i]);
		g_test_add_data_func(pointers, &accesses[i], test_pointers);
	}
	g_test_add_func("/ntcip_agent/strangers", test_strangers);
	g_test_add_func("/ntcip_agent/nobody", test_nobody);
	int result = g_test_run();
	ntcip_exchange_free(exchange);
	g_output_stream_close(g_subprocess_get_stdin_pipe(agent), NULL, NULL);
	g_subprocess_wait(agent, NULL, NULL);
	g_object_unref(agent);
	g_hash_table_unref(lines);
	return result;
}

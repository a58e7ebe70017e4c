/* whole_town.c - see whole_town.h. */
#include "tests/bench/whole_town.h"

#include <string.h>

#include "tests/daemon/net_copies.h"

#define JUNCTIONS 4

/* The district's cabinets: a ring of 1 2 | 3 4, one of 5 6 | 7 8; the main street is 2 and 6, its lefts are 1 and 5. */
static const char phases[] =
	"phases: {1: [6], 2: [10, 11, 12, 15], 3: [9], 4: [0, 1, 2, 16], 5: [13], 6: [3, 4, 5, 14], 7: [2], 8: [7, 8, 9]}";

static bool read_text(const char *dir, const char *name, char **text, GError **error)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);

	return g_file_get_contents(path, text, NULL, error);
}

/* As many as there are. */
static char *copy_network(const char *text, unsigned copies)
{
	struct net_copies all;

	net_copies_begin(&all);
	for (unsigned c = 0; c < copies; c++) {
		char prefix[16];
		g_snprintf(prefix, sizeof prefix, "T%03u_", c);
		net_copies_add(&all, text, prefix);
	}
	return net_copies_end(&all);
}

static void put_controllers(GString *to, const struct whole_town *t)
{
	g_string_append(to, "controllers:\n");
	for (unsigned i = 0; i < t->units; i++) {
		bool holds = (i + 1) * t->holds_percent / 100 != i * t->holds_percent / 100;
		g_string_append_printf(to,
			"  - signals: T%03u_J%u\n    driver: ntcip\n    address: 127.0.0.1:%u\n    %s\n    rows: [40, 41]\n"
			"    coordinated: [2, 6]\n    style: %s\n    options: %s\n",
			i / JUNCTIONS, i % JUNCTIONS + 1, t->first_port + i, phases, holds ? "holds" : "patterns", t->options);
	}
}

/* The district's cameras: only ids and lanes differ. */
static void put_cameras(GString *to, const char *config, const char *prefix)
{
	g_auto(GStrv) lines = g_strsplit(strstr(config, "\ncameras:") + strlen("\ncameras:\n"), "\n", -1);

	for (char **l = lines; *l != NULL && **l != '\0'; l++) {
		const char *lanes = strstr(*l, "lanes: ["), *id = strstr(*l, "- id: ");
		if (id != NULL) {
			g_string_append_printf(to, "  - id: %s%s\n", prefix, id + strlen("- id: "));
		} else if (lanes != NULL) {
			g_string_append(to, "    lanes: [");
			net_copies_words(to, lanes + strlen("lanes: ["), strlen(lanes + strlen("lanes: [")), prefix);
			g_string_append_c(to, '\n');
		} else {
			g_string_append_printf(to, "%s\n", *l);
		}
	}
}

bool whole_town_write(const struct whole_town *t, GError **error)
{
	unsigned copies = (t->units + JUNCTIONS - 1) / JUNCTIONS;
	g_autofree char *net = NULL, *config = NULL;
	g_autofree char *net_path = g_build_filename(t->dir, "city.net.xml", NULL), *path = g_build_filename(t->dir, "city.yaml", NULL);
	g_autoptr(GString) to = g_string_new(NULL);

	if (!read_text(t->district, "district.net.xml", &net, error) || !read_text(t->district, "greenwave.yaml", &config, error))
		return false;
	g_autofree char *city = copy_network(net, copies);
	g_string_printf(to,
		"network: city.net.xml\nfeed:\n  publish: ipc://%s/feed\n  estimates: ipc://%s/estimates\n  control: ipc://%s/control\n"
		"control: {method: adaptive, pattern_s: %u}\nlogs: {commands: commands.csv}\nworkers: {cameras_per_worker: 64}\n",
		t->dir, t->dir, t->dir, t->pattern_s);
	put_controllers(to, t);
	g_string_append(to, "cameras:\n");
	for (unsigned c = 0; c < copies; c++) {
		char prefix[16];
		g_snprintf(prefix, sizeof prefix, "T%03u_", c);
		put_cameras(to, config, prefix);
	}
	return g_file_set_contents(net_path, city, -1, error) &&
		g_file_set_contents(path, to->str, (gssize) to->len, error);
}

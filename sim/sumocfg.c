/* sumocfg.c - reads SUMO's configuration files; see sumocfg.h. */
#include "sim/sumocfg.h"

#include <math.h>
#include <string.h>

#include "core/notes.h"
#include "core/xmlfile.h"

struct reader {
	struct sumocfg *c;
	const char *name;
	struct notes *notes;
};

/* "a.xml, b.xml" next to the configuration becomes "folder/a.xml,folder/b.xml". */
static bool read_files(struct reader *r, const struct netattr *a, char **files, GError **error)
{
	const char *text;
	if (!netattr_text(a, "value", &text, error))
		return false;
	if (*files)
		return netattr_fail(a, error, "is there twice");
	g_autofree char *folder = g_path_get_dirname(r->name);
	g_autoptr(GString) list = g_string_new(NULL);
	g_auto(GStrv) words = g_strsplit(text, ",", -1);
	for (char **word = words; *word; word++) {
		g_autofree char *path = g_path_is_absolute(g_strstrip(*word)) || !strcmp(folder, ".") ? g_strdup(*word) : g_build_filename(folder, *word, NULL);
		if (**word)
			g_string_append_printf(list, "%s%s", list->len ? "," : "", path);
	}
	if (list->len == 0)
		return netattr_fail(a, error, "names no file");
	*files = g_string_free(g_steal_pointer(&list), FALSE);
	return true;
}

static bool on_network(struct reader *r, const struct netattr *a, GError **error)
{
	return read_files(r, a, &r->c->network, error);
}

static bool on_routes(struct reader *r, const struct netattr *a, GError **error)
{
	return read_files(r, a, &r->c->routes, error);
}

static bool on_additional(struct reader *r, const struct netattr *a, GError **error)
{
	return read_files(r, a, &r->c->additional, error);
}

static bool on_begin(struct reader *r, const struct netattr *a, GError **error)
{
	return netattr_time(a, "value", true, &r->c->begin_s, error);
}

static bool on_end(struct reader *r, const struct netattr *a, GError **error)
{
	const char *text = netattr_get(a, "value");
	if (text && text[0] == '-' && g_ascii_strtod(text, NULL) == -1) /* SUMO's default: until everybody has arrived */
		return true;
	return netattr_time(a, "value", true, &r->c->end_s, error);
}

static bool on_step(struct reader *r, const struct netattr *a, GError **error)
{
	return netattr_number(a, "value", &(struct netrange){0, 1, true, " s"}, true, &r->c->step_s, error);
}

static bool on_scale(struct reader *r, const struct netattr *a, GError **error)
{
	return netattr_number(a, "value", &(struct netrange){0, 10, true, ""}, true, &r->c->scale, error);
}

static bool on_seed(struct reader *r, const struct netattr *a, GError **error)
{
	uint32_t seed = 0;
	if (!netattr_count(a, "value", INT32_MAX, true, &seed, error))
		return false;
	r->c->seed = seed;
	return true;
}

static bool on_route_errors(struct reader *r, const struct netattr *a, GError **error)
{
	return netattr_flag(a, "value", &r->c->lenient, error);
}

static const struct {
	const char *name;
	bool (*read)(struct reader *r, const struct netattr *a, GError **error);
} options[] = {
	{"net-file", on_network}, {"net", on_network}, {"n", on_network},
	{"route-files", on_routes}, {"routes", on_routes}, {"r", on_routes},
	{"additional-files", on_additional}, {"additional", on_additional}, {"a", on_additional},
	{"begin", on_begin}, {"b", on_begin}, {"end", on_end}, {"e", on_end},
	{"ignore-route-errors", on_route_errors}, {"step-length", on_step}, {"scale", on_scale}, {"seed", on_seed},
};

/* Only about what is written, printed or shown; nothing that moves depends on them. */
static bool is_silent(const char *section, const char *name)
{
	static const char *const sections[] = {"report", "gui_only", "gui", "output", "mesoscopic"};
	static const char *const names[] = {"xml-validation", "xml-validation.net", "xml-validation.routes", "human-readable-time", "threads",
		"output-prefix", "precision", "route-steps"};
	for (size_t i = 0; section && i < G_N_ELEMENTS(sections); i++)
		if (strcmp(section, sections[i]) == 0)
			return true;
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return strstr(name, "-output") != NULL;
}

static bool on_element(void *user, const struct netattr *a, unsigned depth, const char *parent, GError **error)
{
	struct reader *r = user;
	if (depth == 1 && strcmp(a->element, "configuration") != 0 && strcmp(a->element, "sumoConfiguration") != 0)
		return netattr_fail(a, error, "the file must begin with <configuration>");
	/* Sections are only for people: an option may stand in any of them, or in none. */
	bool is_option = depth == 3 || (depth == 2 && (netattr_get(a, "value") || netattr_get(a, "v")));
	if (!is_option)
		return true;
	struct netattr option = *a;
	const char *names[] = {"value", NULL}, *values[] = {netattr_get(a, "v"), NULL};
	if (!netattr_get(a, "value") && values[0]) { /* SUMO knows both names */
		option.names = names;
		option.values = values;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
		if (strcmp(a->element, options[i].name) == 0)
			return options[i].read(r, &option, error);
	if (!is_silent(depth == 3 ? parent : NULL, a->element))
		notes_add(r->notes, a->element, a->file, a->line, "%s: this option of SUMO is passed over", a->element);
	return true;
}

static struct sumocfg *finish(struct reader *r, bool read, GPtrArray *list, GError **error)
{
	owned(sumocfg) c = r->c;
	notes_list(r->notes, list);
	notes_free(r->notes);
	struct netattr nothing = {.file = r->name, .line = 1, .element = "configuration", .names = (const char *[]){NULL}};
	if (!read || (!c->network && !netattr_fail(&nothing, error, "has no net-file")))
		return NULL;
	return give(c);
}

static struct sumocfg *sumocfg_new(void)
{
	struct sumocfg *c = g_new0(struct sumocfg, 1);
	c->begin_s = c->end_s = c->step_s = c->scale = NAN;
	c->seed = -1;
	return c;
}

static const struct xmlfile_handler handler = {.on_start = on_element};

struct sumocfg *sumocfg_read(const char *path, GPtrArray *notes, GError **error)
{
	struct reader r = {.c = sumocfg_new(), .name = path, .notes = notes_new()};
	return finish(&r, xmlfile_read(path, &handler, &r, error), notes, error);
}

struct sumocfg *sumocfg_parse(const char *text, gsize length, const char *name, GPtrArray *notes, GError **error)
{
	struct reader r = {.c = sumocfg_new(), .name = name, .notes = notes_new()};
	return finish(&r, xmlfile_parse(text, length, name, &handler, &r, error), notes, error);
}

void sumocfg_free(struct sumocfg *c)
{
	if (!c)
		return;
	g_free(c->network);
	g_free(c->routes);
	g_free(c->additional);
	g_free(c);
}

/* config.c - the configuration as a whole: from the file, with what the table cannot say checked, and its secrets filled in. */
#include "daemon/config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/bus.h"
#include "daemon/config_table.h"

#define MAX_FILE_BYTES (16 << 20)

G_DEFINE_QUARK(greenwave-config-error, config_error)

static bool wrong(const struct config *c, uint32_t line, GError **error, const char *format, ...) G_GNUC_PRINTF(4, 5);
static bool wrong(const struct config *c, uint32_t line, GError **error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	g_autofree char *where = line ? g_strdup_printf("%s:%u", c->path, line) : g_strdup(c->path);
	g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_VALUE, "%s: %s", where, text);
	return false;
}

/* A whole regular file. `secret`: only its owner may read it. */
static char *read_file(const char *path, bool secret, gsize *length, GError **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	g_autofree char *text = NULL;
	const char *why = NULL;
	if (fd < 0 || fstat(fd, &st) != 0)
		why = g_strerror(errno);
	else if (!S_ISREG(st.st_mode))
		why = "it is not a file";
	else if (st.st_size > MAX_FILE_BYTES)
		why = "it is longer than 16 MiB";
	else if (secret && (st.st_mode & 077))
		why = "others may read it; its mode must be 0600";
	if (!why) {
		text = g_malloc((gsize) st.st_size + 1);
		ssize_t got = read(fd, text, (size_t) st.st_size);
		if (got < 0)
			why = g_strerror(errno);
		*length = got < 0 ? 0 : (gsize) got;
		text[*length] = '\0';
	}
	if (fd >= 0)
		close(fd);
	if (!why)
		return g_steal_pointer(&text);
	g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_FILE, "%s: cannot be used: %s", path, why);
	return NULL;
}

static void wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	g_free(text);
}

static GHashTable *secrets_read(const char *path, GError **error)
{
	gsize length = 0;
	char *text = read_file(path, true, &length, error);
	if (!text)
		return NULL;
	GHashTable *pairs = config_pairs(text, length, path, error);
	explicit_bzero(text, length);
	g_free(text);
	return pairs;
}

/* A password that stands in the address itself would end up in every backup of the file. */
static bool check_no_password(const struct config *c, const struct config_camera *camera, GError **error)
{
	const char *host = strstr(camera->uri_shown, "://");
	if (!host)
		return true;
	host += 3;
	g_autofree char *authority = g_strndup(host, strcspn(host, "/"));
	char *at = strrchr(authority, '@');
	char *colon = at ? memchr(authority, ':', (size_t) (at - authority)) : NULL;
	if (!colon || strncmp(colon + 1, "${", 2) == 0)
		return true;
	return wrong(c, camera->line, error, "camera %s: a password stands in uri; put it into the secrets file and write ${name}", camera->id);
}

struct blank { /* a place in the file where secrets may be named */
	const char *what; /* "camera J1-west: uri" */
	uint32_t line;
	bool escaped;	  /* as an address needs it */
};

/* The text with each ${name} filled in, or NULL. */
static char *fill_secrets(const struct config *c, const struct blank *blank, const char *text, GHashTable *secrets, GError **error)
{
	GString *full = g_string_new(NULL);
	const char *at = text;
	bool ok = true;
	for (const char *open; ok && (open = strstr(at, "${")); ) {
		const char *close = strchr(open, '}');
		g_autofree char *name = close ? g_strndup(open + 2, (gsize) (close - open - 2)) : NULL;
		const char *value = secrets && name ? g_hash_table_lookup(secrets, name) : NULL;
		if (!name)
			ok = wrong(c, blank->line, error, "%s has ${ without }", blank->what);
		else if (!value)
			ok = wrong(c, blank->line, error, "%s names the secret %s, which %s", blank->what, name,
				c->secrets ? "is not in the secrets file" : "needs a secrets file");
		else {
			g_autofree char *escaped = blank->escaped ? g_uri_escape_string(value, NULL, false) : g_strdup(value);
			g_string_append_len(full, at, open - at);
			g_string_append(full, escaped);
			explicit_bzero(escaped, strlen(escaped));
			at = close + 1;
		}
	}
	g_string_append(full, at);
	if (ok)
		return g_string_free(full, FALSE);
	explicit_bzero(full->str, full->len);
	g_string_free(full, TRUE);
	return NULL;
}

static bool fill_camera(const struct config *c, struct config_camera *camera, GHashTable *secrets, GError **error)
{
	g_autofree char *what = g_strdup_printf("camera %s: uri", camera->id);
	camera->uri = fill_secrets(c, &(struct blank){what, camera->line, true}, camera->uri_shown, secrets, error);
	return camera->uri != NULL;
}

static bool fill_controller(const struct config *c, struct config_controller *k, GHashTable *secrets, GError **error)
{
	for (char **word = k->options; word[0] != NULL; word += 2) {
		g_autofree char *what = g_strdup_printf("controller of %s: options.%s", k->signals[0] != NULL ? k->signals[0] : "all signals", word[0]);
		char *full = fill_secrets(c, &(struct blank){what, k->line, false}, word[1], secrets, error);
		if (full == NULL)
			return false;
		g_free(word[1]);
		word[1] = full;
	}
	return true;
}

/* A path without a scheme is the file it names, beside the configuration. */
static void resolve_file(const struct config *c, struct config_camera *camera)
{
	if (strstr(camera->uri, "://") || g_path_is_absolute(camera->uri))
		return;
	g_autofree char *dir = g_path_get_dirname(c->path);
	g_autofree char *bare = g_steal_pointer(&camera->uri);
	camera->uri = g_build_filename(dir, bare, NULL);
}

/* Calibrated, with lanes; or with lines, which name theirs. */
static bool finish_place(const struct config *c, struct config_camera *k, GError **error)
{
	if (k->n_lines == 0 && (k->n_points == 0 || k->n_lanes == 0))
		return wrong(c, k->line, error, "camera %s: %s must be given, or lines", k->id, k->n_lanes == 0 ? "lanes" : "points");
	if (k->n_lines == 0)
		return true;
	if (k->n_points + k->n_lanes > 0)
		return wrong(c, k->line, error, "camera %s: lines are those of a camera without points and lanes", k->id);
	g_strfreev(k->lanes);
	k->lanes = g_new0(char *, k->n_lines + 1);
	for (k->n_lanes = 0; k->n_lanes < k->n_lines; k->n_lanes++) {
		const struct config_line *l = &k->lines[k->n_lanes];
		if (g_strv_contains((const char *const *) k->lanes, l->lane))
			return wrong(c, l->line, error, "camera %s: the lane %s has two lines", k->id, l->lane);
		k->lanes[k->n_lanes] = g_strdup(l->lane);
	}
	return true;
}

static bool finish_detector(const struct config *c, const struct config_camera *k, GError **error)
{
	bool dnn = strcmp(k->detector, "dnn") == 0;
	if (dnn && !k->model)
		return wrong(c, k->line, error, "camera %s: detector dnn needs a model", k->id);
	if (dnn && !k->classes[0])
		return wrong(c, k->line, error, "camera %s: detector dnn needs classes, one for each class of the network in its order", k->id);
	if (!dnn && (k->model || k->classes[0]))
		return wrong(c, k->line, error, "camera %s: %s goes with detector dnn", k->id, k->model ? "model" : "classes");
	return true;
}

static bool finish_cameras(struct config *c, GError **error)
{
	g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
	for (uint32_t i = 0; i < c->n_cameras; i++) {
		struct config_camera *camera = &c->cameras[i];
		camera->uri_shown = g_steal_pointer(&camera->uri);
		if (!g_hash_table_add(ids, camera->id))
			return wrong(c, camera->line, error, "the camera id %s is given twice", camera->id);
		if (!check_no_password(c, camera, error) || !finish_place(c, camera, error) || !finish_detector(c, camera, error))
			return false;
	}
	return true;
}

static bool finish_secrets(struct config *c, GError **error)
{
	GHashTable *secrets = NULL;
	if (c->secrets && !(secrets = secrets_read(c->secrets, error)))
		return false;
	bool ok = true;
	for (uint32_t i = 0; ok && i < c->n_cameras; i++) {
		ok = fill_camera(c, &c->cameras[i], secrets, error);
		if (ok)
			resolve_file(c, &c->cameras[i]);
	}
	for (uint32_t i = 0; ok && i < c->n_controllers; i++)
		ok = fill_controller(c, &c->controllers[i], secrets, error);
	if (secrets) {
		GHashTableIter iter;
		gpointer value;
		g_hash_table_iter_init(&iter, secrets);
		while (g_hash_table_iter_next(&iter, NULL, &value))
			explicit_bzero(value, strlen(value));
		g_hash_table_unref(secrets);
	}
	return ok;
}

static bool finish_controllers(struct config *c, GError **error)
{
	g_autoptr(GHashTable) named = g_hash_table_new(g_str_hash, g_str_equal);
	bool all = false;
	for (uint32_t i = 0; i < c->n_controllers; i++) {
		struct config_controller *k = &c->controllers[i];
		if (g_strv_length(k->signals) == 1 && strcmp(k->signals[0], "all") == 0) {
			g_clear_pointer(&k->signals[0], g_free);
			if (all)
				return wrong(c, k->line, error, "two controllers drive all signals");
			all = true;
		}
		for (char **id = k->signals; *id; id++)
			if (!g_hash_table_add(named, *id))
				return wrong(c, k->line, error, "the signal %s is driven twice", *id);
		if (k->n_phases + k->n_overlaps > 0 && g_strv_length(k->signals) != 1)
			return wrong(c, k->line, error, "phases and overlaps are those of one signal, the entry has %u", g_strv_length(k->signals));
	}
	return true;
}

static bool check_order(const struct config *c, uint32_t line, const char *whose, const struct junction_limits *limits, GError **error)
{
	if (limits->min_green_s > limits->max_green_s)
		return wrong(c, line, error, "%s: min_green_s is %g s, must not be over max_green_s, %g s", whose, limits->min_green_s, limits->max_green_s);
	if (limits->walk_s > limits->max_green_s)
		return wrong(c, line, error, "%s: walk_s is %g s, must not be over max_green_s, %g s", whose, limits->walk_s, limits->max_green_s);
	return true;
}

static bool check_limits(const struct config *c, GError **error)
{
	g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
	if (!check_order(c, 0, "limits", &c->limits, error))
		return false;
	for (uint32_t i = 0; i < c->n_signals; i++) {
		const struct config_limits *own = &c->signals[i];
		if (!g_hash_table_add(ids, own->id))
			return wrong(c, own->line, error, "the signal %s has limits twice", own->id);
		struct junction_limits merged = config_limits_of(c, own->id);
		g_autofree char *whose = g_strdup_printf("limits of signal %s", own->id);
		if (!check_order(c, own->line, whose, &merged, error))
			return false;
	}
	return true;
}

static bool check_feed(const struct config *c, GError **error)
{
	const struct config_feed *f = &c->feed;
	if (!bus_endpoint_local(f->estimates))
		return wrong(c, 0, error, "feed.estimates is %s, must be ipc or loopback", f->estimates);
	if (!bus_endpoint_local(f->control))
		return wrong(c, 0, error, "feed.control is %s, must be ipc or loopback", f->control);
	if (!bus_endpoint_local(f->publish) && !f->key_file)
		return wrong(c, 0, error, "feed.publish is %s, which others can reach: feed.key_file must be given", f->publish);
	if (strcmp(f->publish, f->estimates) == 0 || strcmp(f->publish, f->control) == 0 || strcmp(f->estimates, f->control) == 0)
		return wrong(c, 0, error, "feed.publish, feed.estimates and feed.control must be three addresses");
	return true;
}

struct config *config_parse(const char *text, gsize length, const char *path, GError **error)
{
	owned(config) c = g_new0(struct config, 1);
	c->path = g_strdup(path);
	if (!config_yaml(c, text, length, path, error) || !check_feed(c, error) || !check_limits(c, error) || !finish_controllers(c, error) ||
		!finish_cameras(c, error) || !finish_secrets(c, error))
		return NULL;
	return give(c);
}

struct config *config_read(const char *path, GError **error)
{
	gsize length = 0;
	g_autofree char *text = read_file(path, false, &length, error);
	return text ? config_parse(text, length, path, error) : NULL;
}

struct config *config_default(void)
{
	struct config *c = g_new0(struct config, 1);
	config_fill(c);
	return c;
}

static void camera_finish(struct config_camera *camera)
{
	g_free(camera->id);
	wipe(camera->uri);
	g_free(camera->uri_shown);
	g_free(camera->transport);
	g_free(camera->decode);
	g_strfreev(camera->lanes);
	g_free(camera->points);
	for (uint32_t k = 0; camera->lines != NULL && k < camera->n_lines; k++)
		g_free(camera->lines[k].lane);
	g_free(camera->lines);
	g_free(camera->detector);
	g_free(camera->model);
	g_strfreev(camera->classes);
}

static void links_free(struct cabinet_links *of, uint32_t n)
{
	for (uint32_t i = 0; of != NULL && i < n; i++)
		g_free(of[i].links);
	g_free(of);
}

static void controller_finish(struct config_controller *k)
{
	g_strfreev(k->signals);
	g_free(k->driver);
	g_free(k->address);
	links_free(k->phases, k->n_phases);
	links_free(k->overlaps, k->n_overlaps);
	links_free(k->bands, k->n_bands);
	g_free(k->style);
	g_free(k->coordinated);
	for (char **word = k->options; word != NULL && word[0] != NULL; word++)
		explicit_bzero(*word, strlen(*word));
	g_strfreev(k->options);
}

void config_free(struct config *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->n_cameras; i++)
		camera_finish(&c->cameras[i]);
	for (uint32_t i = 0; i < c->n_controllers; i++)
		controller_finish(&c->controllers[i]);
	for (uint32_t i = 0; i < c->n_signals; i++)
		g_free(c->signals[i].id);
	g_free(c->cameras);
	g_free(c->controllers);
	g_free(c->signals);
	g_free(c->control.method);
	g_free(c->control.order);
	g_free(c->logs.commands);
	g_free(c->logs.events);
	g_free(c->state.profile);
	g_free(c->feed.publish);
	g_free(c->feed.estimates);
	g_free(c->feed.control);
	g_free(c->feed.key_file);
	g_strfreev(c->feed.allow);
	g_free(c->secrets);
	g_strfreev(c->additional);
	g_free(c->network);
	g_free(c->path);
	g_free(c);
}

static double either(double own, double all)
{
	return isnan(own) ? all : own;
}

struct junction_limits config_limits_of(const struct config *c, const char *signal)
{
	struct junction_limits l = c->limits;
	for (uint32_t i = 0; i < c->n_signals; i++) {
		if (strcmp(c->signals[i].id, signal) != 0)
			continue;
		const struct junction_limits *own = &c->signals[i].limits;
		l.min_green_s = either(own->min_green_s, l.min_green_s);
		l.max_green_s = either(own->max_green_s, l.max_green_s);
		l.amber_s = either(own->amber_s, l.amber_s);
		l.all_red_s = either(own->all_red_s, l.all_red_s);
		l.walk_s = either(own->walk_s, l.walk_s);
		l.ped_speed_mps = either(own->ped_speed_mps, l.ped_speed_mps);
		l.max_red_s = either(own->max_red_s, l.max_red_s);
	}
	return l;
}

const struct config_controller *config_controller_of(const struct config *c, const char *signal)
{
	const struct config_controller *all = NULL;
	for (uint32_t i = 0; i < c->n_controllers; i++) {
		const struct config_controller *k = &c->controllers[i];
		if (g_strv_contains((const char *const *) k->signals, signal))
			return k;
		if (!k->signals[0])
			all = k;
	}
	return all;
}

char *config_runtime_dir(void)
{
	const char *given = g_getenv("RUNTIME_DIRECTORY");
	if (given && *given)
		return g_strdup(given);
	given = g_getenv("XDG_RUNTIME_DIR");
	if (given && *given)
		return g_build_filename(given, "greenwave", NULL);
	return g_strdup_printf("/tmp/greenwave-%u", (unsigned) getuid());
}

/* ctl_config.c - greenwavectl config: is what greenwave.yaml says right, and is what it names there? */
#include <stdio.h>
#include <string.h>

#include "core/netfile.h"
#include "core/plan.h"
#include "daemon/cabinet_entry.h"
#include "daemon/camera_entry.h"
#include "daemon/ctl.h"

struct check {
	const struct config *c;
	const struct network *net;
	unsigned wrong;
};

static void say(struct check *k, uint32_t line, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void say(struct check *k, uint32_t line, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	k->wrong++;
	if (line)
		fprintf(stderr, "%s:%u: %s\n", k->c->path, line, text);
	else
		fprintf(stderr, "%s: %s\n", k->c->path, text);
}

/* Can the guard guard each signal, and can it run its own plan? */
static void check_signals(struct check *k)
{
	for (uint32_t i = 0; i < k->net->n_signals; i++) {
		g_autoptr(GError) error = NULL;
		const struct net_signal *signal = &k->net->signals[i];
		struct junction_limits limits = config_limits_of(k->c, signal->id);
		owned(junction) j = junction_new(k->net, i, &limits, &error);
		owned(plan) plan = j ? plan_from_program(j, &signal->programs[0], &error) : NULL;
		if (!plan || !plan_check(plan, j, &error))
			say(k, 0, "signal %s: %s", signal->id, error->message);
	}
}

static void check_names(struct check *k)
{
	for (uint32_t i = 0; i < k->c->n_signals; i++)
		if (network_signal(k->net, k->c->signals[i].id) == NET_NONE)
			say(k, k->c->signals[i].line, "limits: the network has no signal %s", k->c->signals[i].id);
	for (uint32_t i = 0; i < k->c->n_controllers; i++)
		for (char **id = k->c->controllers[i].signals; *id; id++)
			if (network_signal(k->net, *id) == NET_NONE)
				say(k, k->c->controllers[i].line, "controllers: the network has no signal %s", *id);
}

/* As the daemon would open them; junctions that cannot be guarded were told already. */
static void check_controllers(struct check *k)
{
	g_autofree struct junction **junctions = g_new0(struct junction *, k->net->n_signals + 1);

	for (uint32_t i = 0; i < k->net->n_signals; i++) {
		struct junction_limits limits = config_limits_of(k->c, k->net->signals[i].id);
		junctions[i] = junction_new(k->net, i, &limits, NULL);
	}
	for (uint32_t i = 0; i < k->c->n_controllers; i++) {
		const struct config_controller *c = &k->c->controllers[i];
		g_autoptr(GArray) signals = g_array_new(false, false, sizeof(uint32_t));
		g_autoptr(GError) error = NULL;
		for (uint32_t s = 0; s < k->net->n_signals; s++)
			if (config_controller_of(k->c, k->net->signals[s].id) == c)
				g_array_append_val(signals, s);
		owned(cabinet_entry) entry = cabinet_entry_new(k->net, c, (const uint32_t *) (void *) signals->data, signals->len,
			(const struct junction *const *) junctions, &error);
		if (entry == NULL && signals->len > 0)
			say(k, c->line, "controllers: %s", error->message);
	}
	g_autoptr(GError) twice = NULL;
	uint32_t line;
	if (!cabinet_entries_apart(k->c, &line, &twice))
		say(k, line, "controllers: %s", twice->message);
	for (uint32_t i = 0; i < k->net->n_signals; i++)
		junction_free(junctions[i]);
}

static void check_cameras(struct check *k)
{
	owned(detector_pool) pool = detector_pool_new();
	for (uint32_t i = 0; i < k->c->n_cameras; i++) {
		const struct config_camera *camera = &k->c->cameras[i];
		g_autoptr(GError) error = NULL;
		owned(view) view = camera_entry_view(camera, k->net, &error);
		if (!view)
			say(k, camera->line, "%s", error->message); /* which names the camera */
		g_clear_error(&error);
		owned(detector) detector = camera_entry_detector(camera, pool, &error);
		if (error)
			say(k, camera->line, "%s", error->message);
	}
}

static void check_keys(struct check *k)
{
	g_autoptr(GError) error = NULL;
	struct bus_keys keys;
	if (k->c->feed.key_file && !bus_keys_read(&keys, k->c->feed.key_file, &error))
		say(k, 0, "feed.key_file: %s", error->message);
}

static struct network *load(const struct config *c, GError **error)
{
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	owned(network) net = netfile_read(c->network, notes, error);
	for (char **path = c->additional; net && *path; path++)
		if (!netfile_add_programs(net, *path, notes, error))
			return NULL;
	for (guint i = 0; net && i < notes->len; i++)
		fprintf(stderr, "note: %s\n", (char *) notes->pdata[i]);
	return give(net);
}

static int check(const char *path)
{
	g_autoptr(GError) error = NULL;
	owned(config) c = config_read(path, &error);
	owned(network) net = c ? load(c, &error) : NULL;
	if (!net)
		return ctl_error(error);
	struct check k = {.c = c, .net = net};
	if (net->n_signals == 0)
		say(&k, 0, "the network %s has no signals", c->network);
	check_signals(&k);
	check_names(&k);
	check_controllers(&k);
	check_cameras(&k);
	check_keys(&k);
	if (k.wrong)
		return ctl_fail("%s: %u thing%s wrong", path, k.wrong, k.wrong == 1 ? " is" : "s are");
	printf("%s: all is well: %u signals, %u cameras, %u controllers, %u limits of their own\n", path, net->n_signals, c->n_cameras,
		c->n_controllers, c->n_signals);
	return CTL_OK;
}

int ctl_config(int argc, char **argv)
{
	if (!ctl_options(&argc, &argv, NULL, "check FILE | keys",
			"check: reads the configuration, its network, and solves each camera's calibration.\nkeys: prints every key with range, unit and default.", 1,
			2))
		return CTL_USAGE;
	if (argc == 2 && strcmp(argv[1], "keys") == 0) {
		g_autofree char *reference = config_reference();
		fputs(reference, stdout);
		return CTL_OK;
	}
	if (argc == 3 && strcmp(argv[1], "check") == 0)
		return check(argv[2]);
	ctl_fail("usage: greenwavectl config check FILE | keys");
	return CTL_USAGE;
}

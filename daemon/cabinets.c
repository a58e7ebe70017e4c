/* cabinets.c - see cabinets.h. */
#include "daemon/cabinets_inside.h"

#define CYCLES_S 10.0 /* groups' cycles are worked out anew at most so often */
#define WRITTEN_S 60.0 /* a log that lost nothing for so long is written again */

void cabinets_close_connection(struct connection *k)
{
	if (k->controller != NULL)
		k->driver->close(k->controller);
	k->controller = NULL;
}

static void connection_free(gpointer data)
{
	struct connection *k = data;

	cabinets_close_connection(k);
	steered_free(k->steered);
	cabinet_entry_free(k->entry);
	cabinet_entry_free(k->spare);
	g_array_unref(k->named);
	g_free(k->where);
	g_free(k);
}

static void take_signal(struct cabinets *c, struct connection *k, uint32_t signal)
{
	c->reach[signal].by = k;
	g_array_append_val(k->named, signal);
}

static bool name_signal(struct cabinets *c, struct connection *k, const char *id, GError **error)
{
	uint32_t s = network_signal(c->net, id);

	if (s == NET_NONE) {
		g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_DRIVER, "the network has no signal \"%s\"", id);
		return false;
	}
	if (c->reach[s].by != NULL) {
		g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_DRIVER, "signal \"%s\" is driven by two entries", id);
		return false;
	}
	take_signal(c, k, s);
	return true;
}

/* Of what is wrong with an entry: where it stands. */
static void prefix_place(const struct cabinets *c, const struct config_controller *entry, GError **error)
{
	if (entry != NULL)
		g_prefix_error(error, "%s:%u: controllers: ", c->config->path, entry->line);
	else
		g_prefix_error(error, "%s: controllers: ", c->config->path);
}

static struct connection *add_connection(struct cabinets *c, const struct config_controller *config)
{
	struct connection *k = g_new0(struct connection, 1);

	k->all = c;
	k->config = config;
	k->named = g_array_new(false, false, sizeof(uint32_t));
	g_ptr_array_add(c->connections, k);
	return k;
}

struct steered_setup cabinets_steered_setup(const struct connection *k)
{
	struct cabinets *c = k->all;

	return (struct steered_setup){.driver = k->driver, .pilot = c->pilot, .herald = c->herald, .log = c->log, .map = k->entry->maps[0], .config = k->config,
		.where = k->where, .signal = k->signals[0], .junction = pilot_find(c->pilot, k->signals[0]), .every_s = c->pattern_s};
}

/* A cabinet that cannot be shown things is steered. */
static bool steer_connection(struct connection *k, GError **error)
{
	if ((k->driver->can & CONTROLLER_SHOWS) != 0)
		return true;
	if (k->entry->maps[0] == NULL) {
		g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_DRIVER, "driver \"%s\" neither shows links nor knows its phases", k->driver->name);
		return false;
	}
	struct steered_setup setup = cabinets_steered_setup(k);
	k->steered = steered_new(&setup);
	return true;
}

static bool make_connection(struct connection *k, const struct junction *const *junctions, GError **error)
{
	const struct network *net = k->all->net;

	k->signals = (const uint32_t *) (void *) k->named->data;
	k->n = k->named->len;
	if (k->n == 0)
		return true;
	k->entry = cabinet_entry_new(net, k->config, k->signals, k->n, junctions, error);
	if (k->entry != NULL) {
		k->driver = k->entry->driver;
		k->where = k->n == 1 ? g_strdup(net->signals[k->signals[0]].id) : g_strdup(k->driver->name);
	}
	if (k->entry == NULL || !steer_connection(k, error)) {
		prefix_place(k->all, k->config, error);
		return false;
	}
	return true;
}

static bool open_connection(struct bus *bus, struct connection *k, GError **error)
{
	if (k->n == 0)
		return true;
	struct controller_setup setup = cabinet_entry_setup(k->entry, k->all->net);
	setup.bus = bus;
	setup.events = &cabinets_ears;
	setup.user = k;
	k->controller = k->driver->open(&setup, error);
	if (k->controller == NULL) {
		g_prefix_error(error, "%s: ", k->where);
		prefix_place(k->all, k->config, error);
		return false;
	}
	if (k->steered != NULL)
		steered_begin(k->steered, k->controller);
	return true;
}

/* Those that are named first, then those that take all that is left. */
static bool make_all(struct cabinets *c, const struct config *config, GError **error)
{
	g_autofree struct connection **of = g_new0(struct connection *, config->n_controllers + 1);
	g_autofree const struct junction **junctions = g_new0(const struct junction *, c->net->n_signals + 1);

	for (uint32_t i = 0; i < config->n_controllers; i++) {
		of[i] = add_connection(c, &config->controllers[i]);
		for (char **id = config->controllers[i].signals; *id != NULL; id++)
			if (!name_signal(c, of[i], *id, error)) {
				prefix_place(c, &config->controllers[i], error);
				return false;
			}
	}
	struct connection *dry = add_connection(c, NULL);
	for (uint32_t s = 0; s < c->net->n_signals; s++) {
		uint32_t j = pilot_find(c->pilot, s);
		junctions[s] = j != NET_NONE ? pilot_junction(c->pilot, j) : NULL;
		if (c->reach[s].by != NULL)
			continue;
		const struct config_controller *entry = config_controller_of(config, c->net->signals[s].id);
		take_signal(c, entry != NULL ? of[entry - config->controllers] : dry, s);
	}
	uint32_t line;
	if (!cabinet_entries_apart(config, &line, error)) {
		g_prefix_error(error, "%s:%u: controllers: ", config->path, line);
		return false;
	}
	for (guint i = 0; i < c->connections->len; i++)
		if (!make_connection(c->connections->pdata[i], junctions, error))
			return false;
	return true;
}

static bool open_events(struct cabinets *c, const struct config *config, GError **error)
{
	g_autofree const struct cabinet_map **maps = g_new0(const struct cabinet_map *, c->net->n_signals + 1);

	if (config->logs.events == NULL)
		return true;
	for (guint i = 0; i < c->connections->len; i++) {
		const struct connection *k = c->connections->pdata[i];
		if (k->n == 1 && k->entry->maps[0] != NULL)
			maps[k->signals[0]] = k->entry->maps[0];
	}
	c->events = events_new(c->net, c->pilot, maps, config->logs.events, c->clock_s(c->user), error);
	return c->events != NULL;
}

struct cabinets *cabinets_new(const struct network *net, const struct config *config, struct pilot *pilot,
	double (*clock_s)(void *user), void *user, struct herald *herald, GError **error)
{
	owned(cabinets) c = g_new0(struct cabinets, 1);

	c->net = net;
	c->config = config;
	c->pilot = pilot;
	c->clock_s = clock_s;
	c->user = user;
	c->herald = herald;
	c->connections = g_ptr_array_new_with_free_func(connection_free);
	c->reach = g_new0(struct reach, net->n_signals + 1);
	c->pattern_s = config->control.pattern_s;
	c->cycles = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	c->cycles_s = -INFINITY;
	c->ages_us = g_get_monotonic_time();
	c->commands_log.name = "logs.commands";
	c->events_log.name = "logs.events";
	c->log = command_log_new(config->logs.commands, error);
	if (c->log == NULL || !make_all(c, config, error) || !open_events(c, config, error))
		return NULL;
	return give(c);
}

bool cabinets_open(struct cabinets *c, struct bus *bus, GError **error)
{
	c->released = c->parted = false;
	for (guint i = 0; i < c->connections->len; i++) {
		struct connection *k = c->connections->pdata[i];
		bool stayed = k->heir != NULL; /* nobody took it over */
		k->heir = NULL;
		if (stayed || k->from != NULL)
			continue;
		cabinets_close_connection(k);
		if (k->steered != NULL)
			steered_down(k->steered);
		if (!open_connection(bus, k, error))
			return false;
	}
	return true;
}

void cabinets_free(struct cabinets *c)
{
	if (c == NULL)
		return;
	g_ptr_array_unref(c->connections);
	g_hash_table_unref(c->cycles);
	command_log_free(c->log);
	events_free(c->events);
	g_free(c->reach);
	g_free(c);
}

/* The greatest cycle that any of a group would like: those whose own plans have the same cycle stay together. */
static void work_out_cycles(struct cabinets *c, double now_s)
{
	c->cycles_s = now_s;
	g_hash_table_remove_all(c->cycles);
	for (guint i = 0; i < c->connections->len; i++) {
		const struct connection *k = c->connections->pdata[i];
		double wish_s = k->steered != NULL ? steered_cycle_s(k->steered) : UNKNOWN;
		if (isnan(wish_s))
			continue;
		int64_t own_s = llround(steered_own_cycle_s(k->steered));
		double *most_s = g_hash_table_lookup(c->cycles, &own_s);
		if (most_s == NULL)
			g_hash_table_insert(c->cycles, g_memdup2(&own_s, sizeof own_s), g_memdup2(&wish_s, sizeof wish_s));
		else
			*most_s = fmax(*most_s, wish_s);
	}
}

static double group_cycle_s(void *user, const struct steered *s)
{
	struct cabinets *c = user;
	double now_s = c->clock_s(c->user);
	int64_t own_s = llround(steered_own_cycle_s(s));

	if (!(now_s - c->cycles_s < CYCLES_S) || now_s < c->cycles_s)
		work_out_cycles(c, now_s);
	const double *most_s = g_hash_table_lookup(c->cycles, &own_s);
	return most_s != NULL ? *most_s : (double) own_s;
}

/* A stage's begin, not each second of it. */
static void note_show(struct cabinets *c, uint32_t signal, uint32_t j, const struct pilot_look *look)
{
	struct reach *r = &c->reach[signal];

	if (!command_log_is_file(c->log) || (r->commanded && r->stage == look->stage) || look->stage == STAGE_NONE)
		return;
	command_log_add(c->log, &(struct command_line){c->net->signals[signal].id, look->mode == PILOT_HOLD ? "operator" : "optimizer", "show",
		r->commanded && r->stage != STAGE_NONE ? pilot_junction(c->pilot, j)->stages[r->stage].name : NULL,
		pilot_junction(c->pilot, j)->stages[look->stage].name, "sent", UNKNOWN});
	r->stage = look->stage;
}

static void command(struct connection *k)
{
	struct cabinets *c = k->all;

	if (k->steered != NULL) {
		steered_command(k->steered, group_cycle_s, c, c->clock_s(c->user));
		k->driver->poll(k->controller);
		return;
	}
	g_autofree struct controller_command *show = g_new0(struct controller_command, k->n + 1);
	g_autofree uint32_t *back = g_new0(uint32_t, k->n + 1);
	uint32_t n_show = 0, n_back = 0;

	for (uint32_t i = 0; i < k->n; i++) {
		struct reach *r = &c->reach[k->signals[i]];
		uint32_t j = pilot_find(c->pilot, k->signals[i]);
		struct pilot_look look = {0};
		if (j != NET_NONE)
			pilot_look(c->pilot, j, &look);
		if (look.show != NULL)
			note_show(c, k->signals[i], j, &look);
		if (look.show != NULL)
			show[n_show++] = (struct controller_command){.signal = k->signals[i], .state = look.show};
		else if (r->commanded)
			back[n_back++] = k->signals[i];
		r->commanded = look.show != NULL;
	}
	if (n_back > 0)
		k->driver->release(k->controller, back, n_back);
	if (n_show > 0)
		k->driver->show(k->controller, show, n_show);
	k->driver->poll(k->controller);
}

static void watch_log(struct cabinets *c, struct watched_log *w, uint64_t lost)
{
	int64_t now_us = g_get_monotonic_time();

	if (lost > w->lost) {
		if (w->lost_us == 0)
			herald_alert(c->herald, "log-unwritten", w->name, true, "lines of it cannot be written: is the disk full, or its folder gone?");
		w->lost = lost;
		w->lost_us = now_us;
	} else if (w->lost_us != 0 && us_to_s(now_us - w->lost_us) > WRITTEN_S) {
		g_autofree char *sentence = g_strdup_printf("it is written again; %" G_GUINT64_FORMAT " lines are missing in all", w->lost);
		herald_alert(c->herald, "log-unwritten", w->name, false, sentence);
		w->lost_us = 0;
	}
}

void cabinets_command(struct cabinets *c)
{
	watch_log(c, &c->commands_log, command_log_lost(c->log));
	if (c->events != NULL)
		watch_log(c, &c->events_log, events_lost(c->events));
	for (guint i = 0; !c->released && i < c->connections->len; i++) {
		struct connection *k = c->connections->pdata[i];
		if (k->controller != NULL)
			command(k);
	}
}

void cabinets_note(struct cabinets *c, uint32_t signal, const char *what, const char *is)
{
	command_log_add(c->log, &(struct command_line){c->net->signals[signal].id, "operator", what, NULL, is, "taken", UNKNOWN});
}

void cabinets_passed(struct cabinets *c, uint32_t lane, double veh, double t_s)
{
	if (c->events != NULL)
		events_passed(c->events, lane, veh, t_s);
}

void cabinets_release_connection(struct connection *k, const char *why)
{
	if (k->controller != NULL && k->steered != NULL)
		steered_release(k->steered, why);
	else if (k->controller != NULL)
		k->driver->release(k->controller, k->signals, k->n);
}

void cabinets_release(struct cabinets *c)
{
	c->released = true;
	for (guint i = 0; i < c->connections->len; i++)
		cabinets_release_connection(c->connections->pdata[i], "the daemon ends");
}

bool cabinets_idle(const struct cabinets *c)
{
	for (guint i = 0; i < c->connections->len; i++) {
		const struct connection *k = c->connections->pdata[i];
		if (k->controller != NULL && !k->driver->idle(k->controller))
			return false;
	}
	return true;
}

const char *cabinets_driver(const struct cabinets *c, uint32_t signal)
{
	return c->reach[signal].by->driver->name;
}

bool cabinets_street(const struct cabinets *c)
{
	for (guint i = 0; i < c->connections->len; i++) {
		const struct connection *k = c->connections->pdata[i];
		if (k->n > 0 && (k->driver->can & CONTROLLER_STREET) != 0)
			return true;
	}
	return false;
}

int64_t cabinets_since_us(const struct cabinets *c, uint32_t signal)
{
	return c->reach[signal].since_us;
}

struct cabinets_counts cabinets_counts(const struct cabinets *c)
{
	struct cabinets_counts sum = {.answer_max_s = UNKNOWN, .age_p50_s = lag_quantile_s(&c->ages_before, 0.5),
		.age_p99_s = lag_quantile_s(&c->ages_before, 0.99), .age_max_s = c->ages_before.n > 0 ? c->ages_before.max_s : UNKNOWN};

	for (guint i = 0; i < c->connections->len; i++) {
		const struct connection *k = c->connections->pdata[i];
		struct controller_health h;
		if (k->controller == NULL)
			continue;
		k->driver->health(k->controller, &h);
		sum.connections++;
		sum.up += h.up;
		sum.sent += h.sent;
		sum.answered += h.answered;
		sum.timeouts += h.timeouts;
		sum.refused += h.refused;
		sum.garbage += h.garbage;
		sum.answer_max_s = fmax(sum.answer_max_s, h.answer_s); /* fmax passes NaN over */
	}
	return sum;
}

/* cabinets.c - see cabinets.h. */
#include "daemon/cabinets.h"

#include <string.h>

#include "daemon/cabinet_entry.h"
#include "daemon/events.h"
#include "daemon/pattern.h"
#include "daemon/steered.h"
#include "daemon/takeover.h"

#define CYCLES_S 10.0 /* groups' cycles are worked out anew at most so often */
#define AGES_S 60.0   /* ages of statuses are told over this long */
#define WRITTEN_S 60.0 /* a log that lost nothing for so long is written again */

struct connection {
	struct cabinets *all;
	const struct config_controller *config; /* NULL: a dry run */
	struct cabinet_entry *entry, *spare; /* spare: that of the configuration that took it over; others know its maps. NULL */
	const struct controller_driver *driver; /* the entry's */
	struct controller *controller;
	struct steered *steered; /* its cabinet runs its own phases; NULL: it is shown things */
	char *where; /* for people: the driver and, if it is alone there, the signal */
	GArray *named; /* signals as they are found, uint32_t; then the entry's */
	const uint32_t *signals;
	uint32_t n;
	bool down, refusing;
	uint32_t alerts; /* of its driver that stand */
	struct connection *heir, *from; /* of the next configuration and of the one before, while it is taken over as it runs; NULL it is not */
	int64_t heard_us; /* its last status, monotonic; 0 = none since it is up */
};

struct reach { /* of each signal */
	struct connection *by;
	bool commanded; /* it was shown something since it was last handed back */
	uint32_t stage;	/* that it was told last */
	int64_t since_us;
};

struct watched_log { /* is it written down? */
	const char *name; /* of the configuration's key */
	uint64_t lost;
	int64_t lost_us; /* when that last became more, monotonic; 0 = all is written */
};

struct cabinets {
	const struct network *net;
	const struct config *config;
	struct pilot *pilot;
	double (*clock_s)(void *user);
	void *user;
	struct herald *herald;
	struct command_log *log;
	struct events *events; /* NULL: not wanted */
	double pattern_s;
	GPtrArray *connections;
	struct reach *reach;
	bool released;
	bool parted; /* others are in charge: what still happens here is no alert */
	GHashTable *cycles; /* of groups that share one: own cycle, s -> double, s */
	double cycles_s;    /* when they were worked out */
	struct lag ages, ages_before; /* of this minute, of the last one */
	int64_t ages_us;	      /* when this minute began, monotonic */
	struct watched_log commands_log, events_log;
};

/* Its last status has become so old now. */
static void count_age(struct connection *k, bool up)
{
	struct cabinets *c = k->all;
	int64_t now_us = g_get_monotonic_time();

	if (now_us - c->ages_us > (int64_t) (AGES_S * 1e6)) {
		c->ages_before = c->ages;
		c->ages = (struct lag){0};
		c->ages_us = now_us;
	}
	if (k->heard_us != 0)
		lag_add(&c->ages, us_to_s(now_us - k->heard_us));
	k->heard_us = up ? now_us : 0;
}

static void tell_alert(struct connection *k, const char *kind, const char *where, bool active, const char *sentence)
{
	if (k->all->parted)
		g_message("%s, which is left: %s: %s", where, kind, sentence);
	else
		herald_alert(k->all->herald, kind, where, active, sentence);
}

static void on_up(void *user, const struct controller_identity *who)
{
	struct connection *k = user;

	g_message("controller %s: connected to %s %s %s", k->where, who->make, who->model, who->version);
	if (k->steered != NULL)
		steered_up(k->steered, who->can, k->all->clock_s(k->all->user));
	if (k->down)
		tell_alert(k, "controller-down", k->where, false, "it answers again");
	k->down = false;
}

static void on_down(void *user, const char *why)
{
	struct connection *k = user;

	count_age(k, false);
	if (k->steered != NULL)
		steered_down(k->steered);
	if (!k->down)
		tell_alert(k, "controller-down", k->where, true, why);
	k->down = true;
}

static void on_refused(void *user, const char *why)
{
	struct connection *k = user;

	if (k->steered != NULL && k->down) /* what was lost with the connection: "controller-down" says it */
		return;
	if (k->steered != NULL && !k->all->parted) {
		steered_refused(k->steered, why, k->all->clock_s(k->all->user));
		return;
	}
	if (!k->refusing)
		tell_alert(k, "controller-refused", k->where, true, why);
	k->refusing = true;
}

static enum pilot_street street_of(enum controller_mode mode)
{
	switch (mode) {
	case CONTROLLER_CENTRAL:
		return STREET_CENTRAL;
	case CONTROLLER_LOCAL:
		return STREET_LOCAL;
	case CONTROLLER_AWAY:
		break;
	}
	return STREET_AWAY;
}

/* A junction that was taken over must go on with what shows at once: its own plan would move on meanwhile. */
static void on_status(void *user, const struct controller_status *status, uint32_t n)
{
	struct connection *k = user;
	struct cabinets *c = k->all;
	g_autoptr(GArray) taken = g_array_new(false, false, sizeof(struct controller_command));

	if (c->released)
		return;
	count_age(k, true);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t j = pilot_find(c->pilot, status[i].signal);
		struct pilot_look look;
		c->reach[status[i].signal].since_us = status[i].since_us;
		if (c->events != NULL)
			events_status(c->events, &status[i], k->steered, c->clock_s(c->user));
		if (j != NET_NONE && k->steered == NULL)
			pilot_away(c->pilot, j, status[i].why);
		if (k->steered != NULL)
			steered_status(k->steered, &status[i], c->clock_s(c->user));
		if (k->steered != NULL || j == NET_NONE || !pilot_reported(c->pilot, j, status[i].state, street_of(status[i].mode), c->clock_s(c->user)))
			continue;
		pilot_look(c->pilot, j, &look);
		struct controller_command command = {.signal = status[i].signal, .state = look.show};
		g_array_append_val(taken, command);
		c->reach[status[i].signal].commanded = true;
	}
	if (k->refusing)
		tell_alert(k, "controller-refused", k->where, false, "it takes commands again");
	k->refusing = false;
	if (taken->len > 0)
		k->driver->show(k->controller, (const struct controller_command *) (void *) taken->data, taken->len);
}

static void on_timing(void *user, const struct controller_timing *timing)
{
	struct connection *k = user;

	if (k->steered != NULL)
		steered_timing(k->steered, timing, k->all->clock_s(k->all->user));
}

static void on_reply(void *user, const struct controller_reply *reply)
{
	struct connection *k = user;

	if (k->all->parted)
		return;
	if (k->steered != NULL)
		steered_reply(k->steered, reply, k->all->clock_s(k->all->user));
	else if (!reply->ok)
		on_refused(user, reply->why);
}

static void on_alert(void *user, const char *kind, bool active, const char *sentence)
{
	struct connection *k = user;

	k->alerts = active ? k->alerts + 1 : k->alerts - (k->alerts > 0);
	tell_alert(k, kind, k->where, active, sentence);
}

static void on_stranger(void *user, const char *who, bool active, const char *sentence)
{
	struct connection *k = user;

	tell_alert(k, "controller-stranger", who, active, sentence);
}

static const struct controller_events events = {.up = on_up, .down = on_down, .status = on_status, .refused = on_refused,
	.timing = on_timing, .reply = on_reply, .alert = on_alert,
	.stranger = on_stranger};

static void close_connection(struct connection *k)
{
	if (k->controller != NULL)
		k->driver->close(k->controller);
	k->controller = NULL;
}

static void connection_free(gpointer data)
{
	struct connection *k = data;

	close_connection(k);
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

static struct steered_setup steered_setup_of(const struct connection *k)
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
	struct steered_setup setup = steered_setup_of(k);
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
	setup.events = &events;
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
		close_connection(k);
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

static void release(struct connection *k, const char *why)
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
		release(c->connections->pdata[i], "the daemon ends");
}

/* Does the other configuration reach the same cabinet for any of these signals? */
static bool goes_on(const struct connection *k, const struct config *next)
{
	for (uint32_t i = 0; i < k->n; i++) {
		const struct config_controller *entry = config_controller_of(next, k->all->net->signals[k->signals[i]].id);
		if (entry != NULL && strcmp(entry->driver, k->driver->name) == 0 && g_strcmp0(entry->address, k->entry->address) == 0)
			return true;
	}
	return false;
}

/* The connection of the next configuration that may take this one over as it runs; NULL there is none. */
static struct connection *heir_of(const struct connection *k, const struct cabinets *next)
{
	uint32_t signal = k->n == 1 ? k->signals[0] : NET_NONE;
	struct connection *heir = signal < next->net->n_signals ? next->reach[signal].by : NULL;
	struct pilot_look was, is;
	struct steer_look look;

	if (heir == NULL || heir->n != 1 || heir->steered == NULL || k->controller == NULL || k->steered == NULL || k->down || k->refusing || k->alerts > 0 ||
		!steered_leads(k->steered) || k->all->pattern_s != next->pattern_s || !takeover_entry(k->config, heir->config) ||
		!takeover_junction(k->entry->maps[0]->junction, heir->entry->maps[0]->junction))
		return NULL;
	pilot_look(k->all->pilot, pilot_find(k->all->pilot, signal), &was);
	pilot_look(next->pilot, pilot_find(next->pilot, signal), &is);
	steered_look(k->steered, &look);
	bool fits = (k->driver->can & CONTROLLER_PATTERNS) == 0 || pattern_check(&look.pattern->p, look.timing, heir->entry->maps[0], NULL);
	return fits && plan_equal(was.plan, is.plan) ? heir : NULL;
}

void cabinets_part(struct cabinets *c, struct cabinets *next)
{
	c->released = c->parted = true;
	for (guint i = 0; i < c->connections->len; i++) {
		struct connection *k = c->connections->pdata[i];
		k->from = NULL;
		k->heir = heir_of(k, next);
		if (k->heir != NULL)
			k->heir->from = k;
		else if (k->n > 0 && goes_on(k, next->config))
			close_connection(k);
		else
			release(k, "the configuration does not drive it any more");
	}
}

/* The two change places, so that what the driver knows of goes on as it is: the connection, the entry and its map, which is of another junction now. */
static void carry(struct cabinets *c, guint at, struct connection *k)
{
	struct connection *made = c->connections->pdata[at];
	struct cabinets *before = k->all;
	guint was_at = 0;

	g_ptr_array_find(before->connections, k, &was_at);
	before->connections->pdata[was_at] = made;
	c->connections->pdata[at] = k;
	before->reach[k->signals[0]].by = made;
	c->reach[k->signals[0]] = (struct reach){.by = k, .stage = STAGE_NONE, .since_us = before->reach[k->signals[0]].since_us};
	made->all = before;
	made->from = k->heir = NULL;
	k->all = c;
	k->config = made->config;
	struct cabinet_entry *older = k->spare;
	k->spare = made->entry;
	made->entry = NULL;
	made->spare = older;
	k->entry->address = k->spare->address;
	k->entry->junctions[0] = k->entry->maps[0]->junction = k->spare->junctions[0];
	struct steered_setup setup = steered_setup_of(k);
	steered_carry(k->steered, &setup, c->clock_s(c->user));
}

void cabinets_carry(struct cabinets *c)
{
	for (guint i = 0; i < c->connections->len; i++) {
		struct connection *k = c->connections->pdata[i];
		if (k->from != NULL)
			carry(c, i, k->from);
	}
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

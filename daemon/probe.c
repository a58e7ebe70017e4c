/* probe.c - see probe.h. */
#include "daemon/probe.h"

#include <math.h>
#include <string.h>

#include "core/units.h"
#include "daemon/bands.h"
#include "daemon/cabinet_entry.h"
#include "daemon/pattern.h"

struct asked { /* one driver at one address */
	const struct controller_driver *driver;
	GMainLoop *loop;
	GString *out, *faults;
	const struct cabinet_map *map;
	const struct plan *plan; /* the signal's own; NULL */
	const struct config_controller *config; /* NULL */
	struct controller *controller;
	uint32_t can;
	bool up, told_timing, told_status;
	struct controller_timing *timing;
};

/* ---- what it says ---- */

static void print_can(GString *out, uint32_t can)
{
	static const struct { uint32_t bit; const char *text; } names[] = {{CONTROLLER_SHOWS, "shows what it is told"}, {CONTROLLER_HOLDS, "holds and force-offs"},
		{CONTROLLER_PATTERNS, "pattern rows"}, {CONTROLLER_SELECTS, "selects stored plans"}, {CONTROLLER_CYCLES, "cycle of a stored plan"},
		{CONTROLLER_OFFSETS, "offset"}, {CONTROLLER_BANDS, "dynamic bands"}, {CONTROLLER_PRIORITY, "priority requests"}, {CONTROLLER_TIMING, "tells its timing"},
		{CONTROLLER_REPORTS, "reports what shows"}, {CONTROLLER_BACKUP, "returns to its own plan by itself"}};
	const char *comma = "";

	g_string_append(out, "can          ");
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		if ((can & names[i].bit) == 0)
			continue;
		g_string_append_printf(out, "%s%s", comma, names[i].text);
		comma = ", ";
	}
	g_string_append_c(out, '\n');
}

static void on_up(void *user, const struct controller_identity *who)
{
	struct asked *a = user;

	a->up = true;
	a->can = who->can;
	g_string_append_printf(a->out, "driver       %s: %s\nis           %s %s %s\n", a->driver->name, a->driver->what, *who->make ? who->make : "(make not told)",
		*who->model ? who->model : "(model not told)", who->version);
	if (*who->standard)
		g_string_append_printf(a->out, "standard     %s\n", who->standard);
	print_can(a->out, who->can);
}

static void print_set(GString *out, phase_set set)
{
	const char *comma = "";

	if (set == 0)
		g_string_append(out, "none");
	for (uint32_t n = 1; n <= CABINET_MAX_PHASES; n++)
		if ((set & phase_bit(n)) != 0) {
			g_string_append_printf(out, "%s%u", comma, n);
			comma = " ";
		}
}

static void print_s(GString *out, double value_s)
{
	if (isnan(value_s))
		g_string_append(out, "       -");
	else
		g_string_append_printf(out, " %7.1f", value_s);
}

static void print_phases(GString *out, const struct controller_timing *t)
{
	if (t->n_phases == 0)
		return;
	g_string_append(out, "phase ring  min s   max s amber s   red s  walk s clear s  may be green with\n");
	for (uint32_t i = 0; i < t->n_phases; i++) {
		const struct controller_phase *p = &t->phases[i];
		if (!p->enabled)
			continue;
		g_string_append_printf(out, "%5u %4u", p->number, p->ring);
		const double values[] = {p->min_green_s, p->max_green_s, p->amber_s, p->red_s, p->walk_s, p->ped_clear_s};
		for (size_t k = 0; k < G_N_ELEMENTS(values); k++)
			print_s(out, values[k]);
		g_string_append(out, "  ");
		if (p->with == 0 && p->conflicts != 0)
			g_string_append(out, "all but ");
		print_set(out, p->with == 0 ? p->conflicts : p->with);
		if (p->with != 0 && p->conflicts != 0) {
			g_string_append(out, ", not with ");
			print_set(out, p->conflicts);
		}
		g_string_append_c(out, '\n');
	}
}

static void print_timing(GString *out, const struct controller_timing *t)
{
	print_phases(out, t);
	for (uint32_t r = 0; r < t->n_rings && r < CONTROLLER_MAX_RINGS; r++) {
		g_string_append_printf(out, "ring %u      ", r + 1);
		for (uint32_t k = 0; k < CONTROLLER_RING_LENGTH && t->rings[r][k] != 0; k++)
			g_string_append_printf(out, " %u", t->rings[r][k]);
		g_string_append_c(out, '\n');
	}
	for (uint32_t i = 0; i < t->n_stages; i++) {
		g_string_append_printf(out, "stage %-6u phases ", t->stages[i].number);
		print_set(out, t->stages[i].phases);
		g_string_append_c(out, '\n');
	}
	if (t->rows > 0)
		g_string_append_printf(out, "pattern rows %u, cycle %g to %g s\n", t->rows, t->cycle_min_s, t->cycle_max_s);
	if (!isnan(t->backup_s))
		g_string_append_printf(out, "backup       %g s%s\n", t->backup_s, t->backup_s > 0 ? "" : ": it never returns to its own plan by itself");
}

static void on_timing(void *user, const struct controller_timing *timing)
{
	struct asked *a = user;

	if (a->told_timing)
		return;
	a->told_timing = true;
	a->timing = controller_timing_copy(timing);
	print_timing(a->out, timing);
}

static void on_status(void *user, const struct controller_status *status, uint32_t n)
{
	static const char *const modes[] = {"follows the centre", "runs its own plan", "is to be left alone"};
	struct asked *a = user;

	if (a->told_status || n == 0)
		return;
	a->told_status = true;
	bool led = status->mode == CONTROLLER_LOCAL && (status->coordination.called != 0 || status->coordination.led); /* who looks only has called nothing */
	g_string_append_printf(a->out, "mode         %s%s%s\n", modes[led ? CONTROLLER_CENTRAL : status->mode], status->why != NULL ? ": " : "", status->why != NULL ? status->why : "");
	if (*status->state)
		g_string_append_printf(a->out, "shows        %s\n", status->state);
	if (status->greens != 0) {
		g_string_append(a->out, "green        ");
		print_set(a->out, status->greens);
		g_string_append_c(a->out, '\n');
	}
	if (status->stage != 0)
		g_string_append_printf(a->out, "stage        %u\n", status->stage);
	if (status->coordination.row != 0)
		g_string_append_printf(a->out, "pattern      row %u%s\n", status->coordination.row, status->coordination.in_transition ? ", in transition" : "");
	if (status->coordination.called != 0)
		g_string_append_printf(a->out, "called       row %u%s\n", status->coordination.called, status->coordination.called != status->coordination.row ? ", not there yet" : "");
	if (status->alarms != 0)
		g_string_append_printf(a->out, "alarms       %#x\n", status->alarms);
}

/* Each once, however often it is told. */
static void note_fault(struct asked *a, const char *fault)
{
	if (strstr(a->faults->str, fault) == NULL)
		g_string_append_printf(a->faults, "%s%s", a->faults->len > 0 ? "; " : "", fault);
}

static void on_down(void *user, const char *why)
{
	struct asked *a = user;

	note_fault(a, why);
	a->up = false;
}

static void on_refused(void *user, const char *why)
{
	on_down(user, why);
}

static void on_alert(void *user, const char *kind, bool active, const char *sentence)
{
	struct asked *a = user;

	g_autofree char *fault = g_strdup_printf("%s: %s", kind, sentence);

	if (active)
		note_fault(a, fault);
}

static void on_stranger(void *user, const char *who, bool active, const char *sentence)
{
	(void) who;
	if (active)
		note_fault(user, sentence);
}

static void on_reply(void *user, const struct controller_reply *reply)
{
	(void) user;
	(void) reply;
}

/* ---- what it would be sent ---- */

/* Of a stored plan only its cycle, its offset and its bands are changed. */
static void print_stored(struct asked *a)
{
	const struct junction *j = a->map->junction;
	g_autofree uint8_t *of_stage = g_new0(uint8_t, j->n_stages + 1);
	g_autoptr(GError) error = NULL;
	struct controller_pattern p = {.cycle_s = round(a->plan->cycle_s), .offset_s = pattern_offset_s(a->plan, j)};
	bool banded = a->config->n_bands > 0 && (a->can & CONTROLLER_BANDS) != 0;

	bool good = !banded || bands_read(a->map, a->config->bands, a->config->n_bands, of_stage, &error);
	owned(pattern) with_bands = banded && good ? bands_from_plan(a->plan, a->plan, j, of_stage, a->can, &error) : NULL;
	if (error != NULL) {
		g_string_append_printf(a->out, "would send   nothing: %s\n", error->message);
		return;
	}
	if (with_bands != NULL)
		p = with_bands->p;
	p.cycle_s = a->can & CONTROLLER_CYCLES ? p.cycle_s : UNKNOWN;
	p.offset_s = a->can & CONTROLLER_OFFSETS ? p.offset_s : UNKNOWN;
	g_autofree char *print = pattern_print(&p);
	g_string_append_printf(a->out, "would send   to plan %u: %s (the signal's own plan)\n", a->config->stored_plan, print);
}

static void print_pattern(struct asked *a)
{
	g_autoptr(GError) error = NULL;

	if (a->plan != NULL && a->config != NULL && (a->can & CONTROLLER_PATTERNS) == 0 && (a->can & (CONTROLLER_CYCLES | CONTROLLER_OFFSETS | CONTROLLER_BANDS)) != 0) {
		print_stored(a);
		return;
	}
	if (a->plan == NULL || a->timing == NULL || (a->timing->n_rings == 0 && a->timing->n_stages == 0))
		return;
	if (!cabinet_timing_check(a->timing, a->map, &error)) {
		g_string_append_printf(a->out, "would send   nothing: %s\n", error->message);
		return;
	}
	owned(pattern) p = pattern_from_plan(a->plan, a->map, a->timing, 0, &error);
	bool good = p != NULL && pattern_check(&p->p, a->timing, a->map, &error);
	g_autofree char *print = p != NULL ? pattern_print(&p->p) : NULL;
	g_string_append_printf(a->out, "would send   %s%s%s\n", print != NULL ? print : "nothing", good ? " (the signal's own plan; it passes the check)" : ": ",
		good ? "" : error->message);
}

/* ---- asking ---- */

static gboolean on_second(gpointer user)
{
	struct asked *a = user;

	if (a->told_status && (a->told_timing || (a->can & CONTROLLER_TIMING) == 0))
		g_main_loop_quit(a->loop);
	else
		a->driver->poll(a->controller); /* as the daemon does, connected or not */
	return G_SOURCE_CONTINUE;
}

static gboolean on_patience(gpointer user)
{
	struct asked *a = user;

	g_main_loop_quit(a->loop);
	return G_SOURCE_CONTINUE;
}

static bool ask(const struct probe_options *o, const struct cabinet_entry *entry, const struct network *net, const struct plan *plan,
	const struct config_controller *config, GString *out, GError **error)
{
	static const struct controller_events events = {.up = on_up, .down = on_down, .status = on_status, .refused = on_refused, .timing = on_timing,
		.reply = on_reply, .alert = on_alert, .stranger = on_stranger};
	struct asked a = {.driver = entry->driver, .out = out, .map = entry->maps[0], .plan = plan, .config = config};
	struct controller_setup setup = cabinet_entry_setup(entry, net);
	struct bus *bus = bus_new();

	setup.bus = bus;
	setup.events = &events;
	setup.user = &a;
	setup.probe = true;
	a.faults = g_string_new(NULL);
	a.loop = g_main_loop_new(NULL, FALSE);
	a.controller = a.driver->open(&setup, error);
	if (a.controller != NULL) {
		a.driver->poll(a.controller);
		guint every = g_timeout_add(1000, on_second, &a), end = g_timeout_add((guint) (o->patience_s * 1000), on_patience, &a);
		g_main_loop_run(a.loop);
		g_source_remove(every);
		g_source_remove(end);
		if (a.told_status || a.told_timing)
			print_pattern(&a);
		else
			g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_ADDRESS, "nobody answers there as the driver %s wants%s%s", a.driver->name,
				a.faults->len > 0 ? ": " : "", a.faults->str);
		a.driver->close(a.controller);
	}
	bool answered = a.told_status || a.told_timing;
	if (answered && a.faults->len > 0)
		g_string_append_printf(out, "faults       %s\n", a.faults->str);
	controller_timing_free(a.timing);
	g_string_free(a.faults, TRUE);
	g_main_loop_unref(a.loop);
	bus_free(bus);
	return answered;
}

/* Without a configuration there is no signal: a cabinet with a signal that has no links. */
static bool ask_bare(const struct probe_options *o, const struct controller_driver *driver, GString *out, GError **error)
{
	char id[] = "probe";
	struct net_signal signal = {.id = id};
	struct network net = {.signals = &signal, .n_signals = 1};
	struct junction junction = {.id = id, .net = &net};
	const struct junction *junctions[] = {&junction, NULL};
	owned(cabinet_map) map = cabinet_map_new(&junction, NULL, 0, NULL, 0, error);
	struct cabinet_map *maps[] = {driver->needs_map ? map : NULL, NULL};
	uint32_t signals[] = {0};
	owned(controller_options) options = map != NULL ? controller_options_to_look(driver, o->words, error) : NULL;

	if (options == NULL || (driver->options_check != NULL && !driver->options_check(options, NULL, error)))
		return false;
	struct cabinet_entry entry = {.driver = driver, .address = o->address, .options = options, .signals = signals, .junctions = junctions, .maps = maps, .n = 1};
	return ask(o, &entry, &net, NULL, NULL, out, error);
}

static bool ask_configured(const struct probe_options *o, GString *out, GError **error)
{
	uint32_t signal = network_signal(o->net, o->signal);
	const struct config_controller *c = config_controller_of(o->config, o->signal);

	if (signal == NET_NONE || c == NULL) {
		g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_DRIVER, signal == NET_NONE ? "the network has no signal \"%s\"" : "no controller drives signal \"%s\"",
			o->signal);
		return false;
	}
	struct junction_limits limits = config_limits_of(o->config, o->signal);
	owned(junction) j = junction_new(o->net, signal, &limits, error);
	if (j == NULL)
		return false;
	owned(plan) plan = plan_from_program(j, &o->net->signals[signal].programs[0], error);
	g_autofree const struct junction **junctions = g_new0(const struct junction *, o->net->n_signals + 1);
	junctions[signal] = j;
	owned(cabinet_entry) entry = plan != NULL ? cabinet_entry_new(o->net, c, &signal, 1, junctions, error) : NULL;
	return entry != NULL && ask(o, entry, o->net, plan, c, out, error);
}

/* Everybody who could be there, but a dry run. */
static bool ask_all(const struct probe_options *o, GString *out, GError **error)
{
	g_autoptr(GString) tried = g_string_new(NULL);

	for (const struct controller_driver *const *d = controller_list(); *d != NULL; d++) {
		g_autoptr(GError) why = NULL;
		if (!(*d)->needs_address || ((*d)->address_check != NULL && !(*d)->address_check(o->address, NULL)))
			continue;
		if (ask_bare(o, *d, out, &why))
			return true;
		g_string_append_printf(tried, "%s%s: %s", tried->len > 0 ? "; " : "", (*d)->name, why->message);
	}
	if (tried->len == 0)
		g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_ADDRESS,
			"address \"%s\" suits no driver, must be such as 192.0.2.10:161, udp://192.0.2.20:4050 or tcp://192.0.2.1:12111", o->address);
	else
		g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_ADDRESS, "no driver recognises what is at %s: %s", o->address, tried->str);
	return false;
}

bool probe(const struct probe_options *options, GString *out, GError **error)
{
	if (options->config != NULL)
		return ask_configured(options, out, error);
	if (options->driver == NULL)
		return ask_all(options, out, error);
	const struct controller_driver *d = controller_named(options->driver, error);
	if (d == NULL)
		return false;
	if (options->address != NULL && d->address_check != NULL && !d->address_check(options->address, error))
		return false;
	return ask_bare(options, d, out, error);
}

/* controller_template.c - a driver to copy: everything that daemon/controller.h asks for, with a cabinet that is a table in memory.
 *
 * To add a driver: copy this file to daemon/controller_<name>.c, replace the cabinet by the wire, add its name to `drivers` in
 * daemon/meson.build, and a page to docs/controllers.md. The comments say what the contract wants where.
 */
#include "tests/daemon/controller_template.h"

#include <math.h>
#include <string.h>

#include "core/units.h"
#include "daemon/controller.h"

/* Own keys: read with controller_text and controller_number, checked before open is called. Passwords are CONTROLLER_SECRET. */
static const struct controller_option options[] = {
	{.key = "backup_s", .type = CONTROLLER_WHOLE, .min = 0, .max = 65535, .unit = "s", .fallback = "30", .means = "The cabinet returns to its own plan after so long."},
	{.key = "password", .type = CONTROLLER_SECRET, .fallback = "", .means = "Not needed by a table."},
	{.key = NULL},
};

struct controller {
	const struct controller_events *events;
	void *user;
	uint32_t signal;
	const struct cabinet_map *map;
	double backup_s;
	struct template_cabinet cabinet;
	GQueue replies;	  /* struct controller_reply *, told from the main context */
	guint source;	  /* tells what there is to tell soon; 0 = nothing to tell */
	bool up, poll_wanted, probe;
	bool commanded; /* since the last up: what was before is not kept alive */
	struct controller_health health;
};

static struct controller *the_one;

struct template_cabinet *controller_template_cabinet(void)
{
	return the_one != NULL ? &the_one->cabinet : NULL;
}

/* ---- the cabinet: two rings of four phases, a barrier behind the second ---- */

static const uint16_t rings[2][4] = {{1, 2, 3, 4}, {5, 6, 7, 8}};
static const double own_splits_s[4] = {12, 30, 12, 28};
#define AMBER_S 3.5
#define RED_S 1.5

static double split_s(const struct template_cabinet *k, uint32_t number)
{
	const struct pattern *p = k->runs != 0 ? k->rows[k->runs] : NULL;

	for (uint32_t i = 0; p != NULL && i < p->p.n_splits; i++)
		if (p->splits[i].number == number)
			return p->splits[i].split_s;
	return own_splits_s[(number - 1) % 4];
}

static double cycle_s(const struct template_cabinet *k)
{
	return k->runs != 0 ? k->rows[k->runs]->p.cycle_s : 82;
}

static struct cabinet_lights lights(struct template_cabinet *k)
{
	struct cabinet_lights l = {0};

	for (uint32_t r = 0; r < 2; r++) {
		double in_s = fmod(k->clock_s, cycle_s(k));
		for (uint32_t i = 0; i < 4; in_s -= split_s(k, rings[r][i]), i++) {
			if (in_s < 0 || in_s >= split_s(k, rings[r][i]))
				continue;
			double green_s = split_s(k, rings[r][i]) - AMBER_S - RED_S;
			if (in_s < green_s)
				l.greens |= phase_bit(rings[r][i]);
			else if (in_s < green_s + AMBER_S)
				l.ambers |= phase_bit(rings[r][i]);
			if (in_s < 7 && rings[r][i] % 2 == 0)
				l.walks |= phase_bit(rings[r][i]);
		}
	}
	k->greens = l.greens;
	return l;
}

static void live(struct controller *c)
{
	struct template_cabinet *k = &c->cabinet;

	k->clock_s++;
	if (k->called != 0 && k->clock_s - k->heard_s > c->backup_s)
		k->called = 0;
	/* It changes where its cycle begins, and so never cuts anything. */
	if (k->runs != k->called && fmod(k->clock_s, cycle_s(k)) < 1)
		k->clock_s = 0, k->heard_s = 0, k->runs = k->called;
}

/* ---- telling: never from inside a command, always from the main context ---- */

static void tell_up(struct controller *c)
{
	struct controller_phase phases[8];
	struct controller_timing timing = {.signal = c->signal, .phases = phases, .n_phases = 8, .n_rings = 2, .rings = {{1, 2, 3, 4}, {5, 6, 7, 8}},
		.cycle_min_s = 30, .cycle_max_s = 255, .backup_s = c->backup_s, .rows = TEMPLATE_ROWS};
	static const phase_set with[2][2] = {{0x30, 0x03}, {0xc0, 0x0c}};

	c->up = c->health.up = true;
	c->events->up(c->user, &(struct controller_identity){.make = "greenwave", .model = "template", .version = "1", .standard = "", .can = controller_find("template")->can});
	/* Then, once, its own timing: safety values are read, never written. */
	for (uint32_t i = 0; i < 8; i++)
		phases[i] = (struct controller_phase){.number = (uint16_t) (i + 1), .ring = (uint8_t) (i / 4 + 1), .enabled = true, .min_green_s = 6, .max_green_s = 50,
			.amber_s = AMBER_S, .red_s = RED_S, .walk_s = i % 2 == 1 ? 7 : 0, .ped_clear_s = i % 2 == 1 ? 6 : 0, .with = with[i % 4 / 2][i / 4]};
	c->events->timing(c->user, &timing);
}

static void tell_status(struct controller *c)
{
	struct template_cabinet *k = &c->cabinet;
	struct cabinet_lights l = lights(k);
	g_autofree char *state = k->flashes ? g_strnfill(c->map->junction->n_links, 'o') : cabinet_map_letters(c->map, &l);
	struct controller_status status = {.signal = c->signal, .state = state, .greens = l.greens, .ambers = l.ambers, .walks = l.walks,
		.mode = k->flashes ? CONTROLLER_AWAY : k->called != 0 ? CONTROLLER_CENTRAL : CONTROLLER_LOCAL, .why = k->flashes ? "it flashes" : NULL,
		.alarms = k->flashes ? CONTROLLER_FLASHES : 0,
		.coordination = {.row = k->runs, .called = k->called, .cycle_s = cycle_s(k), .in_cycle_s = fmod(k->clock_s, cycle_s(k)), .in_transition = k->runs != k->called}};

	c->health.answered++;
	c->health.answered_us = g_get_real_time();
	c->events->status(c->user, &status, 1);
}

static void tell_replies(struct controller *c, const char *lost)
{
	for (struct controller_reply *reply; (reply = g_queue_pop_head(&c->replies)) != NULL; g_free(reply)) {
		if (lost != NULL)
			reply->ok = false, reply->why = lost;
		c->events->reply(c->user, reply);
	}
}

/* First that it is gone, then what is gone with it; what it was told before is forgotten. */
static void tell_down(struct controller *c)
{
	static const char why[] = "the template does not answer";

	c->health.timeouts += c->up;
	if (c->up)
		c->events->down(c->user, why);
	c->up = c->health.up = c->commanded = c->poll_wanted = false;
	tell_replies(c, why);
}

static gboolean on_soon(gpointer user)
{
	struct controller *c = user;

	c->source = 0;
	if (c->cabinet.dead) { /* a wire would notice by a time-out */
		tell_down(c);
		return G_SOURCE_REMOVE;
	}
	if (!c->up)
		tell_up(c);
	tell_replies(c, NULL);
	if (c->poll_wanted)
		tell_status(c);
	c->poll_wanted = false;
	return G_SOURCE_REMOVE;
}

static void soon(struct controller *c)
{
	if (c->source == 0)
		c->source = g_idle_add_full(G_PRIORITY_DEFAULT, on_soon, c, NULL);
}

/* Each write, select and priority is answered once, whatever happens. */
static void reply_soon(struct controller *c, enum controller_told told, uint32_t row, bool ok, const char *why)
{
	struct controller_reply *reply = g_new0(struct controller_reply, 1);

	*reply = (struct controller_reply){.signal = c->signal, .told = told, .row = row, .ok = ok, .why = why, .answer_s = 0};
	g_queue_push_tail(&c->replies, reply);
	c->health.refused += !ok;
	soon(c);
}

/* ---- the table of commands ---- */

static struct controller *template_open(const struct controller_setup *setup, GError **error)
{
	struct controller *c = g_new0(struct controller, 1);

	(void) error; /* only what is wrong with the configuration is an error here; a cabinet that is not there is `down`, later */
	c->events = setup->events;
	c->user = setup->user;
	c->signal = setup->signals[0];
	c->map = setup->maps[0];
	c->probe = setup->probe;
	c->backup_s = controller_number(setup->options, "backup_s");
	c->health.answer_s = UNKNOWN;
	g_queue_init(&c->replies);
	the_one = c;
	soon(c);
	return c;
}

static void template_close(struct controller *c)
{
	if (c == NULL)
		return;
	if (c->source != 0)
		g_source_remove(c->source);
	g_queue_clear_full(&c->replies, g_free);
	for (uint32_t r = 0; r <= TEMPLATE_ROWS; r++)
		pattern_free(c->cabinet.rows[r]);
	the_one = NULL;
	g_free(c);
}

static void template_poll(struct controller *c)
{
	c->poll_wanted = true;
	live(c);
	/* Keeping alive: from here only, at a third of the backup time at the latest. */
	if (c->commanded && !c->cabinet.flashes && !c->cabinet.dead && !c->probe && c->cabinet.clock_s - c->cabinet.heard_s > c->backup_s / 3)
		c->cabinet.heard_s = c->cabinet.clock_s;
	soon(c);
}

/* Why it cannot be commanded now, whoever asks: nobody is there, it is only looked at, or it is in a state of its own. NULL: it can. */
static const char *barred(const struct controller *c, uint32_t row)
{
	if (c->probe)
		return "it is only looked at";
	if (c->cabinet.dead || !c->up)
		return "the template does not answer";
	if (c->cabinet.flashes)
		return "it is left alone: it flashes";
	return row > TEMPLATE_ROWS ? "there is no such row" : NULL;
}

static void template_write(struct controller *c, const struct controller_pattern *pattern)
{
	struct template_cabinet *k = &c->cabinet;

	const char *why = barred(c, pattern->row);

	k->writes++;
	if (why != NULL) {
		reply_soon(c, CONTROLLER_TOLD_WRITE, pattern->row, false, why);
	} else if (pattern->row == k->runs || pattern->row == k->called) {
		reply_soon(c, CONTROLLER_TOLD_WRITE, pattern->row, false, "the row is running");
	} else if (k->refuses) {
		reply_soon(c, CONTROLLER_TOLD_WRITE, pattern->row, false, "genErr");
	} else {
		pattern_free(k->rows[pattern->row]);
		k->rows[pattern->row] = pattern_keep(pattern);
		reply_soon(c, CONTROLLER_TOLD_WRITE, pattern->row, true, NULL); /* a wire reads it back first */
	}
}

static void template_select(struct controller *c, uint32_t signal, uint32_t row)
{
	const char *why = barred(c, row);

	(void) signal;
	c->cabinet.selects++;
	if (why == NULL && c->cabinet.rows[row] == NULL) /* one that was begun and not finished is none either */
		why = "nothing was written to that row";
	if (why != NULL) {
		reply_soon(c, CONTROLLER_TOLD_SELECT, row, false, why);
		return;
	}
	c->commanded = true;
	c->cabinet.called = row;
	c->cabinet.heard_s = c->cabinet.clock_s;
	reply_soon(c, CONTROLLER_TOLD_SELECT, row, true, NULL);
}

static void template_call(struct controller *c, const struct controller_call *calls, uint32_t n)
{
	(void) n;
	if (barred(c, 0) != NULL) /* calls have no answer: the next one comes in a second */
		return;
	c->cabinet.calls++;
	c->cabinet.call = calls[0];
}

static void template_release(struct controller *c, const uint32_t *signals, uint32_t n)
{
	(void) signals;
	(void) n;
	c->cabinet.releases++;
	c->cabinet.called = 0;
	c->commanded = false;
}

static void template_priority(struct controller *c, const struct controller_priority *priority)
{
	const char *why = barred(c, 0);

	(void) priority;
	c->cabinet.priorities += why == NULL;
	reply_soon(c, CONTROLLER_TOLD_PRIORITY, 0, why == NULL, why);
}

static bool template_idle(const struct controller *c)
{
	return c->source == 0;
}

static void template_health(const struct controller *c, struct controller_health *health)
{
	*health = c->health;
}

static const struct controller_driver controller_template = {
	.name = "template",
	.what = "a cabinet that is a table in memory",
	.can = CONTROLLER_PATTERNS | CONTROLLER_HOLDS | CONTROLLER_OFFSETS | CONTROLLER_PRIORITY | CONTROLLER_REPORTS | CONTROLLER_BACKUP | CONTROLLER_TIMING,
	.needs_map = true,
	.options = options,
	.open = template_open,
	.close = template_close,
	.release = template_release,
	.poll = template_poll,
	.idle = template_idle,
	.health = template_health,
	.write = template_write,
	.select = template_select,
	.call = template_call,
	.priority = template_priority,
};

/* ---- in place of daemon/controllers.c, for the tests' programs ---- */

#include "daemon/controllers.h"

static const struct controller_driver *const drivers[] = {&controller_null, &controller_template, NULL};

const struct controller_driver *const *controller_list(void)
{
	return drivers;
}

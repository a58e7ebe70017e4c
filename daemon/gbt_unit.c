/* gbt_unit.c - the life of a GB/T 20999 controller: the line, who is there, its timing, faults; see gbt_unit.h. */
#include <string.h>

#include "daemon/gbt_unit_inside.h"

#define TRIES 3
#define STRANGER_PAUSE_S 30.0
#define REREAD_S 600.0	 /* its own timing: a technician may have changed it */
#define CLOCK_S 30.0	 /* its clock and alarms */
#define BEAT_MOST_S 30.0 /* heartbeats at least so often */
#define CALM_S 60.0	 /* a fault that did not come again for so long is over */
#define ALIVE_S 5.0	 /* after a poll we count as alive for so long */

const char *gbt_mode_away(uint8_t mode)
{
	switch (mode) {
	case GBT_CENTRE_MANUAL:
	case GBT_LOCAL_MANUAL:
		return "manual";
	case GBT_SPECIAL:
		return "special control";
	case GBT_FLASH:
		return "flash";
	case GBT_ALL_RED:
		return "all red";
	case GBT_OFF:
		return "off";
	default:
		return (mode >= GBT_CENTRE && mode <= GBT_CENTRE_ADAPTIVE) || (mode >= GBT_LOCAL && mode <= GBT_LOCAL_ADAPTIVE) ? NULL : "a mode that the standard does not have";
	}
}

static double now(const struct gbt_unit *u)
{
	return u->setup.now_s(u->setup.user);
}

void gbt_unit_fault(struct gbt_unit *u, enum gbt_fault fault, bool active, const char *format, ...)
{
	static const char *const kinds[] = {"controller-stranger", "controller-garbage", "controller-clock", "controller-edited", "controller-status"};
	va_list list;

	if (active)
		u->fault_s[fault] = now(u);
	if (u->faults[fault] == active)
		return;
	u->faults[fault] = active;
	va_start(list, format);
	g_autofree char *text = g_strdup_vprintf(format, list);
	va_end(list);
	u->setup.events->alert(u->setup.events_user, kinds[fault], active, text);
}

static void go_down(struct gbt_unit *u, const char *why)
{
	g_autofree char *copy = g_strdup(why);

	u->life = GBT_NO_LINE;
	u->force = GBT_FORCE_NONE;
	u->seen_s = u->way_s = UNKNOWN;
	gbt_talk_reset(u->talk);
	if (!u->told_down)
		u->setup.events->down(u->setup.events_user, copy);
	u->told_down = true;
	u->told_up = false;
	gbt_orders_fail(u, copy); /* behind it: what was lost with the line was not refused */
}

void gbt_unit_lose(struct gbt_unit *u, double pause_s, const char *why)
{
	go_down(u, why);
	u->setup.drop(u->setup.user, pause_s);
}

static void identify(struct gbt_unit *u)
{
	const struct gbt_key keys[] = {GBT_MAKER, GBT_DEVICE_VERSION, GBT_DEVICE_NUMBER};
	struct gbt_exchange e = {.type = GBT_QUERY, .purpose = GBT_FOR_IDENTITY};
	struct gbt_key mode = GBT_MODE(u->setup.junction);

	u->life = GBT_IDENTIFYING;
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		gbt_exchange_query(&e, keys[i].class, keys[i].object, keys[i].attribute, keys[i].element);
	gbt_exchange_query(&e, mode.class, mode.object, mode.attribute, mode.element); /* only what runs signals has one */
	gbt_talk_ask(u->talk, &e, false, now(u));
}

static char *text_of(const struct gbt_value *v)
{
	g_autofree char *good = g_utf8_make_valid((const char *) v->data, v->answered && v->refusal == 0 ? v->length : 0);

	for (char *c = good; *c != '\0'; c++)
		if ((unsigned char) *c < ' ' || *c == 0x7f)
			*c = ' ';
	return g_strdup(g_strstrip(good));
}

/* Bytes without their text's end: numbers and dates come as they are. */
static char *version_of(const struct gbt_value *v)
{
	g_autoptr(GString) s = g_string_new(NULL);

	for (uint32_t i = 0; v->answered && v->refusal == 0 && i < v->length; i++)
		g_string_append_printf(s, "%s%u", i > 0 ? "." : "", v->data[i]);
	return g_strdup(s->str);
}

static void read_step(struct gbt_unit *u, enum gbt_reading step)
{
	u->step = step;
	u->unread = gbt_timing_ask(&u->reading, step, u->setup.map != NULL ? u->setup.map->all : 0, u->talk, GBT_FOR_TIMING, now(u));
}

static void read_timing(struct gbt_unit *u)
{
	u->reading = (struct gbt_timing){0};
	u->read_s = now(u);
	read_step(u, GBT_READ_COUNTS);
}

static void identified(struct gbt_unit *u, const struct gbt_exchange *e)
{
	g_autofree char *maker = text_of(&e->values[0]), *version = version_of(&e->values[1]), *number = text_of(&e->values[2]);
	uint32_t mode;

	if (!gbt_exchange_value(e, 3, &mode)) {
		gbt_unit_fault(u, GBT_FAULT_STRANGER, true, "%s %s has no signals for crossing %u", maker, number, u->setup.junction);
		gbt_unit_lose(u, STRANGER_PAUSE_S, "what answers there is not the controller of this signal");
		return;
	}
	if (u->device != NULL && strcmp(u->device, number) != 0) {
		gbt_unit_fault(u, GBT_FAULT_STRANGER, true, "the controller there has device number \"%s\", \"%s\" is expected", number, u->device);
		gbt_unit_lose(u, STRANGER_PAUSE_S, "another controller answers there");
		return;
	}
	gbt_unit_fault(u, GBT_FAULT_STRANGER, false, "the right controller answers");
	u->life = GBT_READING;
	u->told_down = false;
	u->told_up = true;
	u->alarm_count = u->fault_count = -1;
	u->setup.events->up(u->setup.events_user, &(struct controller_identity){.make = maker, .model = number, .version = version,
		.standard = "GB/T 20999-2017", .can = CONTROLLER_PATTERNS | CONTROLLER_HOLDS | CONTROLLER_SELECTS | CONTROLLER_REPORTS |
			CONTROLLER_STREET | CONTROLLER_BACKUP | CONTROLLER_TIMING});
	read_timing(u);
}

static void tell_timing(struct gbt_unit *u)
{
	g_autofree struct gbt_told *told = g_new0(struct gbt_told, 1);
	bool first = u->version == 0, changed = memcmp(&u->timing, &u->reading, sizeof u->timing) != 0;

	u->timing = u->reading;
	u->version += changed || first;
	if (u->life == GBT_READING || changed) {
		gbt_timing_tell(&u->timing, u->setup.signal, u->setup.backup_s, u->version, told);
		u->setup.events->timing(u->setup.events_user, &told->timing);
	}
	if (u->life == GBT_UP || !first)
		gbt_unit_fault(u, GBT_FAULT_EDITED, changed, changed ? "its own timing was changed: read again" : "its timing stays as it was read");
	u->life = GBT_UP;
	gbt_orders_next(u);
}

static void timing_answered(struct gbt_unit *u, const struct gbt_exchange *e)
{
	g_autoptr(GError) error = NULL;

	if (!gbt_timing_take(&u->reading, e, &error))
		gbt_unit_fault(u, GBT_FAULT_GARBAGE, true, "%s", error->message);
	if (--u->unread > 0)
		return;
	while (u->unread == 0 && u->step + 1 < GBT_READ_DONE)
		read_step(u, u->step + 1);
	if (u->unread == 0)
		tell_timing(u);
}

static void on_done(void *user, const struct gbt_exchange *e, enum gbt_outcome outcome)
{
	struct gbt_unit *u = user;

	if (outcome == GBT_SILENT) {
		bool late = now(u) - u->stray_s <= TRIES * u->setup.answer_s; /* false while NaN */
		gbt_unit_lose(u, 0, late ? "the controller's answers come too late, or to nothing that was asked" : "the controller does not answer");
		return;
	}
	switch ((enum gbt_purpose) e->purpose) {
	case GBT_FOR_IDENTITY:
		identified(u, e);
		break;
	case GBT_FOR_TIMING:
		timing_answered(u, e);
		break;
	case GBT_FOR_STATUS:
		gbt_status_take(u, e);
		break;
	case GBT_FOR_CLOCK:
		gbt_clock_take(u, e);
		break;
	default:
		gbt_orders_take(u, e, outcome);
	}
}

static void on_send(void *user, const uint8_t *bytes, size_t size)
{
	struct gbt_unit *u = user;

	u->setup.send(u->setup.user, bytes, size);
}

static void on_odd(void *user, enum gbt_odd kind, const char *what)
{
	struct gbt_unit *u = user;

	if (kind == GBT_ODD_STRAY) /* some late answers are counted only */
		u->stray_s = now(u);
	else
		gbt_unit_fault(u, kind == GBT_ODD_STRANGER ? GBT_FAULT_STRANGER : GBT_FAULT_GARBAGE, true, "%s", what);
}

/* Alarms and faults that it reports by itself. */
static void on_report(void *user, const struct gbt_item *item)
{
	struct gbt_unit *u = user;

	if (item->key.class == 15 || item->key.class == 16)
		u->alarms |= CONTROLLER_OTHER_ALARM;
}

struct gbt_unit *gbt_unit_new(const struct gbt_unit_setup *setup)
{
	struct gbt_unit *u = g_new0(struct gbt_unit, 1);

	u->setup = *setup;
	u->device = g_strdup(setup->device);
	u->seen_s = u->way_s = u->read_s = u->beat_s = u->clock_s = u->stray_s = UNKNOWN;
	g_queue_init(&u->orders);
	u->talk = gbt_talk_new(&(struct gbt_talk_setup){.host = setup->host, .controller = setup->controller, .escape = setup->escape,
		.answer_s = setup->answer_s, .tries = TRIES, .user = u, .send = on_send, .done = on_done, .report = on_report, .odd = on_odd});
	return u;
}

static void order_free(gpointer data)
{
	struct gbt_order *o = data;

	if (o == NULL)
		return;
	g_free(o->misfit);
	g_free(o->is);
	g_free(o);
}

void gbt_unit_free(struct gbt_unit *u)
{
	if (u == NULL)
		return;
	g_queue_clear_full(&u->orders, order_free);
	order_free(u->order);
	gbt_talk_free(u->talk);
	g_free(u->device);
	g_free(u);
}

void gbt_unit_line(struct gbt_unit *u, bool open, const char *why)
{
	if (!open) {
		go_down(u, why);
		return;
	}
	gbt_talk_reset(u->talk);
	u->lamps = true;
	u->beat_s = u->clock_s = UNKNOWN;
	identify(u);
}

void gbt_unit_take(struct gbt_unit *u, const uint8_t *bytes, size_t size)
{
	if (u->life != GBT_NO_LINE)
		gbt_talk_take(u->talk, bytes, size, now(u));
}

void gbt_unit_tick(struct gbt_unit *u)
{
	if (u->life != GBT_NO_LINE)
		gbt_talk_tick(u->talk, now(u));
	for (int f = GBT_FAULT_STRANGER; f <= GBT_FAULT_GARBAGE; f++)
		if (u->life == GBT_UP && u->faults[f] && now(u) - u->fault_s[f] > CALM_S)
			gbt_unit_fault(u, f, false, "it did not come again for %g s", CALM_S);
	gbt_unit_flush(u);
}

void gbt_unit_flush(struct gbt_unit *u)
{
	if (u->life == GBT_NO_LINE)
		gbt_orders_fail(u, "there is no connection to the controller");
	else if (u->life == GBT_UP)
		gbt_orders_next(u);
}

static bool due(double *last_s, double every_s, double now_s)
{
	if (now_s - *last_s < every_s) /* false while NaN */
		return false;
	*last_s = now_s;
	return true;
}

void gbt_unit_poll(struct gbt_unit *u)
{
	double now_s = now(u);

	if (u->life == GBT_NO_LINE)
		return;
	if (!u->setup.probe) {
		gbt_talk_alive(u->talk, now_s + ALIVE_S);
		if (due(&u->beat_s, fmin(u->setup.backup_s / 3, BEAT_MOST_S), now_s))
			gbt_talk_beat(u->talk);
	}
	if (u->life < GBT_READING)
		return;
	if (!gbt_talk_waits(u->talk, GBT_FOR_STATUS))
		gbt_status_ask(u);
	if (u->life == GBT_UP && due(&u->clock_s, CLOCK_S, now_s))
		gbt_clock_ask(u);
	if (u->life == GBT_UP && now_s - u->read_s >= REREAD_S && !gbt_talk_waits(u->talk, GBT_FOR_TIMING))
		read_timing(u);
}

void gbt_unit_health(const struct gbt_unit *u, struct controller_health *health)
{
	const struct gbt_counts *c = gbt_talk_counts(u->talk);

	*health = (struct controller_health){.up = u->told_up, .sent = c->sent, .answered = c->answered, .timeouts = c->timeouts, .refused = c->refused,
		.garbage = c->garbage + c->stray, .answer_s = c->answer_s,
		.answered_us = isnan(u->seen_s) ? 0 : u->setup.utc_us(u->setup.user) - s_to_us(now(u) - u->seen_s)};
}

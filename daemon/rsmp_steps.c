/* rsmp_steps.c - the steps of an order, in which sequence, and what is sent in each; see rsmp_inside.h. */
#include <string.h>

#include "daemon/rsmp_inside.h"

static double now(const struct rsmp_session *s)
{
	return s->setup.now_s(s->setup.user);
}

char *rsmp_bands_text(const int *bands)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (uint32_t i = 1; i <= RSMP_BAND_MOST; i++)
		if (bands[i] >= 0)
			g_string_append_printf(text, "%s%02u-%02u", text->len > 0 ? "," : "", i, (unsigned) bands[i]);
	return g_strdup(text->str);
}

/* ---- what is sent ---- */

static void argument(struct rsmp_order *o, const char *name, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void argument(struct rsmp_order *o, const char *name, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	g_strlcpy(o->sent[o->n_sent].name, name, sizeof o->sent[0].name);
	g_vsnprintf(o->sent[o->n_sent].text, sizeof o->sent[0].text, format, list);
	va_end(list);
	o->n_sent++;
}

/* `long_text` stands for a first argument "status" that may be longer than the others. */
static void send_command(struct rsmp_session *s, const char *code, const char *order, const char *long_text, bool secured)
{
	struct rsmp_order *o = s->order;
	struct rsmp_argument arguments[RSMP_ARGUMENTS + 2];
	struct rsmp_where where = rsmp_where(s);
	uint32_t n = 0;

	if (long_text != NULL)
		arguments[n++] = (struct rsmp_argument){"status", long_text};
	for (uint32_t i = 0; i < o->n_sent; i++)
		arguments[n++] = (struct rsmp_argument){o->sent[i].name, o->sent[i].text};
	if (secured)
		arguments[n++] = (struct rsmp_argument){"securityCode", s->code};
	o->id = rsmp_next_id(s, true, 0);
	g_free(o->code);
	o->code = g_strdup(code);
	o->sent_s = now(s);
	rsmp_send(s, rsmp_write_command(o->id, &where, code, order, arguments, n));
}

static void send_read(struct rsmp_session *s)
{
	static const char *const names[] = {"S0028", "status", "S0024", "status", "S0023", "status", NULL};
	struct rsmp_where where = rsmp_where(s);

	s->order->id = rsmp_next_id(s, true, 0);
	s->order->sent_s = now(s);
	rsmp_send(s, rsmp_write_status_request(s->order->id, &where, names));
}

static void set_value(struct rsmp_session *s, const char *code, const char *order, int value)
{
	argument(s->order, "status", "%d", value);
	argument(s->order, "plan", "%u", s->order->row);
	send_command(s, code, order, NULL, true);
}

static void set_bands(struct rsmp_session *s, const int *bands)
{
	g_autofree char *text = rsmp_bands_text(bands);

	argument(s->order, "plan", "%u", s->order->row);
	send_command(s, "M0014", "setCommands", text, true);
}

/* Those of our bands that the site had before, as they were; the others off. */
static void set_bands_back(struct rsmp_session *s)
{
	int back[RSMP_BAND_MOST + 1];

	for (uint32_t i = 0; i <= RSMP_BAND_MOST; i++)
		back[i] = s->order->bands[i] < 0 ? -1 : MAX(s->order->before.bands[i], 0);
	set_bands(s, back);
}

static void ask_priority(struct rsmp_session *s)
{
	struct rsmp_order *o = s->order;

	argument(o, "requestId", "%s", o->priority.id);
	if (o->priority.first)
		argument(o, "signalGroupId", "%s", o->priority.group);
	argument(o, "type", "%s", o->priority.type);
	argument(o, "level", "%u", o->priority.level);
	argument(o, "eta", "%u", o->priority.eta_s);
	if (o->priority.first)
		argument(o, "vehicleType", "%s", o->priority.vehicle);
	send_command(s, "M0022", "requestPriority", NULL, false);
}

uint32_t rsmp_step_bit(enum rsmp_step step)
{
	return (uint32_t) 1 << step;
}

/* Is there anything to do in that step? */
bool rsmp_step_wanted(const struct rsmp_session *s, const struct rsmp_order *o)
{
	switch (o->step) {
	case RSMP_READ_BEFORE:
		return s->setup.read_back && !o->renewal;
	case RSMP_READ_AFTER:
		return s->setup.read_back && !o->renewal;
	case RSMP_SET_TIMEOUT:
		return o->any_band && !o->renewal && s->setup.bands_min > 0;
	case RSMP_SET_BANDS:
		return o->any_band;
	case RSMP_BACK_BANDS:
		return (o->touched & rsmp_step_bit(RSMP_SET_BANDS)) != 0;
	case RSMP_SET_CYCLE:
		return o->cycle_s >= 0;
	case RSMP_BACK_CYCLE:
		return (o->touched & rsmp_step_bit(RSMP_SET_CYCLE)) != 0 && o->before.cycle_s > 0;
	case RSMP_SET_OFFSET:
		return o->offset_s >= 0;
	case RSMP_BACK_OFFSET:
		return (o->touched & rsmp_step_bit(RSMP_SET_OFFSET)) != 0 && o->before.offset_s >= 0;
	default:
		return true;
	}
}

/* Its cycle counter is its base counter, which counts UTC, plus its offset: c = (b + o) mod t (SXL TLC, S0001). A later beginning is a smaller
 * offset of it. */
int rsmp_turned(int offset_s, int cycle_s)
{
	return (cycle_s - offset_s) % cycle_s;
}

int rsmp_site_offset_s(const struct rsmp_order *o)
{
	return rsmp_turned(o->offset_s, o->cycle_s > 0 ? o->cycle_s : o->before.cycle_s);
}

static void send_timeout(struct rsmp_session *s)
{
	argument(s->order, "status", "%u", s->setup.bands_min);
	send_command(s, "M0023", "setTimeout", NULL, true);
}

/* From here on the plan is not what it was. */
static void send_change(struct rsmp_session *s)
{
	struct rsmp_order *o = s->order;

	o->touched |= rsmp_step_bit(o->step);
	if (o->step == RSMP_SET_BANDS)
		set_bands(s, o->bands);
	else if (o->step == RSMP_SET_CYCLE)
		set_value(s, "M0018", "setCycleTime", o->cycle_s);
	else
		set_value(s, "M0015", "setOffset", rsmp_site_offset_s(o));
}

static void send_back(struct rsmp_session *s)
{
	struct rsmp_order *o = s->order;

	if (o->step == RSMP_BACK_BANDS)
		set_bands_back(s);
	else if (o->step == RSMP_BACK_CYCLE)
		set_value(s, "M0018", "setCycleTime", o->before.cycle_s);
	else
		set_value(s, "M0015", "setOffset", o->before.offset_s);
}

static void send_plan(struct rsmp_session *s)
{
	bool ours = s->order->step == RSMP_SET_PLAN;

	s->force &= ours;
	argument(s->order, "status", "%s", ours ? "True" : "False");
	argument(s->order, "timeplan", "%u", s->order->row);
	send_command(s, "M0002", "setPlan", NULL, true);
}

void rsmp_step_send(struct rsmp_session *s)
{
	static void (*const send[RSMP_DONE])(struct rsmp_session *) = {
		[RSMP_READ_BEFORE] = send_read, [RSMP_SET_TIMEOUT] = send_timeout, [RSMP_SET_BANDS] = send_change, [RSMP_SET_CYCLE] = send_change,
		[RSMP_SET_OFFSET] = send_change, [RSMP_READ_AFTER] = send_read, [RSMP_BACK_BANDS] = send_back, [RSMP_BACK_CYCLE] = send_back,
		[RSMP_BACK_OFFSET] = send_back, [RSMP_SET_PLAN] = send_plan, [RSMP_PRIORITY] = ask_priority, [RSMP_LEAVE] = send_plan};

	s->order->n_sent = 0;
	if (s->order->step < RSMP_DONE)
		send[s->order->step](s);
}

/* A cycle grows before what is to fit into it, and shrinks behind it: the plan may run, and the site refuses what would not fit. */
static const enum rsmp_step grow[] = {RSMP_READ_BEFORE, RSMP_SET_TIMEOUT, RSMP_SET_CYCLE, RSMP_SET_BANDS, RSMP_SET_OFFSET, RSMP_READ_AFTER, RSMP_DONE};

static const enum rsmp_step shrink[] = {RSMP_READ_BEFORE, RSMP_SET_TIMEOUT, RSMP_SET_OFFSET, RSMP_SET_BANDS, RSMP_SET_CYCLE, RSMP_READ_AFTER, RSMP_DONE};

static const enum rsmp_step grow_back[] = {RSMP_BACK_CYCLE, RSMP_BACK_BANDS, RSMP_BACK_OFFSET, RSMP_DONE};

static const enum rsmp_step shrink_back[] = {RSMP_BACK_OFFSET, RSMP_BACK_BANDS, RSMP_BACK_CYCLE, RSMP_DONE};

static bool shrinks(const struct rsmp_order *o)
{
	return o->cycle_s > 0 && o->cycle_s < o->before.cycle_s;
}

const enum rsmp_step *rsmp_way_of(const struct rsmp_order *o)
{
	static const enum rsmp_step renew[] = {RSMP_SET_BANDS, RSMP_DONE}, select[] = {RSMP_SET_PLAN, RSMP_DONE}, priority[] = {RSMP_PRIORITY, RSMP_DONE},
		leave[] = {RSMP_LEAVE, RSMP_DONE};

	switch (o->told) {
	case CONTROLLER_TOLD_WRITE:
		return o->renewal ? renew : grow;
	case CONTROLLER_TOLD_SELECT:
		return select;
	case CONTROLLER_TOLD_PRIORITY:
		return priority;
	default:
		return leave;
	}
}

/* What it was before is known: a cycle that gets shorter goes another way. */
void rsmp_way_look(struct rsmp_order *o)
{
	if (shrinks(o))
		o->way = shrink;
}

const enum rsmp_step *rsmp_way_back(const struct rsmp_order *o)
{
	return shrinks(o) ? grow_back : shrink_back;
}

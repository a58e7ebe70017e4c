/* rsmp_orders.c - commands to an RSMP site: one after the other, each with its reply; see rsmp_inside.h. */
#include <string.h>

#include "daemon/rsmp_inside.h"

#define FRESH_S 5.0
#define ANSWER_S 30.0 /* for a command's response, behind its ack */
#define LATE_S 720.0  /* three of the longest cycles that the site can have, with some grace */
#define BAND_MOST 99

static double now(const struct rsmp_session *s)
{
	return s->setup.now_s(s->setup.user);
}

void rsmp_order_free(gpointer order)
{
	struct rsmp_order *o = order;

	if (o == NULL)
		return;
	g_free(o->misfit);
	g_free(o->is);
	g_free(o->was);
	g_free(o->why);
	g_free(o->id);
	g_free(o->code);
	g_free(o->priority.id);
	g_free(o->priority.group);
	g_free(o);
}

static struct rsmp_order *order_new(enum controller_told told, uint32_t row)
{
	struct rsmp_order *o = g_new0(struct rsmp_order, 1);

	o->told = told;
	o->row = row;
	o->cycle_s = o->offset_s = -1;
	o->begun_s = UNKNOWN;
	for (size_t i = 0; i < G_N_ELEMENTS(o->bands); i++)
		o->bands[i] = -1;
	return o;
}

/* `why` NULL = it was done. Takes the order. */
static void finish(struct rsmp_session *s, struct rsmp_order *o, const char *why)
{
	struct controller_reply reply = {.signal = s->setup.signal, .told = o->told, .row = o->row, .ok = why == NULL, .was = o->was, .is = o->is, .why = why,
		.answer_s = isnan(o->begun_s) ? UNKNOWN : now(s) - o->begun_s};

	if (o->told != CONTROLLER_TOLD_RELEASE && !o->renewal)
		s->setup.events->reply(s->setup.events_user, &reply);
	else if (why != NULL)
		s->setup.events->refused(s->setup.events_user, why);
	rsmp_order_free(o);
}

void rsmp_orders_fail(struct rsmp_session *s, const char *why)
{
	g_autofree char *copy = g_strdup(why);

	if (s->order != NULL && s->order->told == CONTROLLER_TOLD_WRITE && s->order->changed)
		s->spoiled[s->order->row] = true;
	if (s->order != NULL)
		finish(s, g_steal_pointer(&s->order), copy);
	while (!g_queue_is_empty(&s->orders))
		finish(s, g_queue_pop_head(&s->orders), copy);
}

static void put(struct rsmp_session *s, struct rsmp_order *o)
{
	g_queue_push_tail(&s->orders, o);
	s->setup.wake(s->setup.user);
}

static bool whole(double value, double low, double high)
{
	return value >= low && value <= high && value == floor(value);
}

static char *misfit(const struct controller_pattern *p)
{
	if (p->row < 1 || p->row > 255)
		return g_strdup_printf("plan %u: plans have numbers from 1 to 255", p->row);
	if (p->n_splits > 0)
		return g_strdup_printf("plan %u: RSMP gives no way to write stages or splits, only cycle, offset and bands", p->row);
	if (!isnan(p->cycle_s) && !whole(p->cycle_s, 1, 255))
		return g_strdup_printf("plan %u has a cycle of %g s, it must be whole seconds from 1 to 255", p->row, p->cycle_s);
	if (!isnan(p->offset_s) && !whole(p->offset_s, 0, isnan(p->cycle_s) ? 255 : p->cycle_s - 1))
		return g_strdup_printf("plan %u has an offset of %g s, it must be whole seconds below the cycle and 256 s", p->row, p->offset_s);
	for (uint32_t i = 0; i < p->n_bands; i++)
		if (p->bands[i].number < 1 || p->bands[i].number > BAND_MOST || !whole(p->bands[i].extension_s, 0, BAND_MOST))
			return g_strdup_printf("plan %u: band %u cannot be %g s, bands 1 to %d take 0 to %d s", p->row, p->bands[i].number, p->bands[i].extension_s,
				BAND_MOST, BAND_MOST);
	return NULL;
}

static char *bands_text(const int *bands)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (uint32_t i = 1; i <= BAND_MOST; i++)
		if (bands[i] >= 0)
			g_string_append_printf(text, "%s%02u-%02u", text->len > 0 ? "," : "", i, (unsigned) bands[i]);
	return g_strdup(text->str);
}

static char *print(const struct rsmp_order *o)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *bands = bands_text(o->bands);

	if (o->cycle_s >= 0)
		g_string_append_printf(text, "cycle %d s ", o->cycle_s);
	if (o->offset_s >= 0)
		g_string_append_printf(text, "offset %d s ", o->offset_s);
	if (*bands != '\0')
		g_string_append_printf(text, "bands %s", bands);
	return g_strdup(g_strchomp(text->str));
}

void rsmp_session_write(struct rsmp_session *s, const struct controller_pattern *p)
{
	struct rsmp_order *o = order_new(CONTROLLER_TOLD_WRITE, p->row);

	o->misfit = misfit(p);
	if (o->misfit == NULL && !isnan(p->offset_s) && isnan(p->cycle_s) && !s->setup.read_back)
		o->misfit = g_strdup_printf("plan %u: an offset without its cycle cannot be given where nothing is read back", p->row);
	if (o->misfit == NULL) {
		o->cycle_s = isnan(p->cycle_s) ? -1 : (int) p->cycle_s;
		o->offset_s = isnan(p->offset_s) ? -1 : (int) p->offset_s;
		for (uint32_t i = 0; i < p->n_bands; i++)
			o->bands[p->bands[i].number] = (int) p->bands[i].extension_s;
		o->any_band = p->n_bands > 0;
		o->is = print(o);
	}
	put(s, o);
}

void rsmp_session_select(struct rsmp_session *s, uint32_t row)
{
	struct rsmp_order *o = order_new(CONTROLLER_TOLD_SELECT, row);

	o->is = g_strdup_printf("plan %u", row);
	put(s, o);
}

void rsmp_session_priority(struct rsmp_session *s, const struct controller_priority *p)
{
	static const char *const types[] = {"new", "update", "cancel"}, *const vehicles[] = {"bus", "tram", "emergency", "other"};
	struct rsmp_order *o = order_new(CONTROLLER_TOLD_PRIORITY, 0);

	o->is = g_strdup_printf("priority %s, %s", p->id, types[p->asks]);
	o->priority.id = g_strdup(p->id);
	o->priority.type = types[p->asks];
	o->priority.vehicle = vehicles[p->vehicle];
	o->priority.level = p->level;
	o->priority.eta_s = (uint32_t) CLAMP(isnan(p->in_s) ? 0 : p->in_s, 0, 255);
	o->priority.first = p->asks == CONTROLLER_ASK_NEW;
	const char *mark = s->group != NULL ? strchr(s->group, '%') : NULL;
	if (p->level > 14)
		o->misfit = g_strdup_printf("priority level %u, it must be from 0 to 14", p->level);
	else if (p->phases == 0 || mark == NULL)
		o->misfit = g_strdup("no signal group is known for the priority");
	else
		o->priority.group = g_strdup_printf("%.*s%03d%s", (int) (mark - s->group), s->group, __builtin_ctzll(p->phases) + 1, mark + 1);
	put(s, o);
}

void rsmp_session_release(struct rsmp_session *s)
{
	if (s->life != RSMP_UP || (s->order != NULL && s->order->told == CONTROLLER_TOLD_RELEASE))
		return;
	g_clear_pointer(&s->bands_of, rsmp_order_free);
	g_queue_push_head(&s->orders, order_new(CONTROLLER_TOLD_RELEASE, s->row != 0 ? s->row : MAX(s->plan, 1)));
	s->setup.wake(s->setup.user);
}

bool rsmp_session_idle(const struct rsmp_session *s)
{
	const struct rsmp_order *next = g_queue_peek_head((GQueue *) &s->orders);

	return s->life != RSMP_UP || (s->order == NULL && (next == NULL || next->told != CONTROLLER_TOLD_RELEASE));
}

static char *why_not(const struct rsmp_session *s, const struct rsmp_order *o)
{
	const char *away = rsmp_away(s);

	if (s->setup.probe)
		return g_strdup("it is only looked at: nothing is written");
	if (o->told == CONTROLLER_TOLD_RELEASE)
		return NULL;
	if (s->code_bad)
		return g_strdup("the site does not take our security code: nothing is tried with it again on this connection");
	if (isnan(s->seen_s) || now(s) - s->seen_s > FRESH_S || s->faults[RSMP_FAULT_STATUS])
		return g_strdup("what it shows is not known: it is left alone");
	if (away != NULL)
		return g_strdup_printf("it is left alone: %s", away);
	if (o->misfit != NULL)
		return g_strdup(o->misfit);
	if (o->told == CONTROLLER_TOLD_PRIORITY)
		return NULL;
	if (s->faults[RSMP_FAULT_CLOCK])
		return g_strdup("its clock is wrong: no coordinated plan is given to it");
	if (s->plans_told && (o->row < 1 || o->row > 255 || (s->plans[o->row / 64] >> o->row % 64 & 1) == 0))
		return g_strdup_printf("the site has no plan %u", o->row);
	return o->told == CONTROLLER_TOLD_SELECT && s->spoiled[o->row] ? g_strdup_printf("plan %u is half written: it is not selected", o->row) : NULL;
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
	g_autofree char *text = bands_text(bands);

	argument(s->order, "plan", "%u", s->order->row);
	send_command(s, "M0014", "setCommands", text, true);
}

/* Those of our bands that the site had before, as they were; the others off. */
static void set_bands_back(struct rsmp_session *s)
{
	int back[BAND_MOST + 1];

	for (uint32_t i = 0; i <= BAND_MOST; i++)
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

/* Is there anything to do in that step? */
static bool wanted(const struct rsmp_session *s, const struct rsmp_order *o)
{
	switch (o->step) {
	case RSMP_READ_BEFORE:
		return s->setup.read_back && !o->renewal;
	case RSMP_READ_AFTER:
		return s->setup.read_back && !o->renewal;
	case RSMP_SET_TIMEOUT:
		return o->any_band && !o->renewal && s->setup.bands_min > 0;
	case RSMP_SET_BANDS:
	case RSMP_BACK_BANDS:
		return o->any_band;
	case RSMP_SET_CYCLE:
		return o->cycle_s >= 0;
	case RSMP_BACK_CYCLE:
		return o->cycle_s >= 0 && o->before.cycle_s > 0;
	case RSMP_SET_OFFSET:
		return o->offset_s >= 0;
	case RSMP_BACK_OFFSET:
		return o->offset_s >= 0 && o->before.offset_s >= 0;
	default:
		return true;
	}
}

/* Its cycle counter is its base counter, which counts UTC, plus its offset: c = (b + o) mod t (SXL TLC, S0001). A later beginning is a smaller
 * offset of it. */
static int turned(int offset_s, int cycle_s)
{
	return (cycle_s - offset_s) % cycle_s;
}

static int site_offset_s(const struct rsmp_order *o)
{
	return turned(o->offset_s, o->cycle_s > 0 ? o->cycle_s : o->before.cycle_s);
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

	o->changed = true;
	if (o->step == RSMP_SET_BANDS)
		set_bands(s, o->bands);
	else if (o->step == RSMP_SET_CYCLE)
		set_value(s, "M0018", "setCycleTime", o->cycle_s);
	else
		set_value(s, "M0015", "setOffset", site_offset_s(o));
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

static void send_step(struct rsmp_session *s)
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

static const enum rsmp_step *way_of(const struct rsmp_order *o)
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

/* A write is in force: its bands are renewed from now on. */
static void keep_bands(struct rsmp_session *s, struct rsmp_order *o)
{
	if (o->renewal || !o->any_band)
		return;
	rsmp_order_free(s->bands_of);
	s->bands_of = order_new(CONTROLLER_TOLD_WRITE, o->row);
	memcpy(s->bands_of->bands, o->bands, sizeof o->bands);
	s->bands_of->any_band = s->bands_of->renewal = true;
	s->bands_s = now(s);
}

static void done(struct rsmp_session *s)
{
	struct rsmp_order *o = g_steal_pointer(&s->order);
	g_autofree char *why = g_steal_pointer(&o->why);

	if (o->told == CONTROLLER_TOLD_WRITE && why != NULL && o->changed && !o->not_back && s->setup.read_back)
		s->spoiled[o->row] = o->was_spoiled; /* as it was before */
	if (o->told == CONTROLLER_TOLD_WRITE && why == NULL) {
		s->spoiled[o->row] = false;
		keep_bands(s, o);
		rsmp_fault(s, RSMP_FAULT_HALF, false, "its plans are whole");
	} else if (o->told == CONTROLLER_TOLD_SELECT && why == NULL) {
		if (!o->renewal) {
			s->forced_s = now(s);
			s->reached = false;
		}
		s->force = true;
		s->row = o->row;
		s->renewed_s = now(s);
	}
	finish(s, o, why);
}

static void go_on(struct rsmp_session *s)
{
	struct rsmp_order *o = s->order;

	g_clear_pointer(&o->id, g_free);
	for (o->step = *o->way; o->step != RSMP_DONE && !wanted(s, o); o->step = *o->way)
		o->way++;
	if (o->step == RSMP_DONE)
		done(s);
	else
		send_step(s);
}

static void next_step(struct rsmp_session *s)
{
	s->order->way++;
	go_on(s);
}

void rsmp_orders_next(struct rsmp_session *s)
{
	while (s->order == NULL && !g_queue_is_empty(&s->orders)) {
		const struct rsmp_order *head = g_queue_peek_head(&s->orders);
		if (isnan(s->seen_s) && head->told != CONTROLLER_TOLD_RELEASE && now(s) - s->open_s < FRESH_S)
			return; /* the first status is on its way */
		s->order = g_queue_pop_head(&s->orders);
		g_autofree char *why = why_not(s, s->order);
		if (why != NULL) {
			finish(s, g_steal_pointer(&s->order), why);
			continue;
		}
		s->order->begun_s = now(s);
		s->order->way = way_of(s->order);
		go_on(s);
	}
}

/* What is under way went wrong: a write is taken back as far as it had come, and its row is not trusted until it was written whole. */
static void fail(struct rsmp_session *s, const char *why)
{
	struct rsmp_order *o = s->order;

	if (o->told == CONTROLLER_TOLD_RELEASE) {
		finish(s, g_steal_pointer(&s->order), why);
		rsmp_lose(s, 1.5 * s->setup.backup_s, "the site does not take its hand-back: not a word until it goes back by itself");
		return;
	}
	if (o->told != CONTROLLER_TOLD_WRITE || !o->changed) {
		g_free(o->why);
		o->why = g_strdup(why);
		done(s);
		return;
	}
	if (o->why != NULL) { /* even that failed; what else was changed is still set back */
		o->not_back = true;
		rsmp_fault(s, RSMP_FAULT_HALF, true, "plan %u is half changed and could not be set back", o->row);
		if (s->code_bad)
			done(s);
		else
			next_step(s);
		return;
	}
	o->was_spoiled = s->spoiled[o->row];
	s->spoiled[o->row] = true;
	o->why = g_strdup(why);
	o->way = shrinks(o) ? grow_back : shrink_back;
	go_on(s);
}

/* ---- what comes ---- */

bool rsmp_orders_not_acked(struct rsmp_session *s, const char *id, const char *reason)
{
	if (s->order == NULL || s->order->id == NULL || strcmp(s->order->id, id) != 0)
		return false;
	g_autofree char *lower = g_ascii_strdown(reason, -1);
	s->code_bad |= strstr(lower, "security code") != NULL;
	if (s->code_bad)
		rsmp_fault(s, RSMP_FAULT_CODE, true, "the site does not take our security code of level 2");
	g_autofree char *why = g_strdup_printf("the site refused %s: %s", s->order->is != NULL ? s->order->is : "to be handed back", reason);
	fail(s, why);
	return true;
}

/* All that was sent must come back as it was. */
static bool echoes(const struct rsmp_order *o, const struct rsmp_message *m)
{
	bool any = false;

	for (uint32_t i = 0; i < m->n_values; i++) {
		const struct rsmp_value *v = &m->values[i];
		if (strcmp(v->code, o->code) != 0)
			return false;
		for (uint32_t k = 0; k < o->n_sent; k++)
			if (strcmp(v->name, o->sent[k].name) == 0) {
				if (!v->recent || v->text == NULL || strcmp(v->text, o->sent[k].text) != 0)
					return false;
				any = true;
			}
	}
	return any;
}

void rsmp_orders_command(struct rsmp_session *s, const struct rsmp_message *m)
{
	struct rsmp_order *o = s->order;

	if (o == NULL || o->id == NULL || o->step == RSMP_READ_BEFORE || o->step == RSMP_READ_AFTER || m->n_values == 0 ||
		strcmp(m->values[0].code, o->code) != 0) {
		s->health.garbage++; /* late, or to nobody */
		return;
	}
	if (echoes(o, m)) {
		rsmp_fault(s, RSMP_FAULT_CODE, false, "the site takes our security code");
		next_step(s);
		return;
	}
	g_autofree char *why = g_strdup_printf("the site answered %s with other values than those sent (%s)", o->is != NULL ? o->is : "its hand-back", o->code);
	fail(s, why);
}

/* "p-v,p-v": that of the row; -1 = it is not in it. */
static int plan_value(const struct rsmp_value *v, uint32_t row)
{
	g_auto(GStrv) list = v != NULL && v->text != NULL && v->recent ? g_strsplit(v->text, ",", 256) : NULL;

	for (char **p = list; p != NULL && *p != NULL; p++) {
		unsigned plan, value;
		char rest;
		if (sscanf(*p, "%3u-%3u%c", &plan, &value, &rest) == 2 && plan == row && value <= 255)
			return (int) value;
	}
	return -1;
}

static void read_values(const struct rsmp_message *m, uint32_t row, struct rsmp_plan_values *values)
{
	const struct rsmp_value *v = rsmp_message_value(m, "S0023", "status");
	g_auto(GStrv) list = v != NULL && v->text != NULL && v->recent ? g_strsplit(v->text, ",", 1000) : NULL;

	values->cycle_s = plan_value(rsmp_message_value(m, "S0028", "status"), row);
	values->offset_s = plan_value(rsmp_message_value(m, "S0024", "status"), row);
	for (uint32_t i = 0; i <= BAND_MOST; i++)
		values->bands[i] = -1;
	for (char **p = list; p != NULL && *p != NULL; p++) {
		unsigned plan, band, extension;
		char rest;
		if (sscanf(*p, "%3u-%2u-%2u%c", &plan, &band, &extension, &rest) == 3 && plan == row && band >= 1)
			values->bands[band] = (int) extension;
	}
}

static const char *differs(const struct rsmp_order *o, const struct rsmp_plan_values *now_are)
{
	if (o->cycle_s >= 0 && now_are->cycle_s != o->cycle_s)
		return "cycle (S0028)";
	if (o->offset_s >= 0 && now_are->offset_s != site_offset_s(o))
		return "offset (S0024)";
	for (uint32_t i = 1; i <= BAND_MOST; i++)
		if (o->bands[i] >= 0 && MAX(now_are->bands[i], 0) != o->bands[i])
			return "bands (S0023)";
	return NULL;
}

void rsmp_orders_status(struct rsmp_session *s, const struct rsmp_message *m)
{
	struct rsmp_order *o = s->order;
	struct rsmp_plan_values values;

	if (o == NULL || o->id == NULL || (o->step != RSMP_READ_BEFORE && o->step != RSMP_READ_AFTER) || rsmp_message_value(m, "S0024", "status") == NULL)
		return;
	read_values(m, o->row, &values);
	if (o->step == RSMP_READ_BEFORE) {
		bool told = values.cycle_s > 0 && values.offset_s >= 0 && values.offset_s < values.cycle_s;
		o->before = values;
		o->was = told ? g_strdup_printf("cycle %d s, offset %d s", values.cycle_s, turned(values.offset_s, values.cycle_s)) : NULL;
		if (o->offset_s >= 0 && o->cycle_s < 0 && values.cycle_s < 1)
			fail(s, "the site does not tell the plan's cycle (S0028): an offset means nothing without it");
		else if (o->offset_s >= 0 && o->cycle_s < 0 && o->offset_s >= values.cycle_s)
			fail(s, "the offset is not below the plan's cycle (S0028)");
		else if (shrinks(o))
			o->way = shrink, next_step(s);
		else
			next_step(s);
		return;
	}
	const char *other = differs(o, &values);
	if (other == NULL) {
		next_step(s);
		return;
	}
	g_autofree char *why = g_strdup_printf("plan %u does not read back as it was written: its %s", o->row, other);
	fail(s, why);
}

void rsmp_orders_tick(struct rsmp_session *s)
{
	if (s->order == NULL || s->order->id == NULL || now(s) - s->order->sent_s <= ANSWER_S)
		return;
	s->health.timeouts++;
	fail(s, "the site acknowledged a command and did not answer it");
}

void rsmp_orders_keep(struct rsmp_session *s)
{
	struct rsmp_order *o;

	if (s->order != NULL || !g_queue_is_empty(&s->orders) || rsmp_away(s) != NULL || s->code_bad)
		return;
	if (s->force && now(s) - s->renewed_s >= s->setup.backup_s / 3) {
		o = order_new(CONTROLLER_TOLD_SELECT, s->row);
		o->renewal = true;
		s->renewed_s = now(s);
		put(s, o);
	} else if (s->force && s->bands_of != NULL && s->setup.bands_min > 0 && now(s) - s->bands_s >= s->setup.bands_min * 20.0) {
		o = order_new(CONTROLLER_TOLD_WRITE, s->bands_of->row);
		memcpy(o->bands, s->bands_of->bands, sizeof o->bands);
		o->any_band = o->renewal = true;
		s->bands_s = now(s);
		put(s, o);
	}
}

/* It says that it runs another plan than the one selected. */
void rsmp_orders_watch(struct rsmp_session *s)
{
	double for_s = now(s) - s->forced_s;

	s->reached |= s->force && s->plan == s->row;
	if (!s->force || s->plan == 0 || s->plan == s->row || (!s->reached && for_s < LATE_S))
		return;
	g_autofree char *why = s->reached ? g_strdup_printf("it went from plan %u to plan %u by itself", s->row, s->plan)
					  : g_strdup_printf("it runs plan %u %.0f s after plan %u was selected", s->plan, for_s, s->row);
	s->force = false;
	s->alarms |= s->reached ? CONTROLLER_BACKUP_MODE : CONTROLLER_COORDINATION;
	s->setup.events->refused(s->setup.events_user, why);
}

/* ntcip_command.c - what is in force at a unit: a row selected, phases held, a pre-emption asked for; kept alive, and handed back.
 *
 * One SET says all of it. Handing back is never refused: zeros everywhere, and the unit runs its own plan.
 */
#include <math.h>
#include <string.h>

#include "daemon/ntcip_inside.h"

#define TRIES 3
#define RETRY_S 5.0
#define FREE 254 /* held second by second, it must not be coordinated as well */

char *ntcip_refusal(const struct ntcip_unit *u)
{
	if (u->s.probe)
		return g_strdup("it is only looked at");
	if (u->life != NTCIP_UP)
		return g_strdup("there is no connection");
	if (isnan(u->heard_s))
		return g_strdup("it has not said yet what it does");
	if (u->facts.backup_s == 0)
		return g_strdup("its unitBackupTime is 0 s");
	if (u->facts.coord_mode != 0)
		return g_strdup("its coordOperationalMode is not automatic");
	return u->away ? g_strdup("it is to be left alone") : NULL;
}

char *ntcip_blame(const char *what, const struct ntcip_outcome *o)
{
	if (o->at >= o->n)
		return g_strdup_printf("%s: %s", what, ntcip_error_name(o->error));
	g_autofree char *object = ntcip_object_print(o->vars[o->at].object, o->vars[o->at].index, o->vars[o->at].index2);
	return g_strdup_printf("%s: %s: %s", what, object, ntcip_error_name(o->error));
}

static void reply(struct ntcip_unit *u, enum controller_told told, const struct ntcip_ask *ask, uint32_t row, const char *why)
{
	g_autofree char *is = g_strdup_printf("%u", row), *was = g_strdup_printf("%u", ask->was);

	u->s.events->reply(u->s.user,
		&(struct controller_reply){.signal = u->s.signal,
			.told = told,
			.row = row <= NTCIP_ROWS ? row : 0,
			.ok = why == NULL,
			.was = was,
			.is = is,
			.why = why,
			.answer_s = u->now_s - ask->asked_s});
}

static void answer(struct ntcip_unit *u, struct ntcip_ask *ask, const struct ntcip_force *force, const char *why)
{
	struct ntcip_ask a = *ask;

	*ask = (struct ntcip_ask){0};
	if (a.select)
		reply(u, CONTROLLER_TOLD_SELECT, &a, force->row, why);
	if (a.release)
		reply(u, CONTROLLER_TOLD_RELEASE, &a, 0, why);
	if (a.priority)
		reply(u, CONTROLLER_TOLD_PRIORITY, &a, 0, why);
	if (why != NULL && force->calls && !a.select && !a.release)
		u->s.events->refused(u->s.user, why);
}

void ntcip_forget(struct ntcip_unit *u, const char *why)
{
	struct ntcip_force none = {0};

	answer(u, &u->sent_ask, &none, why);
	answer(u, &u->ask, &none, why);
	u->command_due = u->letting_go = false;
	u->tries = 0;
	u->now = u->then = u->sent = none;
	g_hash_table_remove_all(u->requests);
	if (ntcip_write_due(u))
		ntcip_write_end(u, why);
	if (ntcip_write_due(u))
		ntcip_write_end(u, why);
	memset(u->absent, 0, sizeof u->absent);
}

static void add_groups(const struct ntcip_unit *u, struct ntcip_var *vars, uint32_t *n, const struct ntcip_bits *b)
{
	for (uint32_t g = 1; g <= MIN((u->facts.phases + 7) / 8, NTCIP_GROUPS); g++) {
		uint32_t shift = 8 * (g - 1);
		ntcip_add(vars, n, NTCIP_HOLD, g, 0, b->hold >> shift & 255);
		ntcip_add(vars, n, NTCIP_FORCE_OFF, g, 0, b->force_off >> shift & 255);
		ntcip_add(vars, n, NTCIP_PHASE_OMIT, g, 0, b->omit >> shift & 255);
		ntcip_add(vars, n, NTCIP_VEH_CALL, g, 0, b->vehicle_calls >> shift & 255);
		ntcip_add(vars, n, NTCIP_PED_CALL, g, 0, b->ped_calls >> shift & 255);
	}
}

static void on_commanded(void *user, const struct ntcip_outcome *o);
static void on_checked(void *user, const struct ntcip_outcome *o);

void ntcip_command(struct ntcip_unit *u)
{
	struct ntcip_var vars[5 * NTCIP_GROUPS + NTCIP_PHASES + 1];
	uint32_t n = 0;
	g_autofree char *why = ntcip_refusal(u);
	bool ours = u->away && u->now.preempts != 0; /* it is away because we asked for it: that alone is kept, or ended */
	bool ending = (ours || u->then.row == 0) && (u->then.preempts & ~u->now.preempts) == 0; /* hands back, or ends a pre-emption */

	u->command_due = false;
	if (why == NULL && u->then.row != 0 && u->then.row <= NTCIP_ROWS && ntcip_row_in(u->rows_broken, u->then.row))
		why = g_strdup("that row was not written to its end");
	if (why == NULL && u->clock_off && !u->s.any_clock && u->then.row != u->now.row && u->then.row <= NTCIP_ROWS)
		why = g_strdup("its clock is wrong, an offset means nothing");
	if (why != NULL && !ending) {
		struct ntcip_force refused = u->then;
		u->then = u->now;
		answer(u, &u->ask, &refused, why);
		ntcip_next(u);
		return;
	}
	u->job = NTCIP_JOB_COMMAND;
	u->sent = u->then;
	u->sent_ask = u->ask;
	u->sent_ask.was = u->control;
	u->ask = (struct ntcip_ask){0};
	if (ours)
		u->sent.row = u->now.row;
	else if (u->then.calls || u->now.calls || (u->control == FREE && u->now.row == 0)) /* held by a former life of ours: that ends with it */
		add_groups(u, vars, &n, &u->then.bits);
	if (!ours)
		ntcip_add(vars, &n, NTCIP_PATTERN_CONTROL, 0, 0, u->then.row);
	for (uint32_t p = 1; p <= 32 && n < 5 * NTCIP_GROUPS + NTCIP_PHASES; p++)
		if (((u->now.preempts | u->then.preempts) >> (p - 1) & 1) != 0)
			ntcip_add(vars, &n, NTCIP_PREEMPT_CONTROL, p, 0, u->then.preempts >> (p - 1) & 1);
	ntcip_talk_set(u->talk, vars, n, u->letting_go || ours ? TRIES : 1, on_commanded); /* between two tries it is looked at again */
}

static void on_commanded(void *user, const struct ntcip_outcome *o)
{
	struct ntcip_unit *u = user;
	bool lost = u->letting_go && o->error != NTCIP_OK;

	if (ntcip_failed(u, o->error))
		return;
	if ((o->error == NTCIP_NO_ANSWER || o->error == NTCIP_STRAYS) && !lost && !u->command_due && ++u->tries < TRIES) {
		u->ask = u->sent_ask;
		u->sent_ask = (struct ntcip_ask){0};
		u->command_due = true;
		ntcip_next(u);
		return;
	}
	u->tries = 0;
	if (o->error != NTCIP_OK) {
		g_autofree char *why = ntcip_blame("it does not take the command", o);
		bool asked = u->sent_ask.select || u->sent_ask.release || u->sent_ask.priority || u->sent.calls;
		answer(u, &u->sent_ask, &u->sent, why);
		if (!asked && !u->command_due) /* kept alive in vain, and nothing newer says so again */
			u->s.events->refused(u->s.user, why);
		u->commanded_s = u->now_s - u->facts.backup_s / 3.0 + RETRY_S;
		if (!lost && !u->command_due)
			u->then = u->now;
		u->command_due = u->command_due && !lost;
		u->let_go_s = u->now_s + RETRY_S; /* handing back: until it hears, or is gone */
		ntcip_next(u);
		return;
	}
	if (u->now.row != u->sent.row)
		u->row_s = u->now_s;
	u->now = u->sent;
	u->now.bits.force_off = 0; /* it clears these itself */
	u->commanded_s = u->now_s;
	u->control = u->now.row;
	u->letting_go = u->letting_go && u->command_due;
	if (!u->sent_ask.select) {
		answer(u, &u->sent_ask, &u->sent, NULL);
		ntcip_next(u);
		return;
	}
	struct ntcip_var back = {.object = NTCIP_PATTERN_CONTROL};
	ntcip_talk_get(u->talk, &back, 1, TRIES, on_checked);
}

static void on_checked(void *user, const struct ntcip_outcome *o)
{
	struct ntcip_unit *u = user;

	if (ntcip_failed(u, o->error))
		return;
	bool good = o->error == NTCIP_OK && o->vars[0].error == NTCIP_OK && o->vars[0].number == u->now.row;
	answer(u, &u->sent_ask, &u->sent, good ? NULL : "it cannot be read back that the row is selected: handed back");
	if (!good && !u->command_due) { /* nobody relies on it: its own plan, then */
		u->then = (struct ntcip_force){0};
		u->command_due = u->letting_go = true;
	}
	ntcip_next(u);
}

static void begin(struct ntcip_unit *u)
{
	u->ask.asked_s = u->s.clock_s(u->s.time);
	u->command_due = true;
	if (u->life == NTCIP_UP && !ntcip_talk_busy(u->talk) && u->letting_go)
		ntcip_next(u); /* nobody polls any more when the daemon ends */
}

void ntcip_unit_select(struct ntcip_unit *u, uint32_t row)
{
	u->then.row = row;
	u->then.calls = false;
	u->then.bits = (struct ntcip_bits){0};
	u->ask.select = true;
	u->letting_go = false;
	begin(u);
}

void ntcip_unit_call(struct ntcip_unit *u, const struct controller_call *call)
{
	struct ntcip_bits b = {.hold = (uint32_t) call->hold & 0xffff,
		.force_off = (uint32_t) call->force_off & u->greens & 0xffff,
		.omit = (uint32_t) call->omit & 0xffff,
		.vehicle_calls = (uint32_t) call->vehicle_calls & 0xffff,
		.ped_calls = (uint32_t) call->ped_calls & 0xffff};

	u->then.row = FREE;
	u->then.calls = true;
	u->then.bits = b;
	u->letting_go = false;
	if (u->now.row != FREE || !u->now.calls || memcmp(&b, &u->now.bits, sizeof b) != 0)
		begin(u);
}

void ntcip_unit_release(struct ntcip_unit *u)
{
	/* asked twice, answered once */
	if (u->letting_go || (u->now.row == 0 && u->now.preempts == 0 && !u->now.calls && !u->command_due && u->job != NTCIP_JOB_COMMAND))
		return;
	u->then = (struct ntcip_force){0};
	g_hash_table_remove_all(u->requests);
	u->ask.select = false;
	u->ask.release = u->letting_go = true;
	begin(u);
}

static uint32_t inputs_of(const struct ntcip_unit *u, phase_set phases)
{
	uint32_t bits = 0;

	for (uint32_t p = 1; p <= NTCIP_PHASES; p++)
		if ((phases >> (p - 1) & 1) != 0 && u->s.preempts[p] >= 1 && u->s.preempts[p] <= MIN(u->facts.preempts, 32))
			bits |= 1u << (u->s.preempts[p] - 1);
	return bits;
}

/* What is still asked for by anybody. */
static uint32_t all_inputs(const struct ntcip_unit *u)
{
	GHashTableIter i;
	gpointer bits;
	uint32_t all = 0;

	g_hash_table_iter_init(&i, u->requests);
	while (g_hash_table_iter_next(&i, NULL, &bits))
		all |= GPOINTER_TO_UINT(bits);
	return all;
}

void ntcip_unit_priority(struct ntcip_unit *u, const struct controller_priority *priority)
{
	if (priority->asks == CONTROLLER_ASK_CANCEL)
		g_hash_table_remove(u->requests, priority->id);
	else if (priority->vehicle == CONTROLLER_CLASS_EMERGENCY) /* pre-emption is for nobody else */
		g_hash_table_replace(u->requests, g_strdup(priority->id), GUINT_TO_POINTER(inputs_of(u, priority->phases)));
	u->then.preempts = all_inputs(u);
	u->ask.priority = true;
	begin(u);
}

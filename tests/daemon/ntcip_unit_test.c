/* ntcip_unit_test.c - the driver of a unit against the test cabinet, in simulated time: what it does when all is well, and in each fault.
 */
#include <math.h>
#include <string.h>

#include "tests/daemon/ntcip_scene.h"

static const struct asc_make plain = {.seed = 1, .backup_s = 60, .vehicles_ph = 200};

static void assert_clean(const struct ntcip_scene *s)
{
	for (int v = 0; v < ASC_N_VIOLATIONS; v++)
		if (asc_model_count(s->model, (enum asc_violation) v) != 0)
			g_error("%s: %d", asc_violation_name((enum asc_violation) v), (int) asc_model_count(s->model, (enum asc_violation) v));
}

static void test_comes_up(void)
{
	struct ntcip_scene s;

	ntcip_scene_begin(&s, &plain, NULL);
	ntcip_scene_run(&s, 10);
	g_assert_cmpuint(s.heard.ups, ==, 1);
	g_assert_cmpuint(s.heard.timings, ==, 1);
	g_assert_cmpuint(s.heard.statuses, >=, 8);
	g_assert_cmpint(s.heard.mode, ==, CONTROLLER_LOCAL);
	g_assert_cmpfloat(s.heard.backup_s, ==, 60);
	g_assert_true((s.heard.can & CONTROLLER_PATTERNS) != 0 && (s.heard.can & CONTROLLER_HOLDS) != 0);
	g_assert_cmpuint(s.heard.n_alerts, ==, 0);
	ntcip_scene_run(&s, 400);
	g_assert_cmpuint(s.heard.row, ==, 1); /* its own plan */
	assert_clean(&s);
	ntcip_scene_end(&s);
}

/* Within three cycles it runs what it was given, in step: the coordinated green begins at the offset, by UTC. */
static void test_pattern(gconstpointer data)
{
	struct asc_make make = plain;
	struct ntcip_scene s;
	struct controller_split splits[8];
	struct controller_pattern p = ntcip_scene_pattern(splits, 40, 100, 37);
	int variant = GPOINTER_TO_INT(data);
	struct ntcip_unit_setup setup = {.transactions = variant == 1};

	make.zone_s = variant == 2 ? 5 * 3600 + 2700 : 0;
	make.transactions_only = variant == 1;
	make.verify_s = 3;
	make.correction = variant == 3 ? 2 : variant == 4 ? 4 : 3;
	ntcip_scene_begin(&s, &make, &setup);
	ntcip_scene_run(&s, 200);
	g_assert_true(ntcip_scene_give(&s, &p));
	ntcip_scene_run(&s, 1200);
	g_assert_cmpuint(s.heard.row, ==, 40);
	g_assert_cmpint(s.heard.mode, ==, CONTROLLER_CENTRAL);
	g_assert_false(asc_model_backup(s.model));
	double began_s = (double) asc_model_began_ds(s.model, 2) / 10.0, off_s = fmod(began_s - 37 + 1e6 * 100, 100);
	g_test_message("coordinated green begins %.1f s from where it should", off_s > 50 ? off_s - 100 : off_s);
	g_assert_true(off_s < 1.5 || off_s > 98.5);
	g_assert_cmpfloat(s.heard.coordination.cycle_s, ==, 100);
	g_assert_cmpuint(s.heard.coordination.called, ==, 40);
	/* the next one goes into another row, the running one is refused */
	p.offset_s = 60;
	g_assert_false(ntcip_scene_give(&s, &p));
	g_assert_nonnull(strstr(s.heard.reply_why, "row"));
	p.row = 41;
	g_assert_true(ntcip_scene_give(&s, &p));
	ntcip_scene_run(&s, 1500);
	g_assert_cmpuint(s.heard.row, ==, 41);
	/* and back */
	ntcip_unit_release(s.unit);
	ntcip_scene_run(&s, 3);
	g_assert_cmpuint(s.heard.releases, ==, 1);
	g_assert_cmpint(s.heard.mode, ==, CONTROLLER_LOCAL);
	g_assert_cmpuint(s.heard.coordination.called, ==, 0);
	ntcip_scene_run(&s, 300);
	g_assert_cmpuint(s.heard.row, ==, 1);
	assert_clean(&s);
	ntcip_scene_end(&s);
}

/* A sequence that no patternSequenceNumber can be: refused, by name, and nothing of the pattern is in force. */
static void test_sequence_range(void)
{
	struct ntcip_scene s;
	struct controller_split splits[8];
	struct controller_pattern p = ntcip_scene_pattern(splits, 40, 100, 37);

	ntcip_scene_begin(&s, &plain, NULL);
	ntcip_scene_run(&s, 200);
	p.sequence = 300;
	g_assert_false(ntcip_scene_give(&s, &p));
	g_test_message("%s", s.heard.reply_why);
	g_assert_nonnull(strstr(s.heard.reply_why, "equence"));
	ntcip_scene_run(&s, 300);
	g_assert_cmpuint(s.heard.row, ==, 1);
	p.sequence = 0;
	g_assert_true(ntcip_scene_give(&s, &p));
	assert_clean(&s);
	ntcip_scene_end(&s);
}

/* A daemon that is killed loses its cabinet within the backup time; one that lives keeps it for ever. */
static void test_backup(void)
{
	struct ntcip_scene s;
	struct controller_split splits[8];
	struct controller_pattern p = ntcip_scene_pattern(splits, 40, 90, 0);

	ntcip_scene_begin(&s, &plain, NULL);
	ntcip_scene_run(&s, 10);
	g_assert_true(ntcip_scene_give(&s, &p));
	for (int i = 0; i < 600; i++) {
		ntcip_scene_run(&s, 1);
		g_assert_false(asc_model_backup(s.model));
	}
	ntcip_unit_free(s.unit); /* kill -9 */
	s.unit = NULL;
	s.line = NULL;
	int64_t now_ds = (int64_t) (s.now_s * 10);
	asc_model_run(s.model, now_ds + 600);
	g_assert_true(asc_model_backup(s.model));
	asc_model_run(s.model, now_ds + 3000);
	g_assert_cmpuint(asc_model_pattern(s.model), ==, 1);
	s.now_s += 300;
	ntcip_scene_restart(&s, NULL); /* the next daemon takes it over */
	ntcip_scene_run(&s, 5);
	p.row = 41;
	g_assert_true(ntcip_scene_give(&s, &p));
	g_assert_false(asc_model_backup(s.model));
	assert_clean(&s);
	ntcip_scene_end(&s);
}

static void test_no_backup(void)
{
	struct asc_make make = plain;
	struct ntcip_scene s;
	struct controller_split splits[8];
	struct controller_pattern p = ntcip_scene_pattern(splits, 40, 90, 0);

	make.backup_s = 0;
	ntcip_scene_begin(&s, &make, NULL);
	ntcip_scene_run(&s, 10);
	g_assert_true(ntcip_scene_alert(&s, "controller-backup"));
	g_assert_cmpuint(s.heard.can & (CONTROLLER_PATTERNS | CONTROLLER_HOLDS), ==, 0);
	g_assert_false(ntcip_scene_give(&s, &p));
	ntcip_unit_select(s.unit, 1);
	ntcip_scene_run(&s, 5);
	g_assert_cmpuint(s.heard.selects_bad, ==, 1);
	assert_clean(&s);
	ntcip_scene_end(&s);
}

/* A row that points at another pattern's splits: moved where the unit lets us, refused where not; the other pattern is never touched. */
static void test_split_number(void)
{
	for (int rw = 0; rw < 2; rw++) {
		struct asc_make make = plain;
		struct ntcip_scene s;
		struct controller_split splits[8];
		struct controller_pattern p = ntcip_scene_pattern(splits, 40, 90, 0);
		struct asc_value value;
		uint32_t at;
		make.split_number_rw = rw != 0;
		ntcip_scene_begin(&s, &make, NULL);
		/* row 40 shares split 1 with the unit's own pattern: a technician did that */
		struct asc_set set = {
			.oid = {1, 3, 6, 1, 4, 1, 1206, 4, 2, 1, 4, 7, 1, 4, 40}, .n = 15, .value = {.type = ASC_INTEGER, .number = 1}};
		if (rw) {
			g_assert_cmpint(asc_set(s.model, "administrator", &set, 1, &at), ==, 0);
		} else { /* as it left the factory */
			asc_model_free(s.model);
			make.split_number_rw = true;
			s.model = asc_model_new(&make, (NTCIP_SCENE_T0_S - 300) * (int64_t) 10);
			g_assert_cmpint(asc_set(s.model, "administrator", &set, 1, &at), ==, 0);
			asc_model_lock_split_numbers(s.model);
		}
		ntcip_scene_run(&s, 5);
		g_assert_cmpint(ntcip_scene_give(&s, &p), ==, rw);
		if (!rw)
			g_assert_nonnull(strstr(s.heard.reply_why, "shares its splits"));
		uint32_t time_2[] = {1, 3, 6, 1, 4, 1, 1206, 4, 2, 1, 4, 9, 1, 3, 1, 2};
		g_assert_cmpint(asc_get(s.model, time_2, G_N_ELEMENTS(time_2), &value), ==, 0);
		g_assert_cmpint(value.number, ==, 35);
		assert_clean(&s);
		ntcip_scene_end(&s);
	}
}

static void test_away(gconstpointer data)
{
	enum asc_state state = (enum asc_state) GPOINTER_TO_INT(data);
	struct ntcip_scene s;
	struct controller_split splits[8];
	struct controller_pattern p = ntcip_scene_pattern(splits, 40, 90, 0);

	ntcip_scene_begin(&s, &plain, NULL);
	ntcip_scene_run(&s, 10);
	g_assert_true(ntcip_scene_give(&s, &p));
	ntcip_scene_run(&s, 100);
	asc_model_state(s.model, state);
	ntcip_scene_run(&s, 5);
	g_assert_cmpint(s.heard.mode, ==, CONTROLLER_AWAY);
	g_test_message("away: %s", s.heard.away);
	p.row = 41;
	g_assert_false(ntcip_scene_give(&s, &p));
	ntcip_unit_select(s.unit, 40);
	struct controller_call call = {.hold = 0x22};
	ntcip_scene_run(&s, 5);
	ntcip_unit_call(s.unit, &call);
	ntcip_scene_run(&s, 300); /* it is not even kept alive: it gives us up */
	g_assert_cmpint(s.heard.mode, ==, CONTROLLER_AWAY);
	asc_model_state(s.model, ASC_NORMAL);
	ntcip_scene_run(&s, 30);
	g_assert_cmpint(s.heard.mode, ==, CONTROLLER_AWAY); /* normal for a minute first */
	ntcip_scene_run(&s, 130);
	g_assert_cmpint(s.heard.mode, ==, CONTROLLER_LOCAL);
	g_assert_true(ntcip_scene_give(&s, &p));
	assert_clean(&s);
	ntcip_scene_end(&s);
}

/* ---- faults: nothing unsafe, an alert that names it, and all is well again by itself ---- */

enum fault {
	NO_ANSWER,
	DEAF,
	LOSSY,
	WRONG_TYPE,
	OUT_OF_RANGE,
	REFUSED_SET,
	HALF_WRITTEN,
	CREDENTIALS,
	CLOCK,
	OUR_CLOCK,
	RESTART,
	POWER,
	N_FAULTS
};
static const char *const fault_names[] = {"no-answer", "deaf", "late-or-lost", "wrong-type", "out-of-range", "refused-set", "half-written",
	"credentials", "cabinet-clock", "our-clock", "restart", "power"};

static void begin_fault(struct ntcip_scene *s, enum fault fault)
{
	struct ntcip_faults *f = &s->faults;

	f->silent = fault == NO_ANSWER || fault == POWER;
	f->deaf = fault == DEAF;
	f->lose_ppm = fault == LOSSY ? 300000 : 0;
	f->wrong_type = fault == WRONG_TYPE;
	f->out_of_range = fault == OUT_OF_RANGE;
	f->refuse_sets = fault == REFUSED_SET;
	f->sets_left = fault == HALF_WRITTEN ? 2 : 0;
	f->error = fault == CREDENTIALS ? NTCIP_REFUSED_USER : NTCIP_OK;
	if (fault == CLOCK)
		asc_model_clock(s->model, 50);
	if (fault == OUR_CLOCK)
		s->wall_off_s = -3600;
	if (fault == RESTART || fault == POWER)
		asc_model_state(s->model, ASC_POWER_OFF);
	if (fault == RESTART) {
		f->silent = true;
		ntcip_scene_run(s, 2);
		f->silent = false;
		asc_model_state(s->model, ASC_NORMAL);
	}
}

static void end_fault(struct ntcip_scene *s, enum fault fault)
{
	s->faults = (struct ntcip_faults){0};
	s->wall_off_s = 0;
	asc_model_clock(s->model, 0);
	if (fault == POWER)
		asc_model_state(s->model, ASC_NORMAL);
}

static void test_fault(gconstpointer data)
{
	enum fault fault = (enum fault) GPOINTER_TO_INT(data);
	struct ntcip_scene s;
	struct controller_split splits[8];
	struct controller_pattern p = ntcip_scene_pattern(splits, 40, 90, 0);

	ntcip_scene_begin(&s, &plain, &(struct ntcip_unit_setup){.vars_most = 10});
	ntcip_scene_run(&s, 10);
	g_assert_true(ntcip_scene_give(&s, &p));
	ntcip_scene_run(&s, 100);
	begin_fault(&s, fault);
	p.row = 41;
	p.cycle_s = 90;
	p.offset_s = 45;
	splits[1].split_s = splits[5].split_s = splits[1].split_s - 1;
	splits[3].split_s = splits[7].split_s = splits[3].split_s + 1;
	ntcip_scene_run(&s, 70); /* long enough to be noticed */
	ntcip_unit_write(s.unit, &p);
	ntcip_scene_run(&s, 30);
	if (fault != LOSSY)
		ntcip_unit_select(s.unit, 41);
	ntcip_scene_run(&s, 100);
	struct ntcip_heard *h = &s.heard;
	g_test_message("down %u \"%s\", refused %u \"%s\", replies \"%s\"", h->downs, h->down_why, h->refusals, h->refused, h->reply_why);
	switch (fault) {
	case NO_ANSWER:
	case DEAF:
	case POWER:
		g_assert_cmpuint(h->downs, >=, 1);
		break;
	case LOSSY:
		break;
	case WRONG_TYPE:
	case OUT_OF_RANGE:
		g_assert_true(ntcip_scene_alert(&s, "controller-garbage"));
		break;
	case CREDENTIALS:
		g_assert_true(ntcip_scene_alert(&s, "controller-credentials"));
		break;
	case REFUSED_SET:
		g_assert_cmpuint(h->writes_bad + h->selects_bad, ==, 2);
		break;
	case HALF_WRITTEN: /* the write was cut off; what is half there was not selected */
		g_assert_cmpuint(h->downs + h->writes_bad + h->selects_bad, >=, 1);
		break;
	case CLOCK:
	case OUR_CLOCK:
		g_assert_true(ntcip_scene_alert(&s, "controller-clock"));
		g_assert_cmpuint(h->selects_bad, ==, 1);
		break;
	case RESTART:
		g_assert_true((h->alarms & CONTROLLER_RESTARTED) != 0);
		break;
	case N_FAULTS:
		break;
	}
	if (fault != LOSSY && fault != RESTART)
		g_assert_cmpuint(h->selects_ok, ==, 1); /* only the first one, before it */
	g_assert_cmpuint(asc_model_street_faults(s.model), ==, 0);
	end_fault(&s, fault);
	ntcip_scene_run(&s, 200);
	g_assert_cmpuint(h->n_alerts, ==, 0);
	if (!ntcip_scene_give(&s, &p)) {
		p.row = 40; /* it is running, or selected, already */
		g_assert_true(ntcip_scene_give(&s, &p));
	}
	ntcip_scene_run(&s, 600);
	g_assert_cmpuint(s.heard.row, ==, p.row);
	assert_clean(&s);
	ntcip_scene_end(&s);
}

/* Another cabinet at the address: named, left alone; the right one again: all is well. */
static void test_stranger(void)
{
	struct asc_make other = plain;
	struct ntcip_scene s;
	struct controller_split splits[8];
	struct controller_pattern p = ntcip_scene_pattern(splits, 40, 90, 0);

	ntcip_scene_begin(&s, &plain, NULL);
	ntcip_scene_run(&s, 10);
	struct asc_model *right = s.model;
	other.seed = 77;
	other.descr = "Somebody else's cabinet";
	s.model = asc_model_new(&other, (int64_t) (s.now_s * 10));
	s.faults.silent = true; /* while it is exchanged */
	ntcip_scene_run(&s, 10);
	s.faults.silent = false;
	ntcip_scene_run(&s, 60);
	g_assert_true(ntcip_scene_alert(&s, "controller-stranger"));
	g_assert_false(ntcip_scene_give(&s, &p));
	assert_clean(&s);
	asc_model_free(s.model);
	s.model = right;
	ntcip_scene_run(&s, 100);
	g_assert_false(ntcip_scene_alert(&s, "controller-stranger"));
	g_assert_true(ntcip_scene_give(&s, &p));
	ntcip_scene_end(&s);

	/* one that lets phases go together whose links cross here */
	ntcip_scene_begin(&s, &plain, NULL);
	asc_model_mix_up(s.model);
	ntcip_scene_run(&s, 60);
	g_assert_true(ntcip_scene_alert(&s, "controller-stranger"));
	g_assert_nonnull(strstr(s.heard.down_why, "green together"));
	g_assert_cmpuint(s.heard.ups, ==, 0);
	ntcip_scene_end(&s);

	struct ntcip_unit_setup expects = {.expect = (char *) "Another make"};
	ntcip_scene_begin(&s, &plain, &expects);
	ntcip_scene_run(&s, 60);
	g_assert_true(ntcip_scene_alert(&s, "controller-stranger"));
	ntcip_scene_end(&s);
}

static void test_edited(void)
{
	struct ntcip_scene s;

	ntcip_scene_begin(&s, &plain, NULL);
	ntcip_scene_run(&s, 10);
	asc_model_edit(s.model);
	ntcip_scene_run(&s, 70);
	g_assert_true(ntcip_scene_told(&s, "controller-edited"));
	g_assert_cmpuint(s.heard.timings, ==, 2);
	g_assert_cmpuint(s.heard.downs, ==, 0);
	ntcip_scene_end(&s);
}

/* Second by second: a phase is held beyond its time, then forced off; omitted phases are not served; let go, all as before. */
/* Killed while it held, and begun anew with patterns before the backup time is over: what was held and passed over then is not for ever. */
static void test_held_before(void)
{
	struct ntcip_scene s;
	struct controller_split splits[8];
	const struct controller_call call = {.hold = 0x22, .omit = 0x11, .vehicle_calls = 0xff};

	ntcip_scene_begin(&s, &plain, NULL);
	ntcip_scene_run(&s, 10);
	for (int t = 0; t < 100; t++) {
		ntcip_unit_call(s.unit, &call);
		ntcip_scene_run(&s, 1);
	}
	g_assert_cmphex(asc_model_greens(s.model), ==, 0x22);
	ntcip_scene_restart(&s, NULL);
	ntcip_scene_run(&s, 3);
	g_assert_false(asc_model_backup(s.model));
	uint64_t left = asc_model_services(s.model, 1), right = asc_model_services(s.model, 4);
	struct controller_pattern p = ntcip_scene_pattern(splits, 47, 90, 0);
	g_assert_true(ntcip_scene_give(&s, &p));
	ntcip_scene_run(&s, 400);
	g_assert_cmpuint(asc_model_services(s.model, 1), >, left);
	g_assert_cmpuint(asc_model_services(s.model, 4), >, right);
	g_assert_false(asc_model_backup(s.model));
	assert_clean(&s);
	ntcip_scene_end(&s);
}

static void test_holds(void)
{
	struct ntcip_scene s;
	struct controller_call call = {.hold = 0x22, .omit = 0x11, .vehicle_calls = 0xff};

	ntcip_scene_begin(&s, &plain, NULL);
	ntcip_scene_run(&s, 10);
	uint64_t left = 0;
	for (int t = 0; t < 400; t++) {
		ntcip_unit_call(s.unit, &call);
		ntcip_scene_run(&s, 1);
		if (t == 150)
			left = asc_model_services(s.model, 1);
	}
	g_assert_cmphex(asc_model_greens(s.model), ==, 0x22);
	g_assert_cmpint(s.heard.mode, ==, CONTROLLER_CENTRAL);
	g_assert_cmpuint(asc_model_services(s.model, 1), ==, left);
	g_assert_false(asc_model_backup(s.model));
	call = (struct controller_call){.force_off = 0x22, .hold = 0x88, .vehicle_calls = 0x88, .omit = 0x55};
	for (int t = 0; t < 60; t++) {
		ntcip_unit_call(s.unit, &call);
		ntcip_scene_run(&s, 1);
	}
	g_assert_cmphex(asc_model_greens(s.model), ==, 0x88);
	ntcip_unit_release(s.unit);
	ntcip_scene_run(&s, 400);
	g_assert_cmpint(s.heard.mode, ==, CONTROLLER_LOCAL);
	g_assert_cmpuint(asc_model_services(s.model, 1), >, left);
	assert_clean(&s);
	ntcip_scene_end(&s);
}

/* An emergency vehicle: the pre-emption input of its phase, kept for as long as it is asked for, and no longer. */
static void test_priority(void)
{
	struct ntcip_scene s;
	struct controller_split splits[8];
	struct controller_pattern p = ntcip_scene_pattern(splits, 40, 90, 0);
	struct controller_priority ask = {
		.id = "ambulance 7", .asks = CONTROLLER_ASK_NEW, .vehicle = CONTROLLER_CLASS_EMERGENCY, .phases = 0x02};

	ntcip_scene_begin(&s, &plain, &(struct ntcip_unit_setup){.preempts = {[2] = 3, [4] = 4}});
	ntcip_scene_run(&s, 10);
	g_assert_true((s.heard.can & CONTROLLER_PRIORITY) != 0);
	g_assert_true(ntcip_scene_give(&s, &p));
	ntcip_unit_priority(s.unit, &ask);
	ntcip_scene_run(&s, 300);
	g_assert_cmpint(s.heard.mode, ==, CONTROLLER_AWAY);
	g_assert_true((s.heard.alarms & CONTROLLER_PREEMPTED) != 0);
	g_assert_false(asc_model_backup(s.model)); /* kept alive: five backup times */
	ntcip_unit_priority(s.unit, &(struct controller_priority){.id = "ambulance 7", .asks = CONTROLLER_ASK_CANCEL});
	ntcip_scene_run(&s, 30);
	g_assert_cmpstr(s.heard.away, ==, "normal again, for less than a minute");
	ntcip_scene_run(&s, 100);
	g_assert_cmpint(s.heard.mode, !=, CONTROLLER_AWAY);
	assert_clean(&s);
	ntcip_scene_end(&s);
}

/* The stop watch does count: what a careless centre could do to this cabinet shows. */
static void test_watch_counts(void)
{
	static const struct {
		uint32_t tail[6];
		uint32_t n;
		int64_t to;
	} writes[] = {{{1, 2, 1, 4, 1}, 5, 0}, {{1, 2, 1, 4, 3}, 5, 0}, {{1, 2, 1, 8, 2}, 5, 0}, {{1, 2, 1, 9, 4}, 5, 0},
		{{7, 5, 1, 8, 1}, 5, 3}, {{1, 2, 1, 2, 2}, 5, 2}, {{1, 2, 1, 3, 4}, 5, 1}, {{4, 7, 1, 3, 1}, 5, 60}, {{4, 14, 0}, 3, 33}};
	owned(asc_model) m = asc_model_new(&plain, NTCIP_SCENE_T0_S * (int64_t) 10);
	uint32_t at;

	asc_model_run(m, NTCIP_SCENE_T0_S * (int64_t) 10 + 6000);
	g_assert_cmpuint(asc_model_street_faults(m), ==, 0);
	for (size_t i = 0; i < G_N_ELEMENTS(writes); i++) {
		struct asc_set set = {
			.oid = {1, 3, 6, 1, 4, 1, 1206, 4, 2, 1}, .n = 10 + writes[i].n, .value = {.type = ASC_INTEGER, .number = writes[i].to}};
		memcpy(set.oid + 10, writes[i].tail, sizeof writes[i].tail);
		g_assert_cmpint(asc_set(m, "administrator", &set, 1, &at), ==, 0);
	}
	asc_model_run(m, NTCIP_SCENE_T0_S * (int64_t) 10 + 60000);
	g_assert_cmpuint(asc_model_count(m, ASC_SHORT_GREEN), >, 0);
	g_assert_cmpuint(asc_model_count(m, ASC_SHORT_YELLOW) + asc_model_count(m, ASC_NO_YELLOW), >, 0);
	g_assert_cmpuint(asc_model_count(m, ASC_SHORT_RED), >, 0);
	g_assert_cmpuint(asc_model_count(m, ASC_SHORT_WALK), >, 0);
	g_assert_cmpuint(asc_model_count(m, ASC_SHORT_PED_CLEAR), >, 0);
	g_assert_cmpuint(asc_model_count(m, ASC_SAFETY_WRITTEN), ==, 6);
	g_assert_cmpuint(asc_model_count(m, ASC_RUNNING_EDITED), ==, 1);
	g_assert_cmpuint(asc_model_count(m, ASC_BAD_PLAN), ==, 1);
	/* conflicts: concurrency that lets 2 and 4 go together in two rings */
	owned(asc_model) mixed = asc_model_new(&plain, NTCIP_SCENE_T0_S * (int64_t) 10);
	asc_model_mix_up(mixed);
	asc_model_run(mixed, NTCIP_SCENE_T0_S * (int64_t) 10 + 60000);
	g_assert_cmpuint(asc_model_count(mixed, ASC_CONFLICT), >, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ntcip/sequence-range", test_sequence_range);
	g_test_add_func("/ntcip/watch", test_watch_counts);
	g_test_add_func("/ntcip/up", test_comes_up);
	static const char *const variants[] = {"plain", "transactions", "zone", "dwell", "add-only"};
	for (int i = 0; i < 5; i++) {
		g_autofree char *name = g_strdup_printf("/ntcip/pattern/%s", variants[i]);
		g_test_add_data_func(name, GINT_TO_POINTER(i), test_pattern);
	}
	g_test_add_func("/ntcip/backup", test_backup);
	g_test_add_func("/ntcip/no_backup", test_no_backup);
	g_test_add_func("/ntcip/split_number", test_split_number);
	g_test_add_data_func("/ntcip/away/flash", GINT_TO_POINTER(ASC_FLASH), test_away);
	g_test_add_data_func("/ntcip/away/preempt", GINT_TO_POINTER(ASC_PREEMPT), test_away);
	g_test_add_data_func("/ntcip/away/manual", GINT_TO_POINTER(ASC_MANUAL), test_away);
	g_test_add_data_func("/ntcip/away/stop_time", GINT_TO_POINTER(ASC_STOP_TIME), test_away);
	for (int i = 0; i < N_FAULTS; i++) {
		g_autofree char *name = g_strdup_printf("/ntcip/fault/%s", fault_names[i]);
		g_test_add_data_func(name, GINT_TO_POINTER(i), test_fault);
	}
	g_test_add_func("/ntcip/stranger", test_stranger);
	g_test_add_func("/ntcip/edited", test_edited);
	g_test_add_func("/ntcip/held_before", test_held_before);
	g_test_add_func("/ntcip/holds", test_holds);
	g_test_add_func("/ntcip/priority", test_priority);
	return g_test_run();
}

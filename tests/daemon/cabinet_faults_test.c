/* cabinet_faults_test.c - cabinets that misbehave, through the whole daemon: the real greenwaved, a model cabinet for each fault, all at once beside
 * one that is sound. Each fault: nothing unsafe reaches the cabinet (counted there), an alert on the feed names cabinet and fault, and when the
 * fault is over the alert is, too, and the cabinet runs what it is given again.
 *
 * Arguments: greenwaved, fake_vision. Runs in the time of fast_clock.c.
 */
#include "tests/daemon/cabinet_street.h"

#include <string.h>

#define START_S 200.0 /* until all run what they are given */
#define SETTLE_S 20.0
#define NOTICE_S 200.0
#define RECOVER_S 900.0
#define HOUR_S 3600.0

static const char *greenwaved, *fake_vision;

struct fault {
	const char *name;
	enum place_kind kind;
	void (*begin)(struct place *p, bool on); /* and its end */
	const char *alert, *says; /* its kind; words of its sentence */
	const char *options, *style;
	bool early; /* it is there before the daemon is */
};

/* ---- NTCIP ---- */

static void silent(struct place *p, bool on)
{
	p->asc.fault = on ? ASC_WIRE_SILENT : ASC_WIRE_GOOD;
}

static void late(struct place *p, bool on)
{
	p->asc.late = on;
}

static void garbled(struct place *p, bool on)
{
	p->asc.fault = on ? ASC_WIRE_GARBAGE : ASC_WIRE_GOOD;
}

static void types(struct place *p, bool on)
{
	p->asc.fault = on ? ASC_WIRE_WRONG_TYPE : ASC_WIRE_GOOD;
}

static void range(struct place *p, bool on)
{
	p->asc.fault = on ? ASC_WIRE_RANGE : ASC_WIRE_GOOD;
}

static void refuses(struct place *p, bool on)
{
	p->asc.fault = on ? ASC_WIRE_NO_SETS : ASC_WIRE_GOOD;
}

static void half(struct place *p, bool on)
{
	p->asc.fault = on ? ASC_WIRE_HALF : ASC_WIRE_GOOD;
}

static void clock_off(struct place *p, bool on)
{
	asc_model_clock(p->asc.model, on ? 600 : 0);
}

static void restarts(struct place *p, bool on)
{
	if (!on)
		return;
	asc_model_state(p->asc.model, ASC_POWER_OFF);
	asc_model_run(p->asc.model, asc_port_now_ds() + 1); /* dark for a moment */
	asc_model_state(p->asc.model, ASC_NORMAL);
}

static void stranger(struct place *p, bool on)
{
	static const struct asc_make other = {.seed = 99, .backup_s = 40, .vehicles_ph = 200, .descr = "Somebody else's cabinet"};

	if (on) {
		p->right = p->asc.model;
		p->asc.model = asc_model_new(&other, asc_port_now_ds());
		silent(p, true); /* while it is exchanged */
	} else {
		place_is_safe(p);
		g_assert_cmpuint(asc_model_called(p->asc.model), ==, 0);
		asc_model_free(p->asc.model);
		p->asc.model = g_steal_pointer(&p->right);
	}
}

static void locked(struct place *p, bool on)
{
	p->asc.locked = on;
}

/* ---- GB/T 20999 ---- */

static void unit_misbehaves(struct place *p, uint32_t how, bool on)
{
	gbt_post_lock(p->gbt)->misdeeds = on ? how : 0;
	gbt_post_unlock(p->gbt);
}

static void unit_mute(struct place *p, bool on)
{
	unit_misbehaves(p, GBT_MUTE, on);
}

static void unit_late(struct place *p, bool on)
{
	unit_misbehaves(p, GBT_LATE, on);
}

static void unit_garbled(struct place *p, bool on)
{
	unit_misbehaves(p, GBT_DAMAGED, on);
}

static void unit_types(struct place *p, bool on)
{
	unit_misbehaves(p, GBT_WRONG_TYPE, on);
}

static void unit_range(struct place *p, bool on)
{
	unit_misbehaves(p, GBT_OUT_OF_RANGE, on);
}

static void unit_half(struct place *p, bool on)
{
	unit_misbehaves(p, GBT_REFUSE_PLANS, on);
}

static void unit_refuses(struct place *p, bool on)
{
	unit_misbehaves(p, GBT_REFUSE_CONTROL, on);
}

static void unit_stranger(struct place *p, bool on)
{
	unit_misbehaves(p, GBT_OTHER_NUMBER, on);
}

static void unit_clock(struct place *p, bool on)
{
	gbt_post_lock(p->gbt)->clock_off_s = on ? 100 : 0;
	gbt_post_unlock(p->gbt);
}

static void unit_restarts(struct place *p, bool on)
{
	struct gbt_cabinet *c = gbt_post_lock(p->gbt);

	if (on)
		gbt_cabinet_restart(c);
	gbt_post_unlock(p->gbt);
}

/* ---- RSMP ---- */

static void site_misbehaves(struct place *p, uint32_t how, bool on)
{
	rsmp_post_site(p->rsmp)->misdeeds = on ? how : 0;
}

static void site_mute(struct place *p, bool on)
{
	site_misbehaves(p, SITE_MUTE, on);
}

static void site_late(struct place *p, bool on)
{
	site_misbehaves(p, SITE_LATE, on);
}

static void site_garbage(struct place *p, bool on)
{
	site_misbehaves(p, SITE_GARBAGE, on);
}

static void site_types(struct place *p, bool on)
{
	site_misbehaves(p, SITE_WRONG_TYPE, on);
}

static void site_range(struct place *p, bool on)
{
	site_misbehaves(p, SITE_OUT_OF_RANGE, on);
}

static void site_half(struct place *p, bool on)
{
	site_misbehaves(p, SITE_REFUSE_OFFSET, on);
}

static void site_refuses(struct place *p, bool on)
{
	site_misbehaves(p, SITE_REFUSE_PLAN, on);
}

static void site_clock(struct place *p, bool on)
{
	rsmp_post_site(p->rsmp)->clock_off_s = on ? 100 : 0;
}

static void site_restarts(struct place *p, bool on)
{
	if (on)
		rsmp_site_restart(rsmp_post_site(p->rsmp));
}

static void site_stranger(struct place *p, bool on)
{
	static char right[32];
	struct rsmp_site *site = rsmp_post_site(p->rsmp);

	if (on)
		g_strlcpy(right, site->id, sizeof right);
	g_strlcpy(site->id, on ? "RN+SI9999" : right, sizeof site->id);
	rsmp_post_cut(p->rsmp);
}

static void site_code(struct place *p, bool on)
{
	g_strlcpy(rsmp_post_site(p->rsmp)->code, on ? "3333" : "2222", sizeof rsmp_post_site(p->rsmp)->code);
}

static const struct fault faults[] = {
	{"sound", PLACE_NTCIP, NULL, NULL, NULL, "version: 2c", NULL, false},
	{"silent", PLACE_NTCIP, silent, "controller-down", "does not answer", "version: 1", NULL, false},
	{"late", PLACE_NTCIP, late, "controller-garbage", "too late", "version: 2c", NULL, false},
	{"garbled", PLACE_NTCIP, garbled, "controller-garbage", "no SNMP", "version: 2c", NULL, false},
	{"types", PLACE_NTCIP, types, "controller-garbage", "wrong types", "version: 2c", NULL, false},
	{"range", PLACE_NTCIP, range, "controller-garbage", "out of range", "version: 1", NULL, false},
	{"refuses", PLACE_NTCIP, refuses, "controller-refused", "does not take", "version: 2c", NULL, false},
	{"held", PLACE_NTCIP, refuses, "controller-refused", "does not take", "version: 2c", "holds", false},
	{"half", PLACE_NTCIP, half, "controller-refused", "could not be written", "version: 2c, vars: 10", NULL, true},
	{"clock", PLACE_NTCIP, clock_off, "controller-clock", "clock", "version: 2c", NULL, false},
	{"restart", PLACE_NTCIP, restarts, "controller-lost", "was restarted", "version: 2c", NULL, false},
	{"stranger", PLACE_NTCIP, stranger, "controller-stranger", "stands there", "version: 2c", NULL, false},
	{"community", PLACE_NTCIP, locked, "controller-down", "community", "version: 2c", NULL, false},
	{"user", PLACE_NTCIP, locked, "controller-credentials", "user",
		"version: 3, user: " ASC_V3_USER ", auth_password: \"" ASC_V3_AUTH "\", priv_password: \"" ASC_V3_PRIV "\"", NULL, false},
	{"unit-sound", PLACE_GBT, NULL, NULL, NULL, "", NULL, false},
	{"unit-mute", PLACE_GBT, unit_mute, "controller-down", "does not answer", "", NULL, false},
	{"unit-late", PLACE_GBT, unit_late, "controller-down", "too late", "", NULL, false},
	{"unit-garbled", PLACE_GBT, unit_garbled, "controller-garbage", "", "", NULL, false},
	{"unit-types", PLACE_GBT, unit_types, "controller-status", "", "", NULL, false},
	{"unit-range", PLACE_GBT, unit_range, "controller-status", "", "", NULL, false},
	{"unit-half", PLACE_GBT, unit_half, "controller-refused", "", "", NULL, true},
	{"unit-refuses", PLACE_GBT, unit_refuses, "controller-refused", "", "", NULL, true},
	{"unit-clock", PLACE_GBT, unit_clock, "controller-clock", "", "", NULL, false},
	{"unit-restart", PLACE_GBT, unit_restarts, "controller-lost", "", "", NULL, false},
	{"unit-stranger", PLACE_GBT, unit_stranger, "controller-stranger", "another controller", "", NULL, false},
	{"site-sound", PLACE_RSMP, NULL, NULL, NULL, "", NULL, false},
	{"site-mute", PLACE_RSMP, site_mute, "controller-down", "does not acknowledge", "", NULL, false},
	{"site-late", PLACE_RSMP, site_late, "controller-down", "", "", NULL, false},
	{"site-garbage", PLACE_RSMP, site_garbage, "controller-garbage", "", "", NULL, false},
	{"site-types", PLACE_RSMP, site_types, "controller-status", "", "", NULL, false},
	{"site-range", PLACE_RSMP, site_range, "controller-status", "", "", NULL, false},
	{"site-half", PLACE_RSMP, site_half, "controller-refused", "no offsets today", "", NULL, true},
	{"site-refuses", PLACE_RSMP, site_refuses, "controller-refused", "not now", "", NULL, true},
	{"site-clock", PLACE_RSMP, site_clock, "controller-clock", "s ahead of ours", "", NULL, false},
	{"site-restart", PLACE_RSMP, site_restarts, "controller-down", "closed the connection", "", NULL, false},
	{"site-stranger", PLACE_RSMP, site_stranger, "controller-stranger", "RN+SI9999", "", NULL, false},
	{"site-code", PLACE_RSMP, site_code, "controller-credentials", "security code", "", NULL, true},
};

static struct place places[G_N_ELEMENTS(faults)];

static const struct fault *fault_of(const struct place *p)
{
	return &faults[p - places];
}

static bool from_the_start(const struct place *p)
{
	return !fault_of(p)->early;
}

static bool is_sound(const struct place *p)
{
	return fault_of(p)->alert == NULL;
}

static bool has_fault(const struct place *p)
{
	return fault_of(p)->alert != NULL;
}

/* Each second, and not once a minute only. */
static bool tells_time(const struct place *p)
{
	return p->kind == PLACE_NTCIP;
}

static bool is_named(struct place *p)
{
	const char *text = g_hash_table_lookup(p->seen, fault_of(p)->alert);

	return text != NULL && strstr(text, fault_of(p)->says) != NULL;
}

static bool is_well(struct place *p)
{
	return g_hash_table_size(p->active) == 0 && place_is_commanded(p);
}

static bool is_alone(struct place *p)
{
	return !place_is_commanded(p);
}

static bool is_left(const struct place *p)
{
	return p->left;
}

static bool is_kept(const struct place *p)
{
	return !p->left;
}

static bool is_never(struct place *p)
{
	(void) p;
	return false;
}

/* One that is held is let go for a moment when all is read again. */
static bool is_in_step(struct place *p)
{
	bool held = p->style != NULL && strcmp(p->style, "holds") == 0;

	if (!held && !place_is_commanded(p))
		g_error("%s: handed back, and nothing was changed about it", p->id);
	return false;
}

static bool is_clock_named(struct place *p)
{
	return g_hash_table_contains(p->active, "controller-clock");
}

static bool is_clock_right(struct place *p)
{
	return !is_clock_named(p);
}

static void expect(struct street *s, const char *what, bool (*is)(struct place *p), bool (*counts)(const struct place *p), double most_s)
{
	double began_s = (double) g_get_monotonic_time() * 1e-6;
	struct place *left = street_until(s, is, counts, most_s);

	if (left != NULL) {
		GHashTableIter i;
		gpointer kind, text;
		g_hash_table_iter_init(&i, left->seen);
		while (g_hash_table_iter_next(&i, &kind, &text))
			g_test_message("%s %s%s: %s", left->id, (char *) kind, g_hash_table_contains(left->active, kind) ? "" : " (over)", (char *) text);
		g_error("%s: not within %.0f s: %s (commanded: %d)", left->id, most_s, what, place_is_commanded(left));
	}
	g_test_message("%s: %.0f s", what, (double) g_get_monotonic_time() * 1e-6 - began_s);
}

static void each(bool on, bool early)
{
	for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
		if (faults[i].begin != NULL && (!on || faults[i].early == early))
			faults[i].begin(&places[i], on);
}

/* A cabinet that is exchanged is not there for a moment. */
static bool is_exchanged(const struct place *p)
{
	return fault_of(p)->begin == stranger;
}

static void let_strangers_speak(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
		if (is_exchanged(&places[i]))
			silent(&places[i], false);
}

/* What a machine that was busy while all began made late is no work of a fault that was not there yet. */
static void forget_the_start(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
		if (!faults[i].early)
			g_hash_table_remove_all(places[i].seen);
}

/* A stranger alarms the one whose place it takes, and a line that is gone is not called a refusal. */
static void look_for_noise(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		const char *own = faults[i].alert != NULL ? faults[i].alert : "";
		if (strcmp(own, "controller-stranger") != 0 && g_hash_table_contains(places[i].seen, "controller-stranger"))
			g_error("%s: controller-stranger: %s", places[i].id, (const char *) g_hash_table_lookup(places[i].seen, "controller-stranger"));
		if (strcmp(own, "controller-down") == 0 && g_hash_table_contains(places[i].seen, "controller-refused"))
			g_error("%s: controller-refused: %s", places[i].id, (const char *) g_hash_table_lookup(places[i].seen, "controller-refused"));
	}
}

static bool is_missed(struct place *p)
{
	return g_hash_table_contains(p->active, "controller-down");
}

static void test_faults(void)
{
	struct street street, *s = &street;

	for (size_t i = 0; i < G_N_ELEMENTS(faults); i++)
		places[i] = (struct place){.kind = faults[i].kind, .id = (char *) faults[i].name, .style = faults[i].style, .options = faults[i].options};
	street_begin(s, places, G_N_ELEMENTS(places));
	each(true, true);
	street_launch(s, greenwaved, fake_vision);
	expect(s, "all run what they are given", place_is_commanded, from_the_start, START_S);
	street_until(s, is_never, NULL, SETTLE_S);
	forget_the_start();
	each(true, false);
	expect(s, "a cabinet that is exchanged is missed", is_missed, is_exchanged, NOTICE_S);
	let_strangers_speak();
	expect(s, "each fault is named", is_named, has_fault, NOTICE_S);
	g_assert_null(street_until(s, place_is_commanded, is_sound, 0));
	look_for_noise();
	each(false, false);
	expect(s, "all is well again", is_well, NULL, RECOVER_S);
	street_jump(s, HOUR_S);
	expect(s, "our own clock is wrong", is_clock_named, tells_time, NOTICE_S);
	street_jump(s, 0);
	expect(s, "our own clock is right", is_clock_right, tells_time, NOTICE_S);
	expect(s, "all is well behind it", is_well, NULL, RECOVER_S);
	street_reload(s);
	street_until(s, is_in_step, NULL, STREET_BACKUP_S);
	for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
		places[i].left = is_sound(&places[i]);
	street_reload(s);
	expect(s, "those that are left are handed back before their backup time is over", is_alone, is_left, STREET_BACKUP_S / 2);
	street_until(s, is_never, NULL, 1.5 * STREET_BACKUP_S);
	expect(s, "all others go on", is_well, is_kept, RECOVER_S);
	for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
		g_assert_true(!places[i].left || is_alone(&places[i]));
	street_stop(s);
	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		g_assert_false(place_is_commanded(&places[i])); /* handed back */
		place_is_safe(&places[i]);
	}
	street_end(s);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_assert_cmpint(argc, ==, 3);
	greenwaved = argv[1];
	fake_vision = argv[2];
	g_test_add_func("/cabinet_faults", test_faults);
	return g_test_run();
}

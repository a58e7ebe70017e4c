/* ntcip_week.c - a random time of driver and cabinet together: plans good and bad, holds, faults of the line, switches in the cabinet,
 * daemons that are killed; the cabinet's stop watch must not count anything.
 *
 * ntcip_week HOURS [SEED]; the test runs some hours, the bench a week (HOURS 168).
 */
#include <stdlib.h>
#include <string.h>

#include "tests/daemon/ntcip_scene.h"

struct week {
	struct ntcip_scene s;
	GRand *rand;
	double state_until_s, faults_until_s, dead_until_s, calls_until_s;
	bool off;
	uint32_t row;
	uint64_t plans, bad_plans, faults, switches, kills, holds;
};

static uint32_t roll(struct week *w, uint32_t n)
{
	return (uint32_t) g_rand_int_range(w->rand, 0, (gint32) n);
}

static bool chance(struct week *w, double per_hour)
{
	return g_rand_double(w->rand) < per_hour / 3600.0;
}

/* One in three is spoiled: none of these may get into the cabinet. */
static void give_plan(struct week *w)
{
	struct controller_split splits[8];
	uint32_t cycle_s = 80 + roll(w, 90), offset_s = roll(w, cycle_s);
	struct controller_pattern p = ntcip_scene_pattern(splits, 40 + (w->row ^= 1), cycle_s, offset_s);

	if (roll(w, 3) == 0) {
		w->bad_plans++;
		switch (roll(w, 6)) {
		case 0:
			splits[roll(w, 8)].split_s -= 1 + roll(w, 30);
			break;
		case 1:
			p.offset_s = cycle_s + roll(w, 50);
			break;
		case 2:
			p.n_splits = roll(w, 8);
			break;
		case 3:
			splits[0].split_s = splits[4].split_s = 6;
			splits[1].split_s += p.cycle_s / 6 - 6;
			splits[5].split_s = splits[1].split_s;
			break;
		case 4:
			splits[3].number = 9;
			break;
		default:
			p.row = roll(w, 60);
		}
	}
	w->plans++;
	ntcip_unit_write(w->s.unit, &p);
	if (roll(w, 4) != 0)
		ntcip_scene_run(&w->s, 1 + roll(w, 6));
	/* rows that were never written are not asked for by the daemon (steer.h); of those that broke half way the driver knows */
	if (p.row < 64 && (w->s.heard.written >> p.row & 1) != 0)
		ntcip_unit_select(w->s.unit, p.row);
}

static void spoil_line(struct week *w)
{
	struct ntcip_faults *f = &w->s.faults;

	*f = (struct ntcip_faults){.deaf = w->off};
	w->s.wall_off_s = 0;
	asc_model_clock(w->s.model, 0);
	w->faults++;
	switch (roll(w, 9)) {
	case 0:
		f->silent = true;
		break;
	case 1:
		f->deaf = true;
		break;
	case 2:
		f->lose_ppm = 20000 + roll(w, 400000);
		break;
	case 3:
		f->wrong_type = true;
		break;
	case 4:
		f->refuse_sets = true;
		break;
	case 5:
		f->sets_left = 1 + roll(w, 4);
		break;
	case 6:
		f->error = NTCIP_REFUSED_USER;
		break;
	case 7:
		asc_model_clock(w->s.model, (int64_t) roll(w, 40000) - 20000);
		break;
	default:
		w->s.wall_off_s = (double) roll(w, 20000) - 10000;
	}
	w->faults_until_s = w->s.now_s + 1 + roll(w, 300);
}

static void hold(struct week *w)
{
	static const phase_set pairs[] = {0x11, 0x12, 0x21, 0x22, 0x44, 0x48, 0x84, 0x88};
	struct controller_call call = {.hold = pairs[roll(w, 8)],
		.vehicle_calls = roll(w, 256),
		.omit = roll(w, 5) == 0 ? pairs[roll(w, 8)] : 0,
		.ped_calls = roll(w, 256)};

	if (roll(w, 8) == 0)
		call = (struct controller_call){.force_off = 0xff, .vehicle_calls = 0xff};
	ntcip_unit_call(w->s.unit, &call);
}

static void second(struct week *w)
{
	struct ntcip_scene *s = &w->s;

	if (s->now_s >= w->faults_until_s && w->faults_until_s > 0) {
		s->faults = (struct ntcip_faults){.deaf = w->off};
		s->wall_off_s = 0;
		asc_model_clock(s->model, 0);
		w->faults_until_s = 0;
	}
	if (s->now_s >= w->state_until_s && w->state_until_s > 0) {
		asc_model_state(s->model, ASC_NORMAL);
		w->state_until_s = 0;
		s->faults.deaf = w->off = false;
	}
	if (chance(w, 1.5))
		spoil_line(w);
	if (w->state_until_s == 0 && chance(w, 0.7)) {
		enum asc_state state = (enum asc_state)(1 + roll(w, 5));
		asc_model_state(s->model, state);
		s->faults.deaf = s->faults.deaf || state == ASC_POWER_OFF;
		w->off = state == ASC_POWER_OFF;
		w->state_until_s = s->now_s + 2 + roll(w, 200);
		w->switches++;
	}
	if (chance(w, 0.3))
		asc_model_edit(s->model);
	if (chance(w, 0.3)) { /* kill -9, and somebody starts it again */
		w->kills++;
		s->heard.written = 0;
		w->dead_until_s = s->now_s + roll(w, 200);
		ntcip_unit_free(s->unit);
		s->unit = NULL;
		while (s->now_s < w->dead_until_s) {
			s->now_s += 1;
			asc_model_run(s->model, (int64_t) (s->now_s * 10));
		}
		struct ntcip_unit_setup setup = {.vars_most = 8 + roll(w, 30)};
		s->unit = NULL;
		ntcip_scene_restart(s, &setup);
	}
	if (chance(w, 1))
		ntcip_unit_release(s->unit);
	if (chance(w, 2)) {
		w->calls_until_s = s->now_s + roll(w, 240);
		w->holds++;
	}
	if (s->now_s < w->calls_until_s)
		hold(w);
	else if (roll(w, 60) == 0)
		give_plan(w);
	ntcip_scene_run(s, 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	double hours = argc > 1 ? g_ascii_strtod(argv[1], NULL) : 6;
	guint32 seed = argc > 2 ? (guint32) g_ascii_strtoull(argv[2], NULL, 10) : g_random_int();
	struct week w = {.rand = g_rand_new_with_seed(seed)};
	struct asc_make make = {.seed = seed | 1,
		.backup_s = (uint16_t) (20 + seed % 100),
		.vehicles_ph = 250,
		.split_number_rw = seed % 2 == 0,
		.correction = (uint8_t) (2 + seed % 3)};
	uint64_t faults = 0;

	g_print("seed %u\n", seed);
	ntcip_scene_begin(&w.s, &make, NULL);
	for (double end_s = w.s.now_s + hours * 3600; w.s.now_s < end_s;)
		second(&w);
	struct ntcip_heard *h = &w.s.heard;
	g_print("%.0f h, backup time %u s: %" G_GUINT64_FORMAT " plans (%" G_GUINT64_FORMAT
			" spoiled), %u written, %u refused, %u selected, %" G_GUINT64_FORMAT " times held, %" G_GUINT64_FORMAT
			" faults of the line, %" G_GUINT64_FORMAT " switches in the cabinet, %" G_GUINT64_FORMAT
			" daemons killed, %u times up, %u statuses\n",
		hours, make.backup_s, w.plans, w.bad_plans, h->writes_ok, h->writes_bad, h->selects_ok, w.holds, w.faults, w.switches, w.kills,
		h->ups, h->statuses);
	for (uint32_t p = 1; p <= ASC_PHASES; p++)
		g_print("%sphase %u: %" G_GUINT64_FORMAT " greens", p == 1 ? "" : ", ", p, asc_model_services(w.s.model, p));
	g_print("\n");
	for (int v = 0; v < ASC_N_VIOLATIONS; v++) {
		g_print(
			"%s: %" G_GUINT64_FORMAT "\n", asc_violation_name((enum asc_violation) v), asc_model_count(w.s.model, (enum asc_violation) v));
		faults += asc_model_count(w.s.model, (enum asc_violation) v);
	}
	bool busy = h->writes_ok > 10 * hours && h->selects_ok > 5 * hours && h->statuses > 1800 * hours;
	if (!busy)
		g_print("too little happened to tell anything\n");
	ntcip_scene_end(&w.s);
	g_rand_free(w.rand);
	return faults > 0 || !busy;
}

/* event_signal.c - one signal's events, derived from what shows: see event_log.h. */
#include "daemon/event_log.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/units.h"

struct event_phase {
	uint16_t number;
	uint32_t link;	   /* one that stands for it: without a map */
	bool pedestrian;   /* without a map: a crossing of its own */
	double min_green_s, red_s, ped_clear_s;
	/* Due later; INT64_MAX: nothing. */
	int64_t min_green_us, red_ends_us, ped_clear_ends_us;
};

struct event_signal {
	const struct junction *j;
	bool mapped;
	struct event_phase *phases;
	uint32_t n;
	uint16_t *phase_of_lane; /* beside junction.lanes */
	struct event_shows shows;
	bool begun;
	struct event_coordination coordination;
	bool coordinated;
	double splits_s[32];
	uint32_t alarms;
};

/* ---- which phases there are ---- */

static bool same_turns(const struct junction *j, uint32_t a, uint32_t b)
{
	for (uint32_t s = 0; s < j->n_stages; s++)
		if (j->stages[s].state[a] != j->stages[s].state[b])
			return false;
	return j->links[a].pedestrian == j->links[b].pedestrian;
}

static void add_phase(struct event_signal *s, uint32_t number, uint32_t link)
{
	const struct signal_link *l = &s->j->links[link];

	s->phases[s->n++] = (struct event_phase){.number = (uint16_t) number, .link = link, .pedestrian = l->pedestrian, .min_green_s = l->min_green_s,
		.red_s = l->pedestrian ? 0 : l->clear_s, .ped_clear_s = l->pedestrian ? l->clear_s : 0, .min_green_us = INT64_MAX, .red_ends_us = INT64_MAX,
		.ped_clear_ends_us = INT64_MAX};
}

static void find_phases(struct event_signal *s)
{
	const struct junction *j = s->j;

	for (int pedestrian = 0; pedestrian <= 1; pedestrian++)
		for (uint32_t i = 0; i < j->n_links && s->n < CABINET_MAX_PHASES; i++) {
			bool first = j->links[i].pedestrian == (pedestrian != 0);
			for (uint32_t k = 0; k < i && first; k++)
				first = !same_turns(j, i, k);
			if (first)
				add_phase(s, s->n + 1, i);
		}
}

static void take_phases(struct event_signal *s, const struct cabinet_map *map)
{
	for (uint32_t i = 0; i < map->n_phases; i++) {
		const struct cabinet_phase *p = &map->phases[i];
		add_phase(s, p->number, p->links[0]);
		struct event_phase *e = &s->phases[s->n - 1];
		for (uint32_t k = 0; k < p->n_links; k++)
			if (s->j->links[p->links[k]].pedestrian)
				e->ped_clear_s = fmax(e->ped_clear_s, s->j->links[p->links[k]].clear_s);
	}
}

/* The first phase that lets vehicles leave the lane. */
static uint16_t phase_of_lane(const struct event_signal *s, const struct cabinet_map *map, uint32_t lane)
{
	for (uint32_t i = 0; i < s->j->n_links; i++)
		for (uint32_t m = 0; m < s->j->links[i].n_net_links; m++) {
			if (s->j->net->links[s->j->links[i].net_links[m]].from_lane != lane)
				continue;
			for (uint32_t p = 0; map == NULL && p < s->n; p++)
				if (same_turns(s->j, s->phases[p].link, i))
					return s->phases[p].number;
			for (uint32_t p = 0; map != NULL && p < map->n_phases; p++)
				for (uint32_t k = 0; k < map->phases[p].n_links; k++)
					if (map->phases[p].links[k] == i)
						return map->phases[p].number;
		}
	return 0;
}

struct event_signal *event_signal_new(const struct junction *j, const struct cabinet_map *map)
{
	struct event_signal *s = g_new0(struct event_signal, 1);

	s->j = j;
	s->mapped = map != NULL;
	s->phases = g_new0(struct event_phase, CABINET_MAX_PHASES + 1);
	if (map != NULL)
		take_phases(s, map);
	else
		find_phases(s);
	s->phase_of_lane = g_new0(uint16_t, j->n_lanes + 1);
	for (uint32_t l = 0; l < j->n_lanes; l++)
		s->phase_of_lane[l] = phase_of_lane(s, map, j->lanes[l]);
	return s;
}

void event_signal_free(struct event_signal *s)
{
	if (s == NULL)
		return;
	g_free(s->phases);
	g_free(s->phase_of_lane);
	g_free(s);
}

/* ---- what shows ---- */

static void add(struct event_signal *s, struct event_log *l, int64_t t_us, uint32_t event, uint32_t parameter)
{
	event_log_add(l, t_us, s->j->id, event, parameter);
}

static void due(struct event_signal *s, struct event_log *l, int64_t *at_us, int64_t now_us, uint32_t event, uint32_t other, uint32_t number)
{
	if (*at_us > now_us)
		return;
	add(s, l, *at_us, event, number);
	if (other != event)
		add(s, l, *at_us, other, number);
	*at_us = INT64_MAX;
}

static void begin_green(struct event_signal *s, struct event_log *l, struct event_phase *p, int64_t t_us)
{
	/* Its clearance was cut short, or was never as long as we have it: it is over now. */
	p->red_ends_us = MIN(p->red_ends_us, p->red_ends_us == INT64_MAX ? INT64_MAX : t_us);
	due(s, l, &p->red_ends_us, t_us, EVENT_RED_CLEARANCE_ENDS, EVENT_PHASE_OFF, p->number);
	add(s, l, t_us, EVENT_PHASE_ON, p->number);
	add(s, l, t_us, EVENT_GREEN, p->number);
	p->min_green_us = t_us + (int64_t) (p->min_green_s * 1e6);
}

static void end_green(struct event_signal *s, struct event_log *l, struct event_phase *p, uint32_t ended_by, int64_t t_us)
{
	p->min_green_us = INT64_MAX; /* ended before we would have had it end: not complete by what we know */
	if (ended_by != 0)
		add(s, l, t_us, ended_by, p->number);
	add(s, l, t_us, EVENT_GREEN_ENDS, p->number);
	add(s, l, t_us, EVENT_YELLOW, p->number);
}

static void end_yellow(struct event_signal *s, struct event_log *l, struct event_phase *p, int64_t t_us)
{
	add(s, l, t_us, EVENT_YELLOW_ENDS, p->number);
	add(s, l, t_us, EVENT_RED_CLEARANCE, p->number);
	p->red_ends_us = t_us + (int64_t) (p->red_s * 1e6);
	due(s, l, &p->red_ends_us, t_us, EVENT_RED_CLEARANCE_ENDS, EVENT_PHASE_OFF, p->number);
}

static void turn_vehicles(struct event_signal *s, struct event_log *l, struct event_phase *p, const struct event_shows *now, int64_t t_us)
{
	phase_set bit = phase_bit(p->number);
	bool was_green = (s->shows.greens & bit) != 0, was_amber = (s->shows.ambers & bit) != 0;
	bool green = (now->greens & bit) != 0, amber = (now->ambers & bit) != 0;

	if (was_green && !green)
		end_green(s, l, p, now->ended_by, t_us);
	if ((was_amber || was_green) && !amber && (!green || was_amber)) /* an amber between two polls lasted no time that we know */
		if (!(was_green && green))
			end_yellow(s, l, p, t_us);
	if (green && !was_green)
		begin_green(s, l, p, t_us);
}

static void turn_walk(struct event_signal *s, struct event_log *l, struct event_phase *p, const struct event_shows *now, int64_t t_us)
{
	phase_set bit = phase_bit(p->number);
	bool walked = (s->shows.walks & bit) != 0, walks = (now->walks & bit) != 0;

	if (walks && !walked) {
		p->ped_clear_ends_us = MIN(p->ped_clear_ends_us, p->ped_clear_ends_us == INT64_MAX ? INT64_MAX : t_us);
		due(s, l, &p->ped_clear_ends_us, t_us, EVENT_DONT_WALK, EVENT_DONT_WALK, p->number);
		add(s, l, t_us, EVENT_WALK, p->number);
	} else if (!walks && walked) {
		add(s, l, t_us, EVENT_PED_CLEARANCE, p->number);
		p->ped_clear_ends_us = t_us + (int64_t) (p->ped_clear_s * 1e6);
	}
}

static void turn_calls(struct event_signal *s, struct event_log *l, struct event_phase *p, const struct event_shows *now, int64_t t_us)
{
	phase_set bit = phase_bit(p->number);

	if ((now->vehicle_calls & ~s->shows.vehicle_calls & bit) != 0)
		add(s, l, t_us, EVENT_CALL, p->number);
	if ((s->shows.vehicle_calls & ~now->vehicle_calls & bit) != 0)
		add(s, l, t_us, EVENT_CALL_DROPPED, p->number);
	if ((now->ped_calls & ~s->shows.ped_calls & bit) != 0)
		add(s, l, t_us, EVENT_PED_CALL, p->number);
}

void event_signal_shows(struct event_signal *s, struct event_log *l, const struct event_shows *shows, int64_t t_us)
{
	for (uint32_t i = 0; i < s->n; i++) {
		struct event_phase *p = &s->phases[i];
		due(s, l, &p->min_green_us, t_us, EVENT_MIN_GREEN, EVENT_MIN_GREEN, p->number);
		due(s, l, &p->red_ends_us, t_us, EVENT_RED_CLEARANCE_ENDS, EVENT_PHASE_OFF, p->number);
		due(s, l, &p->ped_clear_ends_us, t_us, EVENT_DONT_WALK, EVENT_DONT_WALK, p->number);
		if (!s->begun)
			continue;
		turn_vehicles(s, l, p, shows, t_us);
		turn_walk(s, l, p, shows, t_us);
		turn_calls(s, l, p, shows, t_us);
	}
	s->shows = *shows;
	s->begun = true;
}

void event_signal_letters(struct event_signal *s, struct event_log *l, const char *letters, uint32_t ended_by, int64_t t_us)
{
	struct event_shows shows = {.ended_by = ended_by};

	if (strlen(letters) != s->j->n_links)
		return;
	for (uint32_t i = 0; i < s->n; i++) {
		char letter = letters[s->phases[i].link];
		phase_set bit = phase_bit(s->phases[i].number);
		if (shows_green(letter))
			*(s->phases[i].pedestrian ? &shows.walks : &shows.greens) |= bit;
		else if (letter == 'y' || letter == 'Y')
			shows.ambers |= s->phases[i].pedestrian ? 0 : bit;
	}
	event_signal_shows(s, l, &shows, t_us);
}

/* ---- coordination, alarms ---- */

static uint32_t byte_of(double value_s)
{
	return isnan(value_s) || value_s < 0 ? 0 : (uint32_t) fmin(round(value_s), 255);
}

static void tell_splits(struct event_signal *s, struct event_log *l, const struct event_coordination *c, int64_t t_us)
{
	for (uint32_t n = 1; c->split_s != NULL && n <= G_N_ELEMENTS(s->splits_s); n++) {
		if (c->split_s[n - 1] == s->splits_s[n - 1])
			continue;
		add(s, l, t_us, n <= 16 ? EVENT_SPLIT_1 + n - 1 : EVENT_SPLIT_17 + n - 17, byte_of(c->split_s[n - 1]));
		s->splits_s[n - 1] = c->split_s[n - 1];
	}
}

void event_signal_coordination(struct event_signal *s, struct event_log *l, const struct event_coordination *c, int64_t t_us)
{
	const struct event_coordination *was = &s->coordination;
	bool first = !s->coordinated;

	if (first || c->row != was->row)
		add(s, l, t_us, EVENT_PATTERN, c->row);
	if (!isnan(c->cycle_s) && (first || c->cycle_s != was->cycle_s)) {
		add(s, l, t_us, EVENT_CYCLE, byte_of(c->cycle_s));
		if (c->cycle_s > 255)
			add(s, l, t_us, EVENT_CYCLE_MORE, byte_of(c->cycle_s - 255));
	}
	if (!isnan(c->offset_s) && (first || c->offset_s != was->offset_s))
		add(s, l, t_us, EVENT_OFFSET, byte_of(c->offset_s));
	tell_splits(s, l, c, t_us);
	if (first || c->in_transition != was->in_transition || (c->row == 0) != (was->row == 0))
		if (c->row == 0 || !c->in_transition) /* which way it goes into step is not told */
			add(s, l, t_us, EVENT_COORDINATION, c->row == 0 ? 0 : 1);
	s->coordination = *c;
	s->coordination.split_s = NULL;
	s->coordinated = true;
}

void event_signal_alarms(struct event_signal *s, struct event_log *l, uint32_t alarms, int64_t t_us)
{
	enum { FLASHES = 0, PREEMPTED = 2, RESTARTED = 5 }; /* bits of enum controller_alarm */

	for (uint32_t bit = 0; bit < 32; bit++) {
		bool was = (s->alarms >> bit & 1) != 0, is = (alarms >> bit & 1) != 0;
		if (was == is)
			continue;
		add(s, l, t_us, is ? EVENT_ALARM_ON : EVENT_ALARM_OFF, bit);
		if (bit == FLASHES) /* NTCIP unitFlashStatus: 2 not flash, 3 automatic, the kind that is nearest to "does not say" */
			add(s, l, t_us, EVENT_FLASH, is ? 3 : 2);
		if (bit == PREEMPTED)
			add(s, l, t_us, is ? EVENT_PREEMPT_ON : EVENT_PREEMPT_OFF, 1);
		if (bit == RESTARTED && is)
			add(s, l, t_us, EVENT_POWER_BACK, 1);
	}
	s->alarms = alarms;
}

/* ---- detectors ---- */

void event_signal_passed(struct event_signal *s, struct event_log *l, uint32_t lane, int64_t on_us, int64_t off_us)
{
	for (uint32_t i = 0; i < s->j->n_lanes; i++) {
		if (s->j->lanes[i] != lane)
			continue;
		add(s, l, on_us, EVENT_DETECTOR_ON, i + 1);
		add(s, l, off_us, EVENT_DETECTOR_OFF, i + 1);
	}
}

bool event_detectors_write(const struct event_signal *const *signals, uint32_t n, const char *path, GError **error)
{
	g_autoptr(GString) text = g_string_new("DeviceId,Phase,Parameter,Function,Lane\n");
	g_autofree char *plain = g_strdup(path);

	for (uint32_t k = 0; k < n; k++)
		for (uint32_t i = 0; signals[k] != NULL && i < signals[k]->j->n_lanes; i++)
			g_string_append_printf(text, "%s,%u,%u,Count,%s\n", signals[k]->j->id, signals[k]->phase_of_lane[i], i + 1,
				signals[k]->j->net->lanes[signals[k]->j->lanes[i]].id);
	g_strdelimit(plain, "%", '_');
	g_autofree char *full = g_strconcat(plain, ".detectors.csv", NULL);
	return g_file_set_contents(full, text->str, (gssize) text->len, error);
}

/* cabinet_map.c - see cabinet_map.h. */
#include "daemon/cabinet_map.h"

#include <string.h>

#include "daemon/controller.h"

static bool wrong(const struct junction *j, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);
static bool wrong(const struct junction *j, GError **error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_DRIVER, "signal %s: %s", j->id, text);
	return false;
}

static bool has_link(const struct cabinet_phase *p, uint32_t link)
{
	for (uint32_t i = 0; i < p->n_links; i++)
		if (p->links[i] == link)
			return true;
	return false;
}

static int by_number(const void *a, const void *b)
{
	const struct cabinet_phase *x = a, *y = b;

	return (int) x->number - (int) y->number;
}

static int by_link(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

	return (x > y) - (x < y);
}

/* One phase or overlap: its number and its links are there, once, and none of them crosses another. */
static bool take_one(const struct junction *j, const char *what, const struct cabinet_links *from, struct cabinet_phase *to, GError **error)
{
	if (from->number < 1 || from->number > CABINET_MAX_PHASES)
		return wrong(j, error, "%s %u, must be from 1 to %d", what, from->number, CABINET_MAX_PHASES);
	if (from->n_links == 0)
		return wrong(j, error, "%s %u has no links", what, from->number);
	to->number = (uint16_t) from->number;
	to->links = g_new0(uint32_t, from->n_links);
	for (uint32_t i = 0; i < from->n_links; i++) {
		uint32_t link = from->links[i];
		if (link >= j->n_links)
			return wrong(j, error, "%s %u has link %u, the signal has links 0 to %u", what, from->number, link, j->n_links - 1);
		if (has_link(to, link))
			return wrong(j, error, "%s %u has link %u twice", what, from->number, link);
		for (uint32_t k = 0; k < to->n_links; k++)
			if (j->conflict[link * j->n_links + to->links[k]])
				return wrong(j, error, "%s %u has links %u and %u, which cross: they are never green together", what, from->number,
					to->links[k], link);
		to->links[to->n_links++] = link;
		*(j->links[link].pedestrian ? &to->pedestrians : &to->vehicles) = true;
	}
	qsort(to->links, to->n_links, sizeof to->links[0], by_link);
	return true;
}

static bool take_all(const struct junction *j, const char *what, const struct cabinet_links *from, uint32_t n, struct cabinet_phase **to, uint32_t *n_to,
	GError **error)
{
	*to = g_new0(struct cabinet_phase, n + 1);
	for (*n_to = 0; *n_to < n;) { /* counted at once: what is half made is freed, too */
		struct cabinet_phase *p = &(*to)[(*n_to)++];
		if (!take_one(j, what, &from[*n_to - 1], p, error))
			return false;
		for (uint32_t i = 0; i + 1 < *n_to; i++)
			if ((*to)[i].number == p->number)
				return wrong(j, error, "%s %u is given twice", what, p->number);
	}
	qsort(*to, *n_to, sizeof **to, by_number);
	return true;
}

/* Are all links of this kind green in the stage? False where it has none. */
static bool green_in(const struct junction *j, const struct cabinet_phase *p, uint32_t stage, bool pedestrian)
{
	bool any = false;

	for (uint32_t i = 0; i < p->n_links; i++) {
		if (j->links[p->links[i]].pedestrian != pedestrian)
			continue;
		if (!shows_green(j->stages[stage].state[p->links[i]]))
			return false;
		any = true;
	}
	return any;
}

static bool is_part_of(const struct junction *j, const struct cabinet_phase *p, const struct cabinet_phase *whole)
{
	for (uint32_t i = 0; i < p->n_links; i++)
		if (!j->links[p->links[i]].pedestrian && !has_link(whole, p->links[i]))
			return false;
	return p->vehicles && p->n_links < whole->n_links;
}

static bool gives_way_somewhere(const struct junction *j, uint32_t link)
{
	for (uint32_t s = 0; s < j->n_stages; s++)
		if (j->stages[s].state[link] == 'g')
			return true;
	return false;
}

/* A phase for left turns whose link hangs on the phase of the whole approach, too, is not there while they give way: then it is the
 * approach's phase that lights them. It is there where they are protected in this stage and give way in others. */
static bool is_covered(const struct junction *j, const struct cabinet_phase *phases, uint32_t n, uint32_t index, uint32_t stage)
{
	const struct cabinet_phase *p = &phases[index];
	bool covered = false, is_protected = true;

	for (uint32_t k = 0; k < n; k++)
		covered |= k != index && is_part_of(j, p, &phases[k]) && green_in(j, &phases[k], stage, !phases[k].vehicles);
	for (uint32_t i = 0; i < p->n_links; i++)
		is_protected &= j->stages[stage].state[p->links[i]] == 'G' && gives_way_somewhere(j, p->links[i]);
	return covered && !is_protected;
}

static phase_set phases_of(const struct junction *j, const struct cabinet_phase *phases, uint32_t n, uint32_t stage)
{
	phase_set set = 0;

	for (uint32_t i = 0; i < n; i++)
		if (green_in(j, &phases[i], stage, !phases[i].vehicles) && !is_covered(j, phases, n, i, stage))
			set |= phase_bit(phases[i].number);
	return set;
}

static bool served_by(const struct cabinet_map *map, uint32_t stage, uint32_t link)
{
	bool pedestrian = map->junction->links[link].pedestrian;

	for (uint32_t i = 0; i < map->n_phases; i++)
		if (((pedestrian ? map->stage_walks : map->stage_phases)[stage] & phase_bit(map->phases[i].number)) != 0 && has_link(&map->phases[i], link))
			return true;
	for (uint32_t i = 0; i < map->n_overlaps; i++)
		if ((map->stage_overlaps[stage] & phase_bit(map->overlaps[i].number)) != 0 && has_link(&map->overlaps[i], link))
			return true;
	return false;
}

static bool hangs(const struct cabinet_map *map, uint32_t link)
{
	for (uint32_t i = 0; i < map->n_phases; i++)
		if (has_link(&map->phases[i], link))
			return true;
	for (uint32_t i = 0; i < map->n_overlaps; i++)
		if (has_link(&map->overlaps[i], link))
			return true;
	return false;
}

/* Each stage is a set of phases, no less than it and no more. */
static bool find_stages(struct cabinet_map *map, GError **error)
{
	const struct junction *j = map->junction;

	for (uint32_t s = 0; s < j->n_stages; s++) {
		map->stage_phases[s] = phases_of(j, map->phases, map->n_phases, s);
		map->stage_overlaps[s] = phases_of(j, map->overlaps, map->n_overlaps, s);
		for (uint32_t i = 0; i < map->n_phases; i++)
			if ((map->stage_phases[s] & phase_bit(map->phases[i].number)) != 0 && green_in(j, &map->phases[i], s, true))
				map->stage_walks[s] |= phase_bit(map->phases[i].number);
		for (uint32_t l = 0; l < j->n_links; l++) {
			if (!shows_green(j->stages[s].state[l]) || served_by(map, s, l))
				continue;
			if (!hangs(map, l))
				return wrong(j, error, "link %u hangs on no phase, but stage %s serves it", l, j->stages[s].name);
			return wrong(j, error, "stage %s serves link %u, but not all links of any phase that it hangs on", j->stages[s].name, l);
		}
	}
	for (uint32_t s = 0; s < j->n_stages; s++)
		for (uint32_t o = 0; o < s; o++)
			if (map->stage_phases[s] == map->stage_phases[o] && map->stage_overlaps[s] == map->stage_overlaps[o] &&
				map->stage_walks[s] == map->stage_walks[o] && junction_stage_of(j, j->stages[s].state) == s)
				return wrong(j, error, "stages %s and %s are the same phases", j->stages[o].name, j->stages[s].name);
	return true;
}

static void find_conflicts(struct cabinet_map *map)
{
	const struct junction *j = map->junction;

	for (uint32_t a = 0; a < map->n_phases; a++)
		for (uint32_t b = 0; b < map->n_phases; b++)
			for (uint32_t i = 0; a != b && i < map->phases[a].n_links; i++)
				for (uint32_t k = 0; k < map->phases[b].n_links; k++)
					if (j->conflict[map->phases[a].links[i] * j->n_links + map->phases[b].links[k]])
						map->conflicts[a] |= phase_bit(map->phases[b].number);
}

struct cabinet_map *cabinet_map_new(const struct junction *j, const struct cabinet_links *phases, uint32_t n_phases,
	const struct cabinet_links *overlaps, uint32_t n_overlaps, GError **error)
{
	owned(cabinet_map) map = g_new0(struct cabinet_map, 1);

	map->junction = j;
	if (!take_all(j, "phase", phases, n_phases, &map->phases, &map->n_phases, error) ||
		!take_all(j, "overlap", overlaps, n_overlaps, &map->overlaps, &map->n_overlaps, error))
		return NULL;
	map->stage_phases = g_new0(phase_set, j->n_stages + 1);
	map->stage_walks = g_new0(phase_set, j->n_stages + 1);
	map->stage_overlaps = g_new0(phase_set, j->n_stages + 1);
	map->conflicts = g_new0(phase_set, n_phases + 1);
	for (uint32_t i = 0; i < map->n_phases; i++)
		map->all |= phase_bit(map->phases[i].number);
	find_conflicts(map);
	return find_stages(map, error) ? give(map) : NULL;
}

static void phases_free(struct cabinet_phase *phases, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		g_free(phases[i].links);
	g_free(phases);
}

void cabinet_map_free(struct cabinet_map *map)
{
	if (map == NULL)
		return;
	phases_free(map->phases, map->n_phases);
	phases_free(map->overlaps, map->n_overlaps);
	g_free(map->stage_phases);
	g_free(map->stage_walks);
	g_free(map->stage_overlaps);
	g_free(map->conflicts);
	g_free(map);
}

const struct cabinet_phase *cabinet_map_phase(const struct cabinet_map *map, uint32_t number)
{
	for (uint32_t i = 0; i < map->n_phases; i++)
		if (map->phases[i].number == number)
			return &map->phases[i];
	return NULL;
}

/* Lights of one phase onto its links: amber and red never cover a green. */
static void shine(const struct cabinet_map *map, const struct cabinet_phase *p, bool green, bool amber, bool walk, char *letters)
{
	for (uint32_t i = 0; i < p->n_links; i++) {
		char *letter = &letters[p->links[i]];
		bool pedestrian = map->junction->links[p->links[i]].pedestrian;
		if (pedestrian ? walk : green)
			*letter = 'G';
		else if (amber && !pedestrian && *letter != 'G')
			*letter = 'y';
	}
}

/* May link i be 'G' among these greens? As in a stage where it is, and in which everybody is green whose way it meets here. */
static bool has_priority(const struct junction *j, const char *lights, uint32_t i)
{
	for (uint32_t s = 0; s < j->n_stages; s++) {
		bool all = j->stages[s].state[i] == 'G';
		for (uint32_t k = 0; all && k < j->n_links; k++)
			all = k == i || lights[k] != 'G' || !j->foes[i * j->n_links + k] || shows_green(j->stages[s].state[k]);
		if (all)
			return true;
	}
	return false;
}

static void give_way(const struct junction *j, char *letters)
{
	g_autofree char *lights = g_strdup(letters);

	for (uint32_t i = 0; i < j->n_links; i++)
		if (letters[i] == 'G' && !has_priority(j, lights, i))
			letters[i] = 'g';
}

char *cabinet_map_letters(const struct cabinet_map *map, const struct cabinet_lights *lights)
{
	char *letters = g_strnfill(map->junction->n_links, 'r');

	for (uint32_t i = 0; i < map->n_phases; i++) {
		phase_set bit = phase_bit(map->phases[i].number);
		shine(map, &map->phases[i], lights->greens & bit, lights->ambers & bit, (lights->no_walks ? lights->greens : lights->walks) & bit, letters);
	}
	for (uint32_t i = 0; i < map->n_overlaps; i++) {
		phase_set bit = phase_bit(map->overlaps[i].number);
		shine(map, &map->overlaps[i], lights->overlap_greens & bit, lights->overlap_ambers & bit, lights->overlap_greens & bit, letters);
	}
	give_way(map->junction, letters);
	return letters;
}

uint32_t cabinet_map_stage(const struct cabinet_map *map, phase_set phases)
{
	for (uint32_t s = 0; s < map->junction->n_stages; s++)
		if (map->stage_phases[s] == (phases & map->all))
			return s;
	return STAGE_NONE;
}

static void print_all(GString *out, const struct junction *j, const char *what, const struct cabinet_phase *phases, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		g_string_append_printf(out, "%s%s %u: links", out->len > 0 ? ", " : "", what, phases[i].number);
		for (uint32_t k = 0; k < phases[i].n_links; k++)
			g_string_append_printf(out, " %u%s", phases[i].links[k], j->links[phases[i].links[k]].pedestrian ? " (walk)" : "");
	}
}

char *cabinet_map_print(const struct cabinet_map *map)
{
	GString *out = g_string_new(NULL);

	print_all(out, map->junction, "phase", map->phases, map->n_phases);
	print_all(out, map->junction, "overlap", map->overlaps, map->n_overlaps);
	return g_string_free(out, FALSE);
}

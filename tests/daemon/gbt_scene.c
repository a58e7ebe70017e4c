/* gbt_scene.c - see gbt_scene.h. */
#include "tests/daemon/gbt_scene.h"

#include <string.h>

double gbt_scene_lasts_s(const struct plan *p, const struct junction *j, uint32_t r)
{
	uint32_t n = p->n_rows, before = p->rows[(r + n - 1) % n].stage, stage = p->rows[r].stage, after = p->rows[(r + 1) % n].stage;

	return p->rows[r].split_s - junction_change_s(j, before, stage) + junction_change_s(j, stage, after);
}

struct gbt_cabinet *gbt_scene_cabinet(const struct cabinet_scene *s)
{
	struct gbt_cabinet *c = gbt_cabinet_cross();
	struct gbt_model_plan *own = &c->plans[1];

	c->n_stages = s->junction->n_stages;
	for (uint32_t i = 0; i < MODEL_STAGES; i++)
		c->stage_phases[i] = i < c->n_stages ? (uint8_t) s->map->stage_phases[i] : 0;
	memset(c->conflicts, 0, sizeof c->conflicts);
	memset(c->intergreen_s, 0, sizeof c->intergreen_s);
	for (uint32_t a = 0; a < s->map->n_phases; a++)
		for (uint32_t b = 0; b < MODEL_PHASES; b++)
			if (s->map->conflicts[a] >> b & 1) {
				c->conflicts[s->map->phases[a].number - 1] |= (uint8_t) (1 << b);
				c->intergreen_s[s->map->phases[a].number - 1][b] = 5;
			}
	*own = (struct gbt_model_plan){.there = true, .coordination = 1, .junction = 1};
	for (uint32_t r = 0; r < s->plan->n_rows; r++) {
		own->stages[15 - r] = (uint8_t) (s->plan->rows[r].stage + 1);
		own->appearances[15 - r] = 0x10;
		own->times_s[15 - r] = (uint16_t) (gbt_scene_lasts_s(s->plan, s->junction, r) + 10); /* more than its minimums, whatever they are */
		own->cycle_s += own->times_s[15 - r];
	}
	gbt_cabinet_restart(c);
	return c;
}

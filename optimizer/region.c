/* region.c - see region.h. */
#include "optimizer/region.h"

struct region {
	const struct layout *layout;
	uint32_t n_sites;
	uint32_t **ahead;   /* by site: groups, owned */
	uint32_t *n_ahead;
	double *room_veh;   /* by group: that may stand on its way, all lanes together */
	double *stands_veh; /* by group; < 0 where nobody sees it */
	double *fill_frac;  /* by site */
};

/* By site: the streams that leave it. */
static GArray **leaving_streams(const struct layout *l)
{
	GArray **leave = g_new(GArray *, MAX(l->n_sites, 1));

	for (uint32_t k = 0; k < l->n_sites; k++)
		leave[k] = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	for (uint32_t k = 0; k < l->n_streams; k++)
		g_array_append_val(leave[l->slots[l->moves[l->streams[k].move].slot].site], k);
	return leave;
}

/* Adds to `ahead` the groups that the site's exits lead to and that are not `known` yet. */
static void add_exits(const struct layout *l, const GArray *leave, bool *known, GArray *ahead)
{
	for (guint i = 0; i < leave->len; i++) {
		uint32_t group = l->streams[g_array_index(leave, uint32_t, i)].group;
		if (known[group])
			continue;
		known[group] = true;
		g_array_append_val(ahead, group);
	}
}

static void find_ahead(struct region *r, uint32_t site, GArray *const *leave)
{
	const struct layout *l = r->layout;
	GArray *ahead = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	g_autofree bool *known = g_new0(bool, MAX(l->n_groups, 1));
	guint from = 0;

	add_exits(l, leave[site], known, ahead);
	for (uint32_t hop = 1; hop < REGION_HOPS; hop++) {
		guint to = ahead->len;
		for (; from < to; from++)
			add_exits(l, leave[l->slots[l->groups[g_array_index(ahead, uint32_t, from)].slots[0]].site], known, ahead);
	}
	r->n_ahead[site] = ahead->len;
	r->ahead[site] = (uint32_t *) g_array_free(ahead, FALSE);
}

struct region *region_new(const struct layout *l)
{
	struct region *r = g_new0(struct region, 1);

	r->layout = l;
	r->n_sites = l->n_sites;
	r->ahead = g_new0(uint32_t *, MAX(l->n_sites, 1));
	r->n_ahead = g_new0(uint32_t, MAX(l->n_sites, 1));
	r->room_veh = g_new0(double, MAX(l->n_groups, 1));
	r->stands_veh = g_new0(double, MAX(l->n_groups, 1));
	r->fill_frac = g_new0(double, MAX(l->n_sites, 1));
	for (uint32_t k = 0; k < l->n_streams; k++) {
		double *room_veh = &r->room_veh[l->streams[k].group];
		*room_veh = MAX(*room_veh, l->streams[k].store_veh);
	}
	GArray **leave = leaving_streams(l);
	for (uint32_t k = 0; k < l->n_sites; k++)
		find_ahead(r, k, leave);
	for (uint32_t k = 0; k < l->n_sites; k++)
		g_array_free(leave[k], TRUE);
	g_free(leave);
	return r;
}

void region_free(struct region *r)
{
	if (!r)
		return;
	for (uint32_t k = 0; k < r->n_sites; k++) /* the layout may be gone */
		g_free(r->ahead[k]);
	g_free(r->ahead);
	g_free(r->n_ahead);
	g_free(r->room_veh);
	g_free(r->stands_veh);
	g_free(r->fill_frac);
	g_free(r);
}

static double stands_veh(const struct demand *d, const struct site_group *g)
{
	double veh = 0.0;

	for (uint32_t i = 0; i < g->n_slots; i++) {
		if (!demand_fresh(d, g->slots[i], d->now_s))
			return -1.0;
		veh += d->slots[g->slots[i]].queue_veh + d->slots[g->slots[i]].hidden_veh;
	}
	return veh;
}

void region_step(struct region *r, const struct demand *d)
{
	for (uint32_t g = 0; g < r->layout->n_groups; g++)
		r->stands_veh[g] = stands_veh(d, &r->layout->groups[g]);
	for (uint32_t k = 0; k < r->n_sites; k++) {
		double stands = 0.0, room = 0.0;
		for (uint32_t i = 0; i < r->n_ahead[k]; i++) {
			uint32_t g = r->ahead[k][i];
			if (r->stands_veh[g] < 0.0)
				continue;
			stands += MIN(r->stands_veh[g], r->room_veh[g]);
			room += r->room_veh[g];
		}
		r->fill_frac[k] = room > 0.0 ? stands / room : 0.0;
	}
}

double region_fill_frac(const struct region *r, uint32_t k)
{
	return r->fill_frac[k];
}

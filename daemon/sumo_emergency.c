/* sumo_emergency.c - see sumo_emergency.h. */
#include "daemon/sumo_emergency.h"

#include <math.h>
#include <string.h>

#define ID_MOST 63 /* of the bridge */

struct ambulance {
	char *id;
	GPtrArray *way; /* edge ids; NULL: not told yet */
	char *lane;     /* NULL: not seen yet */
	double pos_m, speed_mps;
	bool asked, here; /* we follow it; it was in the last reply */
};

struct sumo_emergency {
	GPtrArray *entered;    /* ids: their class is not known yet */
	GPtrArray *ambulances; /* struct ambulance */
};

static void free_ambulance(gpointer user)
{
	struct ambulance *a = user;

	g_free(a->id);
	g_clear_pointer(&a->way, g_ptr_array_unref);
	g_free(a->lane);
	g_free(a);
}

struct sumo_emergency *sumo_emergency_new(void)
{
	struct sumo_emergency *e = g_new0(struct sumo_emergency, 1);

	e->entered = g_ptr_array_new_with_free_func(g_free);
	e->ambulances = g_ptr_array_new_with_free_func(free_ambulance);
	return e;
}

void sumo_emergency_free(struct sumo_emergency *e)
{
	if (e == NULL)
		return;
	g_ptr_array_unref(e->entered);
	g_ptr_array_unref(e->ambulances);
	g_free(e);
}

void sumo_emergency_ask(struct sumo_emergency *e, struct traci_out *message)
{
	static const uint8_t place[] = {TRACI_VEHICLE_LANE, TRACI_VEHICLE_LANE_POS, TRACI_VEHICLE_SPEED};

	for (guint i = 0; i < e->entered->len; i++) {
		traci_out_get(message, TRACI_GET_VEHICLE, TRACI_VEHICLE_CLASS, e->entered->pdata[i]);
		traci_out_may_fail(message);
	}
	g_ptr_array_set_size(e->entered, 0);
	for (guint i = 0; i < e->ambulances->len; i++) {
		struct ambulance *a = e->ambulances->pdata[i];
		if (a->asked)
			continue;
		traci_out_get(message, TRACI_GET_VEHICLE, TRACI_VEHICLE_EDGES, a->id);
		traci_out_may_fail(message);
		traci_out_watch(message, TRACI_WATCH_VEHICLE, a->id, place, sizeof place);
		traci_out_may_fail(message);
		a->asked = true;
	}
}

void sumo_emergency_begin(struct sumo_emergency *e)
{
	for (guint i = e->ambulances->len; i-- > 0;) {
		struct ambulance *a = e->ambulances->pdata[i];
		if (a->asked && !a->here)
			g_ptr_array_remove_index(e->ambulances, i); /* it has arrived */
		else
			a->here = false;
	}
}

/* Ids that the bridge would not take are left out: too long, or with characters that no terminal should see. */
static bool fits(struct traci_text id)
{
	for (uint32_t i = 0; i < id.length; i++)
		if ((unsigned char) id.at[i] <= ' ' || (unsigned char) id.at[i] >= 0x7f)
			return false;
	return id.length > 0 && id.length <= ID_MOST;
}

void sumo_emergency_entered(struct sumo_emergency *e, struct traci_value ids)
{
	struct traci_value id;

	while (ids.type == TRACI_TEXTS && traci_next(&ids, &id))
		if (fits(id.text))
			g_ptr_array_add(e->entered, g_strndup(id.text.at, id.text.length));
}

static struct ambulance *find(const struct sumo_emergency *e, struct traci_text id)
{
	for (guint i = 0; i < e->ambulances->len; i++) {
		struct ambulance *a = e->ambulances->pdata[i];
		if (traci_text_is(id, a->id))
			return a;
	}
	return NULL;
}

static void hear_way(struct ambulance *a, struct traci_value edges)
{
	struct traci_value edge;

	g_clear_pointer(&a->way, g_ptr_array_unref);
	a->way = g_ptr_array_new_with_free_func(g_free);
	while (edges.type == TRACI_TEXTS && a->way->len < WIRE_MAX_EDGES && traci_next(&edges, &edge))
		g_ptr_array_add(a->way, g_strndup(edge.text.at, edge.text.length));
}

void sumo_emergency_hear(struct sumo_emergency *e, struct traci_text vehicle, const struct traci_value *values, uint32_t n)
{
	struct ambulance *a = find(e, vehicle);

	for (uint32_t i = 0; i < n; i++) {
		const struct traci_value *v = &values[i];
		if (v->variable == TRACI_VEHICLE_CLASS && a == NULL && traci_text_is(v->text, "emergency") && fits(vehicle)) {
			a = g_new0(struct ambulance, 1);
			a->id = g_strndup(vehicle.at, vehicle.length);
			g_ptr_array_add(e->ambulances, a);
		} else if (a == NULL) {
			return;
		} else if (v->variable == TRACI_VEHICLE_EDGES) {
			hear_way(a, *v);
		} else if (v->variable == TRACI_VEHICLE_LANE) {
			g_free(a->lane);
			a->lane = g_strndup(v->text.at, MIN(v->text.length, WIRE_ID - 1));
			a->here = true;
		} else if (v->variable == TRACI_VEHICLE_LANE_POS) {
			a->pos_m = v->number;
		} else if (v->variable == TRACI_VEHICLE_SPEED) {
			a->speed_mps = v->number;
		}
	}
}

void sumo_emergency_tell(const struct sumo_emergency *e, struct wire_call *step)
{
	for (guint i = 0; i < e->ambulances->len; i++) {
		const struct ambulance *a = e->ambulances->pdata[i];
		if (!a->here || a->way == NULL || a->way->len == 0 || *a->lane == 0 || !isfinite(a->pos_m) || !isfinite(a->speed_mps))
			continue;
		struct wire_corridor *c = wire_call_corridor(step, WIRE_CORRIDOR_AT, a->id);
		c->edges = g_new0(char *, a->way->len + 1);
		for (guint k = 0; k < a->way->len; k++)
			c->edges[k] = g_strdup(a->way->pdata[k]);
		g_strlcpy(c->lane, a->lane, sizeof c->lane);
		c->pos_m = CLAMP(a->pos_m, 0, 1e6);
		c->speed_mps = CLAMP(a->speed_mps, 0, 80);
	}
}

/* type_list.c - the vehicle types of a demand and their distributions; see routes_inside.h. */
#include <string.h>

#include "sim/routes_inside.h"
#include "sim/vtype.h"

#define USED "id vClass length minGap width height maxSpeed desiredMaxSpeed accel decel emergencyDecel apparentDecel tau sigma speedFactor " \
	"speedDev carFollowModel delta probability laneChangeModel"
/* What people see, what only persons, goods, power and emissions meet, and the lateral play that there is none of. */
#define SILENT "color guiShape imgFile osgFile emissionClass personCapacity containerCapacity boardingDuration loadingDuration stepping " \
	"maneuverAngleTimes minGapLat maxSpeedLat latAlignment lcSublane lcAccelLat lcMaxSpeedLat* lcMaxDistLat* lcPushyGap lcTurnAlignmentDistance " \
	"lcOpposite timeToTeleport timeToTeleportBidi trainType insertionCheck*"

static void on_note(void *user, const struct netattr *a, const char *kind, const char *what)
{
	routes_note(user, a, kind, what);
}

static void add_type(struct reader *r, struct vtype type)
{
	g_array_append_val(r->type_list, type);
	g_hash_table_insert(r->types, g_strdup(type.id), GUINT_TO_POINTER(r->type_list->len));
}

void types_init(struct reader *r)
{
	static const struct {
		const char *id, *vclass;
	} ready[] = {{DEFAULT_TYPE, NULL}, {"DEFAULT_BIKETYPE", "bicycle"}, {"DEFAULT_TAXITYPE", "taxi"}};
	for (size_t k = 0; k < G_N_ELEMENTS(ready); k++) {
		struct vtype type = vtype_default(ready[k].vclass);
		type.id = g_strdup(ready[k].id);
		add_type(r, type);
	}
}

bool types_known(const struct reader *r, const char *id)
{
	return g_hash_table_contains(r->types, id) || g_hash_table_contains(r->type_mixes, id);
}

/* SUMO lets a file define the types that are there from the beginning, before they are used. */
static bool may_replace(const struct reader *r, const char *id)
{
	return g_str_has_prefix(id, "DEFAULT_") && r->departures->len == 0;
}

bool types_on_vtype(struct reader *r, const struct netattr *a, GError **error)
{
	const char *id = netattr_get(a, "id"), *changing = netattr_get(a, "laneChangeModel");
	if (id && types_known(r, id) && !may_replace(r, id))
		return netattr_fail(a, error, "is there twice");
	struct vtype type = {0};
	double weight = 1;
	if (!netattr_number(a, "probability", &(struct netrange){0, 1e6, false, ""}, false, &weight, error) ||
		!vtype_read(a, &type, on_note, r, error))
		return false;
	if (changing && strcmp(changing, "LC2013") != 0 && strcmp(changing, "default") != 0)
		routes_note(r, a, "laneChangeModel", "vType: other lane-changing models are driven as LC2013");
	routes_note_others(r, a, USED, SILENT);
	add_type(r, type);
	if (r->open_types)
		mix_add(r->open_types, r->type_list->len - 1, weight);
	return true;
}

bool types_on_mix(struct reader *r, const struct netattr *a, GError **error)
{
	const char *id;
	if (!netattr_text(a, "id", &id, error))
		return false;
	if (types_known(r, id) && !may_replace(r, id))
		return netattr_fail(a, error, "is there twice");
	r->open_types = mix_new();
	g_hash_table_remove(r->types, id);
	g_hash_table_replace(r->type_mixes, g_strdup(id), r->open_types);
	return mix_read_names(r->open_types, a, "vTypes", r->types, error);
}

uint32_t types_pick(const struct reader *r, const char *id, uint32_t departure)
{
	const struct mix *m = g_hash_table_lookup(r->type_mixes, id);
	if (!m)
		return GPOINTER_TO_UINT(g_hash_table_lookup(r->types, id)) - 1;
	return mix_pick(m, noise_unit(noise_stream(r->seed, departure, NOISE_TYPE), 0));
}

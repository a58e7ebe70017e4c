/* brain.c - see brain.h. */
#include "daemon/brain.h"

#include "daemon/profile_file.h"
#include "optimizer/profile.h"

#include <string.h>

#include "core/netfile.h"
#include "daemon/pilot_config.h"

static void on_alert(void *user, const char *kind, const char *where, bool active, const char *sentence)
{
	herald_alert(user, kind, where, active, sentence);
}

static bool read_network(struct brain *b, GError **error)
{
	b->net = netfile_read(b->config->network, NULL, error);
	if (b->net == NULL)
		return false;
	for (char **path = b->config->additional; *path != NULL; path++)
		if (!netfile_add_programs(b->net, *path, NULL, error))
			return false;
	b->limits = g_new0(struct junction_limits, b->net->n_signals + 1);
	for (uint32_t s = 0; s < b->net->n_signals; s++)
		b->limits[s] = config_limits_of(b->config, b->net->signals[s].id);
	b->seen = g_new0(struct brain_seen, b->net->n_lanes + 1);
	for (uint32_t l = 0; l < b->net->n_lanes; l++)
		b->seen[l] = (struct brain_seen){UNKNOWN, UNKNOWN};
	return true;
}

static bool make_pilot(struct brain *b, struct herald *herald, GError **error)
{
	struct pilot_options o = pilot_config_options(b->config);

	o.limits = b->limits;
	o.on_alert = on_alert;
	o.user = herald;
	b->pilot = pilot_new(b->net, &o, error);
	if (b->pilot == NULL) {
		g_prefix_error(error, "%s: ", b->config->network);
		return false;
	}
	if (pilot_n(b->pilot) == 0) {
		g_set_error(error, PILOT_ERROR, PILOT_ERROR_NETWORK, "%s: none of its %u signals can be guarded: %s", b->config->network,
			b->net->n_signals, pilot_unguarded(b->pilot, 0));
		return false;
	}
	return true;
}

void brain_tell_unguarded(const struct brain *b, struct herald *herald)
{
	for (uint32_t s = 0; s < b->net->n_signals; s++)
		if (pilot_unguarded(b->pilot, s) != NULL)
			herald_alert(herald, "signal-unguarded", b->net->signals[s].id, true, pilot_unguarded(b->pilot, s));
}

/* Each lane that a camera films must be there; its junction waits for it. */
static bool expect_cameras(struct brain *b, GError **error)
{
	b->cameras = g_hash_table_new(g_str_hash, g_str_equal);
	for (uint32_t i = 0; i < b->config->n_cameras; i++) {
		struct config_camera *camera = &b->config->cameras[i];
		g_hash_table_insert(b->cameras, camera->id, camera);
		for (char **id = camera->lanes; *id != NULL; id++) {
			uint32_t lane = network_lane(b->net, *id);
			if (lane == NET_NONE) {
				g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_VALUE, "%s: camera %s films lane \"%s\", which %s does not have",
					b->config->path, camera->id, *id, b->config->network);
				return false;
			}
			pilot_expect(b->pilot, lane, camera->id);
		}
	}
	return true;
}

struct brain *brain_new(const char *config_path, struct herald *herald, GError **error)
{
	owned(brain) b = g_new0(struct brain, 1);

	b->config = config_read(config_path, error);
	if (b->config == NULL || !read_network(b, error) || !make_pilot(b, herald, error) || !expect_cameras(b, error))
		return NULL;
	return give(b);
}

void brain_free(struct brain *b)
{
	if (b == NULL)
		return;
	cabinets_free(b->cabinets);
	pilot_free(b->pilot);
	if (b->cameras != NULL)
		g_hash_table_unref(b->cameras);
	g_free(b->seen);
	g_free(b->limits);
	network_free(b->net);
	config_free(b->config);
	g_free(b);
}

bool brain_prepare(struct brain *b, struct herald *herald, double (*clock_s)(void *user), void *user, GError **error)
{
	b->cabinets = cabinets_new(b->net, b->config, b->pilot, clock_s, user, herald, error);
	return b->cabinets != NULL;
}

/* What the days taught, of lanes that are still there. */
static void follow_days(struct brain *b, const struct brain *old)
{
	struct profile_days days;

	for (uint32_t lane = 0; lane < old->net->n_lanes; lane++) {
		uint32_t here = network_lane(b->net, old->net->lanes[lane].id);
		if (here != NET_NONE && pilot_optimizer(old->pilot) != NULL && optimizer_learned(pilot_optimizer(old->pilot), lane, &days))
			pilot_teach(b->pilot, here, &days);
	}
}

void brain_follow(struct brain *b, const struct brain *old, double now_s)
{
	for (uint32_t j = 0; j < pilot_n(b->pilot); j++) {
		const struct junction *junction = pilot_junction(b->pilot, j);
		uint32_t signal = network_signal(old->net, junction->id);
		uint32_t before = signal != NET_NONE ? pilot_find(old->pilot, signal) : NET_NONE;
		struct pilot_look look;
		if (before == NET_NONE || pilot_junction(old->pilot, before)->n_links != junction->n_links)
			continue;
		pilot_look(old->pilot, before, &look);
		if (look.show != NULL)
			pilot_reported(b->pilot, j, look.show, STREET_CENTRAL, now_s);
	}
	follow_days(b, old);
	corridors_follow(pilot_corridors(b->pilot), pilot_corridors(old->pilot), now_s);
}

void brain_remember(struct brain *b, struct herald *herald)
{
	const char *path = b->config->state.profile;
	struct profile_file_counts counts;
	g_autoptr(GError) error = NULL;

	if (path == NULL)
		return;
	if (profile_file_read(path, b->net, b->pilot, &counts, &error))
		g_message("%s: the day's profile of %u lanes; %u are not here any more", path, counts.lanes, counts.unknown);
	else if (g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
		g_message("%s: is not there yet: the day's profile is learned from now on", path);
	else {
		herald_alert(herald, "profile-refused", "greenwaved", true, error->message);
		if (error->domain == PROFILE_FILE_ERROR)
			profile_file_set_aside(path);
	}
}

void brain_keep(const struct brain *b, struct herald *herald)
{
	g_autoptr(GError) error = NULL;

	if (b->config->state.profile == NULL)
		return;
	bool kept = profile_file_save(b->config->state.profile, b->net, b->pilot, &error);
	herald_alert(herald, "profile-unsaved", "greenwaved", !kept, kept ? "it is saved again" : error->message);
}

bool brain_see(struct brain *b, struct wire_estimate *m, double phase_s, double now_s, GError **error)
{
	const struct config_camera *camera = g_hash_table_lookup(b->cameras, m->camera);

	if (camera == NULL) {
		g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_VALUE, "there is no camera \"%s\"", m->camera);
		return false;
	}
	for (uint32_t i = 0; i < m->n_lanes; i++)
		if (!g_strv_contains((const char *const *) camera->lanes, b->net->lanes[m->lanes[i].lane].id)) {
			g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_VALUE, "camera %s is not the one that films lane %s", m->camera,
				b->net->lanes[m->lanes[i].lane].id);
			return false;
		}
	for (uint32_t i = 0; i < m->n_lanes; i++) {
		struct estimate *e = &m->lanes[i];
		e->t_s -= phase_s;
		pilot_see(b->pilot, e, now_s);
		if (b->cabinets != NULL && e->flow_veh > 0)
			cabinets_passed(b->cabinets, e->lane, e->flow_veh, e->t_s);
		b->seen[e->lane] = (struct brain_seen){e->t_s, e->queue_veh};
	}
	return true;
}

double brain_queue_veh(const struct brain *b, uint32_t j, double now_s)
{
	const struct junction *junction = pilot_junction(b->pilot, j);
	double sum_veh = UNKNOWN;

	for (uint32_t i = 0; i < junction->n_lanes; i++) {
		const struct brain_seen *s = &b->seen[junction->lanes[i]];
		if (isnan(s->queue_veh) || now_s - s->t_s > b->config->control.stale_s)
			continue;
		sum_veh = isnan(sum_veh) ? s->queue_veh : sum_veh + s->queue_veh;
	}
	return sum_veh;
}

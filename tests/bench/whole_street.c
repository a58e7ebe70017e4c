/* whole_street.c - see whole_street.h. */
#include "tests/bench/whole_street.h"

#include <math.h>
#include <string.h>

#include "daemon/wire.h"

#define VEHICLES 20
#define SPACING_M 7.5
#define LENGTH_M 5.0
#define HEADWAY_S 2

struct street_lane {
	uint32_t lane, signal, link; /* of the network; the first link that leaves it */
	double dist_m[VEHICLES], speed_mps[VEHICLES];
	uint32_t n;
	uint32_t since_s; /* the last one left so long ago */
	bool left;        /* one left in this second */
};

struct street_camera {
	const struct config_camera *camera;
	char *topic;
	struct street_lane *lanes;
};

struct whole_street {
	const struct config *config;
	const struct network *net;
	struct bus_socket *out;
	struct wire_source *source;
	struct street_camera *cameras;
	char **states; /* by signal, NULL not known yet */
	double chance;
	GRand *rand;
};

struct whole_street *whole_street_new(const struct config *config, const struct network *net, struct bus_socket *out, double lane_vph)
{
	struct whole_street *s = g_new0(struct whole_street, 1);

	s->config = config;
	s->net = net;
	s->out = out;
	s->source = wire_source_new("vision-0");
	s->cameras = g_new0(struct street_camera, config->n_cameras + 1);
	s->states = g_new0(char *, net->n_signals + 1);
	s->chance = lane_vph / 3600;
	s->rand = g_rand_new_with_seed(1);
	for (uint32_t i = 0; i < config->n_cameras; i++) {
		struct street_camera *c = &s->cameras[i];
		c->camera = &config->cameras[i];
		c->topic = g_strdup_printf("estimate/%s", c->camera->id);
		c->lanes = g_new0(struct street_lane, c->camera->n_lanes);
		for (uint32_t k = 0; k < c->camera->n_lanes; k++) {
			uint32_t lane = network_lane(net, c->camera->lanes[k]);
			const struct net_link *link = &net->links[net->lanes[lane].first_link];
			c->lanes[k] = (struct street_lane){.lane = lane, .signal = link->signal, .link = link->signal_link};
		}
	}
	return s;
}

void whole_street_free(struct whole_street *s)
{
	for (uint32_t i = 0; i < s->config->n_cameras; i++) {
		g_free(s->cameras[i].topic);
		g_free(s->cameras[i].lanes);
	}
	for (uint32_t i = 0; i < s->net->n_signals; i++)
		g_free(s->states[i]);
	g_free(s->states);
	g_free(s->cameras);
	wire_source_free(s->source);
	g_rand_free(s->rand);
	g_free(s);
}

void whole_street_shows(struct whole_street *s, uint32_t signal, const char *state)
{
	g_free(s->states[signal]);
	s->states[signal] = g_strdup(state);
}

static void step_lane(struct whole_street *s, struct street_lane *l)
{
	const char *state = s->states[l->signal];
	bool green = state != NULL && l->link < strlen(state) && (state[l->link] == 'G' || state[l->link] == 'g');
	double limit_mps = s->net->lanes[l->lane].speed_mps, view_m = 100;

	l->since_s++;
	l->left = green && l->since_s >= HEADWAY_S && l->n > 0 && l->dist_m[0] < limit_mps;
	if (l->left) {
		memmove(l->dist_m, l->dist_m + 1, --l->n * sizeof l->dist_m[0]);
		l->since_s = 0;
	}
	for (uint32_t i = 0; i < l->n; i++) {
		double least_m = i == 0 ? 0.5 : l->dist_m[i - 1] + SPACING_M, to_m = fmax(l->dist_m[i] - limit_mps, least_m);
		l->speed_mps[i] = fmax(l->dist_m[i] - to_m, 0);
		l->dist_m[i] = fmin(to_m, fmax(l->dist_m[i], least_m));
	}
	if (l->n < VEHICLES && (l->n == 0 || l->dist_m[l->n - 1] < view_m - SPACING_M) && g_rand_double(s->rand) < s->chance) {
		l->dist_m[l->n] = view_m;
		l->speed_mps[l->n++] = limit_mps;
	}
}

void whole_street_step(struct whole_street *s)
{
	for (uint32_t i = 0; i < s->config->n_cameras; i++)
		for (uint32_t k = 0; k < s->cameras[i].camera->n_lanes; k++)
			step_lane(s, &s->cameras[i].lanes[k]);
}

static void tell(struct whole_street *s, struct street_camera *c)
{
	struct wire_head head = wire_source_next(s->source, c->topic, g_get_real_time());
	struct estimate e[32];
	struct seen_vehicle seen[32][VEHICLES];

	for (uint32_t k = 0; k < c->camera->n_lanes; k++) {
		const struct street_lane *l = &c->lanes[k];
		estimate_init(&e[k], l->lane);
		e[k].t_s = us_to_s(head.t_us);
		e[k].window_s = 1;
		e[k].view_m = 100;
		e[k].flow_veh = l->left;
		e[k].quality_frac = 0.95;
		e[k].vehicles = seen[k];
		e[k].n_vehicles = l->n;
		for (uint32_t i = 0; i < l->n; i++)
			seen[k][i] = (struct seen_vehicle){l->dist_m[i], l->speed_mps[i], LENGTH_M};
		estimate_from_vehicles(&e[k], SPACING_M);
	}
	g_autofree char *body = wire_estimate_write(&head, c->camera->id, s->net, e, c->camera->n_lanes);
	bus_publish(s->out, c->topic, body);
}

void whole_street_tell(struct whole_street *s, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < MIN(first + n, s->config->n_cameras); i++)
		tell(s, &s->cameras[i]);
}

/* pilot_config.c - from the keys below `control:` and `weights:` to the pilot's options. */
#include <string.h>

#include "daemon/pilot_config.h"

static struct optimizer_weights weights_of(const struct config_weights *w)
{
	return (struct optimizer_weights){w->fuel_frac, w->bus_weight, w->bus_length_m, w->pedestrians_ph};
}

struct pilot_options pilot_config_options(const struct config *config)
{
	const struct config_control *c = &config->control;
	struct pilot_options o = pilot_options_default();

	o.method = c->method;
	o.stale_s = c->stale_s;
	o.taper_s = c->taper_s;
	o.seen_frac = c->seen_frac;
	o.optimizer.horizon_s = c->horizon_s;
	o.optimizer.stop_penalty_s = c->stop_penalty_s;
	o.optimizer.weights = weights_of(&config->weights);
	o.optimizer.decide_s = c->decide_s;
	o.optimizer.fixed_order = strcmp(c->order, "fixed") == 0;
	o.corridor.stale_s = c->corridor_stale_s;
	o.corridor.margin_s = c->corridor_margin_s;
	return o;
}

/* herald.c - see herald.h. */
#include "daemon/herald.h"

#include "optimizer/arrivals.h"
#include "optimizer/profile.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "optimizer/why.h"

#define FORECAST_BIN_S 5.0
#define FORECAST_BINS 12

struct told {
	char *kind, *where, *sentence;
	bool active;
	uint64_t count;
};

struct herald {
	struct wire_source *source;
	struct bus_socket *publish;
	char *program;
	GPtrArray *told;     /* struct told, in the order in which they came first */
	GHashTable *by_name; /* "kind/where" -> the same */
	uint32_t active;
	uint64_t alerts;
	int64_t begun_us, cpu_at_us; /* monotonic */
	double cpu_s;
};

static void told_free(gpointer data)
{
	struct told *t = data;

	g_free(t->kind);
	g_free(t->where);
	g_free(t->sentence);
	g_free(t);
}

struct herald *herald_new(const char *program)
{
	struct herald *h = g_new0(struct herald, 1);

	h->source = wire_source_new(program);
	h->program = g_strdup(program);
	h->told = g_ptr_array_new_with_free_func(told_free);
	h->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	h->begun_us = h->cpu_at_us = g_get_monotonic_time();
	return h;
}

void herald_free(struct herald *h)
{
	if (h == NULL)
		return;
	wire_source_free(h->source);
	g_hash_table_unref(h->by_name);
	g_ptr_array_unref(h->told);
	g_free(h->program);
	g_free(h);
}

void herald_to(struct herald *h, struct bus_socket *publish)
{
	h->publish = publish;
}

static void tell(struct herald *h, const char *topic, char *body)
{
	g_autofree char *mine = body;

	if (h->publish != NULL && mine != NULL)
		bus_publish(h->publish, topic, mine);
}

static bool wanted(const struct herald *h, const char *topic)
{
	return h->publish != NULL && bus_wanted(h->publish, topic);
}

static struct wire_head head_of(struct herald *h, const char *topic)
{
	return wire_source_next(h->source, topic, g_get_real_time());
}

static struct told *told_of(struct herald *h, const char *kind, const char *where)
{
	g_autofree char *name = g_strdup_printf("%s/%s", kind, where);
	struct told *t = g_hash_table_lookup(h->by_name, name);

	if (t != NULL)
		return t;
	t = g_new0(struct told, 1);
	t->kind = g_strdup(kind);
	t->where = g_strdup(where);
	g_ptr_array_add(h->told, t);
	g_hash_table_insert(h->by_name, g_steal_pointer(&name), t);
	return t;
}

static enum wire_severity severity_of(const char *kind)
{
	if (strcmp(kind, "corridor") == 0)
		return WIRE_INFO;
	if (g_str_has_prefix(kind, "controller-") || strcmp(kind, "guard-refused") == 0)
		return WIRE_ALARM;
	return WIRE_WARNING;
}

static void tell_alert(struct herald *h, const struct told *t)
{
	g_autofree char *topic = g_strdup_printf("alert/%s/%s", t->kind, t->where);
	struct wire_alert a = {.head = head_of(h, topic), .severity = t->active ? severity_of(t->kind) : WIRE_INFO, .active = t->active, .count = t->count};

	g_strlcpy(a.kind, t->kind, sizeof a.kind);
	g_strlcpy(a.where, t->where, sizeof a.where);
	g_strlcpy(a.text, t->sentence, sizeof a.text);
	tell(h, topic, wire_alert_write(&a));
}

void herald_alert(struct herald *h, const char *kind, const char *where, bool active, const char *sentence)
{
	struct told *t = told_of(h, kind, where);
	bool news = t->active != active;

	t->count += active;
	if (news || active) {
		g_free(t->sentence);
		t->sentence = g_strdup(sentence);
	}
	if (!news)
		return;
	h->alerts += active;
	h->active += active ? 1u : -1u;
	t->active = active;
	if (active && severity_of(kind) == WIRE_INFO)
		g_message("alert/%s/%s: %s", kind, where, sentence);
	else if (active)
		g_warning("alert/%s/%s: %s", kind, where, sentence);
	else
		g_message("alert/%s/%s is over: %s", kind, where, sentence);
	tell_alert(h, t);
}

uint64_t herald_alerts(const struct herald *h)
{
	return h->alerts;
}

uint32_t herald_active(const struct herald *h)
{
	return h->active;
}

void herald_active_text(const struct herald *h, GString *to)
{
	for (guint i = 0; i < h->told->len; i++) {
		const struct told *t = h->told->pdata[i];
		if (t->active)
			g_string_append_printf(to, "alert %s %s: %s\n", t->kind, t->where, t->sentence);
	}
}

void herald_over(struct herald *h)
{
	for (guint i = 0; i < h->told->len; i++) {
		struct told *t = h->told->pdata[i];
		if (t->active && strcmp(t->kind, "config-refused") != 0)
			herald_alert(h, t->kind, t->where, false, "the configuration was read again");
	}
}

static enum wire_mode mode_of(enum pilot_mode mode)
{
	static const enum wire_mode modes[PILOT_N_MODES] = {[PILOT_ADAPTIVE] = WIRE_ADAPTIVE, [PILOT_TAPER] = WIRE_TAPER,
		[PILOT_FIXED] = WIRE_FIXED, [PILOT_HOLD] = WIRE_HOLD, [PILOT_CORRIDOR] = WIRE_CORRIDOR, [PILOT_RELEASED] = WIRE_LOCAL};

	return modes[mode];
}

static const char *stage_name(const struct junction *j, uint32_t stage)
{
	return stage < j->n_stages ? j->stages[stage].name : "";
}

static void tell_signal(struct herald *h, const struct junction *j, const struct pilot_look *look, const struct herald_signal *extra)
{
	g_autofree char *topic = g_strconcat("signal/", j->id, NULL);
	if (!wanted(h, topic))
		return;
	struct wire_signal s = {.head = head_of(h, topic), .since_us = extra->since_us, .mode = mode_of(look->mode), .held_s = UNKNOWN,
		.estimate_age_s = isfinite(look->estimate_age_s) ? look->estimate_age_s : UNKNOWN, .queue_veh = extra->queue_veh};

	g_strlcpy(s.junction, j->id, sizeof s.junction);
	g_strlcpy(s.driver, extra->driver, sizeof s.driver);
	g_strlcpy(s.state, look->street != NULL ? look->street : look->show != NULL ? look->show : "", sizeof s.state);
	if (s.state[0] == '\0')
		return; /* nobody knows what shows */
	if (s.since_us == 0)
		s.since_us = s.head.t_us;
	g_strlcpy(s.stage, stage_name(j, look->steered ? junction_stage_run(j, s.state) : junction_stage_of(j, s.state)), sizeof s.stage);
	g_strlcpy(s.asked, stage_name(j, look->asked), sizeof s.asked);
	if (look->verdict.rule != GUARD_OK) {
		g_strlcpy(s.held_by, guard_rule_name(look->verdict.rule), sizeof s.held_by);
		s.held_s = look->verdict.left_s;
	}
	tell(h, topic, wire_signal_write(&s));
}

static void add_stage(struct wire_plan *p, const struct junction *j, uint32_t stage, double start_s, double end_s)
{
	if (p->n_stages == WIRE_MAX_STAGES || stage >= j->n_stages)
		return;
	g_strlcpy(p->stages[p->n_stages].stage, j->stages[stage].name, sizeof p->stages[0].stage);
	p->stages[p->n_stages].start_s = start_s;
	p->stages[p->n_stages].end_s = end_s;
	p->n_stages++;
}

/* What its own plan asks for over the next cycle. */
static void add_own(struct wire_plan *p, const struct junction *j, const struct plan *own, double now_s)
{
	double left_s = 0, at_s = 0;

	for (uint32_t i = 0; i < own->n_rows && at_s < own->cycle_s; i++, at_s += left_s) {
		uint32_t stage = plan_stage(own, now_s + at_s + 1e-6, &left_s);
		add_stage(p, j, stage, at_s, at_s + left_s);
	}
}

static void add_why(struct wire_plan *p, const struct junction *j, const struct why *why)
{
	for (uint32_t i = 0; i < why->n_options && i < WIRE_MAX_STAGES; i++) {
		g_strlcpy(p->options[i].stage, stage_name(j, why->options[i].stage), sizeof p->options[i].stage);
		p->options[i].cost_s = why->options[i].cost_s;
		p->options[i].first_s = fmax(why->options[i].first_s, 0);
		p->n_options++;
	}
	if (why->flip_lane == NET_NONE)
		return;
	g_strlcpy(p->change_stage, stage_name(j, why->best_other), sizeof p->change_stage);
	g_strlcpy(p->change_lane, j->net->lanes[why->flip_lane].id, sizeof p->change_lane);
	p->change_veh = why->flip_veh;
}

static void tell_plan(struct herald *h, const struct junction *j, const struct pilot_look *look, const char *method, const struct why *why)
{
	g_autofree char *topic = g_strconcat("plan/", j->id, NULL);
	if (look->mode == PILOT_RELEASED || !wanted(h, topic))
		return; /* we plan nothing for it, or nobody listens */
	struct wire_plan p = {.head = head_of(h, topic), .delay_own_s = UNKNOWN, .delay_chosen_s = UNKNOWN, .delay_next_s = UNKNOWN};
	bool own = look->mode == PILOT_FIXED || look->decision == NULL;

	g_strlcpy(p.junction, j->id, sizeof p.junction);
	g_strlcpy(p.method, own ? "fixed" : look->patterned ? "pattern" : method, sizeof p.method);
	g_strlcpy(p.why, look->why, sizeof p.why);
	if (own) {
		add_own(&p, j, look->plan, us_to_s(p.head.t_us));
	} else {
		for (uint32_t i = 0; i < look->decision->n; i++)
			add_stage(&p, j, look->decision->ahead[i].stage, fmax(look->decision->ahead[i].start_s, 0), fmax(look->decision->ahead[i].end_s, 0));
		p.delay_own_s = look->decision->delay_own_s;
		p.delay_chosen_s = look->decision->delay_chosen_s;
		p.delay_next_s = look->decision->delay_next_s;
	}
	if (why != NULL)
		add_why(&p, j, why);
	p.corridor_in_s = UNKNOWN;
	if (look->corridor != NULL) {
		g_strlcpy(p.corridor, look->corridor, sizeof p.corridor);
		p.corridor_in_s = fmax(look->corridor_in_s, 0);
	}
	tell(h, topic, wire_plan_write(&p));
}

bool herald_plan_wanted(const struct herald *h, const char *junction)
{
	g_autofree char *topic = g_strconcat("plan/", junction, NULL);
	return wanted(h, topic);
}

void herald_junction(struct herald *h, const struct pilot *p, uint32_t j, const struct herald_signal *extra, const char *method, const struct why *why)
{
	struct pilot_look look;

	pilot_look(p, j, &look);
	tell_signal(h, pilot_junction(p, j), &look, extra);
	tell_plan(h, pilot_junction(p, j), &look, method, why);
}

static void add_within(struct wire_forecast_lane *to, const struct optimizer *o, uint32_t lane)
{
	to->error_veh = UNKNOWN;
	for (uint32_t k = 0; k < ARRIVALS_HORIZONS; k++) {
		const struct arrivals_score *s = optimizer_score(o, lane, k);
		struct arrivals_expected x;
		if (s == NULL || !optimizer_expect(o, lane, arrivals_horizons_s[k], &x))
			continue;
		to->within[to->n_within++] = (struct wire_within){.s = arrivals_horizons_s[k], .veh = x.mean_veh, .veh_sd = x.sd_veh, .low_veh = x.low_veh,
			.high_veh = x.high_veh, .error_veh = s->n ? s->error_veh : UNKNOWN,
			.persistence_error_veh = s->n ? s->persistence_error_veh : UNKNOWN, .held_frac = s->n ? s->held_frac : UNKNOWN};
		if (k == 0 && s->n)
			to->error_veh = s->bin_error_veh;
	}
}

static void add_later(struct wire_forecast_lane *to, const struct optimizer *o, uint32_t lane)
{
	for (uint32_t k = 0; k < PROFILE_HORIZONS; k++) {
		const struct profile_score *s = optimizer_later_score(o, lane, k);
		struct profile_expected x;
		if (s == NULL || !optimizer_later(o, lane, k, &x))
			continue;
		to->later[to->n_later++] = (struct wire_later){.s = profile_horizons_s[k], .vph = 3600.0 * x.vps, .vph_sd = 3600.0 * x.vps_sd,
			.error_vph = s->n ? 3600.0 * s->error_vps : UNKNOWN, .persistence_error_vph = s->n ? 3600.0 * s->persistence_error_vps : UNKNOWN,
			.held_frac = s->n ? s->held_frac : UNKNOWN};
	}
}

static void add_ways(struct wire_forecast_lane *to, const struct optimizer *o, const struct network *net, uint32_t lane)
{
	struct optimizer_way ways[WIRE_MAX_WAYS];
	to->n_ways = optimizer_ways(o, lane, ways, WIRE_MAX_WAYS);
	for (uint32_t k = 0; k < to->n_ways; k++) {
		g_strlcpy(to->ways[k].to, net->lanes[ways[k].to_lane].id, sizeof to->ways[k].to);
		to->ways[k].share_frac = ways[k].share_frac;
		to->ways[k].veh = to->n_within ? ways[k].share_frac * to->within[0].veh : UNKNOWN;
	}
}

void herald_forecast(struct herald *h, const struct pilot *p, uint32_t j)
{
	const struct junction *junction = pilot_junction(p, j);
	g_autofree char *topic = g_strconcat("forecast/", junction->id, NULL);
	if (!wanted(h, topic))
		return;
	g_autofree struct wire_forecast_lane *lanes = g_new0(struct wire_forecast_lane, MIN(junction->n_lanes, (uint32_t) WIRE_MAX_LANES) + 1);
	struct wire_forecast f = {.head = head_of(h, topic), .bin_s = FORECAST_BIN_S, .n_bins = FORECAST_BINS, .lanes = lanes};

	g_strlcpy(f.junction, junction->id, sizeof f.junction);
	f.n_lanes = MIN(junction->n_lanes, (uint32_t) WIRE_MAX_LANES);
	for (uint32_t i = 0; i < f.n_lanes; i++) {
		g_strlcpy(lanes[i].lane, junction->net->lanes[junction->lanes[i]].id, sizeof lanes[i].lane);
		optimizer_forecast(pilot_optimizer(p), junction->lanes[i], FORECAST_BIN_S, FORECAST_BINS, lanes[i].veh, lanes[i].veh_sd);
		add_within(&lanes[i], pilot_optimizer(p), junction->lanes[i]);
		add_later(&lanes[i], pilot_optimizer(p), junction->lanes[i]);
		add_ways(&lanes[i], pilot_optimizer(p), junction->net, junction->lanes[i]);
	}
	tell(h, topic, wire_forecast_write(&f));
}

static double memory_mb(void)
{
	g_autofree char *text = NULL;
	unsigned long pages = 0;

	if (!g_file_get_contents("/proc/self/statm", &text, NULL, NULL) || sscanf(text, "%*u %lu", &pages) != 1)
		return UNKNOWN;
	return (double) pages * (double) sysconf(_SC_PAGESIZE) / 1e6;
}

void herald_health(struct herald *h, struct wire_health *health)
{
	g_autofree char *topic = g_strdup_printf("health/%s", h->program);
	int64_t now_us = g_get_monotonic_time();
	struct rusage u;

	health->head = head_of(h, topic);
	g_strlcpy(health->program, h->program, sizeof health->program);
	g_strlcpy(health->version, GREENWAVE_VERSION, sizeof health->version);
	health->up_s = us_to_s(now_us - h->begun_us);
	health->memory_mb = memory_mb();
	health->cpu_frac = UNKNOWN;
	if (getrusage(RUSAGE_SELF, &u) == 0) {
		double cpu_s = (double) (u.ru_utime.tv_sec + u.ru_stime.tv_sec) + us_to_s(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
		if (now_us > h->cpu_at_us)
			health->cpu_frac = (cpu_s - h->cpu_s) / us_to_s(now_us - h->cpu_at_us);
		h->cpu_s = cpu_s;
		h->cpu_at_us = now_us;
	}
	tell(h, topic, wire_health_write(health));
	/* Whoever began to listen after an alert did has to hear of it too. */
	for (guint i = 0; i < h->told->len; i++)
		if (((const struct told *) h->told->pdata[i])->active)
			tell_alert(h, h->told->pdata[i]);
}

void herald_forward(struct herald *h, const char *topic, const char *body)
{
	if (h->publish != NULL)
		bus_publish(h->publish, topic, body);
}

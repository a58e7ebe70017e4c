/* sim_case.c - one run of the simulator from the command line; see sim_case.h. */
#include "daemon/sim_case.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/netfile.h"
#include "daemon/progress.h"
#include "daemon/sim_watch.h"
#include "daemon/valuelist.h"
#include "sim/additions.h"
#include "sim/gridlock.h"
#include "sim/routes_scale.h"
#include "sim/sim_error.h"
#include "sim/sumocfg.h"

#define GRIDLOCK_S 300.0 /* standing for so long in a circle */
#define AFTER_LAST_S 3600.0
#define UNSET INT64_MIN

void sim_case_init(struct sim_case *c)
{
	*c = (struct sim_case){.begin_s = NAN, .end_s = NAN, .step_s = 1, .view_m = 100, .scale = 1, .seed = 42};
}

void sim_case_finish(struct sim_case *c)
{
	g_free(c->network);
	g_free(c->routes);
	g_free(c->additional);
	g_free(c->json_path);
	g_free(c->scale_list);
	g_free(c->view_list);
	g_strfreev(c->programs);
}

void sim_case_say(const GPtrArray *notes)
{
	for (guint k = 0; k < notes->len; k++)
		fprintf(stderr, "greenwave-sim: note: %s\n", (const char *) notes->pdata[k]);
}

/* What the options leave open, the configuration says. */
static bool take_config(struct sim_case *c, const char *path, GError **error)
{
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	owned(sumocfg) config = path ? sumocfg_read(path, notes, error) : NULL;
	if (path && !config)
		return false;
	sim_case_say(notes);
	if (config) {
		c->network = c->network ? c->network : give(config->network);
		c->routes = c->routes ? c->routes : give(config->routes);
		c->additional = give(config->additional);
		c->lenient = config->lenient;
		c->begin_s = isnan(c->begin_s) ? config->begin_s : c->begin_s;
		c->end_s = isnan(c->end_s) ? config->end_s : c->end_s;
		c->step_s = isnan(c->step_s) ? config->step_s : c->step_s;
		c->scale = isnan(c->scale) ? config->scale : c->scale;
		c->seed = c->seed == UNSET && config->seed >= 0 ? config->seed : c->seed;
	}
	c->step_s = isnan(c->step_s) ? 1 : c->step_s;
	c->scale = isnan(c->scale) ? 1 : c->scale;
	c->seed = c->seed == UNSET ? 42 : c->seed;
	return true;
}

/* -r a -r b is -r a,b. NULL where there is none. */
static char *join(char **words)
{
	return words ? g_strjoinv(",", words) : NULL;
}

/* --json is a flag or takes a file: the word behind it is one only when it is "-" or ends in .json, so that a configuration that
 * stands there is not written over. Brings all of it into the form --json=FILE. */
static char **with_json_values(int *argc, char **argv)
{
	GPtrArray *words = g_ptr_array_new();
	for (int k = 0; k < *argc; k++) {
		const char *next = k + 1 < *argc ? argv[k + 1] : NULL;
		bool json = !strcmp(argv[k], "--json"), file = json && next && (!strcmp(next, "-") || g_str_has_suffix(next, ".json"));
		g_ptr_array_add(words, json ? g_strdup_printf("--json=%s", file ? next : "-") : g_strdup(argv[k]));
		k += file;
	}
	*argc = (int) words->len;
	g_ptr_array_add(words, NULL);
	return (char **) (void *) g_ptr_array_free(words, FALSE);
}

/* "-" is stdout. */
static void take_json(struct sim_case *c, char *path)
{
	c->json = path != NULL;
	c->json_path = path && strcmp(path, "-") ? path : NULL;
	if (!c->json_path)
		g_free(path);
}

/* One number, or several that stay as they are. */
static bool take_number(const char *option, const char *text, double *value, char **list, GError **error)
{
	char *end = NULL;
	if (!text)
		return true;
	if (valuelist_is_list(text)) {
		*list = g_strdup(text);
		return true;
	}
	*value = g_ascii_strtod(text, &end);
	return (*text && !*end && isfinite(*value)) || sim_fail(error, "%s is '%s', must be a number", option, text);
}

/* Options as they were typed, before they are part of the case. */
struct typed {
	char *config, *json, *scale, *view;
	char **routes;
};

static void typed_finish(struct typed *t)
{
	g_free(t->config);
	g_free(t->scale);
	g_free(t->view);
	g_strfreev(t->routes);
}

static bool parse(struct sim_case *c, struct typed *t, const GOptionEntry *more, const char *summary, int *argc, char ***argv, GError **error)
{
	const GOptionEntry entries[] = {
		{"config", 0, 0, G_OPTION_ARG_FILENAME, &t->config, "SUMO configuration (.sumocfg): files and times that no option gives", "FILE"},
		{"network", 'n', 0, G_OPTION_ARG_FILENAME, &c->network, "SUMO network (.net.xml, may be .gz)", "FILE"},
		{"routes", 'r', 0, G_OPTION_ARG_FILENAME_ARRAY, &t->routes, "SUMO demand (.rou.xml, may be .gz); several: again, or with commas", "FILE"},
		{"begin", 'b', 0, G_OPTION_ARG_DOUBLE, &c->begin_s, "begin at this time, s (default: the first departure)", "S"},
		{"end", 'e', 0, G_OPTION_ARG_DOUBLE, &c->end_s, "end at this time, s (default: when all have arrived)", "S"},
		{"step", 0, 0, G_OPTION_ARG_DOUBLE, &c->step_s, "length of a step, s, above 0 and at most 1 (default 1)", "S"},
		{"seed", 's', 0, G_OPTION_ARG_INT64, &c->seed, "seed of drivers and random departures (default 42)", "N"},
		{"view", 0, 0, G_OPTION_ARG_STRING, &t->view, "how far perfect cameras see for adaptive methods, m (default 100)", "M"},
		{"emergency", 0, 0, G_OPTION_ARG_NONE, &c->emergency, "vehicles of the class emergency get a corridor of greens", NULL},
		{"warmup", 0, 0, G_OPTION_ARG_DOUBLE, &c->warmup_s, "so long on the fixed plans before it counts, s (default 0)", "S"},
		{"program", 0, 0, G_OPTION_ARG_STRING_ARRAY, &c->programs, "run this one of a signal's programs (default: the last read)", "SIGNAL=ID"},
		{"scale", 0, 0, G_OPTION_ARG_STRING, &t->scale, "of the demand: 0.8 leaves out every fifth departure (default 1)", "FACTOR"},
		{"threads", 0, 0, G_OPTION_ARG_INT, &c->threads, "runs at once, where there are several (default: one a processor); else of the one", "N"},
		{"json", 0, 0, G_OPTION_ARG_FILENAME, &t->json, "JSON, printed (- or nothing) or to FILE.json", "FILE"},
		G_OPTION_ENTRY_NULL,
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_option_context_set_summary(context, summary);
	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_add_main_entries(context, more, NULL);
	return g_option_context_parse(context, argc, argv, error);
}

/* What cannot be, of the options as a whole; NULL. */
static const char *what_is_wrong(const struct sim_case *c, const char *command, int argc)
{
	if (argc > 1)
		return "takes options, or one SUMO configuration as its only argument";
	if (!c->network)
		return "needs --network FILE";
	if (!c->routes && !c->additional && !c->may_lack_routes)
		return "needs --routes FILE";
	if (c->end_s <= c->begin_s)
		return "--end must be after --begin";
	if (!(c->warmup_s >= 0 && c->warmup_s <= 86400))
		return "--warmup must be 0 to 86400 s";
	if ((c->scale_list || c->view_list) && strcmp(command, "sweep"))
		return "takes one value each of --scale and --view; several are for sweep";
	if (c->seed < 0)
		return "--seed must be at least 0";
	return c->threads < 0 || c->threads > 256 ? "--threads must be 0 to 256" : NULL;
}

static bool take(struct sim_case *c, struct typed *t, const GOptionEntry *more, const char *summary, int argc, char **argv, GError **error)
{
	const char *command = argv[0];
	if (!parse(c, t, more, summary, &argc, &argv, error))
		return false;
	take_json(c, t->json);
	c->routes = join(t->routes);
	if (argc == 2 && !t->config && !c->network) {
		t->config = g_strdup(argv[1]);
		argc = 1;
	}
	if (!take_number("--scale", t->scale, &c->scale, &c->scale_list, error) || !take_number("--view", t->view, &c->view_m, &c->view_list, error) ||
		!take_config(c, t->config, error))
		return false;
	const char *wrong = what_is_wrong(c, command, argc);
	return !wrong || sim_fail(error, "%s", wrong);
}

bool sim_case_options(struct sim_case *c, const GOptionEntry *more, const char *summary, int argc, char **argv, int *code)
{
	struct typed t = {0};
	g_autoptr(GError) error = NULL;
	c->step_s = c->scale = NAN;
	c->seed = UNSET;
	*code = 2;
	g_auto(GStrv) words = with_json_values(&argc, argv);
	g_autofree char **left = g_memdup2(words, ((size_t) argc + 1) * sizeof(*words)); /* the parser takes out what it knows */
	bool good = take(c, &t, more, summary, argc, left, &error);
	if (!good)
		fprintf(stderr, "greenwave-sim %s: %s\n", argv[0], error->message);
	typed_finish(&t);
	return good;
}

/* What of the time tables our junctions, made from the first program's stages, cannot show. */
static void check_switches(struct network *net, GPtrArray *notes)
{
	for (uint32_t k = 0; k < net->n_signals; k++) {
		struct net_signal *s = &net->signals[k];
		struct junction_limits limits = junction_limits_of(&s->programs[0]);
		owned(junction) j = s->n_switches > 0 ? junction_new(net, k, &limits, NULL) : NULL;
		g_autoptr(GError) why = NULL;
		for (uint32_t i = 0; i < s->n_switches && why == NULL; i++) {
			const struct net_program *program = net_signal_program(s, s->switches[i].program);
			owned(plan) plan = j != NULL ? plan_from_program(j, program, &why) : NULL;
			if (why == NULL && net_program_is_actuated(program))
				g_ptr_array_add(notes, g_strdup_printf("signal %s: program %s of its WAUT is run as a fixed plan", s->id, program->id));
		}
		if (why != NULL)
			g_ptr_array_add(notes, g_strdup_printf("WAUT: a switch is not made: %s", why->message));
	}
}

/* A plan that comes later in the command takes the place of a time table that came before. */
static void forget_old_tables(struct network *net, const uint32_t *n_before)
{
	for (uint32_t k = 0; k < net->n_signals; k++)
		if (net->signals[k].n_programs > n_before[k])
			net_signal_forget_switches(&net->signals[k]);
}

/* The programs of additional files, with commas between (NULL: none), and which of them their time tables put in force. */
static bool add_programs(const struct sim_case *c, struct network *net, const char *files, GPtrArray *notes, GError **error)
{
	g_auto(GStrv) words = g_strsplit(files ? files : "", ",", -1);
	g_autofree uint32_t *n_before = g_new(uint32_t, net->n_signals + 1);
	for (uint32_t k = 0; k < net->n_signals; k++)
		n_before[k] = net->signals[k].n_programs;
	for (char **word = words; *word; word++)
		if (**word && !netfile_add_programs(net, *word, notes, error))
			return false;
	owned(additions) a = files ? additions_read(files, net, notes, error) : NULL;
	forget_old_tables(net, n_before);
	if (a && additions_in_force(a, net, isnan(c->begin_s) ? 0 : c->begin_s))
		check_switches(net, notes);
	if (a && a->has_demand && !c->detectors && files != c->additional)
		g_ptr_array_add(notes, g_strdup_printf("%s: types, routes and vehicles of a plan are passed over, a plan is its programs", files));
	return a || !files;
}

static bool choose_programs(struct network *net, char **choices, GError **error)
{
	for (char **choice = choices; choice && *choice; choice++) {
		const char *equals = strrchr(*choice, '=');
		g_autofree char *id = equals ? g_strndup(*choice, (gsize) (equals - *choice)) : g_strdup(*choice);
		uint32_t signal = network_signal(net, id);
		if (!equals || signal == NET_NONE)
			return sim_fail(error, "--program is '%s', must be SIGNAL=ID with a signal of the network", *choice);
		if (net_signal_choose(&net->signals[signal], equals + 1)) {
			net_signal_forget_switches(&net->signals[signal]);
			continue;
		}
		g_autoptr(GString) has = g_string_new(NULL);
		for (uint32_t k = 0; k < net->signals[signal].n_programs; k++)
			g_string_append_printf(has, "%s%s", k ? ", " : "", net->signals[signal].programs[k].id);
		return sim_fail(error, "signal %s has no program '%s', it has: %s", id, equals + 1, has->str);
	}
	return true;
}

struct network *sim_case_network(const struct sim_case *c, const char *additional, GError **error)
{
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	owned(network) net = netfile_read(c->network, notes, error);
	if (!net || !add_programs(c, net, c->additional, notes, error) || !add_programs(c, net, additional, notes, error) ||
		!choose_programs(net, c->programs, error))
		return NULL;
	if (!c->quiet)
		sim_case_say(notes);
	return give(net);
}

/* Departures at or after `begin_s`: those before it are left out. */
static uint32_t n_due(const struct routes *routes, double begin_s)
{
	uint32_t low = 0, high = routes->n_departures;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (routes->departures[middle].depart_s < begin_s)
			low = middle + 1;
		else
			high = middle;
	}
	return routes->n_departures - low;
}

/* 0 .. 1. Without an end of its own a run is over when all have arrived. */
static double share_of(const struct sim_case *c, const struct world *w, double begin_s)
{
	struct world_counts n = world_counts(w);
	if (isnan(c->end_s))
		return (double) n.arrived / fmax(1, n_due(world_routes(w), begin_s));
	return (world_time_s(w) - begin_s) / (c->end_s - begin_s);
}

static void show_progress(const struct sim_case *c, struct progress *p, const struct world *w, double begin_s)
{
	if (c->permille)
		g_atomic_int_set(c->permille, (gint) CLAMP(1000 * share_of(c, w, begin_s), 0, 999));
	if (!progress_due(p))
		return;
	double rate = progress_rate(p, world_time_s(w));
	g_autofree char *words = g_strdup_printf("t = %.0f s, %.0f x real time, %u vehicles on the road", world_time_s(w), rate, world_n_vehicles(w));
	progress_show(p, share_of(c, w, begin_s), words);
}

static void mean_trips(const struct world *w, struct sim_result *r)
{
	uint32_t n;
	const struct trip_record *trips = world_trips(w, &n);
	for (uint32_t k = 0; k < n; k++) {
		r->trip_s += trips[k].duration_s / n;
		r->trip_loss_s += trips[k].time_loss_s / n;
		r->trip_waiting_s += trips[k].waiting_s / n;
	}
}

/* Of this run: beside others the thread's, else all that it sets to work. */
static double cpu_now_s(const struct sim_case *c)
{
	struct timespec t;
	clock_gettime(c->permille ? CLOCK_THREAD_CPUTIME_ID : CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double) t.tv_sec + (double) t.tv_nsec * 1e-9;
}

/* Nobody is teleported, so a circle that has closed stays: said when it is seen first, looked for once a minute. */
struct lock_watch {
	double next_s;
	bool told;
};

static void watch_for_gridlock(struct lock_watch *lock, const struct world *w)
{
	if (lock->told || world_time_s(w) < lock->next_s)
		return;
	lock->next_s = world_time_s(w) + 60;
	g_autoptr(GPtrArray) found = gridlock_find(w, GRIDLOCK_S);
	if (!found->len)
		return;
	g_autofree char *says = gridlock_says(w, found->pdata[0]);
	fprintf(stderr, "greenwave-sim: gridlock at %.0f s: %s\n", world_time_s(w), says);
	lock->told = true;
}

/* Step by step to the end. */
static bool drive(const struct sim_case *c, const struct sim_driver *by, const struct world *w, struct sim_watch *watch, double end_s, double last_s,
	GError **error)
{
	double begin_s = world_time_s(w);
	owned(progress) progress = c->permille ? NULL : progress_new();
	struct lock_watch lock = {0};
	while (world_time_s(w) < end_s) {
		if (!by->step(by->user, error) || !sim_watch_step(watch, w, error))
			return false;
		watch_for_gridlock(&lock, w);
		struct world_counts n = world_counts(w);
		if (isnan(c->end_s) && world_time_s(w) > last_s && n.inside + n.waiting == 0)
			break;
		if (c->stop && *c->stop) {
			g_set_error(error, SIM_ERROR, SIM_ERROR_VALUE, "interrupted at %.0f s of simulated time", world_time_s(w));
			return false;
		}
		show_progress(c, progress, w, begin_s);
	}
	return true;
}

/* Additional files come first: they may define types and routes. */
static struct routes *read_demand(const struct sim_case *c, const struct network *net, uint64_t seed, GPtrArray *notes, GError **error)
{
	g_autofree char *files = g_strjoin(",", c->detectors ? c->detectors : c->additional ? c->additional : "", c->routes ? c->routes : "", NULL);
	return routes_read_some(files, net, seed, c->lenient, notes, error);
}

/* From the first step to the results. */
static bool watch_it(const struct sim_case *c, const struct sim_driver *by, const struct world *w, double last_s, struct sim_result *result, GError **error)
{
	double cpu_s = cpu_now_s(c), begin_s = world_time_s(w);
	owned(sim_watch) watch = sim_watch_new(c, w, error);
	if (!watch || !drive(c, by, w, watch, isnan(c->end_s) ? last_s + AFTER_LAST_S : c->end_s, last_s, error))
		return false;
	*result = sim_case_result(w, begin_s);
	result->cpu_s = cpu_now_s(c) - cpu_s;
	return sim_watch_finish(watch, w, result, error);
}

bool sim_case_drive(const struct sim_case *c, const struct network *net, uint64_t seed, const struct sim_driver *by, struct sim_result *result,
	GError **error)
{
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	owned(routes) routes = read_demand(c, net, seed, notes, error);
	if (!routes || !routes_scale(routes, c->scale, error))
		return false;
	if (!c->quiet)
		sim_case_say(notes);
	double first_s = routes->n_departures ? floor(routes->departures[0].depart_s) : 0;
	double last_s = routes->n_departures ? routes->departures[routes->n_departures - 1].depart_s : 0;
	const struct world_options o = {.step_s = c->step_s, .begin_s = isnan(c->begin_s) ? first_s : c->begin_s, .seed = seed,
		.threads = c->permille ? 1 : (uint32_t) c->threads}; /* beside other runs each has its own thread already */
	const struct world *w = by->open(by->user, net, routes, &o, error);
	bool good = w && watch_it(c, by, w, last_s, result, error);
	by->close(by->user); /* the world goes before its demand */
	return good;
}

/* Our own brain in the same process. */
struct locked {
	const struct sim_case *with;
	const char *method;
	struct lockstep *lockstep;
};

static const struct world *locked_open(void *user, const struct network *net, const struct routes *routes, const struct world_options *world,
	GError **error)
{
	struct locked *x = user;
	struct lockstep_options o = lockstep_options_default();
	o.method = x->method;
	o.view_m = x->with->view_m;
	o.warmup_s = x->with->warmup_s;
	o.emergency = x->with->emergency;
	o.world = *world;
	x->lockstep = lockstep_new(net, routes, &o, error);
	return x->lockstep ? lockstep_world(x->lockstep) : NULL;
}

static bool locked_step(void *user, GError **error)
{
	(void) error;
	lockstep_step(((struct locked *) user)->lockstep);
	return true;
}

static void locked_close(void *user)
{
	lockstep_free(((struct locked *) user)->lockstep);
}

bool sim_case_run(const struct sim_case *c, const struct network *net, const char *method, uint64_t seed, struct sim_result *result, GError **error)
{
	struct locked x = {.with = c, .method = method};
	const struct sim_driver by = {&x, locked_open, locked_step, locked_close};
	return sim_case_drive(c, net, seed, &by, result, error);
}

void sim_result_finish(struct sim_result *r)
{
	g_clear_pointer(&r->record, record_free);
	g_clear_pointer(&r->measure, gauge_free);
}

struct sim_result sim_case_result(const struct world *w, double begin_s)
{
	struct sim_result r = {.score = world_score(w), .counts = world_counts(w), .begin_s = begin_s, .end_s = world_time_s(w)};

	mean_trips(w, &r);
	return r;
}

void sim_case_table(const char *method, const struct sim_result *r)
{
	const struct score *s = &r->score;
	printf("method                 %s\n", method);
	printf("time                   %.0f .. %.0f s\n", r->begin_s, r->end_s);
	printf("vehicles               %" G_GUINT64_FORMAT " (%" G_GUINT64_FORMAT " entered, %" G_GUINT64_FORMAT " arrived, %" G_GUINT64_FORMAT
		" on the road, %" G_GUINT64_FORMAT " waiting to enter)\n", s->vehicles, r->counts.departed, r->counts.arrived, r->counts.inside, r->counts.waiting);
	printf("delay                  %.2f s/veh (time loss %.2f, waiting to enter %.2f)\n", s->delay_s, s->time_loss_s, s->depart_delay_s);
	printf("standing               %.2f s/veh, %.2f stops/veh\n", s->waiting_s, s->stops);
	printf("queues                 %.2f veh in all on average, %.0f in the longest lane\n", s->queue_veh_mean, s->queue_veh_max);
	printf("throughput             %.0f veh/h, mean speed %.2f m/s\n", s->throughput_vph, s->speed_mps);
	printf("finished trips         %.2f s long, time loss %.2f s, standing %.2f s\n", r->trip_s, r->trip_loss_s, r->trip_waiting_s);
	printf("red passed, overlaps   %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT "\n", r->counts.red_passed, r->counts.overlaps);
	printf("speed of simulation    %.0f vehicle-steps per CPU second\n", (double) r->counts.vehicle_steps / fmax(r->cpu_s, 1e-6));
}

/* demo_main.c - greenwave-demo: the closed loop on this machine, shown in a terminal, judged by its exit code. */
#include <gsl/gsl_errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/units.h"
#include "daemon/demo_seeds.h"
#include "daemon/screen.h"

struct wish { /* the command line */
	char *configs, *out, *minutes, *seeds, *programs;
	double begin_s, warmup_s;
	gint64 seed;
	gboolean headless;
};

static int fail(const char *why)
{
	fprintf(stderr, "greenwave-demo: %s\n", why);
	return 1;
}

static char *programs_folder(void)
{
	g_autofree char *me = g_file_read_link("/proc/self/exe", NULL);
	return me ? g_path_get_dirname(me) : g_strdup(".");
}

/* In the folder we are in, else in the tree that we were built in. */
static char *default_configs(const char *programs)
{
	char *here = g_build_filename("configs", "district", NULL);
	if (g_file_test(here, G_FILE_TEST_IS_DIR))
		return here;
	g_free(here);
	g_autofree char *built = g_build_filename(programs, "..", "..", "configs", "district", NULL);
	return g_canonicalize_filename(built, NULL);
}

static bool minutes_of(const char *text, double *minutes)
{
	char *end;
	*minutes = g_ascii_strtod(text, &end);
	return end != text && *end == '\0' && *minutes >= 0 && *minutes <= 1440;
}

static int one_demo(const struct demo_options *o)
{
	struct demo_result r;
	g_autoptr(GError) error = NULL;
	bool good = demo_run(o, &r, &error);
	if (r.run.adaptive.vehicles > 0) {
		GString *table = g_string_new(NULL);
		screen_table(table, &r.run, 1, &r.vision);
		printf("\n%spicture to command: half within %.2f s, 99 %% within %.2f s\nprocessor, of a core: %s\n", table->str, r.lag_p50_s,
			r.lag_p99_s, r.programs);
		g_string_free(table, TRUE);
	}
	if (good)
		printf("seed %" G_GUINT64_FORMAT ", %.0f s of traffic; report: %s\n", o->seed, r.run.adaptive.window_s, o->out);
	g_free(r.programs);
	if (!good)
		return fail(error->message);
	return r.interrupted && o->minutes > 0 ? 130 : 0;
}

static int run(const struct wish *w)
{
	g_autofree char *programs = w->programs ? g_strdup(w->programs) : programs_folder();
	g_autofree char *configs = w->configs ? g_strdup(w->configs) : default_configs(programs);
	const char *minutes = w->minutes ? w->minutes : g_getenv("DEMO_MINUTES") ? g_getenv("DEMO_MINUTES") : "5";
	struct demo_options o = {.programs = programs, .configs = configs, .out = w->out ? w->out : "out/demo/report.html",
		.seed = (uint64_t) w->seed,
		.begin_s = w->begin_s, .warmup_s = w->warmup_s, .page = !w->headless && isatty(STDOUT_FILENO)};
	if (!minutes_of(minutes, &o.minutes)) {
		g_autofree char *why = g_strdup_printf("DEMO_MINUTES or --minutes is \"%s\", must be 0 to 1440", minutes);
		return fail(why);
	}
	if (w->seed < 0)
		return fail("--seed must be at least 0");
	if (w->seeds && o.minutes <= 0)
		return fail("--seeds needs --minutes above 0");
	if (w->seeds) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GArray) seeds = demo_seeds_parse(w->seeds, &error);
		return seeds ? demo_seeds_run(&o, seeds) : fail(error->message);
	}
	return one_demo(&o);
}

int main(int argc, char **argv)
{
	struct wish w = {.seed = 7, .begin_s = 0, .warmup_s = 300};
	const GOptionEntry entries[] = {
		{"minutes", 'm', 0, G_OPTION_ARG_STRING, &w.minutes, "how long; 0 = until Ctrl-C (default $DEMO_MINUTES, else 5)", "MIN"},
		{"seed", 's', 0, G_OPTION_ARG_INT64, &w.seed, "seed of drivers and random departures (default 7)", "N"},
		{"seeds", 0, 0, G_OPTION_ARG_STRING, &w.seeds, "one after the other, then a table with intervals: 1,2,3 or 1-5", "LIST"},
		{"begin", 'b', 0, G_OPTION_ARG_DOUBLE, &w.begin_s, "time of the demand to begin at, s (default 0)", "S"},
		{"warmup", 0, 0, G_OPTION_ARG_DOUBLE, &w.warmup_s, "traffic under the fixed plan before it counts, s (default 300)", "S"},
		{"configs", 'c', 0, G_OPTION_ARG_FILENAME, &w.configs, "folder with greenwave.yaml and one .rou.xml (default configs/district)",
			"FOLDER"},
		{"out", 'o', 0, G_OPTION_ARG_FILENAME, &w.out, "the report, logs lie beside it (default out/demo/report.html)", "FILE.html"},
		{"programs", 0, 0, G_OPTION_ARG_FILENAME, &w.programs, "folder of greenwave-sim, greenwaved and greenwave-vision (default: this "
			"program's)", "FOLDER"},
		{"headless", 0, 0, G_OPTION_ARG_NONE, &w.headless, "plain lines, also on a terminal", NULL},
		{0},
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	gsl_set_error_handler_off();
	g_option_context_set_summary(context, "A simulated town, its cameras, and Greenwave at its lights: live, side by side with the fixed "
		"plan.");
	g_option_context_add_main_entries(context, entries, NULL);
	int code = 2;
	if (!g_option_context_parse(context, &argc, &argv, &error))
		fail(error->message);
	else if (argc > 1)
		fail("takes no arguments, only options; see --help");
	else
		code = run(&w);
	g_free(w.configs);
	g_free(w.out);
	g_free(w.minutes);
	g_free(w.seeds);
	g_free(w.programs);
	return code;
}

/* config_table.c - every key of greenwave.yaml: its place, type, range, unit, default and meaning. */
#include "daemon/config_table.h"

#define AT(member) .at = offsetof(struct config, member)
#define IN(type, member) .at = offsetof(struct type, member)
#define END {.key = NULL}

static const struct config_row feed_rows[] = {
	{.key = "publish", .type = CONFIG_ENDPOINT, AT(feed.publish), .fallback = "tcp://127.0.0.1:5556",
		.means = "Where the feed is published. Anything but loopback and ipc needs `key_file` and `allow`."},
	{.key = "estimates", .type = CONFIG_ENDPOINT, AT(feed.estimates), .fallback = "ipc://estimates",
		.means = "Where camera workers hand in what they see. ipc or loopback."},
	{.key = "control", .type = CONFIG_ENDPOINT, AT(feed.control), .fallback = "ipc://control",
		.means = "Where `greenwavectl hold`, `why` and `corridor` are answered. ipc or loopback."},
	{.key = "key_file", .type = CONFIG_PATH, AT(feed.key_file), .fallback = "",
		.means = "The daemon's secret CURVE key, a file of mode 0600 made by `greenwavectl keys`. Left out: no encryption."},
	{.key = "allow", .type = CONFIG_MANY, .of = CONFIG_KEY, AT(feed.allow), .min = 0, .max = 1000, .fallback = "",
		.means = "Public keys of those who may subscribe. Left out: nobody from outside."},
	END,
};

static const struct config_row control_rows[] = {
	{.key = "method", .type = CONFIG_CHOICE, AT(control.method), .choices = "adaptive actuated maxpressure webster fixed", .fallback = "adaptive",
		.means = "Who makes the timings: the optimizer, or each junction's own fixed plan."},
	{.key = "tick_phase_s", .type = CONFIG_REAL, AT(control.tick_phase_s), .min = 0, .max = 0.95, .unit = "s", .fallback = "0.3",
		.means = "Decisions are taken this long after each full second, when the second's estimates are in."},
	{.key = "stale_s", .type = CONFIG_REAL, AT(control.stale_s), .min = 1, .max = 60, .unit = "s", .fallback = "5",
		.means = "An estimate older than this no longer counts; a junction with too few (`control.seen_frac`) goes over to its own plan."},
	{.key = "taper_s", .type = CONFIG_REAL, AT(control.taper_s), .min = 0, .max = 300, .unit = "s", .fallback = "15",
		.means = "How long the way over to its own plan takes, led by what is still known."},
	{.key = "seen_frac", .type = CONFIG_REAL, AT(control.seen_frac), .min = 0.05, .max = 1, .fallback = "0.5",
		.means = "A junction stays with the optimizer while at least so many of its filmed lanes are seen; the others are inferred from their neighbours. 1: one dead camera sends it to its own plan."},
	{.key = "horizon_s", .type = CONFIG_REAL, AT(control.horizon_s), .min = 10, .max = 300, .unit = "s", .fallback = "60",
		.means = "How far the optimizer looks ahead."},
	{.key = "stop_penalty_s", .type = CONFIG_REAL, AT(control.stop_penalty_s), .min = 0, .max = 60, .unit = "s", .fallback = "2",
		.means = "A stop is worth as much as this much delay."},
	{.key = "pattern_s", .type = CONFIG_REAL, AT(control.pattern_s), .min = 30, .max = 3600, .unit = "s", .fallback = "300",
		.means = "Cabinets that run patterns by themselves get a new one at most this often."},
	{.key = "corridor_stale_s", .type = CONFIG_REAL, AT(control.corridor_stale_s), .min = 2, .max = 120, .unit = "s", .fallback = "10",
		.means = "An emergency vehicle's place is believed so long; then its greens are given back until it is heard again."},
	{.key = "corridor_margin_s", .type = CONFIG_REAL, AT(control.corridor_margin_s), .min = 0, .max = 30, .unit = "s", .fallback = "4",
		.means = "Its green is there so long before it, besides the time that the queue before it needs."},
	{.key = "decide_s", .type = CONFIG_WHOLE, AT(control.decide_s), .min = 0, .max = 60, .unit = "s", .fallback = "0",
		.means = "`adaptive`, `maxpressure`: stages are left only at whole multiples of this. 0: at any second."},
	{.key = "order", .type = CONFIG_CHOICE, AT(control.order), .choices = "free fixed", .fallback = "free",
		.means = "`adaptive`: stages come in any order, or in that of the junction's own program."},
	END,
};

static const struct config_row weights_rows[] = {
	{.key = "fuel_frac", .type = CONFIG_REAL, AT(weights.fuel_frac), .min = 0, .max = 1, .fallback = "0",
		.means = "`adaptive`: 0 counts delay and stops (`control.stop_penalty_s`), 1 what both burn: a stop is then worth 20 s of delay."},
	{.key = "bus_weight", .type = CONFIG_REAL, AT(weights.bus_weight), .min = 1, .max = 100, .fallback = "1",
		.means = "`adaptive`: a vehicle of at least `bus_length_m` counts as so many cars, by the people in it."},
	{.key = "bus_length_m", .type = CONFIG_REAL, AT(weights.bus_length_m), .min = 6, .max = 30, .unit = "m", .fallback = "10",
		.means = "Vehicles of this length are taken for buses."},
	{.key = "pedestrians_ph", .type = CONFIG_REAL, AT(weights.pedestrians_ph), .min = 0, .max = 10000, .unit = "1/h", .fallback = "0",
		.means = "`adaptive`: so many people on foot are taken to come to each crossing, and their wait counts as that of cars. 0: `limits.max_red_s` alone looks after them."},
	END,
};

static const struct config_row logs_rows[] = {
	{.key = "commands", .type = CONFIG_PATH, AT(logs.commands), .fallback = "",
		.means = "CSV file of every command to a cabinet and its answer. Left out: the program's log."},
	{.key = "events", .type = CONFIG_PATH, AT(logs.events), .fallback = "",
		.means = "CSV file of what the signals showed, in the Indiana high-resolution enumerations; `%Y%m%d` in it stands for the day. Left out: none."},
	END,
};

static const struct config_row state_rows[] = {
	{.key = "profile", .type = CONFIG_PATH, AT(state.profile), .fallback = "",
		.means = "File in which the profile of the day that was learned of each lane is kept over a restart, written every quarter of an hour and at the end. Left out: it is learned anew."},
	END,
};

/* The same limits for all signals and for one; only the defaults differ. */
#define LIMIT_ROWS(place, min_green, max_green, walk, ped_speed, max_red, network, as_all)                                             \
	{.key = "min_green_s", .type = CONFIG_REAL, place(min_green_s), .min = 2, .max = 60, .unit = "s", .fallback = min_green,           \
		.means = "A vehicle green lasts at least this long." as_all},                                                                  \
	{.key = "max_green_s", .type = CONFIG_REAL, place(max_green_s), .min = 5, .max = 300, .unit = "s", .fallback = max_green,          \
		.means = "A green ends after this long when others wait." as_all},                                                             \
	{.key = "amber_s", .type = CONFIG_REAL, place(amber_s), .min = 2, .max = 8, .unit = "s", .fallback = "",                           \
		.means = "Length of amber. " network},                                                                                         \
	{.key = "all_red_s", .type = CONFIG_REAL, place(all_red_s), .min = 0, .max = 15, .unit = "s", .fallback = "",                    \
		.means = "From the end of amber until a conflicting green. " network},                                                         \
	{.key = "walk_s", .type = CONFIG_REAL, place(walk_s), .min = 3, .max = 60, .unit = "s", .fallback = walk,                          \
		.means = "Pedestrians' green lasts at least this long." as_all},                                                               \
	{.key = "ped_speed_mps", .type = CONFIG_REAL, place(ped_speed_mps), .min = 0.3, .max = 2, .unit = "m/s", .fallback = ped_speed,    \
		.means = "Walking speed that pedestrians' clearance is worked out with." as_all},                                              \
	{.key = "max_red_s", .type = CONFIG_REAL, place(max_red_s), .min = 20, .max = 600, .unit = "s", .fallback = max_red,               \
		.means = "Nobody waits longer than this for a green." as_all}

#define FOR_ALL(member) AT(limits.member)
#define FOR_ONE(member) IN(config_limits, limits.member)

static const struct config_row signal_rows[] = {
	{.type = CONFIG_LINE, IN(config_limits, line), .key = ""},
	{.key = "id", .type = CONFIG_TEXT, IN(config_limits, id), .means = "The signal's id (tlLogic) in the network."},
	LIMIT_ROWS(FOR_ONE, "", "", "", "", "", "Left out: as for all signals.", " Left out: as for all signals."),
	END,
};

static const struct config_row limits_rows[] = {
	LIMIT_ROWS(FOR_ALL, "5", "60", "5", "1.2", "120", "Left out: as in the network's own program.", ""),
	{.key = "signals", .type = CONFIG_LIST, AT(signals), .count_at = offsetof(struct config, n_signals), .size = sizeof(struct config_limits),
		.rows = signal_rows, .min = 0, .max = 10000, .fallback = "", .means = "Signals that have other limits."},
	END,
};

static const struct config_row workers_rows[] = {
	{.key = "cameras_per_worker", .type = CONFIG_WHOLE, AT(cameras_per_worker), .min = 1, .max = 64, .fallback = "8",
		.means = "Cameras that share one `greenwave-vision` process."},
	{.key = "camera_memory_mib", .type = CONFIG_WHOLE, AT(camera_memory_mib), .min = 48, .max = 4096, .unit = "MiB", .fallback = "192",
		.means = "A process that takes more than this for each of its cameras, and 256 MiB, is ended and started again."},
	END,
};

static const struct config_row controller_rows[] = {
	{.type = CONFIG_LINE, IN(config_controller, line), .key = ""},
	{.key = "signals", .type = CONFIG_MANY, .of = CONFIG_TEXT, IN(config_controller, signals), .min = 1, .max = 1000,
		.means = "Ids of the signals that it drives, or `all`: those that no other entry names."},
	{.key = "driver", .type = CONFIG_NAME, IN(config_controller, driver), .fallback = "null",
		.means = "`null`: a dry run, nothing goes to the street. The others are in docs/controllers.md."},
	{.key = "address", .type = CONFIG_TEXT, IN(config_controller, address), .fallback = "",
		.means = "Where the cabinet answers, as its driver's page has it."},
	{.key = "phases", .type = CONFIG_LINKS, IN(config_controller, phases), .count_at = offsetof(struct config_controller, n_phases), .min = 1, .max = 64,
		.fallback = "", .means = "Which links of the signal (letters of its state, from 0) hang on which of the cabinet's phases or signal groups."},
	{.key = "overlaps", .type = CONFIG_LINKS, IN(config_controller, overlaps), .count_at = offsetof(struct config_controller, n_overlaps), .min = 1,
		.max = 64, .fallback = "", .means = "The same for its overlaps."},
	{.key = "style", .type = CONFIG_CHOICE, IN(config_controller, style), .choices = "patterns holds", .fallback = "patterns",
		.means = "A cabinet that runs its own phases gets patterns every few minutes, or is held and forced off each second."},
	{.key = "rows", .type = CONFIG_PAIR, IN(config_controller, rows), .min = 1, .max = 255, .fallback = "",
		.means = "Two pattern rows of the cabinet that nobody else uses; they take turns."},
	{.key = "stored_plan", .type = CONFIG_WHOLE, IN(config_controller, stored_plan), .min = 1, .max = 255, .fallback = "0",
		.means = "The cabinet's plan whose cycle, offset or bands are changed, where it takes no pattern rows."},
	{.key = "bands", .type = CONFIG_LINKS, IN(config_controller, bands), .count_at = offsetof(struct config_controller, n_bands), .min = 1, .max = 99,
		.fallback = "", .means = "Dynamic bands of the stored plan: which of the cabinet's phases are green in the stage that each lengthens."},
	{.key = "coordinated", .type = CONFIG_NUMBERS, IN(config_controller, coordinated), .count_at = offsetof(struct config_controller, n_coordinated),
		.min = 1, .max = 64, .fallback = "", .means = "Phases that the offset refers to. Left out: the longest of each ring."},
	{.key = "unbacked", .type = CONFIG_FLAG, IN(config_controller, unbacked), .fallback = "no",
		.means = "Commands it although it says that it never returns to its own plan by itself when nobody speaks."},
	{.key = "options", .type = CONFIG_WORDS, IN(config_controller, options), .min = 0, .max = 100, .fallback = "",
		.means = "The driver's own keys, see its page. `${name}` stands for an entry of the secrets file."},
	END,
};

static const struct config_row line_rows[] = {
	{.type = CONFIG_LINE, IN(config_line, line), .key = ""},
	{.key = "lane", .type = CONFIG_TEXT, IN(config_line, lane), .means = "SUMO id of the lane whose vehicles pass it."},
	{.key = "from", .type = CONFIG_PAIR, IN(config_line, from_px), .min = 0, .max = 8192, .unit = "px", .means = "One end, [x, y] in the picture of `size`."},
	{.key = "to", .type = CONFIG_PAIR, IN(config_line, to_px), .min = 0, .max = 8192, .unit = "px", .means = "The other end."},
	END,
};

static const struct config_row camera_rows[] = {
	{.type = CONFIG_LINE, IN(config_camera, line), .key = ""},
	{.key = "id", .type = CONFIG_NAME, IN(config_camera, id), .means = "Its name in the feed."},
	{.key = "uri", .type = CONFIG_TEXT, IN(config_camera, uri),
		.means = "`rtsp://`, `rtsps://`, `http://` or `https://` (MJPEG), `v4l2:///dev/video0`, `file://` or a path; with one `%d` in it, such as "
				 "`p%05d.jpg`, a sequence of pictures. `${name}` stands for an entry of the secrets file."},
	{.key = "transport", .type = CONFIG_CHOICE, IN(config_camera, transport), .choices = "tcp udp", .fallback = "tcp",
		.means = "How RTSP pictures come."},
	{.key = "decode", .type = CONFIG_CHOICE, IN(config_camera, decode), .choices = "needed all", .fallback = "needed",
		.means = "`needed`: pictures that neither `analyse_fps` nor another picture needs are not decoded."},
	{.key = "sequence_fps", .type = CONFIG_REAL, IN(config_camera, sequence_fps), .min = 1, .max = 120, .unit = "1/s", .fallback = "25",
		.means = "Pictures a second of a sequence of pictures."},
	{.key = "lanes", .type = CONFIG_MANY, .of = CONFIG_TEXT, IN(config_camera, lanes), .count_at = offsetof(struct config_camera, n_lanes),
		.min = 1, .max = 32, .fallback = "", .means = "SUMO ids of the lanes to measure, those that end at the stop line. With `lines`: left out."},
	{.key = "size", .type = CONFIG_SIZE, IN(config_camera, width_px), .min = 64, .max = 8192, .unit = "px",
		.means = "[width, height] of the picture in which the points were taken."},
	{.key = "points", .type = CONFIG_POINTS, IN(config_camera, points), .count_at = offsetof(struct config_camera, n_points), .min = 4, .max = 64,
		.fallback = "", .means = "Rows of [x_px, y_px, x_m, y_m]: points of the road in the picture and in the network. Four or more, no three in a line. "
								 "With `lines`: left out."},
	{.key = "lines", .type = CONFIG_LIST, IN(config_camera, lines), .count_at = offsetof(struct config_camera, n_lines), .size = sizeof(struct config_line),
		.rows = line_rows, .min = 1, .max = 32, .fallback = "",
		.means = "Instead of `points`, for a camera that nobody has calibrated: lines on the picture past which vehicles are counted, either way."},
	{.key = "range_m", .type = CONFIG_REAL, IN(config_camera, range_m), .min = 10, .max = 500, .unit = "m", .fallback = "100",
		.means = "How far up the road from the stop line to measure."},
	{.key = "detector", .type = CONFIG_CHOICE, IN(config_camera, detector), .choices = "motion dnn", .fallback = "motion",
		.means = "Who finds the vehicles: what covers the road or moves, or `dnn`, an ONNX network of your own."},
	{.key = "model", .type = CONFIG_PATH, IN(config_camera, model), .fallback = "", .means = "`dnn`: the ONNX file. Left out: there is none."},
	{.key = "classes", .type = CONFIG_MANY, .of = CONFIG_CHOICE, IN(config_camera, classes), .min = 1, .max = 1000, .fallback = "",
		.choices = "ignored two-wheeler car truck bus person",
		.means = "`dnn`: what each of the network's classes is, in its order: `ignored`, `two-wheeler`, `car`, `truck`, `bus` or `person`."},
	{.key = "score_frac", .type = CONFIG_REAL, IN(config_camera, score_frac), .min = 0.01, .max = 1, .fallback = "0.4",
		.means = "`dnn`: what scores less is nothing."},
	{.key = "overlap_frac", .type = CONFIG_REAL, IN(config_camera, overlap_frac), .min = 0, .max = 1, .fallback = "0.45",
		.means = "`dnn`: of two boxes that share more than this of what both cover, the better one stays."},
	{.key = "input_px", .type = CONFIG_WHOLE, IN(config_camera, input_px), .min = 32, .max = 2048, .unit = "px", .fallback = "640",
		.means = "`dnn`: side of the network's square input."},
	{.key = "detector_fps", .type = CONFIG_REAL, IN(config_camera, detector_fps), .min = 0.5, .max = 60, .unit = "1/s", .fallback = "5",
		.means = "`dnn`: pictures a second that the network looks at."},
	END,
};

const struct config_row config_rows[] = {
	{.key = "network", .type = CONFIG_PATH, AT(network), .means = "The SUMO network, `.net.xml` or `.net.xml.gz`."},
	{.key = "additional", .type = CONFIG_MANY, .of = CONFIG_PATH, AT(additional), .min = 0, .max = 100, .fallback = "",
		.means = "SUMO additional files with `tlLogic` programs; the last one is in force. Left out: the network's own programs."},
	{.key = "secrets", .type = CONFIG_PATH, AT(secrets), .fallback = "",
		.means = "File of `name: text` lines for the passwords of cameras and cabinets, mode 0600."},
	{.key = "feed", .type = CONFIG_SECTION, .rows = feed_rows, .fallback = "", .means = "Sockets."},
	{.key = "control", .type = CONFIG_SECTION, .rows = control_rows, .fallback = "", .means = "How timings are made."},
	{.key = "weights", .type = CONFIG_SECTION, .rows = weights_rows, .fallback = "", .means = "Whose time counts how much."},
	{.key = "limits", .type = CONFIG_SECTION, .rows = limits_rows, .fallback = "", .means = "What the guard never lets pass, for all signals."},
	{.key = "logs", .type = CONFIG_SECTION, .rows = logs_rows, .fallback = "", .means = "What is written down."},
	{.key = "state", .type = CONFIG_SECTION, .rows = state_rows, .fallback = "", .means = "What the daemon remembers."},
	{.key = "workers", .type = CONFIG_SECTION, .rows = workers_rows, .fallback = "", .means = "Processes that read the cameras."},
	{.key = "view_m", .type = CONFIG_REAL, AT(view_m), .min = 10, .max = 1000, .unit = "m", .fallback = "150",
		.means = "Bridge: how far up the road the world shows its vehicles."},
	{.key = "analyse_fps", .type = CONFIG_REAL, AT(analyse_fps), .min = 1, .max = 60, .unit = "1/s", .fallback = "10",
		.means = "Pictures a second that each camera's worker looks at."},
	{.key = "controllers", .type = CONFIG_LIST, AT(controllers), .count_at = offsetof(struct config, n_controllers),
		.size = sizeof(struct config_controller), .rows = controller_rows, .min = 0, .max = 10000, .fallback = "",
		.means = "Who drives which signals. A signal that none names is a dry run."},
	{.key = "cameras", .type = CONFIG_LIST, AT(cameras), .count_at = offsetof(struct config, n_cameras), .size = sizeof(struct config_camera),
		.rows = camera_rows, .min = 0, .max = 20000, .fallback = "", .means = "The cameras."},
	END,
};

/* What must stand there: some words, and for those that have bounds "min to max" and the words behind it. */
struct wants {
	const char *words, *behind; /* `behind` NULL: it has no bounds */
};

char *config_row_wants(const struct config_row *row)
{
	static const struct wants all[] = {
		[CONFIG_REAL] = {"a number from ", ""},
		[CONFIG_WHOLE] = {"a whole number from ", ""},
		[CONFIG_TEXT] = {"text", NULL},
		[CONFIG_NAME] = {"1 to 63 of the characters A-Z a-z 0-9 _ . -", NULL},
		[CONFIG_PATH] = {"a path", NULL},
		[CONFIG_ENDPOINT] = {"an address such as tcp://127.0.0.1:5556 or ipc://name", NULL},
		[CONFIG_KEY] = {"a public key of 40 characters", NULL},
		[CONFIG_MANY] = {"a list of ", " entries"},
		[CONFIG_NUMBERS] = {"a list of 1 to 64 whole numbers from ", ""},
		[CONFIG_FLAG] = {"yes or no", NULL},
		[CONFIG_PAIR] = {"[one, other], whole numbers from ", ""},
		[CONFIG_SIZE] = {"[width, height], whole numbers from ", ""},
		[CONFIG_LINKS] = {"a section of `number: [number, ...]`, numbers from ", ""},
		[CONFIG_WORDS] = {"a section of `name: text`", NULL},
		[CONFIG_POINTS] = {"a list of ", " rows [x_px, y_px, x_m, y_m]"},
		[CONFIG_SECTION] = {"a section of keys", NULL},
		[CONFIG_LIST] = {"a list of ", " sections"},
	};
	struct wants w = (size_t) row->type < G_N_ELEMENTS(all) ? all[row->type] : (struct wants){0};

	if (row->type == CONFIG_CHOICE) {
		g_auto(GStrv) names = g_strsplit(row->choices, " ", -1);
		g_autofree char *list = g_strjoinv(", ", names);
		return g_strdup_printf("one of %s", list);
	}
	if (w.behind != NULL)
		return g_strdup_printf("%s%g to %g%s", w.words, row->min, row->max, w.behind);
	return g_strdup(w.words != NULL ? w.words : "");
}

static void describe(GString *out, const struct config_row *rows, const char *prefix)
{
	for (const struct config_row *row = rows; row->key; row++) {
		if (row->type == CONFIG_LINE)
			continue;
		g_autofree char *name = g_strconcat(prefix, row->key, NULL);
		g_autofree char *wants = config_row_wants(row);
		const char *unit = row->unit ? row->unit : "";
		g_autofree char *fallback = !row->fallback ? g_strdup("must be given")
			: *row->fallback ? g_strdup_printf("`%s`", row->fallback) : g_strdup("left out");
		g_string_append_printf(out, "| `%s` | %s | %s | %s | %s |\n", name, wants, unit, fallback, row->means);
		if (row->rows) {
			g_autofree char *inner = g_strconcat(name, row->type == CONFIG_LIST ? "[]." : ".", NULL);
			describe(out, row->rows, inner);
		}
	}
}

char *config_reference(void)
{
	GString *out = g_string_new("| key | must be | unit | default | what it means |\n| --- | --- | --- | --- | --- |\n");
	describe(out, config_rows, "");
	return g_string_free(out, FALSE);
}

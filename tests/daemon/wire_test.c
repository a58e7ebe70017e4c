/* wire_test.c - every message goes out, fits its published schema, and comes back as it was; what strangers send is refused. */
#include <stdlib.h>
#include <string.h>

#include "core/netfile.h"
#include "daemon/wire.h"
#include "tests/daemon/schema.h"

static struct network *net;
static const struct wire_head head = {.t_us = 1700000000123456, .src = "test", .seq = 7};

static json_t *schema_of(const char *name)
{
	g_autofree char *file = g_strconcat(name, ".json", NULL);
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "docs", "schemas", file, NULL);
	json_error_t why;
	json_t *schema = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
	if (!schema)
		g_error("%s: %s", path, why.text);
	return schema;
}

/* What we send names no field that the schema does not name, and lacks none that it wants. */
static void fits_schema(const char *name, const char *text)
{
	json_t *schema = schema_of(name), *value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	g_assert_nonnull(value);
	g_autofree char *why = schema_check(schema, value, true);
	if (why)
		g_error("%s: %s: %s", name, why, text);
	g_assert_null(strchr(text, '\n'));
	json_decref(value);
	json_decref(schema);
}

static void same(double a, double b)
{
	if (isnan(a) || isnan(b))
		g_assert_true(isnan(a) && isnan(b));
	else
		g_assert_cmpfloat_with_epsilon(a, b, 0.0006);
}

/* Written without a tree, and the same bytes as with one. */
static void as_jansson_has_it(const char *text)
{
	json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	g_assert_nonnull(value);
	char *again = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(12));
	g_assert_cmpstr(text, ==, again);
	free(again);
	json_decref(value);
}

static void same_head(const struct wire_head *h)
{
	g_assert_cmpint(h->t_us, ==, head.t_us);
	g_assert_cmpstr(h->src, ==, head.src);
	g_assert_cmpuint(h->seq, ==, head.seq);
}

static void fill(struct estimate *e, uint32_t lane, double base)
{
	estimate_init(e, lane);
	e->t_s = us_to_s(head.t_us) - base;
	e->window_s = 60;
	e->view_m = 100;
	e->flow_veh = 12 + base;
	e->flow_veh_sd = 0.5;
	e->speed_mps = 8.25;
	e->queue_m = 31.4159;
	e->queue_veh = 4;
	e->jam_frac = 0.25;
	e->quality_frac = 0.9;
}

static void test_estimate(void)
{
	struct estimate e[3];
	struct seen_vehicle vehicles[] = {{0.5, 0, 4.6}, {7, 0.25, UNKNOWN}, {33.333, 9.5, 12}};
	uint32_t lane = 0, lanes[3];
	for (uint32_t i = 0; i < 3; lane++)
		if (net->edges[net->lanes[lane].edge].function == NET_NORMAL)
			lanes[i++] = lane;
	for (uint32_t i = 0; i < 3; i++)
		fill(&e[i], lanes[i], i);
	e[0].vehicles = vehicles;
	e[0].n_vehicles = 3;
	e[1].vehicles = vehicles; /* tracked, and nobody there */
	g_autofree char *text = wire_estimate_write(&head, "J1-west", net, e, 3);
	fits_schema("estimate", text);
	g_assert_null(strstr(text, "occupancy")); /* unknown is absent */
	g_autoptr(GError) error = NULL;
	owned(wire_estimate) m = wire_estimate_read(text, strlen(text), net, &error);
	g_assert_no_error(error);
	same_head(&m->head);
	g_assert_cmpstr(m->camera, ==, "J1-west");
	g_assert_cmpuint(m->n_lanes, ==, 3);
	for (uint32_t i = 0; i < 3; i++) {
		const struct estimate *got = &m->lanes[i], *was = &e[i];
		g_assert_cmpuint(got->lane, ==, was->lane);
		g_assert_cmpstr(m->ids[i], ==, net->lanes[was->lane].id);
		same(got->t_s, was->t_s);
		same(got->window_s, was->window_s);
		same(got->flow_veh, was->flow_veh);
		same(got->flow_veh_sd, was->flow_veh_sd);
		same(got->speed_mps_sd, was->speed_mps_sd);
		same(got->queue_m, was->queue_m);
		same(got->occupancy_frac, was->occupancy_frac);
		same(got->plates, was->plates);
		same(got->quality_frac, was->quality_frac);
		g_assert_cmpuint(got->n_vehicles, ==, was->n_vehicles);
		g_assert_true((got->vehicles != NULL) == (was->vehicles != NULL));
		for (uint32_t k = 0; k < got->n_vehicles; k++) {
			same(got->vehicles[k].dist_to_stop_m, vehicles[k].dist_to_stop_m);
			same(got->vehicles[k].speed_mps, vehicles[k].speed_mps);
			same(got->vehicles[k].length_m, vehicles[k].length_m);
		}
	}
	owned(wire_estimate) blind = wire_estimate_read(text, strlen(text), NULL, &error); /* without a network */
	g_assert_no_error(error);
	g_assert_cmpuint(blind->lanes[0].lane, ==, NET_NONE);
}

static bool same_bits(double a, double b)
{
	return (isnan(a) && isnan(b)) || a == b;
}

/* A message as we write it is read in one pass, one with a space behind it the strict way: both have to say the same, taken or not. */
static bool read_both_ways(const char *text)
{
	g_autofree char *spaced = g_strconcat(text, " ", NULL);
	owned(wire_estimate) quick = wire_estimate_read(text, strlen(text), net, NULL);
	owned(wire_estimate) strict = wire_estimate_read(spaced, strlen(spaced), net, NULL);
	bool good = (quick == NULL) == (strict == NULL);
	if (quick != NULL && strict != NULL) {
		good = quick->head.t_us == strict->head.t_us && quick->head.seq == strict->head.seq && strcmp(quick->head.src, strict->head.src) == 0 &&
			strcmp(quick->camera, strict->camera) == 0 && quick->n_lanes == strict->n_lanes;
		for (uint32_t i = 0; good && i < quick->n_lanes; i++) {
			const struct estimate *a = &quick->lanes[i], *b = &strict->lanes[i];
			good = strcmp(quick->ids[i], strict->ids[i]) == 0 && a->lane == b->lane && a->level == b->level && a->n_vehicles == b->n_vehicles &&
				(a->vehicles == NULL) == (b->vehicles == NULL) && same_bits(a->t_s, b->t_s) && same_bits(a->queue_veh, b->queue_veh) &&
				same_bits(a->flow_veh, b->flow_veh) && same_bits(a->speed_mps, b->speed_mps) && same_bits(a->queue_m, b->queue_m) &&
				same_bits(a->quality_frac, b->quality_frac) && same_bits(a->class_veh[CLASS_CAR], b->class_veh[CLASS_CAR]) &&
				same_bits(a->plates, b->plates) && same_bits(a->jam_frac_sd, b->jam_frac_sd);
			for (uint32_t k = 0; good && k < a->n_vehicles; k++)
				good = same_bits(a->vehicles[k].dist_to_stop_m, b->vehicles[k].dist_to_stop_m) &&
					same_bits(a->vehicles[k].speed_mps, b->vehicles[k].speed_mps) && same_bits(a->vehicles[k].length_m, b->vehicles[k].length_m);
		}
	}
	if (!good)
		g_error("read in two ways: %s", text);
	return quick != NULL;
}

static char *any_estimate(void)
{
	struct estimate e[4];
	struct seen_vehicle vehicles[12];
	uint32_t n = (uint32_t) g_test_rand_int_range(1, 5), lane = 0;
	double at_m = 0;
	for (uint32_t k = 0; k < G_N_ELEMENTS(vehicles); k++, at_m += g_test_rand_double_range(0, 20))
		vehicles[k] = (struct seen_vehicle){at_m, g_test_rand_double_range(0, 30), g_test_rand_bit() ? UNKNOWN : g_test_rand_double_range(0.5, 18)};
	for (uint32_t i = 0; i < n; lane++) {
		if (net->edges[net->lanes[lane].edge].function != NET_NORMAL)
			continue;
		fill(&e[i], lane, g_test_rand_bit() ? 0 : 0.25);
		e[i].flow_veh = g_test_rand_double_range(0, 40);
		e[i].class_veh[CLASS_CAR] = g_test_rand_bit() ? UNKNOWN : g_test_rand_double_range(0, 1e-3);
		e[i].plates = g_test_rand_bit() ? UNKNOWN : g_test_rand_int_range(0, 9);
		e[i].level = g_test_rand_bit() ? JAM_QUEUED : e[i].level;
		e[i].vehicles = g_test_rand_bit() ? NULL : vehicles;
		e[i].n_vehicles = e[i].vehicles != NULL ? (uint32_t) g_test_rand_int_range(0, 13) : 0;
		i++;
	}
	return wire_estimate_write(&head, "J1-west", net, e, n);
}

/* Bytes that mean something to JSON, and others, put in, taken out and changed. */
static void spoil(GString *text)
{
	static const char bytes[] = "0123456789.,-+eE\"\\{}[]: \n\tnula_svehicles";
	for (int n = g_test_rand_int_range(1, 3); n > 0 && text->len > 0; n--) {
		gssize at = g_test_rand_int_range(0, (int) text->len);
		char byte = g_test_rand_int_range(0, 20) == 0 ? (char) g_test_rand_int_range(1, 256) : bytes[g_test_rand_int_range(0, sizeof bytes - 1)];
		switch (g_test_rand_int_range(0, 4)) {
		case 0:
			g_string_erase(text, at, 1);
			break;
		case 1:
			g_string_insert_c(text, at, byte);
			break;
		case 2: { /* a piece of it once more: members that come twice */
			gsize more = (gsize) g_test_rand_int_range(1, 60), to = MIN((gsize) at + more, text->len);
			g_autofree char *piece = g_strndup(text->str + at, to - (gsize) at);
			g_string_insert(text, (gssize) to, piece);
			break;
		}
		default:
			text->str[at] = byte;
		}
	}
}

static void test_quick(void)
{
	uint32_t taken = 0;
	for (int i = 0; i < 400; i++) {
		g_autofree char *text = any_estimate();
		g_assert_true(read_both_ways(text));
		for (int k = 0; k < 50; k++) {
			g_autoptr(GString) other = g_string_new(text);
			spoil(other);
			taken += read_both_ways(other->str);
		}
	}
	g_test_message("%u of 20000 spoilt ones are still taken", taken);
	g_assert_cmpuint(taken, >, 500);
}

static void test_forecast(void)
{
	struct wire_forecast_lane lanes[2] = {{.lane = "A_0", .error_veh = 0.4}, {.lane = "B_0", .error_veh = UNKNOWN}};
	for (int k = 0; k < 3; k++) {
		lanes[0].veh[k] = k + 0.5;
		lanes[0].veh_sd[k] = 0.1;
		lanes[1].veh_sd[k] = UNKNOWN;
	}
	lanes[0].n_within = lanes[0].n_later = 1;
	lanes[0].within[0] = (struct wire_within){60, 9.5, 3, 5, 15, 2.25, 3, 0.9};
	lanes[0].later[0] = (struct wire_later){900, 540, 120, UNKNOWN, UNKNOWN, UNKNOWN};
	lanes[0].n_ways = 2;
	lanes[0].ways[0] = (struct wire_way){"C_0", 0.75, 7.125};
	lanes[0].ways[1] = (struct wire_way){"D_0", 0.25, UNKNOWN};
	struct wire_forecast f = {.head = head, .junction = "J1", .bin_s = 5, .n_bins = 3, .n_lanes = 2, .lanes = lanes};
	g_autofree char *text = wire_forecast_write(&f);
	fits_schema("forecast", text);
	as_jansson_has_it(text);
	g_autoptr(GError) error = NULL;
	owned(wire_forecast) got = wire_forecast_read(text, strlen(text), &error);
	g_assert_no_error(error);
	same_head(&got->head);
	g_assert_cmpuint(got->n_bins, ==, 3);
	g_assert_cmpuint(got->n_lanes, ==, 2);
	same(got->lanes[0].veh[2], 2.5);
	same(got->lanes[0].veh_sd[2], 0.1);
	same(got->lanes[0].error_veh, 0.4);
	same(got->lanes[1].veh_sd[0], UNKNOWN);
	same(got->lanes[1].error_veh, UNKNOWN);
	g_assert_cmpuint(got->lanes[0].n_within, ==, 1);
	same(got->lanes[0].within[0].high_veh, 15);
	same(got->lanes[0].within[0].persistence_error_veh, 3);
	g_assert_cmpuint(got->lanes[0].n_later, ==, 1);
	same(got->lanes[0].later[0].vph_sd, 120);
	same(got->lanes[0].later[0].held_frac, UNKNOWN);
	g_assert_cmpuint(got->lanes[0].n_ways, ==, 2);
	g_assert_cmpstr(got->lanes[0].ways[1].to, ==, "D_0");
	same(got->lanes[0].ways[0].veh, 7.125);
	same(got->lanes[0].ways[1].veh, UNKNOWN);
	g_assert_cmpuint(got->lanes[1].n_within + got->lanes[1].n_later + got->lanes[1].n_ways, ==, 0);
}

static void test_plan(void)
{
	struct wire_plan got, p = {.head = head, .junction = "J1", .method = "adaptive", .n_stages = 2, .delay_own_s = 812.5, .delay_chosen_s = 640,
		.delay_next_s = UNKNOWN, .why = "8 wait\non stage B"};
	g_strlcpy(p.stages[0].stage, "A", 16);
	p.stages[0].end_s = 7.5;
	g_strlcpy(p.stages[1].stage, "B", 16);
	p.stages[1].start_s = 11.5;
	p.stages[1].end_s = 30;
	p.n_options = 2;
	g_strlcpy(p.options[0].stage, "A", 16);
	p.options[0].cost_s = 640;
	g_strlcpy(p.options[1].stage, "B", 16);
	p.options[1].cost_s = UNKNOWN;
	p.options[1].first_s = 4;
	g_strlcpy(p.change_stage, "B", 16);
	g_strlcpy(p.change_lane, "x_1", sizeof p.change_lane);
	p.change_veh = 3;
	g_strlcpy(p.corridor, "AMB1", sizeof p.corridor);
	p.corridor_in_s = 12;
	g_autofree char *text = wire_plan_write(&p);
	fits_schema("plan", text);
	as_jansson_has_it(text);
	g_autoptr(GError) error = NULL;
	wire_plan_read(text, strlen(text), &got, &error);
	g_assert_no_error(error);
	same_head(&got.head);
	g_assert_cmpuint(got.n_stages, ==, 2);
	g_assert_cmpstr(got.stages[1].stage, ==, "B");
	same(got.stages[1].start_s, 11.5);
	same(got.delay_own_s, 812.5);
	same(got.delay_next_s, UNKNOWN);
	g_assert_cmpstr(got.why, ==, "8 wait on stage B");
	g_assert_cmpuint(got.n_options, ==, 2);
	same(got.options[0].cost_s, 640);
	same(got.options[1].cost_s, UNKNOWN);
	same(got.options[1].first_s, 4);
	g_assert_cmpstr(got.change_lane, ==, "x_1");
	g_assert_cmpuint(got.change_veh, ==, 3);
	g_assert_cmpstr(got.corridor, ==, "AMB1");
	same(got.corridor_in_s, 12);
}

static void test_signal(void)
{
	struct wire_signal got, s = {.head = head, .junction = "J1", .state = "GGrrGGrr", .since_us = head.t_us - 5 * US_PER_S, .stage = "A", .asked = "B",
		.mode = WIRE_TAPER, .driver = "sim", .held_by = "min-green", .held_s = 2.5, .estimate_age_s = UNKNOWN, .queue_veh = 0};
	g_autofree char *text = wire_signal_write(&s);
	fits_schema("signal", text);
	as_jansson_has_it(text);
	g_assert_nonnull(strstr(text, "\"queue_veh\":0.0")); /* a known 0 is said */
	g_autoptr(GError) error = NULL;
	wire_signal_read(text, strlen(text), &got, &error);
	g_assert_no_error(error);
	same_head(&got.head);
	g_assert_cmpstr(got.state, ==, s.state);
	g_assert_cmpint(got.since_us, ==, s.since_us);
	g_assert_cmpstr(got.asked, ==, "B");
	g_assert_cmpint(got.mode, ==, WIRE_TAPER);
	g_assert_cmpstr(got.held_by, ==, "min-green");
	same(got.held_s, 2.5);
	same(got.estimate_age_s, UNKNOWN);
	same(got.queue_veh, 0);
}

/* Any number and any text. */
static void test_same_bytes(void)
{
	static const char *const texts[] = {"plain", "quo\"te", "back\\slash", "stra\303\237e", "\377 no UTF-8", "tab\tbell\a", "\302\200", "/", "\177"};
	for (int i = 0; i < 100000; i++) {
		double size = pow(10, g_test_rand_double_range(-6, 12)), value = g_test_rand_double_range(-1, 1) * size;
		if (i % 3 == 0)
			value = round(value);
		struct wire_signal s = {.head = head, .junction = "J1", .state = "G", .mode = WIRE_TAPER, .held_s = value, .estimate_age_s = value / 7,
			.queue_veh = i == 0 ? -0.0 : round(value * 1000) / 1000, .since_us = g_test_rand_int()};
		g_strlcpy(s.stage, texts[i % G_N_ELEMENTS(texts)], sizeof s.stage);
		g_autofree char *text = wire_signal_write(&s);
		as_jansson_has_it(text);
		g_autofree char *held = g_strdup_printf("%.12g", round(value * 1000) / 1000), *at = g_strdup_printf("\"held_s\":%s", held);
		if (strchr(held, 'e') == NULL && value <= -0.0005)
			g_assert_nonnull(strstr(text, at));
	}
}

static void test_alert(void)
{
	struct wire_alert got, a = {.head = head, .kind = "camera-lost", .where = "J1-west", .severity = WIRE_WARNING, .active = true, .count = 3,
		.text = "no picture for 5 s"};
	g_autofree char *text = wire_alert_write(&a);
	fits_schema("alert", text);
	g_autoptr(GError) error = NULL;
	wire_alert_read(text, strlen(text), &got, &error);
	g_assert_no_error(error);
	same_head(&got.head);
	g_assert_cmpstr(got.kind, ==, a.kind);
	g_assert_cmpint(got.severity, ==, WIRE_WARNING);
	g_assert_true(got.active);
	g_assert_cmpuint(got.count, ==, 3);
	g_assert_cmpstr(got.text, ==, a.text);
}

static void test_health(void)
{
	struct wire_camera camera = {.id = "J1-west", .health = {.state = CAMERA_FROZEN, .why = "the same picture for 9 s", .frames = 100, .dropped = 2,
		.fps = 9.9, .lag_s = UNKNOWN, .width_px = 640, .height_px = 360}};
	struct wire_health h = {.head = head, .program = "vision-0", .version = "0.1.0", .up_s = 12.5, .cpu_frac = UNKNOWN, .memory_mb = 80,
		.n_cameras = 1, .cameras = &camera};
	wire_health_set(&h, "estimates", 1);
	wire_health_set(&h, "lag_p99_s", 0.125);
	wire_health_set(&h, "estimates", 5e9);
	g_autofree char *text = wire_health_write(&h);
	fits_schema("health", text);
	g_autoptr(GError) error = NULL;
	owned(wire_health) got = wire_health_read(text, strlen(text), &error);
	g_assert_no_error(error);
	same_head(&got->head);
	g_assert_cmpuint(got->n_numbers, ==, 2);
	same(got->numbers[0].value, 5e9);
	same(got->cpu_frac, UNKNOWN);
	g_assert_cmpuint(got->n_cameras, ==, 1);
	g_assert_cmpint(got->cameras[0].health.state, ==, CAMERA_FROZEN);
	g_assert_cmpuint(got->cameras[0].health.dropped, ==, 2);
	same(got->cameras[0].health.lag_s, UNKNOWN);
}

static struct wire_call *through(enum wire_line line, const char *schema, const struct wire_call *c)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = wire_call_write(line, c, net);
	fits_schema(schema, text);
	struct wire_call *got = wire_call_read(line, text, strlen(text), net, &error);
	g_assert_no_error(error);
	g_assert_cmpint(got->kind, ==, c->kind);
	return got;
}

static void test_bridge(void)
{
	struct seen_vehicle vehicles[] = {{1, 0, 5}, {8.5, 3, 4}};
	g_autofree char *state = g_strnfill(net->signals[0].n_links, 'r');
	owned(wire_call) hello = wire_call_new(WIRE_CALL_HELLO);
	hello->step_s = 0.5;
	owned(wire_call) hello2 = through(WIRE_BRIDGE, "bridge", hello);
	same(hello2->step_s, 0.5);
	owned(wire_call) welcome = wire_call_new(WIRE_CALL_WELCOME);
	wire_call_light(welcome, 0, NULL);
	owned(wire_call) welcome2 = through(WIRE_BRIDGE, "bridge", welcome);
	g_assert_cmpuint(welcome2->n_lights, ==, 1);
	g_assert_null(welcome2->lights[0].state);
	owned(wire_call) step = wire_call_new(WIRE_CALL_STEP);
	step->t_s = 12;
	uint32_t lane = 0;
	for (uint32_t i = 0; i < 3; lane++)
		if (net->edges[net->lanes[lane].edge].function == NET_NORMAL) {
			wire_call_lane(step, lane, i ? i : UNKNOWN, vehicles, i);
			i++;
		}
	wire_call_light(step, 0, state);
	owned(wire_call) step2 = through(WIRE_BRIDGE, "bridge", step);
	same(step2->t_s, 12);
	g_assert_cmpuint(step2->n_lanes, ==, 3);
	same(step2->lanes[0].passed_veh, UNKNOWN);
	same(step2->lanes[2].passed_veh, 2);
	g_assert_cmpuint(step2->lanes[2].n_vehicles, ==, 2);
	same(step2->lanes[2].vehicles[1].dist_to_stop_m, 8.5);
	g_assert_cmpstr(step2->lights[0].state, ==, state);
	owned(wire_call) bye = wire_call_new(WIRE_CALL_BYE);
	owned(wire_call) bye2 = through(WIRE_BRIDGE, "bridge", bye);
	g_assert_cmpuint(bye2->n_lanes + bye2->n_lights, ==, 0);
}

static void test_cabinet(void)
{
	g_autofree char *state = g_strnfill(net->signals[0].n_links, 'G');
	owned(wire_call) show = wire_call_new(WIRE_CALL_SHOW);
	wire_call_light(show, 0, state);
	owned(wire_call) show2 = through(WIRE_CABINET, "cabinet", show);
	g_assert_cmpstr(show2->lights[0].state, ==, state);
	owned(wire_call) ask = wire_call_new(WIRE_CALL_STATUS);
	owned(wire_call) ask2 = through(WIRE_CABINET, "cabinet", ask);
	g_assert_cmpuint(ask2->n_lights, ==, 0);
	owned(wire_call) status = wire_call_new(WIRE_CALL_STATUS);
	status->t_us = head.t_us;
	wire_call_light(status, 0, state);
	status->lights[0].since_us = 5;
	g_strlcpy(status->lights[0].mode, "central", sizeof(status->lights[0].mode));
	owned(wire_call) status2 = through(WIRE_CABINET, "cabinet", status);
	g_assert_cmpint(status2->lights[0].since_us, ==, 5);
	g_assert_cmpstr(status2->lights[0].mode, ==, "central");
}

static void test_operator(void)
{
	owned(wire_call) hold = wire_call_new(WIRE_CALL_HOLD);
	g_strlcpy(hold->signal, "J1", sizeof(hold->signal));
	g_strlcpy(hold->stage, "B", sizeof(hold->stage));
	hold->for_s = 30;
	owned(wire_call) hold2 = through(WIRE_OPERATOR, "operator", hold);
	g_assert_cmpstr(hold2->stage, ==, "B");
	same(hold2->for_s, 30);
	owned(wire_call) done = wire_call_new(WIRE_CALL_DONE);
	done->text = g_strdup("two\nlines");
	owned(wire_call) done2 = through(WIRE_OPERATOR, "operator", done);
	g_assert_cmpstr(done2->text, ==, "two\nlines");
	g_autofree char *text = wire_refusal("there is no signal J9");
	fits_schema("operator", text);
}

static bool refused_estimate(const char *text)
{
	g_autoptr(GError) error = NULL;
	owned(wire_estimate) m = wire_estimate_read(text, strlen(text), NULL, &error);
	g_assert_true((m == NULL) == (error != NULL));
	return m == NULL;
}

#define HEAD "{\"v\":1,\"t_us\":1700000000000000,\"src\":\"x\",\"seq\":0,"

/* Each line is wrong in one thing only: the first one shows that the rest of them is right. */
static void test_refused(void)
{
	g_assert_false(refused_estimate(HEAD "\"camera\":\"c\",\"lanes\":{\"a_0\":{\"flow_veh\":1,\"new\":[]}},\"also_new\":1}"));
	static const char *const wrong[] = {
		"",
		"[]",
		"nonsense",
		"{\"v\":2,\"t_us\":1700000000000000,\"src\":\"x\",\"seq\":0,\"camera\":\"c\",\"lanes\":{}}",
		"{\"v\":1,\"src\":\"x\",\"seq\":0,\"camera\":\"c\",\"lanes\":{}}",
		"{\"v\":1,\"t_us\":-5,\"src\":\"x\",\"seq\":0,\"camera\":\"c\",\"lanes\":{}}",
		"{\"v\":1,\"t_us\":1.5,\"src\":\"x\",\"seq\":0,\"camera\":\"c\",\"lanes\":{}}",
		"{\"v\":1,\"t_us\":1,\"src\":\"\\u001b[2J\",\"seq\":0,\"camera\":\"c\",\"lanes\":{}}",
		HEAD "\"camera\":\"c\",\"camera\":\"c\",\"lanes\":{}}",
		HEAD "\"lanes\":{}}",
		HEAD "\"camera\":\"c\"}",
		HEAD "\"camera\":\"c\",\"lanes\":[]}",
		HEAD "\"camera\":\"c\",\"lanes\":{\"a_0\":7}}",
		HEAD "\"camera\":\"c\",\"lanes\":{\"\":{}}}",
		HEAD "\"camera\":\"c\",\"lanes\":{\"a_0\":{\"flow_veh\":\"7\"}}}",
		HEAD "\"camera\":\"c\",\"lanes\":{\"a_0\":{\"flow_veh\":-1}}}",
		HEAD "\"camera\":\"c\",\"lanes\":{\"a_0\":{\"flow_veh\":null}}}",
		HEAD "\"camera\":\"c\",\"lanes\":{\"a_0\":{\"flow_veh\":1e999}}}",
		HEAD "\"camera\":\"c\",\"lanes\":{\"a_0\":{\"jam_frac\":1.5}}}",
		HEAD "\"camera\":\"c\",\"lanes\":{\"a_0\":{\"speed_mps\":200}}}",
		HEAD "\"camera\":\"c\",\"lanes\":{\"a_0\":{\"vehicles\":[[1]]}}}",
		HEAD "\"camera\":\"c\",\"lanes\":{\"a_0\":{\"vehicles\":[[9,0,4],[1,0,4]]}}}",
		HEAD "\"camera\":\"c\",\"lanes\":{\"a_0\":{\"vehicles\":[[1,0,-4]]}}}",
		HEAD "\"camera\":\"c\",\"lanes\":{\"a_0\":{\"vehicles\":{}}}}",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
		if (!refused_estimate(wrong[i]))
			g_error("this was taken: %s", wrong[i]);
	const char *nobody = HEAD "\"camera\":\"c\",\"lanes\":{\"no_such_lane\":{\"flow_veh\":1}}}";
	g_assert_null(wire_estimate_read(nobody, strlen(nobody), net, NULL));
}

static void test_refused_calls(void)
{
	static const struct {
		enum wire_line line;
		const char *text, *says;
	} wrong[] = {
		{WIRE_BRIDGE, "{\"type\":\"hold\"}", "is not known"},
		{WIRE_BRIDGE, "{\"type\":\"hello\",\"v\":9,\"step_s\":1}", "v is 9"},
		{WIRE_BRIDGE, "{\"type\":\"hello\",\"v\":1,\"step_s\":0}", "step_s is 0"},
		{WIRE_BRIDGE, "{\"type\":\"hello\",\"v\":1}", "step_s is missing"},
		{WIRE_BRIDGE, "{\"type\":\"step\",\"t_s\":1,\"lanes\":{},\"signals\":{\"nope\":{\"state\":\"G\"}}}", "no signal nope"},
		{WIRE_BRIDGE, "{\"type\":\"step\",\"t_s\":1,\"lanes\":{},\"signals\":{\"C\":{\"state\":\"G\"}}}", "must be 16 letters"},
		{WIRE_BRIDGE, "{\"type\":\"step\",\"t_s\":1,\"lanes\":{},\"signals\":{\"C\":{\"state\":\"GGGGGGGGGGGGGGGx\"}}}", "letters out of"},
		{WIRE_BRIDGE, "{\"type\":\"step\",\"t_s\":1,\"lanes\":{\"nope\":{\"vehicles\":[]}},\"signals\":{}}", "no lane nope"},
		{WIRE_BRIDGE, "{\"type\":\"step\",\"lanes\":{},\"signals\":{}}", "t_s is missing"},
		{WIRE_CABINET, "{\"type\":\"show\",\"signals\":[\"C\"]}", "not an object"},
		{WIRE_CABINET, "{\"type\":\"release\",\"signals\":[7]}", "no signal without a name"},
		{WIRE_OPERATOR, "{\"type\":\"hold\",\"signal\":\"C\",\"stage\":\"A\"}", "for_s is missing"},
		{WIRE_OPERATOR, "{\"type\":\"hold\",\"signal\":\"C\",\"stage\":\"A\",\"for_s\":1e9}", "must be from 1 to 3600"},
		{WIRE_OPERATOR, "{\"type\":7}", "type is not text"},
		{WIRE_OPERATOR, "{}", "type is missing"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autoptr(GError) error = NULL;
		owned(wire_call) c = wire_call_read(wrong[i].line, wrong[i].text, strlen(wrong[i].text), net, &error);
		if (c)
			g_error("this was taken: %s", wrong[i].text);
		if (!strstr(error->message, wrong[i].says))
			g_error("%s says: %s", wrong[i].text, error->message);
	}
}

static void test_too_long(void)
{
	g_autofree char *text = g_strnfill(WIRE_MAX_BYTES + 1, ' ');
	struct wire_head got;
	g_autoptr(GError) error = NULL;
	g_assert_false(wire_head_read(text, WIRE_MAX_BYTES + 1, &got, &error));
	g_assert_nonnull(strstr(error->message, "too long"));
}

static void test_seq(void)
{
	owned(wire_source) s = wire_source_new("greenwaved");
	g_assert_cmpuint(wire_source_next(s, "plan/J1", 1).seq, ==, 0);
	g_assert_cmpuint(wire_source_next(s, "plan/J2", 1).seq, ==, 0);
	g_assert_cmpuint(wire_source_next(s, "plan/J1", 2).seq, ==, 1);
}

static bool reads(const char *topic, const char *text)
{
	g_autoptr(GError) error = NULL;
	size_t n = strlen(text);
	struct wire_plan plan;
	struct wire_signal signal;
	struct wire_alert alert;
	bool ok = false;
	if (strcmp(topic, "estimate") == 0) {
		owned(wire_estimate) m = wire_estimate_read(text, n, NULL, &error);
		ok = m != NULL;
	} else if (strcmp(topic, "forecast") == 0) {
		owned(wire_forecast) m = wire_forecast_read(text, n, &error);
		ok = m != NULL;
	} else if (strcmp(topic, "health") == 0) {
		owned(wire_health) m = wire_health_read(text, n, &error);
		ok = m != NULL;
	} else if (strcmp(topic, "plan") == 0)
		ok = wire_plan_read(text, n, &plan, &error);
	else if (strcmp(topic, "signal") == 0)
		ok = wire_signal_read(text, n, &signal, &error);
	else if (strcmp(topic, "alert") == 0)
		ok = wire_alert_read(text, n, &alert, &error);
	if (!ok)
		g_error("docs/feed.md: %s: %s", topic, error ? error->message : "no such topic");
	return ok;
}

/* docs/feed.md: each topic's example fits its schema and is read; docs/asyncapi.yaml names each topic and its schema. */
static void test_pages(void)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "docs", "feed.md", NULL);
	g_autofree char *async_path = g_test_build_filename(G_TEST_DIST, "docs", "asyncapi.yaml", NULL);
	g_autofree char *page = NULL, *async = NULL;
	g_assert_true(g_file_get_contents(path, &page, NULL, NULL));
	g_assert_true(g_file_get_contents(async_path, &async, NULL, NULL));
	g_auto(GStrv) lines = g_strsplit(page, "\n", -1);
	g_autofree char *topic = NULL;
	unsigned examples = 0;
	for (char **line = lines; *line; line++) {
		if (g_str_has_prefix(*line, "## ")) {
			g_free(topic);
			topic = g_strndup(*line + 3, strcspn(*line + 3, "/"));
		} else if (strcmp(*line, "```json") == 0) {
			fits_schema(topic, line[1]);
			examples += reads(topic, line[1]);
			g_autofree char *address = g_strdup_printf("address: %s/{", topic), *schema = g_strdup_printf("$ref: schemas/%s.json", topic);
			g_assert_nonnull(strstr(async, address));
			g_assert_nonnull(strstr(async, schema));
		}
	}
	g_assert_cmpuint(examples, ==, 6);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "configs", "junction", "junction.net.xml", NULL);
	g_autoptr(GError) error = NULL;
	net = netfile_read(path, NULL, &error);
	g_assert_no_error(error);
	g_test_add_func("/wire/estimate", test_estimate);
	g_test_add_func("/wire/quick", test_quick);
	g_test_add_func("/wire/forecast", test_forecast);
	g_test_add_func("/wire/plan", test_plan);
	g_test_add_func("/wire/signal", test_signal);
	g_test_add_func("/wire/same-bytes", test_same_bytes);
	g_test_add_func("/wire/alert", test_alert);
	g_test_add_func("/wire/health", test_health);
	g_test_add_func("/wire/bridge", test_bridge);
	g_test_add_func("/wire/cabinet", test_cabinet);
	g_test_add_func("/wire/operator", test_operator);
	g_test_add_func("/wire/refused", test_refused);
	g_test_add_func("/wire/refused-calls", test_refused_calls);
	g_test_add_func("/wire/too-long", test_too_long);
	g_test_add_func("/wire/seq", test_seq);
	g_test_add_func("/wire/pages", test_pages);
	int failed = g_test_run();
	network_free(net);
	return failed;
}

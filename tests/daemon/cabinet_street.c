/* cabinet_street.c - see cabinet_street.h. */
#include "tests/daemon/cabinet_street.h"

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/wire.h"
#include "tests/core/small_net.h"
#include "tests/daemon/gbt_scene.h"
#include "tests/daemon/net_copies.h"
#include "tests/daemon/spawn.h"

#define BACKUP_S STREET_BACKUP_S
#define STORED 3
#define RSMP_SITE "RN+SI%04u"

/* Two stages, with the ambers and clearances that the model site has, for the small network's junction. */
static const char rsmp_program[] = "<tlLogic id=\"C\" type=\"static\" programID=\"day\" offset=\"0\">\n"
	"<phase duration=\"24\" state=\"GrG\"/>\n<phase duration=\"4\" state=\"yrr\"/>\n<phase duration=\"2\" state=\"rrr\"/>\n"
	"<phase duration=\"24\" state=\"rGr\"/>\n<phase duration=\"4\" state=\"ryr\"/>\n<phase duration=\"2\" state=\"rrr\"/>\n</tlLogic>\n";

/* ---- what the daemon says ---- */

static struct place *place_of(struct street *s, const char *id)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (strcmp(s->places[i].id, id) == 0)
			return &s->places[i];
	return NULL;
}

static char *on_feed(void *user, const char *topic, const char *body, size_t length)
{
	struct street *s = user;
	struct wire_alert a;

	if (!g_str_has_prefix(topic, "alert/"))
		return NULL;
	g_assert_true(wire_alert_read(body, length, &a, NULL));
	struct place *p = place_of(s, a.where);
	if (p == NULL)
		return NULL;
	if (a.active != g_hash_table_contains(p->active, a.kind))
		g_test_message("%.0f s: %s %s %s: %s", (double) g_get_monotonic_time() * 1e-6, a.where, a.kind, a.active ? "begins" : "is over", a.text);
	if (a.active) {
		g_hash_table_replace(p->active, g_strdup(a.kind), g_strdup(a.text));
		g_hash_table_replace(p->seen, g_strdup(a.kind), g_strdup(a.text));
	} else {
		g_hash_table_remove(p->active, a.kind);
	}
	return NULL;
}

static gboolean on_deadline(gpointer user)
{
	*(bool *) user = true;
	return G_SOURCE_REMOVE;
}

static struct place *first_not(struct street *s, bool (*is)(struct place *p), bool (*counts)(const struct place *p))
{
	for (uint32_t i = 0; i < s->n; i++)
		if ((counts == NULL || counts(&s->places[i])) && !is(&s->places[i]))
			return &s->places[i];
	return NULL;
}

struct place *street_until(struct street *s, bool (*is)(struct place *p), bool (*counts)(const struct place *p), double most_s)
{
	bool late = false;
	guint timer = g_timeout_add((guint) (most_s * 1000), on_deadline, &late);
	struct place *left;

	while ((left = first_not(s, is, counts)) != NULL && !late)
		g_main_context_iteration(NULL, TRUE);
	if (!late)
		g_source_remove(timer);
	return left;
}

/* ---- cabinets ---- */

static gboolean on_question(gint fd, GIOCondition condition, gpointer user)
{
	(void) fd;
	(void) condition;
	asc_port_serve(user);
	return G_SOURCE_CONTINUE;
}

static gboolean on_run(gpointer user)
{
	struct street *s = user;

	for (uint32_t i = 0; i < s->n; i++)
		if (s->places[i].kind == PLACE_NTCIP) {
			asc_model_run(s->places[i].asc.model, asc_port_now_ds());
			if (s->places[i].right != NULL)
				asc_model_run(s->places[i].right, asc_port_now_ds());
		}
	return G_SOURCE_CONTINUE;
}

static void open_ntcip(struct place *p, uint32_t number)
{
	const struct asc_make make = {.seed = number + 1, .backup_s = BACKUP_S, .vehicles_ph = 200, .correction = 2}; /* dwell: in step within a cycle or two */

	asc_port_open(&p->asc, 0, &make, asc_port_now_ds() - 3000);
	p->source = g_unix_fd_add(p->asc.fd, G_IO_IN, on_question, &p->asc);
}

static void open_gbt(struct street *s, struct place *p)
{
	struct gbt_cabinet *c = gbt_scene_cabinet(&s->scene);

	c->utc_s = g_get_real_time() / G_USEC_PER_SEC;
	c->backup_s = BACKUP_S;
	for (int k = 0; k < MODEL_PHASES; k++)
		c->min_green_s[k] = 5; /* as the network's own plan has them */
	p->gbt = gbt_post_new(GBT_POST_UDP, c, 1);
}

static void open_rsmp(struct street *s, struct place *p, uint32_t number)
{
	struct rsmp_site *site = rsmp_site_new();

	g_snprintf(site->id, sizeof site->id, RSMP_SITE, number);
	site->backup_s = BACKUP_S;
	site->plans[STORED].cycle_s = 60;
	site->plans[STORED].stage_s[0] = site->plans[STORED].stage_s[1] = 30;
	p->rsmp = rsmp_post_new(site, (uint8_t) (number + 2), s->rsmp_port);
}

bool place_is_commanded(struct place *p)
{
	bool ours = false;

	switch (p->kind) {
	case PLACE_NTCIP:
		return asc_model_called(p->asc.model) >= 40 && !asc_model_backup(p->asc.model);
	case PLACE_GBT: {
		const struct gbt_cabinet *c = gbt_post_lock(p->gbt);
		ours = c->mode < 0x20 && (c->plan >= 20 || c->called_plan >= 20);
		gbt_post_unlock(p->gbt);
		return ours;
	}
	case PLACE_RSMP:
		return rsmp_post_site(p->rsmp)->ours;
	}
	return ours;
}

void place_is_safe(struct place *p)
{
	if (p->kind == PLACE_NTCIP) {
		for (int v = 0; v < ASC_N_VIOLATIONS; v++)
			if (asc_model_count(p->asc.model, (enum asc_violation) v) != 0)
				g_error("%s: %s: %d", p->id, asc_violation_name((enum asc_violation) v), (int) asc_model_count(p->asc.model, (enum asc_violation) v));
	} else if (p->kind == PLACE_GBT) {
		const struct gbt_cabinet *c = gbt_post_lock(p->gbt);
		if (c->counts.conflicts + c->counts.short_greens + c->counts.short_clearances + c->counts.safety_writes + c->counts.running_writes != 0)
			g_error("%s: %s", p->id, c->last);
		gbt_post_unlock(p->gbt);
	} else {
		const struct rsmp_site *site = rsmp_post_site(p->rsmp);
		g_assert_cmpuint(site->counts.conflicts + site->counts.short_greens + site->counts.short_clearances, ==, 0);
	}
}

/* ---- network and configuration ---- */

static char *read_text(const char *name)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "configs", "junction", name, NULL);
	char *text = NULL;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	return text;
}

/* The small network with a program of its own. */
static char *rsmp_net(void)
{
	const char *programs = strstr(small_net, "<tlLogic"), *behind = strstr(small_net, "<junction");

	return g_strdup_printf("%.*s%s%s", (int) (programs - small_net), small_net, rsmp_program, behind);
}

static void write_network(const struct street *s)
{
	g_autofree char *path = g_build_filename(s->dir, "street.net.xml", NULL), *cross = read_text("junction.net.xml"), *small = rsmp_net();
	struct net_copies all;

	net_copies_begin(&all);
	for (uint32_t i = 0; i < s->n; i++) {
		g_autofree char *prefix = g_strndup(s->places[i].id, strlen(s->places[i].id) - 1);
		net_copies_add(&all, s->places[i].kind == PLACE_RSMP ? small : cross, prefix);
	}
	g_autofree char *text = net_copies_end(&all);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void put_camera(GString *to, const struct place *p)
{
	const char *lanes = p->kind == PLACE_RSMP ? "nin_0 in_0" : "E_C_1 E_C_2 N_C_1 N_C_2 S_C_1 S_C_2 W_C_1 W_C_2";
	g_autofree char *prefix = g_strndup(p->id, strlen(p->id) - 1);
	g_autoptr(GString) list = g_string_new(NULL);

	net_copies_words(list, lanes, strlen(lanes), prefix);
	g_string_replace(list, " ", ", ", 0);
	g_string_append_printf(to, "  - id: cam-%s\n    uri: rtsp://127.0.0.1:1/x\n    size: [640, 360]\n"
		"    points: [[0, 0, 0, 0], [640, 0, 9, 0], [640, 360, 9, 9], [0, 360, 0, 9]]\n    lanes: [%s]\n", p->id, list->str);
}

static void put_controller(const struct street *s, GString *to, const struct place *p)
{
	static const char *const drivers[] = {"ntcip", "gbt20999", "rsmp"};

	g_string_append_printf(to, "  - signals: %s\n    driver: %s\n", p->id, drivers[p->kind]);
	if (p->kind == PLACE_NTCIP)
		g_string_append_printf(to, "    address: 127.0.0.1:%u\n    %s\n    rows: [40, 41]\n    coordinated: [2, 6]\n    style: %s\n    options: {timeout_s: 2, %s}\n",
			asc_port_number(&p->asc), cabinet_scene_phases, p->style != NULL ? p->style : "patterns", p->options);
	else if (p->kind == PLACE_GBT)
		g_string_append_printf(to, "    address: %s\n    %s\n    rows: [20, 21]\n    options: {backup_s: %d, zone_h: 0, device: \"MODEL-0001\"%s}\n",
			gbt_post_address(p->gbt), cabinet_scene_phases, BACKUP_S, p->options);
	else
		g_string_append_printf(to, "    address: tcp://127.0.0.1:%u\n    phases: {1: [0, 2], 3: [1]}\n    stored_plan: %d\n"
			"    options: {site: \"" RSMP_SITE "\", code: \"2222\", backup_s: %d, ack_s: 8, watchdog_s: 15%s}\n",
			s->rsmp_port, STORED, (unsigned) (p - s->places), BACKUP_S, p->options);
}

static void write_config(const struct street *s)
{
	g_autoptr(GString) to = g_string_new(NULL);

	g_string_append_printf(to, "network: street.net.xml\nfeed:\n  publish: ipc://%s/feed\n  estimates: ipc://%s/estimates\n  control: ipc://%s/control\n"
		"control: {pattern_s: 60}\nworkers: {cameras_per_worker: 64}\ncontrollers:\n", s->dir, s->dir, s->dir);
	for (uint32_t i = 0; i < s->n; i++)
		if (!s->places[i].left)
			put_controller(s, to, &s->places[i]);
	g_string_append(to, "cameras:\n");
	for (uint32_t i = 0; i < s->n; i++)
		put_camera(to, &s->places[i]);
	g_assert_true(g_file_set_contents(s->config, to->str, -1, NULL));
}

static uint16_t free_port(void)
{
	g_autoptr(GSocketListener) l = g_socket_listener_new();
	uint16_t port = g_socket_listener_add_any_inet_port(l, NULL, NULL);

	g_assert_cmpuint(port, !=, 0);
	return port;
}

/* ---- beginning and ending ---- */

void street_begin(struct street *s, struct place *places, uint32_t n)
{
	g_autoptr(GError) error = NULL;

	*s = (struct street){.dir = g_dir_make_tmp("greenwave-faults-XXXXXX", NULL), .places = places, .n = n, .bus = bus_new(), .rsmp_port = free_port()};
	s->config = g_build_filename(s->dir, "greenwave.yaml", NULL);
	s->jump = g_build_filename(s->dir, "jump", NULL);
	cabinet_scene_begin(&s->scene);
	for (uint32_t i = 0; i < n; i++) {
		struct place *p = &places[i];
		p->id = g_strconcat(p->id, "-C", NULL);
		p->active = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
		p->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
		if (p->kind == PLACE_NTCIP)
			open_ntcip(p, i);
		else if (p->kind == PLACE_GBT)
			open_gbt(s, p);
		else
			open_rsmp(s, p, i);
	}
	s->run = g_timeout_add(100, on_run, s);
	write_network(s);
	write_config(s);
	street_jump(s, 0);
	g_autofree char *endpoint = g_strdup_printf("ipc://%s/feed", s->dir);
	s->feed = bus_open(s->bus, &(struct bus_options){.kind = BUS_SUB, .endpoint = endpoint}, &error);
	g_assert_no_error(error);
	bus_subscribe(s->feed, "alert/");
	bus_watch(s->feed, on_feed, s);
}

void street_launch(struct street *s, const char *greenwaved, const char *vision)
{
	g_setenv("FAKE_VISION_PIDS", s->dir, true);
	g_setenv("FAKE_VISION_DELAY_S", "0", true);
	g_setenv("FAST_CLOCK_JUMP", s->jump, true);
	s->daemon = spawn((const char *const[]){greenwaved, "--config", s->config, "--vision", vision, "--quiet", NULL}, G_SUBPROCESS_FLAGS_NONE);
	g_unsetenv("FAST_CLOCK_JUMP");
}

void street_reload(struct street *s)
{
	write_config(s);
	g_subprocess_send_signal(s->daemon, SIGHUP);
}

static void on_ended(GObject *source, GAsyncResult *result, gpointer user)
{
	g_subprocess_wait_finish(G_SUBPROCESS(source), result, NULL);
	*(bool *) user = true;
}

void street_stop(struct street *s)
{
	bool ended = false;

	g_subprocess_wait_async(s->daemon, NULL, on_ended, &ended);
	g_subprocess_send_signal(s->daemon, SIGTERM);
	while (!ended)
		g_main_context_iteration(NULL, TRUE);
	g_assert_cmpint(g_subprocess_get_exit_status(s->daemon), ==, 0);
	g_clear_object(&s->daemon);
}

void street_jump(struct street *s, double off_s)
{
	int64_t ns = (int64_t) (off_s * 1e9);
	FILE *f = g_fopen(s->jump, off_s == 0 && !g_file_test(s->jump, G_FILE_TEST_EXISTS) ? "w" : "r+"); /* in its place: it is mapped */

	g_assert_nonnull(f);
	g_assert_cmpuint(fwrite(&ns, sizeof ns, 1, f), ==, 1);
	fclose(f);
}

static void place_end(struct place *p)
{
	if (p->kind == PLACE_NTCIP) {
		g_source_remove(p->source);
		asc_port_close(&p->asc);
		asc_model_free(p->right);
	}
	gbt_post_free(p->gbt);
	rsmp_post_free(p->rsmp);
	g_hash_table_unref(p->active);
	g_hash_table_unref(p->seen);
	g_free(p->id);
}

void street_end(struct street *s)
{
	g_autoptr(GDir) dir = g_dir_open(s->dir, 0, NULL);
	const char *name;

	g_source_remove(s->run);
	bus_socket_free(s->feed);
	bus_free(s->bus);
	for (uint32_t i = 0; i < s->n; i++)
		place_end(&s->places[i]);
	cabinet_scene_end(&s->scene);
	while ((name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *file = g_build_filename(s->dir, name, NULL);
		g_unlink(file);
	}
	g_rmdir(s->dir);
	g_free(s->dir);
	g_free(s->config);
	g_free(s->jump);
}

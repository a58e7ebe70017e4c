/* fuzz_ntcip.c - whatever a unit sends: values that fit the question and their range, or an error; never a crash, and never a command that
 * goes on.
 *
 * The first byte picks: '1' '2' '3' a whole datagram to a question of that SNMP version; 'p' what comes behind the right request-id (RFC
 * 1157's error-status, error-index, variables); 'u' values and errors that a unit answers a driver with, from the first question on.
 */
#include <arpa/inet.h>
#include <math.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/ntcip_snmp.h"
#include "daemon/ntcip_unit.h"
#include "tests/daemon/cabinet_scene.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ntcip_exchange *exchange;
static struct cabinet_scene scene;
static int server;
static uint16_t port;
static double now_s;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof a;

	g_test_init(argc, argv, NULL);
	exchange = ntcip_exchange_new();
	cabinet_scene_begin(&scene);
	server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	g_assert_cmpint(bind(server, (const struct sockaddr *) &a, sizeof a), ==, 0);
	getsockname(server, (struct sockaddr *) &a, &size);
	port = ntohs(a.sin_port);
	return 0;
}

static const struct ntcip_var question[] = {{.object = NTCIP_MAX_PHASES}, {.object = NTCIP_GREENS, .index = 1},
	{.object = NTCIP_SEQUENCE, .index = 1, .index2 = 1}, {.object = NTCIP_MODULE_NODE, .index = 1}, {.object = NTCIP_TIME}};

/* ---- datagrams ---- */

static void on_answer(void *user, const struct ntcip_answer *a)
{
	int *answers = user;

	(*answers)++;
	if (a->error != NTCIP_OK)
		return;
	g_assert_cmpuint(a->n, ==, G_N_ELEMENTS(question));
	for (uint32_t i = 0; i < a->n; i++) {
		const struct ntcip_var *v = &a->vars[i];
		g_assert_cmpint(v->object, ==, question[i].object);
		if (v->error != NTCIP_OK)
			continue;
		if (v->octets != NULL)
			g_assert_cmpint((int64_t) v->n_octets, <=, ntcip_object_info(v->object)->max);
		else if (ntcip_object_info(v->object)->kind != NTCIP_TEXT)
			g_assert_true(ntcip_in_range(v->object, v->number) || ntcip_object_info(v->object)->kind == NTCIP_NAME);
		for (size_t k = 0; k < v->n_octets && v->octets != NULL; k++)
			g_assert_true(v->octets[k] <= 255); /* each byte is there to be read */
	}
}

/* The request-id of a v1 or v2c question as net-snmp writes it: behind the version, the community and the PDU's head. */
static size_t find_id(const uint8_t *in, size_t n, uint8_t *id)
{
	size_t at = 2;

	if (n < 8 || in[1] >= 0x80)
		return 0;
	at += 2u + in[at + 1]; /* version */
	at += 2u + in[at + 1]; /* community */
	at += 2;               /* PDU */
	if (at + 2 > n || at + 2u + in[at + 1] > n || in[at + 1] > 4)
		return 0;
	memcpy(id, in + at, 2u + in[at + 1]);
	return 2u + in[at + 1];
}

static size_t behind_id(const uint8_t *in, size_t n_in, const uint8_t *data, size_t size, uint8_t *out, size_t most)
{
	static const uint8_t head[] = {0x02, 1, 1, 0x04, 6, 'p', 'u', 'b', 'l', 'i', 'c'};
	uint8_t id[8];
	size_t n_id = find_id(in, n_in, id), pdu = n_id + size, all = sizeof head + 4 + pdu;

	if (n_id == 0 || all + 4 > most)
		return 0;
	uint8_t *o = out;
	*o++ = 0x30, *o++ = 0x82, *o++ = (uint8_t) (all >> 8), *o++ = (uint8_t) all;
	memcpy(o, head, sizeof head);
	o += sizeof head;
	*o++ = 0xa2, *o++ = 0x82, *o++ = (uint8_t) (pdu >> 8), *o++ = (uint8_t) pdu;
	memcpy(o, id, n_id);
	memcpy(o + n_id, data, size);
	return all + 4;
}

static void try_datagram(uint8_t kind, const uint8_t *data, size_t size)
{
	struct ntcip_access access = {.host = (char *) "127.0.0.1",
		.port = port,
		.version = kind == '1' ? NTCIP_V1
			: kind == '3'      ? NTCIP_V3
							   : NTCIP_V2C,
		.read_community = (char *) "public",
		.write_community = (char *) "public",
		.user = (char *) "fuzz",
		.auth_password = (char *) "a-long-password",
		.priv_password = (char *) "a-long-password",
		.timeout_s = 10};
	g_autoptr(GError) error = NULL;
	uint8_t in[2048], out[4096];
	struct sockaddr_storage from;
	socklen_t n_from = sizeof from;
	int answers = 0;
	struct ntcip_link *l = ntcip_snmp_link(exchange, &access, &error);
	g_assert_no_error(error);
	l->on_answer = on_answer;
	l->user = &answers;
	l->ask(l, false, question, G_N_ELEMENTS(question));
	ssize_t n = recvfrom(server, in, sizeof in, 0, (struct sockaddr *) &from, &n_from);
	size_t length = MIN(size, sizeof out);
	memcpy(out, data, length);
	if (kind == 'p' && n > 0)
		length = behind_id(in, (size_t) n, data, MIN(size, 2000), out, sizeof out);
	if (n > 0 && length > 0)
		sendto(server, out, length, 0, (const struct sockaddr *) &from, n_from);
	for (int i = 0; i < 4; i++)
		g_main_context_iteration(NULL, false);
	g_assert_cmpint(answers, <=, 1);
	l->free(l);
	while (recv(server, in, sizeof in, 0) > 0)
		; /* what was asked in the second place */
}

/* ---- a unit's life ---- */

struct line {
	struct ntcip_link link;
	const uint8_t *data, *end;
	bool waiting;
	struct ntcip_var vars[NTCIP_VARS_MOST];
	uint32_t n;
	bool set;
};

static uint8_t next(struct line *l)
{
	return l->data < l->end ? *l->data++ : 0;
}

static void on_ask(struct ntcip_link *link, bool set, const struct ntcip_var *vars, uint32_t n)
{
	struct line *l = (struct line *) link;

	for (uint32_t i = 0; i < n && set; i++)
		g_assert_true(ntcip_writable(vars[i].object) && ntcip_in_range(vars[i].object, vars[i].number));
	memcpy(l->vars, vars, n * sizeof vars[0]);
	l->n = n;
	l->set = set;
	l->waiting = true;
}

static void on_free(struct ntcip_link *link)
{
	(void) link;
}

static void answer(struct line *l)
{
	uint8_t how = next(l);
	struct ntcip_answer a = {
		.vars = l->vars, .n = l->n, .error = how < 200 ? NTCIP_OK : (enum ntcip_error)(how % (NTCIP_GARBAGE + 1)), .at = how % 7};

	for (uint32_t i = 0; i < l->n && !l->set; i++) {
		const struct ntcip_object_info *o = ntcip_object_info(l->vars[i].object);
		uint8_t byte = next(l);
		if (byte == 255)
			l->vars[i].error = NTCIP_NO_SUCH;
		l->vars[i].number = o->kind == NTCIP_TEXT ? 0 : CLAMP((int64_t) byte, o->min, o->max);
		if (o->kind == NTCIP_TEXT) {
			l->vars[i].n_octets = MIN((size_t) byte, (size_t) (l->end - l->data));
			l->vars[i].octets = l->data;
			l->data += l->vars[i].n_octets;
		}
	}
	l->waiting = false;
	l->link.on_answer(l->link.user, &a);
}

static double clock_s(void *time)
{
	(void) time;
	return now_s;
}

static void ignore_up(void *user, const struct controller_identity *who)
{
	(void) user;
	g_assert_true(g_utf8_validate(who->make, -1, NULL) && g_utf8_validate(who->standard, -1, NULL));
}
static void ignore_text(void *user, const char *why)
{
	(void) user;
	g_assert_true(g_utf8_validate(why, -1, NULL));
}
static void on_status(void *user, const struct controller_status *status, uint32_t n)
{
	(void) user;
	(void) n;
	g_assert_cmpuint(strlen(status->state), ==, scene.junction->n_links);
	g_assert_true(
		isnan(status->coordination.in_cycle_s) || (status->coordination.in_cycle_s >= 0 && status->coordination.in_cycle_s < 511));
}
static void on_timing(void *user, const struct controller_timing *timing)
{
	(void) user;
	g_assert_cmpuint(timing->n_phases, <=, NTCIP_PHASES);
}
static void on_reply(void *user, const struct controller_reply *reply)
{
	(void) user;
	g_assert_true(reply->ok == (reply->why == NULL));
}
static void on_alert(void *user, const char *kind, bool active, const char *sentence)
{
	(void) user;
	(void) kind;
	(void) active;
	g_assert_true(g_utf8_validate(sentence, -1, NULL));
}

static const struct controller_events events = {.up = ignore_up,
	.down = ignore_text,
	.status = on_status,
	.refused = ignore_text,
	.timing = on_timing,
	.reply = on_reply,
	.alert = on_alert};

static void try_unit(const uint8_t *data, size_t size)
{
	struct line line = {.link = {.ask = on_ask, .free = on_free}, .data = data, .end = data + size};
	struct ntcip_unit_setup setup = {.link = &line.link,
		.junction = scene.junction,
		.map = scene.map,
		.events = &events,
		.clock_s = clock_s,
		.wall_s = clock_s,
		.vars_most = 24,
		.sequence = 1,
		.split_mode = 4,
		.transactions = next(&line) % 2 == 1};
	struct controller_split splits[8];
	struct ntcip_unit *u = ntcip_unit_new(&setup);

	for (uint16_t p = 0; p < 8; p++)
		splits[p] = (struct controller_split){.number = p + 1, .split_s = 25, .coordinated = p == 1};
	struct controller_pattern pattern = {.row = 9, .cycle_s = 100, .offset_s = 1, .splits = splits, .n_splits = 8};
	for (int i = 0; i < 60 && line.data < line.end; i++) {
		now_s += 1;
		uint8_t what = next(&line);
		if (what % 8 == 1)
			ntcip_unit_write(u, &pattern);
		else if (what % 8 == 2)
			ntcip_unit_select(u, 9);
		else if (what % 8 == 3)
			ntcip_unit_call(u, &(struct controller_call){.hold = what, .force_off = ~(phase_set) what});
		else if (what % 8 == 4)
			ntcip_unit_release(u);
		ntcip_unit_poll(u);
		for (int k = 0; k < 100 && line.waiting; k++)
			answer(&line);
	}
	ntcip_unit_free(u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] == 'u')
		try_unit(data + 1, size - 1);
	else
		try_datagram(data[0], data + 1, size - 1);
	return 0;
}

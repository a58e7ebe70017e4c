/* wire_quick.c - estimates as our own workers write them, read in one pass: a thousand cameras a second would else cost more than all decisions.
 *
 * It takes only what the strict reader takes, and gives the same numbers to the last bit. Whatever it does not know, an unknown member, another
 * order, an escape, a number out of range, it leaves alone: then the strict reader has the word, and the sentence.
 */
#include "daemon/wire_inside.h"

#include <string.h>

#define DIGITS_MOST 15 /* a whole number of so many digits is exact, */
#define TENS_MOST 15   /* and so is a division of it by so many tens */

/* Members of a lane in their order: when, the quantities, the level, vehicles. */
#define TAKEN 1u
#define LEVEL (TAKEN + wire_n_quantities)

struct quick {
	const char *at, *end;
	bool lost; /* this is nothing for us */
};

static bool lose(struct quick *q)
{
	q->lost = true;
	return false;
}

/* The next bytes are these, and are passed over. */
static bool take(struct quick *q, const char *bytes)
{
	size_t n = strlen(bytes);

	if (q->lost || (size_t) (q->end - q->at) < n || memcmp(q->at, bytes, n) != 0)
		return false;
	q->at += n;
	return true;
}

static void need(struct quick *q, const char *bytes)
{
	if (!take(q, bytes))
		lose(q);
}

/* Printable ASCII without escapes, up to the closing quote, which is passed over. */
static bool take_text(struct quick *q, char *to, size_t size)
{
	size_t n = 0;

	for (; !q->lost && q->at < q->end && *q->at != '"'; q->at++) {
		if (*q->at < ' ' || *q->at > '~' || *q->at == '\\' || n + 1 >= size)
			return lose(q);
		to[n++] = *q->at;
	}
	to[n] = '\0';
	need(q, "\"");
	return n > 0 ? !q->lost : lose(q);
}

/* Digits without a leading zero; how many there were. */
static uint32_t take_digits(struct quick *q, uint64_t *n)
{
	uint32_t count = 0;

	for (; q->at < q->end && g_ascii_isdigit(*q->at) && count <= DIGITS_MOST + 4; q->at++, count++)
		*n = *n * 10 + (uint64_t) (*q->at - '0');
	return count;
}

static int64_t take_whole(struct quick *q)
{
	const char *from = q->at;
	uint64_t n = 0;
	uint32_t count = q->lost ? 0 : take_digits(q, &n);

	if (count == 0 || count > DIGITS_MOST + 3 || (count > 1 && *from == '0') || q->at == q->end || (*q->at != ',' && *q->at != '}'))
		lose(q);
	return q->lost ? 0 : (int64_t) n;
}

/* Not negative, without an exponent. A whole number below 2^53 over a power of ten up to 10^22 is rounded once: as strtod has it
 * (Clinger 1990, How to read floating point numbers accurately). */
static double take_number(struct quick *q)
{
	static const double tens[TENS_MOST + 1] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
	const char *from = q->at;
	uint64_t n = 0;
	uint32_t before = q->lost ? 0 : take_digits(q, &n), after = 0;

	if (before == 0 || (before > 1 && *from == '0'))
		lose(q);
	if (!q->lost && q->at < q->end && *q->at == '.') {
		q->at++;
		after = take_digits(q, &n);
		if (after == 0)
			lose(q);
	}
	if (before + after > DIGITS_MOST || q->at == q->end || strchr(",]}", *q->at) == NULL)
		lose(q);
	return q->lost ? UNKNOWN : (double) n / tens[after];
}

static bool within(double value, double low, double high)
{
	return value >= low && value <= high;
}

/* [[dist_to_stop_m, speed_mps, length_m], ...], nearest first. */
static void take_vehicles(struct quick *q, struct estimate *e)
{
	uint32_t room = 8;

	e->vehicles = g_new(struct seen_vehicle, room);
	if (take(q, "]"))
		return;
	do {
		struct seen_vehicle v = {.length_m = UNKNOWN};
		need(q, "[");
		v.dist_to_stop_m = take_number(q);
		need(q, ",");
		v.speed_mps = take_number(q);
		if (take(q, ","))
			v.length_m = take_number(q);
		need(q, "]");
		bool good = within(v.dist_to_stop_m, 0, 1e5) && within(v.speed_mps, 0, 80) && (isnan(v.length_m) || within(v.length_m, 0.1, 100));
		if (!good || e->n_vehicles == WIRE_MAX_VEHICLES || (e->n_vehicles > 0 && v.dist_to_stop_m < e->vehicles[e->n_vehicles - 1].dist_to_stop_m))
			lose(q);
		if (q->lost)
			return;
		if (e->n_vehicles == room)
			e->vehicles = g_renew(struct seen_vehicle, e->vehicles, room *= 2);
		e->vehicles[e->n_vehicles++] = v;
	} while (take(q, ","));
	need(q, "]");
}

static void take_level(struct quick *q, struct estimate *e)
{
	char level[16];

	if (take_text(q, level, sizeof level) && !jam_level_from_name(level, &e->level))
		lose(q);
}

/* Which of the quantities comes next, none before `from`: they come in their order, so none can come twice. */
static uint32_t take_quantity(struct quick *q, uint32_t from)
{
	for (uint32_t i = from; i < wire_n_quantities; i++) {
		const char *name = wire_quantities[i].name;
		size_t n = strlen(name);
		if ((size_t) (q->end - q->at) > n + 1 && memcmp(q->at, name, n) == 0 && q->at[n] == '"' && q->at[n + 1] == ':') {
			q->at += n + 2;
			return i;
		}
	}
	lose(q);
	return 0;
}

static void take_lane(struct quick *q, const struct network *net, const char *id, int64_t t_us, struct estimate *e)
{
	uint32_t next = 0;

	estimate_init(e, network_lane(net, id));
	if (e->lane == NET_NONE || net->edges[net->lanes[e->lane].edge].function != NET_NORMAL)
		lose(q);
	e->t_s = us_to_s(t_us);
	if (take(q, "}"))
		return;
	do {
		need(q, "\"");
		if (next == 0 && take(q, "taken_us\":")) {
			int64_t taken_us = take_whole(q);
			if (taken_us < 1)
				lose(q);
			e->t_s = us_to_s(taken_us);
			next = TAKEN;
			continue;
		}
		if (next <= LEVEL && take(q, "level\":\"")) {
			take_level(q, e);
			next = LEVEL + 1;
			continue;
		}
		if (take(q, "vehicles\":[")) { /* the last of them */
			take_vehicles(q, e);
			break;
		}
		uint32_t i = q->lost ? 0 : take_quantity(q, next == 0 ? 0 : next - TAKEN);
		double value = take_number(q);
		if (!(value <= 1e9))
			lose(q);
		*(double *) ((char *) e + wire_quantities[i].at) = value;
		next = TAKEN + i + 1;
	} while (take(q, ","));
	need(q, "}");
	if (!q->lost && !estimate_check(e, NULL))
		lose(q);
}

static bool named_before(const struct wire_estimate *m, const char *id)
{
	for (uint32_t i = 0; i < m->n_lanes; i++)
		if (strcmp(m->ids[i], id) == 0)
			return true;
	return false;
}

static void take_lanes(struct quick *q, const struct network *net, struct wire_estimate *m)
{
	char id[WIRE_ID];
	uint32_t room = 4;

	m->lanes = g_new0(struct estimate, room);
	m->ids = g_new0(char *, room + 1);
	do {
		need(q, "\"");
		if (!take_text(q, id, sizeof id) || named_before(m, id) || m->n_lanes == WIRE_MAX_LANES)
			lose(q);
		need(q, ":{");
		if (q->lost)
			return;
		if (m->n_lanes == room) {
			room *= 2;
			m->lanes = g_renew(struct estimate, m->lanes, room);
			m->ids = g_renew(char *, m->ids, room + 1);
		}
		m->ids[m->n_lanes] = g_strdup(id);
		m->ids[m->n_lanes + 1] = NULL;
		take_lane(q, net, id, m->head.t_us, &m->lanes[m->n_lanes++]);
	} while (take(q, ","));
}

struct wire_estimate *wire_estimate_quick(const char *text, size_t length, const struct network *net)
{
	struct quick q = {text, text + length, false};
	owned(wire_estimate) m = g_new0(struct wire_estimate, 1);

	need(&q, "{\"v\":" G_STRINGIFY(WIRE_VERSION) ",\"t_us\":");
	m->head.t_us = take_whole(&q);
	need(&q, ",\"src\":\"");
	take_text(&q, m->head.src, sizeof m->head.src);
	need(&q, ",\"seq\":");
	m->head.seq = (uint64_t) take_whole(&q);
	need(&q, ",\"camera\":\"");
	take_text(&q, m->camera, sizeof m->camera);
	need(&q, ",\"lanes\":{");
	if (m->head.t_us > WIRE_T_US_MAX)
		lose(&q);
	if (!q.lost)
		take_lanes(&q, net, m);
	need(&q, "}}");
	return !q.lost && q.at == q.end ? give(m) : NULL;
}

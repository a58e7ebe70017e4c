/* traci_in.c - reads replies of SUMO; see traci_in.h. */
#include "daemon/traci_in.h"

#include <math.h>
#include <string.h>

#include "core/units.h"

#define DEPTH_MOST 8       /* compounds inside compounds */
#define VALUES_MOST 255    /* variables of one subscription */
#define PRINTABLE_MOST 200 /* characters of a text in a sentence */

G_DEFINE_QUARK(traci - error - quark, traci_error)

/* The rest of what is being read. Once something did not fit, `bad` stays and all further reads give nothing. */
struct cursor {
	const uint8_t *at, *end;
	bool bad;
};

char *traci_printable(struct traci_text text)
{
	g_autofree char *good = g_utf8_make_valid(text.at, MIN(text.length, PRINTABLE_MOST));

	for (char *c = good; *c; c++)
		if ((unsigned char) *c < ' ' || *c == 0x7f)
			*c = ' ';
	return g_strdup(g_strstrip(good));
}

bool traci_text_is(struct traci_text text, const char *other)
{
	return strlen(other) == text.length && memcmp(text.at, other, text.length) == 0;
}

static const uint8_t *take(struct cursor *c, size_t n)
{
	if (c->bad || (size_t) (c->end - c->at) < n) {
		c->bad = true;
		return NULL;
	}
	c->at += n;
	return c->at - n;
}

static uint8_t take_byte(struct cursor *c)
{
	const uint8_t *b = take(c, 1);

	return b ? *b : 0;
}

static uint32_t take_uint(struct cursor *c)
{
	const uint8_t *b = take(c, sizeof(uint32_t));

	return b ? (uint32_t) b[0] << 24 | (uint32_t) b[1] << 16 | (uint32_t) b[2] << 8 | b[3] : 0;
}

static double take_double(struct cursor *c)
{
	const uint8_t *b = take(c, sizeof(uint64_t));
	uint64_t bits = 0;
	double value;

	for (size_t i = 0; b && i < sizeof bits; i++)
		bits = bits << 8 | b[i];
	memcpy(&value, &bits, sizeof value);
	return b ? value : UNKNOWN;
}

static struct traci_text take_text(struct cursor *c)
{
	uint32_t length = take_uint(c);
	const uint8_t *b = take(c, length);

	return b ? (struct traci_text){(const char *) b, length} : (struct traci_text){"", 0};
}

static void take_typed(struct cursor *c, struct traci_value *v, unsigned depth);

/* What a compound or a list holds is walked through once, so that traci_next finds it whole. */
static void take_inside(struct cursor *c, struct traci_value *v, unsigned depth)
{
	v->n = take_uint(c);
	v->inside = c->at;
	for (uint32_t i = 0; i < v->n && !c->bad; i++) {
		struct traci_value entry;
		if (v->type == TRACI_TEXTS)
			take_text(c);
		else if (depth < DEPTH_MOST)
			take_typed(c, &entry, depth + 1);
		else
			c->bad = true;
	}
	v->end = c->at;
}

static void take_body(struct cursor *c, struct traci_value *v, unsigned depth)
{
	switch (v->type) {
	case TRACI_UBYTE:
		v->number = take_byte(c);
		break;
	case TRACI_BYTE:
		v->number = (int8_t) take_byte(c);
		break;
	case TRACI_INT:
		v->number = (int32_t) take_uint(c);
		break;
	case TRACI_DOUBLE:
		v->number = take_double(c);
		break;
	case TRACI_TEXT:
		v->text = take_text(c);
		break;
	case TRACI_TEXTS:
	case TRACI_COMPOUND:
		take_inside(c, v, depth);
		break;
	case TRACI_POSITION:
	case TRACI_LON_LAT:
		take(c, 2 * sizeof(double));
		break;
	case TRACI_POSITION_3D:
	case TRACI_LON_LAT_ALT:
		take(c, 3 * sizeof(double));
		break;
	case TRACI_COLOUR:
		take(c, 4);
		break;
	default: /* we ask for nothing else */
		c->bad = true;
	}
}

static void take_typed(struct cursor *c, struct traci_value *v, unsigned depth)
{
	*v = (struct traci_value){.number = UNKNOWN, .text = {"", 0}};
	v->type = take_byte(c);
	if (!c->bad)
		take_body(c, v, depth);
}

bool traci_next(struct traci_value *list, struct traci_value *entry)
{
	struct cursor c = {list->inside, list->end, false};

	if (list->n == 0)
		return false;
	if (list->type == TRACI_TEXTS)
		*entry = (struct traci_value){.type = TRACI_TEXT, .number = UNKNOWN, .text = take_text(&c)};
	else
		take_typed(&c, entry, 0);
	list->n--;
	list->inside = c.at;
	return !c.bad;
}

static bool garbage(GError **error, const char *what)
{
	g_set_error(error, TRACI_ERROR, TRACI_ERROR_GARBAGE, "SUMO's reply cannot be read: %s", what);
	return false;
}

/* The next command of the reply, as a cursor of its own. */
static bool take_command(struct cursor *reply, struct cursor *command, uint8_t *id, GError **error)
{
	const uint8_t *begin = reply->at;
	uint32_t length = take_byte(reply);

	if (length == 0)
		length = take_uint(reply);
	size_t head = (size_t) (reply->at - begin);
	if (reply->bad || length <= head || length - head > (size_t) (reply->end - reply->at))
		return garbage(error, reply->at == reply->end ? "it ends too early" : "a length in it does not fit");
	*command = (struct cursor){reply->at, begin + length, false};
	reply->at = begin + length;
	*id = take_byte(command);
	return true;
}

/* `fine`: the answer follows. */
static bool read_status(struct cursor *reply, const struct traci_asked *asked, bool *fine, GError **error)
{
	struct cursor c;
	uint8_t id;

	if (!take_command(reply, &c, &id, error))
		return false;
	uint8_t status = take_byte(&c);
	struct traci_text text = take_text(&c);
	if (c.bad || c.at != c.end)
		return garbage(error, "a status in it does not fit");
	if (id != asked->command) {
		g_set_error(error, TRACI_ERROR, TRACI_ERROR_GARBAGE, "SUMO's reply cannot be read: command 0x%02x is answered as 0x%02x",
			asked->command, id);
		return false;
	}
	*fine = status == TRACI_OK;
	if (*fine || asked->may_fail)
		return true;
	g_autofree char *why = traci_printable(text);
	g_set_error(error, TRACI_ERROR, TRACI_ERROR_REFUSED, "SUMO %s command 0x%02x: %s",
		status == TRACI_NOT_IMPLEMENTED ? "does not have" : "refuses", asked->command, why);
	return false;
}

/* `n` values of one object: variable, status, typed value. */
static bool read_values(struct cursor *c, uint8_t result, struct traci_text around, struct traci_text object, uint32_t n,
	const struct traci_hearer *hearer, GError **error)
{
	struct traci_value values[VALUES_MOST];

	for (uint32_t i = 0; i < n && !c->bad; i++) {
		uint8_t variable = take_byte(c), status = take_byte(c);
		take_typed(c, &values[i], 0);
		values[i].variable = variable;
		if (status != TRACI_OK && !c->bad) {
			g_autofree char *why = traci_printable(values[i].text), *whose = traci_printable(object);
			g_set_error(error, TRACI_ERROR, TRACI_ERROR_REFUSED, "SUMO does not tell variable 0x%02x of \"%s\": %s", variable, whose, why);
			return false;
		}
	}
	if (c->bad)
		return garbage(error, "a value in it is cut off or of a strange kind");
	return hearer->on_object == NULL || hearer->on_object(hearer->user, result, around, object, values, n, error);
}

static bool is_around(uint8_t result)
{
	return result >= 0x90 && result <= 0x9f;
}

static bool read_watched(struct cursor *reply, uint8_t want, const struct traci_hearer *hearer, GError **error)
{
	struct cursor c;
	uint8_t result;

	if (!take_command(reply, &c, &result, error))
		return false;
	if (!is_around(result) && (result < 0xe0 || result > 0xef))
		return garbage(error, "there is something else where a subscription should be");
	if (want != 0 && result != want)
		return garbage(error, "it is that of another subscription");
	struct traci_text around = take_text(&c);
	if (!is_around(result)) {
		uint8_t n = take_byte(&c);
		if (!read_values(&c, result, around, around, n, hearer, error))
			return false;
		return c.at == c.end || garbage(error, "there is more in a subscription than it says");
	}
	take_byte(&c); /* the domain */
	uint8_t n_values = take_byte(&c);
	uint32_t n = take_uint(&c);
	for (uint32_t i = 0; i < n && !c.bad; i++) {
		struct traci_text object = take_text(&c);
		if (!read_values(&c, result, around, object, n_values, hearer, error))
			return false;
	}
	return (!c.bad && c.at == c.end) || garbage(error, "a subscription in it does not fit its length");
}

static bool read_got(struct cursor *reply, uint8_t command, const struct traci_hearer *hearer, GError **error)
{
	struct cursor c;
	struct traci_value value;
	uint8_t result;

	if (!take_command(reply, &c, &result, error))
		return false;
	if (result != command + TRACI_RESULT)
		return garbage(error, "it answers another question");
	uint8_t variable = take_byte(&c);
	struct traci_text object = take_text(&c);
	take_typed(&c, &value, 0);
	value.variable = variable;
	if (c.bad || c.at != c.end)
		return garbage(error, "a value in it is cut off or of a strange kind");
	return hearer->on_object == NULL || hearer->on_object(hearer->user, result, object, object, &value, 1, error);
}

static bool read_version(struct cursor *reply, const struct traci_hearer *hearer, GError **error)
{
	struct cursor c;
	uint8_t result;

	if (!take_command(reply, &c, &result, error))
		return false;
	int32_t api = (int32_t) take_uint(&c);
	struct traci_text name = take_text(&c);
	if (result != TRACI_VERSION || c.bad || c.at != c.end)
		return garbage(error, "the version in it does not fit");
	return hearer->on_version == NULL || hearer->on_version(hearer->user, api, name, error);
}

/* A step's status is followed by a number of subscriptions, without a command around it. */
static bool read_step(struct cursor *reply, const struct traci_hearer *hearer, GError **error)
{
	uint32_t n = take_uint(reply);

	if (reply->bad)
		return garbage(error, "it ends too early");
	for (uint32_t i = 0; i < n; i++)
		if (!read_watched(reply, 0, hearer, error))
			return false;
	return true;
}

static bool read_answer(struct cursor *reply, const struct traci_asked *asked, const struct traci_hearer *hearer, GError **error)
{
	bool fine;

	if (!read_status(reply, asked, &fine, error))
		return false;
	if (!fine)
		return true;
	switch (asked->answer) {
	case TRACI_ANSWER_VERSION:
		return read_version(reply, hearer, error);
	case TRACI_ANSWER_VALUE:
		return read_got(reply, asked->command, hearer, error);
	case TRACI_ANSWER_WATCHED:
		return read_watched(reply, (uint8_t) (asked->command + TRACI_RESULT), hearer, error);
	case TRACI_ANSWER_STEP:
		return read_step(reply, hearer, error);
	default:
		return true;
	}
}

bool traci_in_read(const uint8_t *bytes, size_t length, const struct traci_out *asked, const struct traci_hearer *hearer, GError **error)
{
	struct cursor reply = {bytes, bytes != NULL ? bytes + length : NULL, false};

	for (guint i = 0; i < asked->asked->len; i++)
		if (!read_answer(&reply, &g_array_index(asked->asked, struct traci_asked, i), hearer, error))
			return false;
	return reply.at == reply.end || garbage(error, "there is more in it than was asked for");
}

/* traci_out.c - writes messages to SUMO; see traci_out.h. */
#include "daemon/traci_out.h"

#include <string.h>

#define FOR_EVER_S 1e9
#define SHORT_MOST 255 /* longer commands have their length in four bytes behind a zero */

struct traci_out *traci_out_new(void)
{
	struct traci_out *o = g_new0(struct traci_out, 1);

	o->bytes = g_byte_array_new();
	o->asked = g_array_new(false, false, sizeof(struct traci_asked));
	traci_out_clear(o);
	return o;
}

void traci_out_free(struct traci_out *o)
{
	if (o == NULL)
		return;
	g_byte_array_unref(o->bytes);
	g_array_unref(o->asked);
	g_free(o);
}

static void put_byte(struct traci_out *o, uint8_t byte)
{
	g_byte_array_append(o->bytes, &byte, 1);
}

static void put_int(struct traci_out *o, uint32_t value)
{
	const uint32_t big = GUINT32_TO_BE(value);

	g_byte_array_append(o->bytes, (const guint8 *) &big, sizeof big);
}

static void put_double(struct traci_out *o, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof bits);
	bits = GUINT64_TO_BE(bits);
	g_byte_array_append(o->bytes, (const guint8 *) &bits, sizeof bits);
}

static void put_text(struct traci_out *o, const char *text)
{
	const size_t length = strlen(text);

	put_int(o, (uint32_t) length);
	g_byte_array_append(o->bytes, (const guint8 *) text, (guint) length);
}

void traci_out_clear(struct traci_out *o)
{
	g_byte_array_set_size(o->bytes, 0);
	g_array_set_size(o->asked, 0);
	put_int(o, sizeof(uint32_t));
}

static void put_length(struct traci_out *o, guint at, guint length)
{
	const uint32_t big = GUINT32_TO_BE((uint32_t) length);

	memcpy(o->bytes->data + at, &big, sizeof big);
}

static void begin(struct traci_out *o, uint8_t command, enum traci_answer answer)
{
	const struct traci_asked asked = {command, answer, false};

	g_assert(o->asked->len == 0 || g_array_index(o->asked, struct traci_asked, o->asked->len - 1).answer != TRACI_ANSWER_STEP);
	g_array_append_val(o->asked, asked);
	o->command = o->bytes->len;
	put_byte(o, 0);
	put_int(o, 0);
	put_byte(o, command);
}

/* The length was left open: four bytes more than a short command needs. */
static void end(struct traci_out *o)
{
	guint length = o->bytes->len - o->command;

	if (length - sizeof(uint32_t) <= SHORT_MOST) {
		g_byte_array_remove_range(o->bytes, o->command + 1, sizeof(uint32_t));
		o->bytes->data[o->command] = (uint8_t) (length - sizeof(uint32_t));
	} else {
		put_length(o, o->command + 1, length);
	}
	put_length(o, 0, o->bytes->len);
}

void traci_out_may_fail(struct traci_out *o)
{
	g_array_index(o->asked, struct traci_asked, o->asked->len - 1).may_fail = true;
}

void traci_out_version(struct traci_out *o)
{
	begin(o, TRACI_VERSION, TRACI_ANSWER_VERSION);
	end(o);
}

void traci_out_order(struct traci_out *o, int32_t order)
{
	begin(o, TRACI_ORDER, TRACI_ANSWER_NONE);
	put_int(o, (uint32_t) order);
	end(o);
}

void traci_out_step(struct traci_out *o)
{
	begin(o, TRACI_STEP, TRACI_ANSWER_STEP);
	put_double(o, 0);
	end(o);
}

void traci_out_close(struct traci_out *o)
{
	begin(o, TRACI_CLOSE, TRACI_ANSWER_NONE);
	end(o);
}

void traci_out_get(struct traci_out *o, uint8_t command, uint8_t variable, const char *id)
{
	begin(o, command, TRACI_ANSWER_VALUE);
	put_byte(o, variable);
	put_text(o, id);
	end(o);
}

void traci_out_set_text(struct traci_out *o, uint8_t command, uint8_t variable, const char *id, const char *text)
{
	begin(o, command, TRACI_ANSWER_NONE);
	put_byte(o, variable);
	put_text(o, id);
	put_byte(o, TRACI_TEXT);
	put_text(o, text);
	end(o);
}

static void begin_watch(struct traci_out *o, uint8_t command, const char *id)
{
	begin(o, command, TRACI_ANSWER_WATCHED);
	put_double(o, 0);
	put_double(o, FOR_EVER_S);
	put_text(o, id);
}

static void end_watch(struct traci_out *o, const uint8_t *variables, uint8_t n)
{
	put_byte(o, n);
	g_byte_array_append(o->bytes, variables, n);
	end(o);
}

void traci_out_watch(struct traci_out *o, uint8_t command, const char *id, const uint8_t *variables, uint8_t n)
{
	begin_watch(o, command, id);
	end_watch(o, variables, n);
}

void traci_out_watch_around(
	struct traci_out *o, uint8_t command, const char *id, uint8_t domain, double range_m, const uint8_t *variables, uint8_t n)
{
	begin_watch(o, command, id);
	put_byte(o, domain);
	put_double(o, range_m);
	end_watch(o, variables, n);
}

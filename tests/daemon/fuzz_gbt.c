/* fuzz_gbt.c - whatever bytes a GB/T 20999 controller sends: a frame is refused with a sentence or comes out again byte for byte, and a
 * unit that hears them tells nothing that cannot be.
 *
 * The first byte says how: f one frame, s a stream of frames, else a unit on a line; its low bit says whether the line is a stream, the second
 * bit whether the bytes are framed for it: class, object, attribute, element, length and data of answers to what it asks.
 */
#include "daemon/gbt_unit.h"
#include "tests/daemon/fuzz_driver.h"

static void one_frame(const uint8_t *bytes, size_t size)
{
	struct gbt_frame f;
	g_autoptr(GError) error = NULL;
	g_autoptr(GByteArray) again = g_byte_array_new();

	bool good = gbt_frame_read(bytes, size, &f, &error);
	g_assert_true(good == (error == NULL));
	if (!good)
		return;
	gbt_frame_write(&f, false, again);
	g_assert_true(again->len == size && memcmp(again->data, bytes, size) == 0);
}

static void stream(const uint8_t *bytes, size_t size)
{
	struct gbt_stream s;

	gbt_stream_init(&s);
	for (size_t i = 0; i < size; i++)
		if (gbt_stream_take(&s, bytes[i]))
			one_frame(s.frame->data, s.frame->len);
	gbt_stream_finish(&s);
}

struct line {
	struct gbt_unit *unit;
	double now_s;
	struct gbt_frame asked; /* the last question */
	bool escape, there;
};

static void on_send(void *user, const uint8_t *bytes, size_t size)
{
	struct line *l = user;
	static uint8_t frame[GBT_FRAME_MOST + 8];
	struct gbt_stream s;

	if (l->escape) {
		gbt_stream_init(&s);
		for (size_t i = 0; i < size; i++)
			gbt_stream_take(&s, bytes[i]);
		size = s.frame->len;
		memcpy(frame, s.frame->data, size);
		gbt_stream_finish(&s);
	} else {
		memcpy(frame, bytes, size);
	}
	g_assert_true(gbt_frame_read(frame, size, &l->asked, NULL));
}

static void on_drop(void *user, double pause_s)
{
	struct line *l = user;

	l->there = false;
	g_assert_true(pause_s >= 0);
}

static double now_s(void *user)
{
	return ((struct line *) user)->now_s;
}

static int64_t utc_us(void *user)
{
	return utc_at(now_s(user));
}

/* An answer to what was asked last, with the input's bytes as its data. */
static size_t answer(struct line *l, const uint8_t *bytes, size_t size)
{
	static const uint8_t kinds[] = {0x10, 0x10, 0x10, 0x11};
	struct gbt_frame f = l->asked;
	g_autoptr(GByteArray) out = g_byte_array_new();
	size_t used = 1;

	f.type = (uint8_t) (f.type + kinds[bytes[0] & 3]);
	for (uint32_t i = 0; i < f.n_items && used < size; i++) {
		uint8_t n = (uint8_t) MIN(bytes[used] % 65, size - used - 1);
		f.items[i].length = n;
		f.items[i].data = n > 0 ? bytes + used + 1 : NULL;
		used += 1u + n;
	}
	gbt_frame_write(&f, l->escape, out);
	gbt_unit_take(l->unit, out->data, out->len);
	return used;
}

static void converse(uint8_t how, const uint8_t *bytes, size_t size)
{
	struct controller_split splits[] = {{1, 30, true}, {2, 30, false}};
	struct line l = {.escape = how & 1, .there = true};
	struct gbt_unit_setup setup = {.host = 5, .junction = 1, .escape = l.escape, .answer_s = 2, .backup_s = 60, .zone_s = 0, .mode = 0x14,
		.events = &events, .events_user = &l, .user = &l, .send = on_send, .drop = on_drop, .wake = on_wake, .now_s = now_s, .utc_us = utc_us};

	owned(gbt_unit) u = l.unit = gbt_unit_new(&setup);
	gbt_unit_line(u, true, NULL);
	for (int round = 0; size > 0 && l.there; round++) {
		size_t used = MIN(size, 32);
		if (how & 2)
			used = answer(&l, bytes, size);
		else
			gbt_unit_take(u, bytes, used);
		bytes += used;
		size -= used;
		l.now_s += 0.25;
		gbt_unit_tick(u);
		gbt_unit_poll(u);
		if (round % 16 == 7)
			gbt_unit_write(u, &(struct controller_pattern){.row = 20, .cycle_s = 60, .splits = splits, .n_splits = 2});
		if (round % 16 == 11)
			gbt_unit_select(u, 20);
		if (round % 16 == 15)
			gbt_unit_call(u, 2);
		gbt_unit_flush(u);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] == 'f')
		one_frame(data + 1, size - 1);
	else if (data[0] == 's')
		stream(data + 1, size - 1);
	else
		converse(data[0], data + 1, size - 1);
	return 0;
}

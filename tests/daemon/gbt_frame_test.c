/* gbt_frame_test.c - frames of GB/T 20999: made by hand, on a stream, damaged in every byte, and all that were recorded. */
#include <string.h>

#include "tests/daemon/gbt_recorded.h"

/* The query for the maker, 1.1.0.0, as the facts about the standard write it out. */
static const uint8_t maker[] = {0x7e, 0x00, 0x13, 0x01, 0x00, 0x05, 0, 0, 0, 0, 0, 0x01, 0x10, 0x01, 1, 4, 1, 1, 0, 0, 0x5a, 0x91, 0x7d};

static void test_golden(void)
{
	struct gbt_frame f;
	g_autoptr(GError) error = NULL;
	g_autoptr(GByteArray) out = g_byte_array_new();

	g_assert_true(gbt_frame_read(maker, sizeof maker, &f, &error));
	g_assert_no_error(error);
	g_assert_cmphex(f.version, ==, GBT_VERSION);
	g_assert_cmpuint(f.host, ==, 5);
	g_assert_cmpuint(f.controller, ==, 0);
	g_assert_cmpuint(f.junction, ==, 0);
	g_assert_cmpuint(f.sequence, ==, 1);
	g_assert_cmphex(f.type, ==, GBT_QUERY);
	g_assert_cmpuint(f.n_items, ==, 1);
	g_assert_cmphex(gbt_key_number(f.items[0].key), ==, 0x01010000);
	g_assert_cmpuint(f.items[0].length, ==, 0);
	gbt_frame_write(&f, false, out);
	g_assert_cmpmem(out->data, out->len, maker, sizeof maker);
}

/* Each single byte changed: refused with a sentence, whatever it is. */
static void test_damaged(void)
{
	for (size_t i = 0; i < sizeof maker; i++)
		for (int bit = 0; bit < 8; bit++) {
			uint8_t bytes[sizeof maker];
			struct gbt_frame f;
			g_autoptr(GError) error = NULL;
			memcpy(bytes, maker, sizeof maker);
			bytes[i] ^= (uint8_t) (1 << bit);
			g_assert_false(gbt_frame_read(bytes, sizeof bytes, &f, &error));
			g_assert_nonnull(error);
		}
	for (size_t n = 0; n < sizeof maker; n++) {
		struct gbt_frame f;
		g_assert_false(gbt_frame_read(maker, n, &f, NULL));
	}
}

/* Random frames, full of bytes that must be escaped, over a stream in pieces with noise between them. */
static void test_stream(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(20999);
	static const uint8_t nasty[] = {0x7e, 0x7d, 0x5c, 0x00, 0xff};
	struct gbt_stream s;
	guint came = 0;

	gbt_stream_init(&s);
	for (int round = 0; round < 2000; round++) {
		g_autoptr(GByteArray) plain = g_byte_array_new(), escaped = g_byte_array_new();
		uint8_t data[8][GBT_DATA_MOST];
		struct gbt_frame f = {.version = GBT_VERSION, .host = nasty[g_rand_int_range(rand, 0, 5)], .controller = g_rand_int(rand),
			.sequence = (uint8_t) round, .type = GBT_SET, .n_items = (uint32_t) g_rand_int_range(rand, 0, 9)};
		for (uint32_t i = 0; i < f.n_items; i++) {
			uint8_t n = (uint8_t) g_rand_int_range(rand, 0, GBT_DATA_MOST + 1);
			for (uint32_t k = 0; k < n; k++)
				data[i][k] = nasty[g_rand_int_range(rand, 0, 5)];
			f.items[i] = (struct gbt_item){.index = (uint8_t) (i + 1), .key = {1, 2, 0x7e, 0x5c}, .length = n, .data = n > 0 ? data[i] : NULL};
		}
		gbt_frame_write(&f, false, plain);
		gbt_frame_write(&f, true, escaped);
		uint64_t skipped = s.skipped;
		for (int noise = round % 3; noise > 0; noise--)
			g_assert_false(gbt_stream_take(&s, 0x11));
		g_assert_cmpuint(s.skipped, ==, skipped + (uint64_t) (round % 3));
		for (guint i = 0; i < escaped->len; i++)
			if (gbt_stream_take(&s, escaped->data[i])) {
				struct gbt_frame again;
				came++;
				g_assert_cmpuint(i, ==, escaped->len - 1);
				g_assert_cmpmem(s.frame->data, s.frame->len, plain->data, plain->len);
				g_assert_true(gbt_frame_read(s.frame->data, s.frame->len, &again, NULL));
				g_assert_cmpuint(again.n_items, ==, f.n_items);
			}
	}
	g_assert_cmpuint(came, ==, 2000);
	gbt_stream_finish(&s);
}

/* The end of a frame is lost: the next one comes through. */
static void test_lost_end(void)
{
	struct gbt_stream s;
	guint came = 0;

	gbt_stream_init(&s);
	for (size_t i = 0; i + 1 < sizeof maker; i++)
		g_assert_false(gbt_stream_take(&s, maker[i]));
	for (size_t i = 0; i < sizeof maker; i++)
		came += gbt_stream_take(&s, maker[i]);
	g_assert_cmpuint(came, ==, 1);
	g_assert_cmpuint(s.skipped, ==, sizeof maker - 1);
	for (size_t i = 0; i < 3 * GBT_FRAME_MOST; i++) /* a frame that never ends */
		g_assert_false(gbt_stream_take(&s, i == 0 ? 0x7e : 0x22));
	g_assert_cmpuint(s.frame->len, <=, GBT_FRAME_MOST + 2);
	gbt_stream_finish(&s);
}

static void check_both_ways(GBytes *bytes, guint *good, guint *escapes)
{
	struct gbt_frame f;
	gsize n;
	const uint8_t *frame = g_bytes_get_data(bytes, &n);
	g_autoptr(GError) error = NULL;
	g_autoptr(GByteArray) out = g_byte_array_new(), escaped = g_byte_array_new();
	struct gbt_stream s;
	bool whole = false;

	g_assert_true(gbt_frame_read(frame, n, &f, &error));
	g_assert_no_error(error);
	gbt_frame_write(&f, false, out);
	g_assert_cmpmem(out->data, out->len, frame, n);
	gbt_frame_write(&f, true, escaped);
	*escapes += escaped->len > n;
	gbt_stream_init(&s);
	for (guint i = 0; i < escaped->len; i++)
		whole = gbt_stream_take(&s, escaped->data[i]);
	g_assert_true(whole);
	g_assert_cmpmem(s.frame->data, s.frame->len, frame, n);
	gbt_stream_finish(&s);
	++*good;
}

static void test_recorded(void)
{
	owned(gbt_recorded) r = gbt_recorded_new();
	guint good = 0, escapes = 0;

	if (r == NULL) {
		g_test_skip("no ../shared/data/gbt20999/frames.tsv beside the checkout");
		return;
	}
	for (guint i = 0; i < r->pairs->len; i++) {
		const struct gbt_pair *p = r->pairs->pdata[i];
		check_both_ways(p->query, &good, &escapes);
		check_both_ways(p->reply, &good, &escapes);
	}
	g_test_message("%u frames decode and encode byte for byte, %u of them need escapes on a stream", good, escapes);
	g_assert_cmpuint(good, ==, 354);
	g_assert_cmpuint(escapes, >, 0); /* 13.1.9 ends in 5C 7D: read as a stream it would be cut */
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/gbt_frame/golden", test_golden);
	g_test_add_func("/gbt_frame/damaged", test_damaged);
	g_test_add_func("/gbt_frame/stream", test_stream);
	g_test_add_func("/gbt_frame/lost_end", test_lost_end);
	g_test_add_func("/gbt_frame/recorded", test_recorded);
	return g_test_run();
}

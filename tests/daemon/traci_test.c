/* traci_test.c - SUMO's remote control byte by byte: what we write, and what becomes of what comes back.
 *
 * The bytes were recorded from SUMO 1.15.0 with a bare socket. The whole recording is development data (../shared/data/traci): with
 * it each exchange that we have words for is checked both ways; the ones written down here stand for it where it is missing.
 */
#include <math.h>
#include <string.h>

#include "daemon/traci_in.h"
#include "fake_sumo.h"

static void writes(const struct traci_out *o, const char *hex)
{
	g_autoptr(GBytes) want = fake_hex(hex), is = g_bytes_new(o->bytes->data, o->bytes->len);

	g_assert_cmpmem(g_bytes_get_data(is, NULL), g_bytes_get_size(is), g_bytes_get_data(want, NULL), g_bytes_get_size(want));
}

static void test_out(void)
{
	static const uint8_t signal[] = {0x20, 0x28, 0x2d}, speed[] = {0x40};
	owned(traci_out) o = traci_out_new();

	traci_out_version(o);
	writes(o, "00000006 02 00");
	traci_out_clear(o);
	traci_out_order(o, 1);
	writes(o, "0000000a 06 03 00000001");
	traci_out_clear(o);
	traci_out_get(o, 0xa2, 0x27, "C");
	writes(o, "0000000c 08 a2 27 00000001 43");
	traci_out_clear(o);
	traci_out_watch(o, 0xd2, "C", signal, sizeof signal);
	writes(o, "0000001f 1b d2 0000000000000000 41cdcd6500000000 00000001 43 03 20282d");
	traci_out_clear(o);
	traci_out_watch_around(o, 0x89, "C", 0xa4, 100, speed, sizeof speed);
	writes(o, "00000026 22 89 0000000000000000 41cdcd6500000000 00000001 43 a4 4059000000000000 01 40");
	traci_out_clear(o);
	traci_out_set_text(o, 0xc2, 0x20, "C", "rrGG");
	traci_out_step(o);
	writes(o, "0000001f 11 c2 20 00000001 43 0c 00000004 72724747 0a 02 0000000000000000");
	g_assert_cmpuint(o->asked->len, ==, 2);
	traci_out_clear(o);
	traci_out_close(o);
	writes(o, "00000006 02 7f");
}

/* 255 bytes are the most that a short length holds. */
static void test_long(void)
{
	owned(traci_out) o = traci_out_new();
	g_autofree char *fits = g_strnfill(255 - 8, 'r'), *longer = g_strnfill(256 - 8, 'r');

	traci_out_get(o, 0xa2, 0x20, fits + 1);
	g_assert_cmpuint(o->bytes->len, ==, 4 + 253);
	traci_out_clear(o);
	traci_out_get(o, 0xa2, 0x20, longer);
	g_assert_cmpuint(o->bytes->len, ==, 4 + 255);
	g_assert_cmpuint(o->bytes->data[4], ==, 255);
	traci_out_clear(o);
	g_autofree char *longest = g_strnfill(249, 'r');
	traci_out_get(o, 0xa2, 0x20, longest);
	g_assert_cmpuint(o->bytes->len, ==, 4 + 256 + 4);
	g_assert_cmpuint(o->bytes->data[4], ==, 0);
	g_assert_cmpuint(o->bytes->data[7] << 8 | o->bytes->data[8], ==, 256 + 4);
	g_assert_cmpuint(o->bytes->data[9], ==, 0xa2);
}

static bool on_object(void *user, uint8_t result, struct traci_text around, struct traci_text object, const struct traci_value *values,
	uint32_t n, GError **error)
{
	GString *said = user;
	g_autofree char *a = traci_printable(around), *b = traci_printable(object);

	(void) error;
	g_string_append_printf(said, "%02x %s/%s", result, a, b);
	for (uint32_t i = 0; i < n; i++) {
		struct traci_value list = values[i], entry;
		g_autofree char *text = traci_printable(values[i].text);
		g_string_append_printf(said, " %02x=", values[i].variable);
		if (!isnan(values[i].number))
			g_string_append_printf(said, "%g", values[i].number);
		g_string_append(said, text);
		while ((list.type == TRACI_TEXTS || list.type == TRACI_COMPOUND) && traci_next(&list, &entry))
			g_string_append_printf(said, "(%02x)", entry.type);
	}
	g_string_append_c(said, ';');
	return true;
}

static bool on_version(void *user, int32_t api, struct traci_text name, GError **error)
{
	g_autofree char *text = traci_printable(name);

	(void) error;
	g_string_append_printf(user, "%d %s;", api, text);
	return true;
}

/* The reply to `o`, which is cleared. What it said, or the sentence. */
static char *said(struct traci_out *o, const guint8 *bytes, gsize length)
{
	g_autoptr(GString) text = g_string_new("");
	g_autoptr(GError) error = NULL;
	bool good = traci_in_read(bytes, length, o, &(struct traci_hearer){text, on_object, on_version}, &error);

	g_assert_true(good == (error == NULL));
	return good ? g_strdup(text->str) : g_strdup(error->message);
}

static void reads(struct traci_out *o, const char *hex, const char *what)
{
	g_autoptr(GBytes) reply = fake_hex(hex);
	gsize length;
	const guint8 *bytes = g_bytes_get_data(reply, &length);
	g_autofree char *all = said(o, bytes + 4, length - 4);

	g_assert_cmpstr(all, ==, what);
	for (gsize n = 0; n + 4 < length; n++) {                       /* what is cut off anywhere is never taken */
		g_autofree guint8 *part = g_memdup2(bytes + 4, MAX(n, 1)); /* of its own, so that reading beyond is found */
		g_autofree char *sentence = said(o, part, n);
		g_assert_nonnull(strstr(sentence, "cannot be read"));
	}
	traci_out_clear(o);
}

static void test_in(void)
{
	static const uint8_t area[] = {0x10, 0x14, 0x19}, speed[] = {0x40};
	owned(traci_out) o = traci_out_new();

	traci_out_version(o);
	reads(o, "00000020 07 00 00 00000000 15 00 00000014 0000000b 53554d4f20312e31352e30", "20 SUMO 1.15.0;");
	traci_out_get(o, 0xa2, 0x00, "");
	reads(o, "0000001c 07 a2 00 00000000 11 b2 00 00000000 0e 00000001 00000001 43", "b2 / 00=(0c);");
	traci_out_watch(o, 0xdd, "q0", area, sizeof area);
	reads(o, "00000031 07 dd 00 00000000 00 00000026 ed 00000002 7130 03 10 00 09 00000000 14 00 09 00000000 19 00 0b 0000000000000000",
		"ed q0/q0 10=0 14=0 19=0;");
	traci_out_watch_around(o, 0x89, "C", 0xa4, 100, speed, 1);
	reads(o, "0000001c 07 89 00 00000000 00 00000011 99 00000001 43 a4 01 00000000", "");
	traci_out_get(o, 0xab, 0x66, "");
	reads(o, "0000001b 07 ab 00 00000000 10 bb 66 00000000 0b 3ff0000000000000", "bb / 66=1;");
	traci_out_step(o);
	reads(o,
		"0000006f 07 02 00 00000000 00000003 00 00000026 ed 00000002 7130 03 10 00 09 00000000 14 00 09 00000000 19 00 0b 0000000000000000"
		"00 00000029 e2 00000001 43 03 20 00 0c 00000004 47477272 28 00 09 00000000 2d 00 0b 4045000000000000"
		"00 00000011 99 00000001 43 a4 01 00000000",
		"ed q0/q0 10=0 14=0 19=0;e2 C/C 20=GGrr 28=0 2d=42;");
}

static void refused(struct traci_out *o, const char *hex, const char *what)
{
	g_autoptr(GBytes) reply = fake_hex(hex);
	gsize length;
	const guint8 *bytes = g_bytes_get_data(reply, &length);
	g_autofree char *all = said(o, bytes + 4, length - 4);

	g_assert_cmpstr(all, ==, what);
	traci_out_clear(o);
}

static void test_refused(void)
{
	static const uint8_t speed[] = {0x40};
	owned(traci_out) o = traci_out_new();

	traci_out_set_text(o, 0xc2, 0x22, "XX", "");
	refused(o, "0000002a 26 c2 ff 0000001f 54726166666963206c69676874202758582720 6973206e6f74206b6e6f776e",
		"SUMO refuses command 0xc2: Traffic light 'XX' is not known");
	traci_out_watch(o, 0xd2, "C", speed, 1);
	refused(o, "00000021 07 d2 00 00000000 00 00000016 e2 00000001 43 01 40 ff 0c 00000003 6e6f21",
		"SUMO does not tell variable 0x40 of \"C\": no!");
	traci_out_get(o, 0xa4, 0x49, "XX"); /* a vehicle that may be gone: the next answer is read */
	traci_out_may_fail(o);
	traci_out_get(o, 0xab, 0x66, "");
	refused(o, "00000020 0a a4 ff 00000003 6e6f21 07 ab 00 00000000 10 bb 66 00000000 0b 3ff0000000000000", "bb / 66=1;");
	/* Compounds inside compounds, deeper than anything that is told. */
	g_autoptr(GString) deep = g_string_new("00000000 07 a2 00 00000000 00 00000101 b2 27 00000001 43");
	for (int k = 0; k < 49; k++)
		g_string_append(deep, "0f 00000001");
	traci_out_get(o, 0xa2, 0x27, "C");
	refused(o, deep->str, "SUMO's reply cannot be read: a value in it is cut off or of a strange kind");
}

/* The whole recording: whatever we have words for is what was sent, and its reply can be read. */
static void test_recording(void)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "shared", "data", "traci", "golden.txt", NULL);
	g_autoptr(GArray) turns = fake_turns_read(path);
	guint known = 0;

	if (turns == NULL) {
		g_test_skip("there is no ../shared/data/traci/golden.txt");
		return;
	}
	for (guint i = 0; i < turns->len; i++) {
		const struct fake_turn *turn = &g_array_index(turns, struct fake_turn, i);
		gsize length, n;
		const guint8 *sent = g_bytes_get_data(turn->request, &length), *reply = g_bytes_get_data(turn->reply, &n);
		owned(traci_out) o = traci_out_new();
		if (length < 6 || sent[4] + 4u != length)
			continue; /* long ones and several in a message */
		g_autofree char *id =
			length > 11 && sent[10] < 10 && sent[5] >> 4 == 0xa ? g_strndup((const char *) sent + 11, sent[10]) : g_strdup("");
		if (sent[5] == TRACI_VERSION)
			traci_out_version(o);
		else if (sent[5] == TRACI_ORDER)
			traci_out_order(o, 1);
		else if (sent[5] == TRACI_STEP && sent[6] == 0) /* one step; we never ask for a time */
			traci_out_step(o);
		else if (sent[5] == TRACI_CLOSE)
			traci_out_close(o);
		else if (sent[5] >> 4 == 0xa)
			traci_out_get(o, sent[5], sent[6], id);
		else
			continue;
		g_assert_cmpmem(o->bytes->data, o->bytes->len, sent, length);
		g_autofree char *what = said(o, reply + 4, n - 4);
		g_test_message("%s", what);
		g_assert_null(strstr(what, "cannot be read"));
		known++;
	}
	g_assert_cmpuint(known, >=, 10);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/traci/out", test_out);
	g_test_add_func("/traci/long", test_long);
	g_test_add_func("/traci/in", test_in);
	g_test_add_func("/traci/refused", test_refused);
	g_test_add_func("/traci/recording", test_recording);
	return g_test_run();
}

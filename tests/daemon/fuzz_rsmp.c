/* fuzz_rsmp.c - whatever an RSMP site sends: a message is refused with a sentence or taken, and a session that hears it tells nothing that
 * cannot be, and never the security code.
 *
 * Messages are separated by form feeds. The session has been greeted when they come, and commands are under way.
 */
#define FUZZ_SECRET "s3cr3t-code"

#include "daemon/rsmp_session.h"
#include "tests/daemon/fuzz_driver.h"

static double time_s;
static char last_id[64];

static void on_send(void *user, const char *text, size_t size)
{
	(void) user;
	g_assert_true(size > 1 && text[size - 1] == RSMP_END);
	json_t *m = json_loadb(text, size - 1, JSON_REJECT_DUPLICATES, NULL);
	g_assert_nonnull(m);
	const char *id = json_string_value(json_object_get(m, "mId"));
	if (id != NULL)
		g_strlcpy(last_id, id, sizeof last_id);
	json_decref(m);
}

static void on_drop(void *user, double pause_s)
{
	(void) user;
	g_assert_true(pause_s >= 0);
}

static double now_s(void *user)
{
	(void) user;
	return time_s;
}

static int64_t utc_us(void *user)
{
	(void) user;
	return utc_at(time_s);
}

static void say(struct rsmp_session *s, const char *text)
{
	rsmp_session_take(s, text, strlen(text));
}

static void greet(struct rsmp_session *s)
{
	static const char version[] = "{\"mType\":\"rSMsg\",\"type\":\"Version\",\"RSMP\":[{\"vers\":\"3.2\"}],\"siteId\":[{\"sId\":\"S\"}],\"SXL\":\"1.1\",\"mId\":\"1\"}";
	owned(rsmp_message) m = rsmp_message_read(version, strlen(version), NULL);

	rsmp_session_open(s, m);
	say(s, "{\"mType\":\"rSMsg\",\"type\":\"Watchdog\",\"wTs\":\"2025-06-15T15:06:40.000Z\",\"mId\":\"2\"}");
	say(s, "{\"mType\":\"rSMsg\",\"type\":\"AggregatedStatus\",\"cId\":\"TC\",\"ntsOId\":\"x\",\"xNId\":\"\",\"se\":[false,false,false,false,false,true,false,false],\"mId\":\"3\"}");
	say(s, "{\"mType\":\"rSMsg\",\"type\":\"StatusUpdate\",\"cId\":\"TC\",\"sS\":[{\"sCI\":\"S0001\",\"n\":\"signalgroupstatus\",\"s\":\"11BB\",\"q\":\"recent\"}],\"mId\":\"4\"}");
}

/* "$ID" stands for the id of what was sent last, so that answers can be made. */
static void hear(struct rsmp_session *s, const uint8_t *bytes, size_t size)
{
	g_autofree char *text = g_strndup((const char *) bytes, size);
	char *mark = size == strlen(text) ? strstr(text, "$ID") : NULL;

	if (mark == NULL) {
		rsmp_session_take(s, (const char *) bytes, size);
		return;
	}
	g_autofree char *filled = g_strdup_printf("%.*s%s%s", (int) (mark - text), text, last_id, mark + 3);
	say(s, filled);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rsmp_session_setup setup = {.site = "S", .code = FUZZ_SECRET, .group = "SG%", .ack_s = 30, .watchdog_s = 60, .backup_s = 120, .bands_min = 2,
		.read_back = true, .events = &events, .send = on_send, .drop = on_drop, .wake = on_wake, .now_s = now_s, .utc_us = utc_us};
	struct controller_band band = {1, 5};
	struct rsmp_stream stream;
	int round = 0;

	time_s = 1;
	owned(rsmp_session) s = rsmp_session_new(&setup);
	greet(s);
	rsmp_session_write(s, &(struct controller_pattern){.row = 2, .cycle_s = 60, .offset_s = 3, .bands = &band, .n_bands = 1});
	rsmp_session_flush(s);
	rsmp_stream_init(&stream);
	while (rsmp_stream_take(&stream, &data, &size, NULL)) {
		hear(s, stream.text->data, stream.text->len - 1);
		time_s += 0.5;
		rsmp_session_tick(s);
		rsmp_session_poll(s);
		if (++round == 8)
			rsmp_session_select(s, 2);
		if (round == 12)
			rsmp_session_release(s);
	}
	hear(s, stream.text->data != NULL ? stream.text->data : (const uint8_t *) "", stream.text->len);
	rsmp_stream_finish(&stream);
	return 0;
}

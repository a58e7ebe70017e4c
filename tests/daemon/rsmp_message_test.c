/* rsmp_message_test.c - RSMP messages: read and written as in a recorded session with a real site; what does not fit; the stream. */
#include <string.h>

#include "daemon/rsmp_message.h"

/* What the recorded supervisor sent, built anew by our writers: the same JSON. */
static char *built_anew(const json_t *m, const char *type)
{
	const char *id = json_string_value(json_object_get(m, "mId")), *of = json_string_value(json_object_get(m, "oMId"));
	struct rsmp_where where = {json_string_value(json_object_get(m, "ntsOId")), json_string_value(json_object_get(m, "xNId")),
		json_string_value(json_object_get(m, "cId"))};
	const json_t *list = json_object_get(m, strcmp(type, "CommandRequest") == 0 ? "arg" : "sS"), *first = json_array_get(list, 0);
	const char *names[32] = {NULL};
	struct rsmp_argument arguments[8];
	size_t n = json_array_size(list);

	for (size_t i = 0; i < n; i++) {
		const json_t *e = json_array_get(list, i);
		names[2 * i] = json_string_value(json_object_get(e, "sCI"));
		names[2 * i + 1] = json_string_value(json_object_get(e, "n"));
		arguments[i % 8] = (struct rsmp_argument){names[2 * i + 1], json_string_value(json_object_get(e, "v"))};
	}
	if (strcmp(type, "MessageAck") == 0)
		return rsmp_write_ack(of);
	if (strcmp(type, "Version") == 0)
		return rsmp_write_version(id, "3.2", "RN+SI0001", "1.1");
	if (strcmp(type, "Watchdog") == 0) {
		g_autoptr(GDateTime) t = g_date_time_new_from_iso8601(json_string_value(json_object_get(m, "wTs")), NULL);
		return rsmp_write_watchdog(id, g_date_time_to_unix(t) * 1000000 + g_date_time_get_microsecond(t));
	}
	if (strcmp(type, "StatusSubscribe") == 0)
		return rsmp_write_subscribe(id, &where, names, "1", false, json_is_string(json_object_get(first, "sOc")));
	if (strcmp(type, "StatusRequest") == 0)
		return rsmp_write_status_request(id, &where, names);
	return rsmp_write_command(id, &where, json_string_value(json_object_get(first, "cCI")), json_string_value(json_object_get(first, "cO")), arguments,
		(uint32_t) n);
}

static void check_read(const char *text, guint *values)
{
	g_autoptr(GError) error = NULL;
	owned(rsmp_message) m = rsmp_message_read(text, strlen(text), &error);

	g_assert_no_error(error);
	g_assert_nonnull(m);
	g_assert_cmpint(m->type, !=, RSMP_OTHER);
	*values += m->n_values;
	for (uint32_t i = 0; i < m->n_values; i++)
		g_assert_nonnull(m->values[i].text);
	if (m->type == RSMP_AGGREGATED_STATUS) {
		g_assert_true(m->bits[5] && !m->bits[0]);
		g_assert_cmpstr(m->component, ==, "TC");
	}
	if (m->type == RSMP_NOT_ACK)
		g_assert_cmpstr(m->reason, ==, "Wrong security code for level 2");
	const struct rsmp_value *v = rsmp_message_value(m, "S0022", "status");
	if (v != NULL)
		g_assert_cmpstr(v->text, ==, "1,2");
}

static void test_recorded(void)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "tests", "daemon", "rsmp", "ruby_site.txt", NULL);
	g_autofree char *text = NULL;
	guint read = 0, written = 0, values = 0;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		char *body = strchr(*line, '{');
		if (body == NULL)
			continue;
		if (strstr(*line, " << ") != NULL) {
			check_read(body, &values);
			read++;
			continue;
		}
		json_t *m = json_loads(body, 0, NULL);
		const char *type = json_string_value(json_object_get(m, "type"));
		g_autofree char *ours = built_anew(m, type);
		size_t n = strlen(ours);
		g_assert_cmpint(ours[n - 1], ==, RSMP_END);
		json_t *again = json_loadb(ours, n - 1, JSON_REJECT_DUPLICATES, NULL);
		if (!json_equal(m, again))
			g_error("%s\n%s", body, ours);
		json_decref(m);
		json_decref(again);
		written++;
	}
	g_assert_cmpuint(read, >=, 25);
	g_assert_cmpuint(written, >=, 12);
	g_assert_cmpuint(values, >=, 60);
}

static void test_misfits(void)
{
	static const char *const bad[] = {
		"", "{", "[]", "7", "{}", "{\"mType\":\"rSMsg\"}", "{\"mType\":\"rSMsg\",\"type\":\"Watchdog\"}",
		"{\"mType\":\"other\",\"type\":\"Watchdog\",\"mId\":\"1\"}", "{\"mType\":\"rSMsg\",\"type\":\"MessageAck\",\"mId\":\"1\"}",
		"{\"mType\":\"rSMsg\",\"type\":\"Version\",\"mId\":\"1\"}",
		"{\"mType\":\"rSMsg\",\"type\":\"Version\",\"mId\":\"1\",\"RSMP\":[{\"vers\":\"3.2\"}],\"siteId\":[],\"SXL\":\"1\"}",
		"{\"mType\":\"rSMsg\",\"type\":\"AggregatedStatus\",\"mId\":\"1\",\"se\":[true]}",
		"{\"mType\":\"rSMsg\",\"type\":\"StatusUpdate\",\"mId\":\"1\",\"sS\":7}",
		"{\"mType\":\"rSMsg\",\"type\":\"StatusUpdate\",\"mId\":\"1\",\"sS\":[{\"s\":\"1\"}]}",
		"{\"mType\":\"rSMsg\",\"type\":\"Watchdog\",\"mId\":\"1\",\"mId\":\"2\"}",
		"{\"mType\":\"rSMsg\",\"type\":\"Watchdog\",\"mId\":\"a\\u0001b\"}",
	};

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		owned(rsmp_message) m = rsmp_message_read(bad[i], strlen(bad[i]), &error);
		g_assert_null(m);
		g_assert_nonnull(error);
	}
	const char *number = "{\"mType\":\"rSMsg\",\"type\":\"StatusUpdate\",\"mId\":\"1\",\"sS\":[{\"sCI\":\"S0014\",\"n\":\"status\",\"s\":2,\"q\":\"recent\"}]}";
	owned(rsmp_message) m = rsmp_message_read(number, strlen(number), NULL);
	g_assert_null(rsmp_message_value(m, "S0014", "status")->text); /* values are texts */
}

static void test_stream(void)
{
	static const char whole[] = "\f\f{\"a\":1}\f{\"b\":2}\f\f{\"c\":3}\f{";

	for (size_t piece = 1; piece < sizeof whole; piece++) {
		struct rsmp_stream s;
		guint came = 0;
		rsmp_stream_init(&s);
		for (size_t at = 0; at < sizeof whole - 1; at += piece) {
			const uint8_t *bytes = (const uint8_t *) whole + at;
			size_t size = MIN(piece, sizeof whole - 1 - at);
			while (rsmp_stream_take(&s, &bytes, &size, NULL)) {
				g_assert_cmpuint(s.text->len, ==, 8);
				g_assert_cmpint(s.text->data[2], ==, 'a' + (int) came);
				came++;
			}
		}
		g_assert_cmpuint(came, ==, 3);
		rsmp_stream_finish(&s);
	}
	g_autofree uint8_t *much = g_malloc0(RSMP_MESSAGE_MOST + 1);
	const uint8_t *bytes = much;
	size_t size = RSMP_MESSAGE_MOST + 1;
	struct rsmp_stream s;
	g_autoptr(GError) error = NULL;
	rsmp_stream_init(&s);
	g_assert_false(rsmp_stream_take(&s, &bytes, &size, &error));
	g_assert_nonnull(error);
	rsmp_stream_finish(&s);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rsmp_message/recorded", test_recorded);
	g_test_add_func("/rsmp_message/misfits", test_misfits);
	g_test_add_func("/rsmp_message/stream", test_stream);
	return g_test_run();
}

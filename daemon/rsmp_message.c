/* rsmp_message.c - see rsmp_message.h. */
#include "daemon/rsmp_message.h"

#include <string.h>

#include "core/units.h"

#define TEXT_MOST 4096 /* bytes of any text that is used */
#define LIST_MOST 2000

G_DEFINE_QUARK(rsmp-error-quark, rsmp_error)

static bool misfit(GError **error, const char *type, const char *what)
{
	g_set_error(error, RSMP_ERROR, RSMP_ERROR_MESSAGE, "%s%s%s", type, *type != '\0' ? ": " : "", what);
	return false;
}

static const struct {
	const char *name;
	enum rsmp_type type;
} types[] = {
	{"Version", RSMP_VERSION},
	{"MessageAck", RSMP_ACK},
	{"MessageNotAck", RSMP_NOT_ACK},
	{"Watchdog", RSMP_WATCHDOG},
	{"AggregatedStatus", RSMP_AGGREGATED_STATUS},
	{"Alarm", RSMP_ALARM},
	{"StatusResponse", RSMP_STATUS_RESPONSE},
	{"StatusUpdate", RSMP_STATUS_UPDATE},
	{"CommandResponse", RSMP_COMMAND_RESPONSE},
};

/* A text fit to be used and printed; NULL otherwise. */
static const char *text_of(const json_t *object, const char *name)
{
	const json_t *v = json_object_get(object, name);
	const char *text = json_string_value(v);

	if (text == NULL || json_string_length(v) > TEXT_MOST || strlen(text) != json_string_length(v))
		return NULL;
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char) *c < ' ' || *c == 0x7f)
			return NULL;
	return text;
}

static bool read_version(struct rsmp_message *m, GError **error)
{
	const json_t *versions = json_object_get(m->root, "RSMP"), *sites = json_object_get(m->root, "siteId");

	m->versions = g_ptr_array_new();
	m->sxl = text_of(m->root, "SXL");
	m->site = text_of(json_array_get(sites, 0), "sId");
	if (m->sxl == NULL || m->site == NULL || json_array_size(versions) == 0 || json_array_size(versions) > LIST_MOST)
		return misfit(error, "Version", "it does not say RSMP, siteId and SXL");
	for (size_t i = 0; i < json_array_size(versions); i++) {
		const char *v = text_of(json_array_get(versions, i), "vers");
		if (v != NULL)
			g_ptr_array_add(m->versions, (char *) v);
	}
	return true;
}

static bool read_bits(struct rsmp_message *m, GError **error)
{
	const json_t *bits = json_object_get(m->root, "se");

	if (json_array_size(bits) != G_N_ELEMENTS(m->bits))
		return misfit(error, "AggregatedStatus", "se is no list of 8");
	for (size_t i = 0; i < G_N_ELEMENTS(m->bits); i++) {
		const json_t *bit = json_array_get(bits, i);
		const char *text = json_string_value(bit); /* before 3.1.5 */
		if (!json_is_boolean(bit) && text == NULL)
			return misfit(error, "AggregatedStatus", "se is no list of true and false");
		m->bits[i] = json_is_true(bit) || (text != NULL && g_ascii_strcasecmp(text, "true") == 0);
	}
	return true;
}

static bool read_values(struct rsmp_message *m, const char *list, const char *code, const char *value, const char *quality, GError **error)
{
	const json_t *values = json_object_get(m->root, list);

	if (!json_is_array(values) || json_array_size(values) > LIST_MOST)
		return misfit(error, list, "no list of values");
	m->values = g_new0(struct rsmp_value, json_array_size(values) + 1);
	for (size_t i = 0; i < json_array_size(values); i++) {
		const json_t *v = json_array_get(values, i);
		const char *q = text_of(v, quality);
		struct rsmp_value r = {.code = text_of(v, code), .name = text_of(v, "n"), .text = text_of(v, value), .recent = q != NULL && strcmp(q, "recent") == 0};
		if (r.code == NULL || r.name == NULL)
			return misfit(error, list, "a value has no code or no name");
		m->values[m->n_values++] = r;
	}
	return true;
}

static bool read_body(struct rsmp_message *m, GError **error)
{
	switch (m->type) {
	case RSMP_VERSION:
		return read_version(m, error);
	case RSMP_NOT_ACK:
		m->reason = text_of(m->root, "rea");
		m->reason = m->reason != NULL ? m->reason : "no reason was given";
		return true;
	case RSMP_AGGREGATED_STATUS:
		return read_bits(m, error);
	case RSMP_ALARM:
		m->alarm = text_of(m->root, "aCId");
		m->alarm_state = text_of(m->root, "aS");
		m->special = text_of(m->root, "aSp");
		return m->alarm != NULL || misfit(error, "Alarm", "it has no aCId");
	case RSMP_STATUS_RESPONSE:
	case RSMP_STATUS_UPDATE:
		return read_values(m, "sS", "sCI", "s", "q", error);
	case RSMP_COMMAND_RESPONSE:
		return read_values(m, "rvs", "cCI", "v", "age", error);
	default:
		return true;
	}
}

static bool read_head(struct rsmp_message *m, GError **error)
{
	const char *mtype = text_of(m->root, "mType"), *type = text_of(m->root, "type");

	if (mtype == NULL || strcmp(mtype, "rSMsg") != 0 || type == NULL)
		return misfit(error, "", "a message came that is none of RSMP");
	m->type = RSMP_OTHER;
	for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
		if (strcmp(types[i].name, type) == 0)
			m->type = types[i].type;
	m->id = text_of(m->root, m->type == RSMP_ACK || m->type == RSMP_NOT_ACK ? "oMId" : "mId");
	if (m->id == NULL)
		return misfit(error, type, "it has no id");
	m->component = text_of(m->root, "cId");
	m->nts = text_of(m->root, "ntsOId");
	m->xnid = text_of(m->root, "xNId");
	return true;
}

struct rsmp_message *rsmp_message_read(const char *text, size_t length, GError **error)
{
	json_error_t where;
	owned(rsmp_message) m = g_new0(struct rsmp_message, 1);

	m->root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &where);
	if (!json_is_object(m->root)) {
		misfit(error, "", "a message came that is no JSON object");
		return NULL;
	}
	return read_head(m, error) && read_body(m, error) ? give(m) : NULL;
}

void rsmp_message_free(struct rsmp_message *m)
{
	if (m == NULL)
		return;
	if (m->versions != NULL)
		g_ptr_array_unref(m->versions);
	g_free(m->values);
	json_decref(m->root);
	g_free(m);
}

const struct rsmp_value *rsmp_message_value(const struct rsmp_message *m, const char *code, const char *name)
{
	for (uint32_t i = 0; i < m->n_values; i++)
		if (strcmp(m->values[i].code, code) == 0 && strcmp(m->values[i].name, name) == 0)
			return &m->values[i];
	return NULL;
}

static char *finish(json_t *object)
{
	char *json = json_dumps(object, JSON_COMPACT);
	char *text = g_strdup_printf("%s%c", json, RSMP_END);

	json_decref(object);
	free(json);
	return text;
}

static json_t *begin(const char *type, const char *id)
{
	return json_pack("{s:s, s:s, s:s*}", "mType", "rSMsg", "type", type, "mId", id);
}

char *rsmp_write_ack(const char *of)
{
	return finish(json_pack("{s:s, s:s, s:s}", "mType", "rSMsg", "type", "MessageAck", "oMId", of));
}

char *rsmp_write_not_ack(const char *of, const char *reason)
{
	return finish(json_pack("{s:s, s:s, s:s, s:s}", "mType", "rSMsg", "type", "MessageNotAck", "oMId", of, "rea", reason));
}

char *rsmp_write_version(const char *id, const char *version, const char *site, const char *sxl)
{
	json_t *m = begin("Version", id);

	json_object_set_new(m, "RSMP", json_pack("[{s:s}]", "vers", version));
	json_object_set_new(m, "siteId", json_pack("[{s:s}]", "sId", site));
	json_object_set_new(m, "SXL", json_string(sxl));
	return finish(m);
}

char *rsmp_write_watchdog(const char *id, int64_t utc_us)
{
	json_t *m = begin("Watchdog", id);
	g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(utc_us / US_PER_S);
	g_autofree char *seconds = g_date_time_format(time, "%Y-%m-%dT%H:%M:%S");

	json_object_set_new(m, "wTs", json_sprintf("%s.%03uZ", seconds, (unsigned) (utc_us % US_PER_S / 1000)));
	return finish(m);
}

static json_t *about(const char *type, const char *id, const struct rsmp_where *where)
{
	json_t *m = begin(type, id);

	json_object_set_new(m, "ntsOId", json_string(where->nts));
	json_object_set_new(m, "xNId", json_string(where->xnid));
	json_object_set_new(m, "cId", json_string(where->component));
	return m;
}

char *rsmp_write_status_request(const char *id, const struct rsmp_where *where, const char *const *names)
{
	json_t *m = about("StatusRequest", id, where), *list = json_array();

	for (; names[0] != NULL; names += 2)
		json_array_append_new(list, json_pack("{s:s, s:s}", "sCI", names[0], "n", names[1]));
	json_object_set_new(m, "sS", list);
	return finish(m);
}

char *rsmp_write_subscribe(const char *id, const struct rsmp_where *where, const char *const *names, const char *rate_s, bool on_change, bool as_text)
{
	json_t *m = about("StatusSubscribe", id, where), *list = json_array();

	for (; names[0] != NULL; names += 2) {
		json_t *s = json_pack("{s:s, s:s, s:s}", "sCI", names[0], "n", names[1], "uRt", rate_s);
		json_object_set_new(s, "sOc", as_text ? json_string(on_change ? "True" : "False") : json_boolean(on_change));
		json_array_append_new(list, s);
	}
	json_object_set_new(m, "sS", list);
	return finish(m);
}

char *rsmp_write_command(const char *id, const struct rsmp_where *where, const char *code, const char *order, const struct rsmp_argument *arguments,
	uint32_t n)
{
	json_t *m = about("CommandRequest", id, where), *list = json_array();

	for (uint32_t i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "cCI", code, "n", arguments[i].name, "cO", order, "v", arguments[i].text));
	json_object_set_new(m, "arg", list);
	return finish(m);
}

void rsmp_stream_init(struct rsmp_stream *s)
{
	s->text = g_byte_array_new();
}

void rsmp_stream_finish(struct rsmp_stream *s)
{
	g_byte_array_unref(s->text);
	s->text = NULL;
}

bool rsmp_stream_take(struct rsmp_stream *s, const uint8_t **bytes, size_t *size, GError **error)
{
	if (s->text->len > 0 && s->text->data[s->text->len - 1] == RSMP_END)
		g_byte_array_set_size(s->text, 0); /* the one before was taken */
	while (*size > 0) {
		const uint8_t *end = memchr(*bytes, RSMP_END, *size);
		size_t n = end != NULL ? (size_t) (end - *bytes) + 1 : *size;
		if (s->text->len + n > RSMP_MESSAGE_MOST) {
			misfit(error, "", "a message has more than a megabyte");
			return false;
		}
		g_byte_array_append(s->text, *bytes, (guint) n);
		*bytes += n;
		*size -= n;
		if (end != NULL && s->text->len > 1)
			return true;
		if (end != NULL)
			g_byte_array_set_size(s->text, 0); /* form feeds may be repeated */
	}
	return false;
}

/* source.c - what stands at a camera's address, and how it is fetched and decoded. See source.h. */
#include "vision/source.h"

#include <gst/gst.h>
#include <string.h>

#include "vision/view.h"

#define SEQUENCE_FIRST_MAX 100000 /* numbers that a sequence of pictures may begin with */

static const char *const schemes[] = {"rtsp://", "rtsps://", "rtspt://", "rtspu://", "http://", "https://", "v4l2://", "file://", NULL};

static bool begins_with_any(const char *uri, uint32_t first, uint32_t end)
{
	for (uint32_t i = first; i < end; i++)
		if (g_ascii_strncasecmp(uri, schemes[i], strlen(schemes[i])) == 0)
			return true;
	return false;
}

bool source_is_live(const char *uri)
{
	return begins_with_any(uri, 0, 7) || g_str_has_prefix(uri, "/dev/video");
}

static void wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	g_free(text);
}

void source_free(struct source *s)
{
	if (!s)
		return;
	g_free(s->location);
	g_free(s->user);
	wipe(s->password);
	wipe(s->query);
	g_free(s);
}

bool source_betrays(const struct source *s, const char *text)
{
	return strstr(text, "://") || (s->user && *s->user && strstr(text, s->user)) || (s->password && *s->password && strstr(text, s->password)) ||
		(s->query && *s->query && strstr(text, s->query));
}

static bool fail(GError **error, const char *what, const char *why)
{
	g_set_error(error, view_error_quark(), 0, "%s%s%s", what, *what ? ": " : "", why);
	return false;
}

/* rtsp://user:password@host:port/path?query without the user and the password. */
static bool split_address(struct source *s, const char *uri, GError **error)
{
	g_autofree char *scheme = NULL, *user = NULL, *host = NULL, *path = NULL, *query = NULL;
	char *password = NULL;
	int port = -1;
	/* GLib's own sentence would repeat the address */
	if (!g_uri_split_with_user(uri, G_URI_FLAGS_ENCODED | G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_PARSE_RELAXED, &scheme, &user, &password, NULL, &host,
			&port, &path, &query, NULL, NULL) || !host || !*host) {
		wipe(password);
		return fail(error, "", "the camera's address has no host name");
	}
	s->user = user ? g_uri_unescape_string(user, NULL) : NULL;
	s->password = password ? g_uri_unescape_string(password, NULL) : NULL;
	s->query = g_strdup(query);
	if ((user && !s->user) || (password && !s->password)) {
		wipe(password);
		return fail(error, "", "the user name or the password in the camera's address is not escaped as addresses need it");
	}
	s->location = g_uri_join(G_URI_FLAGS_ENCODED, scheme, NULL, host, port, path ? path : "", query, NULL);
	wipe(password);
	return true;
}

/* One %d with a width or none, and no other %. */
static bool is_pattern(const char *path)
{
	const char *at = strchr(path, '%');
	if (!at || strchr(at + 1, '%'))
		return false;
	size_t digits = strspn(at + 1, "0123456789");
	return digits <= 2 && at[1 + digits] == 'd';
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static int first_of(const char *pattern)
{
	for (int i = 0; i <= SEQUENCE_FIRST_MAX; i++) {
		g_autofree char *path = g_strdup_printf(pattern, i); /* is_pattern has looked at it */
		if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
			return i;
	}
	return -1;
}
#pragma GCC diagnostic pop

static bool find_file(struct source *s, const char *uri, GError **error)
{
	s->kind = SOURCE_FILE;
	s->location = g_str_has_prefix(uri, "file://") ? g_filename_from_uri(uri, NULL, error) : g_strdup(uri);
	if (!s->location)
		return false;
	if (g_file_test(s->location, G_FILE_TEST_IS_REGULAR))
		return true;
	if (!is_pattern(s->location))
		return fail(error, s->location, "no such file");
	s->kind = SOURCE_SEQUENCE;
	return first_of(s->location) >= 0 || fail(error, s->location, "no picture of this sequence is there");
}

static bool find_device(struct source *s, const char *uri, GError **error)
{
	s->kind = SOURCE_DEVICE;
	s->location = g_strdup(g_str_has_prefix(uri, "v4l2://") ? uri + strlen("v4l2://") : uri);
	return g_file_test(s->location, G_FILE_TEST_EXISTS) || fail(error, s->location, "no such video device");
}

struct source *source_new(const char *uri, GError **error)
{
	owned(source) s = g_new0(struct source, 1);
	bool found;
	s->live = source_is_live(uri);
	if (begins_with_any(uri, 0, 6)) {
		s->kind = begins_with_any(uri, 0, 4) ? SOURCE_RTSP : SOURCE_HTTP;
		found = split_address(s, uri, error);
	} else if (s->live)
		found = find_device(s, uri, error);
	else if (strstr(uri, "://") && !g_str_has_prefix(uri, "file://"))
		found = fail(error, "", "a camera's address must begin with rtsp://, rtsps://, http://, https://, v4l2:// or file://, or be a path");
	else
		found = find_file(s, uri, error);
	return found ? give(s) : NULL;
}

/* ---- elements ---- */

static GstElement *add(GstBin *bin, const char *factory)
{
	GstElement *e = gst_element_factory_make(factory, NULL);
	if (e && !gst_bin_add(bin, e))
		return NULL;
	return e;
}

static bool has(GstElement *e, const char *property)
{
	return g_object_class_find_property(G_OBJECT_GET_CLASS(e), property) != NULL;
}

/* Decoders use one thread each: there are more cameras than cores. */
static void on_element(GstBin *bin, GstBin *sub, GstElement *element, gpointer user)
{
	(void) bin;
	(void) sub;
	(void) user;
	if (has(element, "max-threads"))
		g_object_set(element, "max-threads", 1, NULL);
	if (has(element, "single-stream") && has(element, "boundary")) /* multipartdemux: a camera sends nothing but its pictures */
		g_object_set(element, "single-stream", TRUE, NULL);
}

static bool link_to(GstPad *pad, GstElement *element)
{
	g_autoptr(GstPad) sink = gst_element_get_static_pad(element, "sink");
	return !gst_pad_is_linked(sink) && gst_pad_link(pad, sink) == GST_PAD_LINK_OK;
}

static void on_decoded_pad(GstElement *decoder, GstPad *pad, gpointer to)
{
	g_autoptr(GstCaps) caps = gst_pad_query_caps(pad, NULL);
	(void) decoder;
	if (!gst_caps_is_empty(caps) && g_str_has_prefix(gst_structure_get_name(gst_caps_get_structure(caps, 0)), "video/"))
		link_to(pad, to);
}

/* What is planar already goes through videoconvert untouched; packed pixels and ten bits come out as planes. */
static GstElement *add_decodebin(GstBin *bin, GstElement *to)
{
	GstElement *decode = add(bin, "decodebin"), *convert = add(bin, "videoconvert");
	if (!decode || !convert || !gst_element_link(convert, to))
		return NULL;
	g_signal_connect(decode, "pad-added", G_CALLBACK(on_decoded_pad), convert);
	gst_element_sync_state_with_parent(convert);
	return decode;
}

/* H.264 and H.265 go straight to their decoders, without the queues and threads of decodebin; all else finds its own way. */
static GstElement *add_direct(GstBin *bin, GstElement *to, const char *coding)
{
	static const char *const ways[][3] = {{"H264", "rtph264depay", "avdec_h264"}, {"H265", "rtph265depay", "avdec_h265"}};
	for (uint32_t i = 0; i < G_N_ELEMENTS(ways); i++) {
		GstElement *depay, *decoder;
		if (g_strcmp0(coding, ways[i][0]) != 0)
			continue;
		if (!(depay = add(bin, ways[i][1])) || !(decoder = add(bin, ways[i][2])) || !gst_element_link_many(depay, decoder, to, NULL))
			return NULL;
		gst_element_sync_state_with_parent(decoder);
		return depay;
	}
	return NULL;
}

static void on_rtsp_pad(GstElement *source, GstPad *pad, gpointer to)
{
	g_autoptr(GstObject) bin = gst_element_get_parent(source);
	g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
	const GstStructure *what = caps ? gst_caps_get_structure(caps, 0) : NULL;
	if (!what || g_strcmp0(gst_structure_get_string(what, "media"), "video") != 0)
		return;
	GstElement *first = add_direct(GST_BIN(bin), to, gst_structure_get_string(what, "encoding-name"));
	if (!first)
		first = add_decodebin(GST_BIN(bin), to);
	if (!first)
		return;
	gst_element_sync_state_with_parent(first);
	link_to(pad, first);
}

static gboolean on_select_stream(GstElement *source, guint n, GstCaps *caps, gpointer user)
{
	(void) source;
	(void) n;
	(void) user;
	return g_strcmp0(gst_structure_get_string(gst_caps_get_structure(caps, 0), "media"), "video") == 0;
}

static void give_credentials(const struct source *s, GstElement *e)
{
	if (s->user)
		g_object_set(e, "user-id", s->user, NULL);
	if (s->password)
		g_object_set(e, "user-pw", s->password, NULL);
}

static bool build_rtsp(const struct source *s, const struct source_options *o, GstBin *bin, GstElement *to)
{
	GstElement *source = add(bin, "rtspsrc");
	if (!source)
		return false;
	bool udp = o->transport == SOURCE_UDP;
	/* Over TCP packets come late in heaps but never out of order: none may be dropped for that. */
	g_object_set(source, "location", s->location, "latency", o->latency_ms, "drop-on-latency", udp, "tcp-timeout", o->timeout_us, "timeout",
		o->timeout_us, NULL);
	gst_util_set_object_arg(G_OBJECT(source), "protocols", udp ? "udp" : "tcp");
	if (has(source, "add-reference-timestamp-meta"))
		g_object_set(source, "add-reference-timestamp-meta", TRUE, NULL);
	give_credentials(s, source);
	g_signal_connect(source, "select-stream", G_CALLBACK(on_select_stream), NULL);
	g_signal_connect(source, "pad-added", G_CALLBACK(on_rtsp_pad), to);
	return true;
}

static bool build_http(const struct source *s, const struct source_options *o, GstBin *bin, GstElement *to)
{
	GstElement *source = add(bin, "souphttpsrc"), *decode = add_decodebin(bin, to);
	if (!source || !decode)
		return false;
	g_object_set(source, "location", s->location, "is-live", TRUE, "do-timestamp", TRUE, "timeout", (guint) (o->timeout_us / G_USEC_PER_SEC), NULL);
	give_credentials(s, source);
	return gst_element_link(source, decode);
}

static bool build_sequence(const struct source *s, const struct source_options *o, GstBin *bin, GstElement *to)
{
	GstElement *source = add(bin, "imagesequencesrc"), *decode = add_decodebin(bin, to);
	int fps_n, fps_d;
	if (!source || !decode)
		return false;
	gst_util_double_to_fraction(o->sequence_fps, &fps_n, &fps_d);
	g_object_set(source, "location", s->location, "start-index", first_of(s->location), "framerate", fps_n, fps_d, NULL);
	return gst_element_link(source, decode);
}

static GstElement *add_decoder(GstBin *bin, GstElement *to, const char *factory)
{
	GstElement *decoder = add(bin, factory), *convert = add(bin, "videoconvert");
	if (!decoder || !convert || !gst_element_link_many(decoder, convert, to, NULL))
		return NULL;
	gst_element_sync_state_with_parent(convert);
	return decoder;
}

/* On the thread that reads: decodebin would hand each coded picture of a file from one thread to another. */
static void on_parsed_pad(GstElement *parse, GstPad *pad, gpointer to)
{
	g_autoptr(GstObject) bin = gst_element_get_parent(parse);
	g_autoptr(GstPad) end = gst_element_get_static_pad(to, "sink");
	g_autoptr(GstCaps) caps = gst_pad_query_caps(pad, NULL);
	const char *what = gst_caps_is_empty(caps) || gst_caps_is_any(caps) ? "" : gst_structure_get_name(gst_caps_get_structure(caps, 0));
	const char *factory = g_str_equal(what, "video/x-h264") ? "avdec_h264" : g_str_equal(what, "video/x-h265") ? "avdec_h265" : NULL;
	if ((!g_str_has_prefix(what, "video/") && !g_str_has_prefix(what, "image/")) || gst_pad_is_linked(end))
		return;
	GstElement *decoder = factory ? add_decoder(GST_BIN(bin), to, factory) : add_decodebin(GST_BIN(bin), to);
	if (!decoder)
		return;
	gst_element_sync_state_with_parent(decoder);
	link_to(pad, decoder);
}

static bool build_file(const struct source *s, GstBin *bin, GstElement *to)
{
	GstElement *source = add(bin, "filesrc"), *parse = add(bin, "parsebin");
	if (!source || !parse)
		return false;
	g_object_set(source, "location", s->location, NULL);
	g_signal_connect(parse, "pad-added", G_CALLBACK(on_parsed_pad), to);
	return gst_element_link(source, parse);
}

static bool build_local(const struct source *s, GstBin *bin, GstElement *to, const char *factory, const char *property)
{
	GstElement *source = add(bin, factory), *decode = add_decodebin(bin, to);
	if (!source || !decode)
		return false;
	g_object_set(source, property, s->location, NULL);
	return gst_element_link(source, decode);
}

bool source_build(const struct source *s, const struct source_options *options, GstBin *pipeline, GstElement *to)
{
	g_signal_connect(pipeline, "deep-element-added", G_CALLBACK(on_element), NULL);
	switch (s->kind) {
	case SOURCE_RTSP:
		return build_rtsp(s, options, pipeline, to);
	case SOURCE_HTTP:
		return build_http(s, options, pipeline, to);
	case SOURCE_SEQUENCE:
		return build_sequence(s, options, pipeline, to);
	case SOURCE_DEVICE:
		return build_local(s, pipeline, to, "v4l2src", "device");
	case SOURCE_FILE:
	default:
		return build_file(s, pipeline, to);
	}
}

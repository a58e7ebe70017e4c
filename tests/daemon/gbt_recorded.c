/* gbt_recorded.c - see gbt_recorded.h. */
#include "tests/daemon/gbt_recorded.h"

#include <string.h>

static GBytes *from_hex(const char *hex)
{
	size_t n = strlen(hex) / 2;
	uint8_t *bytes = g_malloc(n);

	g_assert_cmpuint(strlen(hex) % 2, ==, 0);
	for (size_t i = 0; i < n; i++) {
		int high = g_ascii_xdigit_value(hex[2 * i]), low = g_ascii_xdigit_value(hex[2 * i + 1]);
		g_assert_true(high >= 0 && low >= 0);
		bytes[i] = (uint8_t) (high << 4 | low);
	}
	return g_bytes_new_take(bytes, n);
}

static void pair_free(gpointer data)
{
	struct gbt_pair *p = data;

	g_free(p->code);
	g_free(p->name);
	g_bytes_unref(p->query);
	g_bytes_unref(p->reply);
	g_free(p);
}

struct gbt_recorded *gbt_recorded_new(void)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "shared", "data", "gbt20999", "frames.tsv", NULL);
	g_autofree char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return NULL;
	struct gbt_recorded *r = g_new0(struct gbt_recorded, 1);
	r->pairs = g_ptr_array_new_with_free_func(pair_free);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		if (**line == '\0' || **line == '#')
			continue;
		g_auto(GStrv) cells = g_strsplit(*line, "\t", -1);
		g_assert_cmpuint(g_strv_length(cells), ==, 4);
		struct gbt_pair *p = g_new0(struct gbt_pair, 1);
		*p = (struct gbt_pair){g_strdup(cells[0]), g_strdup(cells[1]), from_hex(cells[2]), from_hex(g_strstrip(cells[3]))};
		g_ptr_array_add(r->pairs, p);
	}
	return r;
}

void gbt_recorded_free(struct gbt_recorded *r)
{
	if (r == NULL)
		return;
	g_ptr_array_unref(r->pairs);
	g_free(r);
}

static GBytes *frame_of(const struct gbt_frame *f, uint8_t type, struct gbt_key key, uint8_t *refusal)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	struct gbt_frame reply = {.version = f->version, .host = f->host, .controller = f->controller, .junction = f->junction, .sequence = 2,
		.type = type, .n_items = 1};

	reply.items[0] = (struct gbt_item){.index = 1, .key = key, .length = refusal != NULL, .data = refusal};
	gbt_frame_write(&reply, false, out);
	return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

GBytes *gbt_recorded_answer(const struct gbt_recorded *r, const uint8_t *bytes, size_t size)
{
	struct gbt_frame f, q;
	uint8_t refusal = GBT_NO_SUCH_ITEM;

	if (!gbt_frame_read(bytes, size, &f, NULL) || f.n_items == 0)
		return NULL;
	struct gbt_key key = f.items[0].key;
	if (f.type == GBT_SET)
		return key.class == 17 ? frame_of(&f, GBT_SET_REPLY, key, NULL) : frame_of(&f, GBT_SET_ERROR, key, &refusal);
	for (guint i = 0; f.n_items == 1 && i < r->pairs->len; i++) {
		const struct gbt_pair *p = r->pairs->pdata[i];
		gsize n;
		const uint8_t *query = g_bytes_get_data(p->query, &n);
		g_assert_true(gbt_frame_read(query, n, &q, NULL));
		if (gbt_key_number(q.items[0].key) == gbt_key_number(key))
			return g_bytes_ref(p->reply);
	}
	return frame_of(&f, GBT_QUERY_ERROR, key, &refusal);
}

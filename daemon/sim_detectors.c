/* sim_detectors.c - detectors of a run and their files; see sim_detectors.h. */
#include "daemon/sim_detectors.h"

#include <string.h>

#include "daemon/outfile.h"
#include "sim/detectors.h"

struct sim_detectors {
	struct additions *additions;
	struct detectors *detectors;
};

struct sim_detectors *sim_detectors_new(const char *files, const struct world *w, GError **error)
{
	owned(sim_detectors) s = g_new0(struct sim_detectors, 1);
	bool wanted = false;
	s->additions = additions_read(files, world_network(w), NULL, error);
	for (uint32_t k = 0; s->additions && k < s->additions->n_detectors; k++)
		wanted |= s->additions->detectors[k].file != NULL;
	if (!wanted)
		return NULL;
	s->detectors = detectors_new(s->additions, w);
	return give(s);
}

void sim_detectors_free(struct sim_detectors *s)
{
	if (!s)
		return;
	detectors_free(s->detectors);
	additions_free(s->additions);
	g_free(s);
}

void sim_detectors_step(struct sim_detectors *s, const struct world *w)
{
	detectors_step(s->detectors, w);
}

static void put_row(GString *text, const struct detector *d, const struct detector_row *row)
{
	uint32_t n;
	const struct detector_column *columns = detector_columns(d->kind, &n);
	g_autofree char *id = g_markup_escape_text(d->id, -1);
	g_string_append_printf(text, "    <interval begin=\"%.2f\" end=\"%.2f\" id=\"%s\"", row->begin_s, row->end_s, id);
	for (uint32_t k = 0; k < n; k++)
		g_string_append_printf(text, columns[k].whole ? " %s=\"%.0f\"" : " %s=\"%.2f\"", columns[k].name, row->value[k]);
	g_string_append(text, "/>\n");
}

/* All rows of the detectors that share one file. */
static bool save(const struct sim_detectors *s, uint32_t first, GError **error)
{
	uint32_t n;
	const struct detector *detectors = s->additions->detectors;
	const struct detector_row *rows = detectors_rows(s->detectors, &n);
	const char *file = detectors[first].file;
	GString *text = g_string_new(NULL);
	g_string_printf(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<detector xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
		"xsi:noNamespaceSchemaLocation=\"http://sumo.dlr.de/xsd/det_%s_file.xsd\">\n", detectors[first].kind == DETECTOR_LOOP ? "e1" : "e2");
	for (uint32_t k = 0; k < n; k++)
		if (g_strcmp0(detectors[rows[k].detector].file, file) == 0)
			put_row(text, &detectors[rows[k].detector], &rows[k]);
	g_string_append(text, "</detector>\n");
	bool good = outfile_save(file, text, error);
	g_string_free(text, TRUE);
	return good;
}

bool sim_detectors_finish(struct sim_detectors *s, const struct world *w, GError **error)
{
	g_autoptr(GHashTable) written = g_hash_table_new(g_str_hash, g_str_equal);
	detectors_close(s->detectors, w);
	for (uint32_t k = 0; k < s->additions->n_detectors; k++) {
		char *file = s->additions->detectors[k].file;
		if (file && g_hash_table_add(written, file) && !save(s, k, error))
			return false;
	}
	return true;
}

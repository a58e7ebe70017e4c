/* plate_train.c - makes vision/plate_model.c: boosted trees that tell a row of characters on a plate from everything else.
 *
 *     plate_train OUT.c [--trees N] [--seed N] [--negatives FOLDER]... [--skip K/N]
 *
 * Positives are drawn (tests/vision/plate_scene.h), negatives too; folders of labelled pictures may add negatives, the labelled plates left
 * out, with every Nth picture from the Kth on left out for cross-validation. Trees of depth two by Newton steps on the logistic loss
 * (Friedman 2001; Chen & Guestrin 2016), negatives collected again after each round where the trees so far are wrong.
 */
#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/vision/plate_scene.h"
#include "vision/cv.h"
#include "vision/plate_scan.h"

#define FEATURES 3000
#define TRIED 700 /* features looked at for one tree */
#define BINS 64
#define SAMPLES 42000
#define POSITIVES 12000
#define PATCH_W 128 /* px: the larger window and what its neighbourhood needs */
#define PATCH_H 64
#define PLACES 256 /* the coarse trees' finds in one picture that the fine ones learn from */
#define PLACE_SCORE -2.5f
#define SHRINK 0.35
#define QUICK_TREES 8 /* the first ones see every window: simple features, full steps */
#define QUICK_SHRINK 0.8
#define LAMBDA 4.0
#define TREES_MAX 1000

struct sample {
	bool plate;
	float score, g, h;
};

struct picture {
	uint32_t w, h;
	uint8_t *grey;
	double plate[4]; /* x, y, w, h of a labelled one; w = 0: none */
	double row[3];   /* x, y and height of the number's row on a drawn one; height 0: none */
	uint32_t taken;
};

struct trainer {
	bool fine;
	uint32_t cols, rows; /* of the window */
	struct plate_feature features[FEATURES];
	float low[FEATURES], step[FEATURES]; /* bin = (value - low) / step */
	uint8_t *bins;                       /* FEATURES rows of SAMPLES */
	struct sample *samples;
	uint32_t n;
	struct plate_tree trees[TREES_MAX];
	uint32_t chosen[TREES_MAX][3]; /* their features' places in the list */
	uint32_t n_trees;
	double plate_weight, wanted; /* of a plate against another sample; the score below which a plate may be lost */
	GArray *pictures;
	uint64_t random;
};

static int plate_by_name(const char *const *a, const char *const *b)
{
	return strcmp(*a, *b);
}

static void rectangle(struct trainer *t, uint8_t *x, uint8_t *y, uint8_t *w, uint8_t *h)
{
	*w = (uint8_t) (1 + plate_random(&t->random) % (plate_chance(&t->random, 0.3) ? t->cols : t->cols / 3));
	*h = (uint8_t) (1 + plate_random(&t->random) % (plate_chance(&t->random, 0.3) ? t->rows : t->rows / 2));
	*x = (uint8_t) (plate_random(&t->random) % (uint32_t) (t->cols - *w + 1));
	*y = (uint8_t) (plate_random(&t->random) % (uint32_t) (t->rows - *h + 1));
}

static void choose_features(struct trainer *t)
{
	for (uint32_t i = 0; i < FEATURES; i++) {
		struct plate_feature *f = &t->features[i];
		*f = (struct plate_feature){.plane = (uint8_t) (plate_random(&t->random) % PLATE_PLANES)};
		rectangle(t, &f->x, &f->y, &f->w, &f->h);
		if (f->plane != PLANE_GREY && plate_chance(&t->random, 0.5))
			continue;
		f->plane2 = f->plane;
		if (f->plane != PLANE_GREY && plate_chance(&t->random, 0.4))
			while (f->plane2 == PLANE_GREY || f->plane2 == f->plane)
				f->plane2 = (uint8_t) (plate_random(&t->random) % PLATE_PLANES);
		rectangle(t, &f->x2, &f->y2, &f->w2, &f->h2);
	}
}

static void values_of(const struct trainer *t, const struct plate_cells *c, uint32_t col, uint32_t row, float *values)
{
	const uint32_t *window = c->sums + row * c->stride + col;
	float scale = plate_scale_at(c, window, t->cols, t->rows);
	for (uint32_t i = 0; i < FEATURES; i++) {
		struct plate_probe p = plate_probe_of(c, &t->features[i]);
		values[i] = plate_probe_at(&p, window) * scale;
	}
}

static uint8_t bin_of(const struct trainer *t, uint32_t feature, float value)
{
	return (uint8_t) CLAMP((value - t->low[feature]) / t->step[feature], 0, BINS - 1);
}

static void add_sample(struct trainer *t, uint32_t at, bool plate, const float *values)
{
	for (uint32_t i = 0; i < FEATURES; i++)
		t->bins[(size_t) i * SAMPLES + at] = bin_of(t, i, values[i]);
	t->samples[at] = (struct sample){.plate = plate};
	for (uint32_t k = 0; k < t->n_trees; k++) {
		const struct plate_tree *tree = &t->trees[k];
		uint32_t side = values[t->chosen[k][0]] >= tree->node[0].cut;
		t->samples[at].score += tree->leaf[2 * side + (values[t->chosen[k][1 + side]] >= tree->node[1 + side].cut)];
	}
}

/* One plate as the window should see it, a little off. */
static void draw_plate(struct trainer *t, struct plate_cells *cells)
{
	static const enum plate_format kinds[] = {
		PLATE_EU, PLATE_EU, PLATE_EU, PLATE_US, PLATE_US, PLATE_US, PLATE_BR, PLATE_BR, PLATE_CN_BLUE, PLATE_CN_GREEN};
	uint64_t *r = &t->random;
	owned(plate_scene) scene = plate_scene_new(PATCH_W, PATCH_H);
	uint8_t grey[PATCH_W * PATCH_H];
	struct plate_art art;
	plate_art_make(&art, kinds[plate_random(r) % G_N_ELEMENTS(kinds)], r);
	double char_px = t->rows, off = char_px / PLATE_CELL_PX / 4; /* two pixels a cell, two characters a window */
	struct plate_pose pose = {.x_px = PATCH_W / 2.0 + plate_between(r, -2.5, 2.5) * off,
		.y_px = PATCH_H / 2.0 + plate_between(r, -1.2, 1.2) * off,
		.char_px = char_px * exp(plate_between(r, -0.17, 0.17)),
		.turn_rad = 0.045 * (plate_between(r, -1, 1) + plate_between(r, -1, 1)),
		.slant = plate_between(r, -0.15, 0.15),
		.squeeze = 1 - fabs(plate_between(r, -0.15, 0.15) + plate_between(r, -0.15, 0.15))};
	plate_scene_clutter(scene, (uint32_t) (plate_random(r) % 14), PLATE_NO_WRITING, r);
	plate_scene_paint(scene, &art, &pose, r, NULL);
	plate_scene_take(scene, plate_between(r, 0, t->fine ? 1.9 : 1.0), plate_between(r, 0, 1) * plate_between(r, 0, 8), r, grey);
	plate_cells_make(cells, grey, PATCH_W, PATCH_H, PATCH_W);
}

static void draw_positives(struct trainer *t)
{
	struct plate_cells cells = {0};
	float values[FEATURES];
	while (t->n < POSITIVES) {
		draw_plate(t, &cells);
		values_of(t, &cells, (cells.cols - t->cols) / 2, (cells.rows - t->rows) / 2, values);
		add_sample(t, t->n++, true, values);
	}
	plate_cells_finish(&cells);
}

static int by_value(const void *a, const void *b)
{
	return *(const float *) a < *(const float *) b ? -1 : 1;
}

/* Of plates and of anything in the drawn scenes, half and half. */
static void find_ranges(struct trainer *t)
{
	enum { N = 1200 };
	g_autofree float *all = g_new(float, (size_t) N *FEATURES), *one = g_new(float, N);
	struct plate_cells cells = {0};
	for (uint32_t i = 0; i < N; i++) {
		const struct picture *p = &g_array_index(t->pictures, struct picture, plate_random(&t->random) % t->pictures->len);
		if (i < N / 2)
			draw_plate(t, &cells);
		else
			plate_cells_make(&cells, p->grey, p->w, p->h, p->w);
		values_of(t, &cells, (uint32_t) (plate_random(&t->random) % (cells.cols - t->cols)),
			(uint32_t) (plate_random(&t->random) % (cells.rows - t->rows)), all + (size_t) i * FEATURES);
	}
	for (uint32_t f = 0; f < FEATURES; f++) {
		for (uint32_t i = 0; i < N; i++)
			one[i] = all[(size_t) i * FEATURES + f];
		qsort(one, N, sizeof *one, by_value);
		t->low[f] = one[N / 100];
		t->step[f] = fmaxf((one[N - 1 - N / 100] - one[N / 100]) / BINS, 1e-6f);
	}
	plate_cells_finish(&cells);
}

/* What else is on a plate, and what is too small or too large in it, is no number's row. */
static void draw_large_plate(struct trainer *t, struct plate_scene *scene, struct picture *p)
{
	uint64_t *r = &t->random;
	struct plate_art art;
	plate_art_make(&art, (enum plate_format)(plate_random(r) % PLATE_FORMATS), r);
	struct plate_pose pose = {.x_px = plate_between(r, 100, p->w - 100),
		.y_px = plate_between(r, 60, p->h - 60),
		.char_px = plate_between(r, 12, 60),
		.turn_rad = plate_between(r, -0.06, 0.06),
		.slant = plate_between(r, -0.1, 0.1),
		.squeeze = plate_between(r, 0.8, 1)};
	plate_scene_paint(scene, &art, &pose, r, NULL);
	p->row[0] = pose.x_px;
	p->row[1] = pose.y_px;
	p->row[2] = pose.char_px;
}

static void add_scenes(struct trainer *t, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct picture p = {.w = 320, .h = 240};
		owned(plate_scene) scene = plate_scene_new(p.w, p.h);
		plate_scene_clutter(
			scene, 20 + (uint32_t) (plate_random(&t->random) % 100), t->fine ? PLATE_SIGNS : PLATE_BARE_WRITING, &t->random);
		if (plate_chance(&t->random, 0.3))
			draw_large_plate(t, scene, &p);
		p.grey = g_malloc((size_t) p.w * p.h);
		plate_scene_take(scene, plate_between(&t->random, 0, 1.2), plate_between(&t->random, 0, 5), &t->random, p.grey);
		g_array_append_val(t->pictures, p);
	}
}

/* The drawn ones are in no order with those from folders. */
static void drop_scenes(struct trainer *t)
{
	for (uint32_t i = t->pictures->len; i-- > 0;) {
		struct picture *p = &g_array_index(t->pictures, struct picture, i);
		if (p->plate[2] > 0)
			continue;
		g_free(p->grey);
		g_array_remove_index_fast(t->pictures, i);
	}
}

static void add_folder(struct trainer *t, const char *folder, uint32_t skip, uint32_t of)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	for (const char *name; dir && (name = g_dir_read_name(dir));)
		if (g_str_has_suffix(name, ".jpg"))
			g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, (GCompareFunc) plate_by_name);
	for (uint32_t i = 0; i < names->len; i++) {
		g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL), *label = g_strdup(path), *text = NULL;
		struct picture p = {0};
		memcpy(label + strlen(label) - 4, ".txt", 4);
		if ((of > 0 && i % of == skip) || !cv_grey_read(path, 100000, &p.w, &p.h, &p.grey))
			continue;
		if (!g_file_get_contents(label, &text, NULL, NULL) ||
			sscanf(text, "%*s %lf %lf %lf %lf", &p.plate[0], &p.plate[1], &p.plate[2], &p.plate[3]) != 4)
			continue;
		g_array_append_val(t->pictures, p);
	}
}

struct place {
	double x_px, y_px, char_px;
};

struct mine {
	struct trainer *t;
	const struct picture *picture;
	uint32_t first, taken, most;
	uint64_t met;
	struct place places[PLACES];
};

static bool on_row(const double row[3], double x, double y, double char_px)
{
	double ratio = char_px / row[2];
	return row[2] > 0 && ratio > 0.6 && ratio < 1.7 && fabs(x - row[0]) < 4 * row[2] && fabs(y - row[1]) < 0.8 * row[2];
}

/* Where in the sample to put one more of those met, so that all have the same chance; `most` = nowhere. */
static uint32_t draw_place(struct mine *m)
{
	m->met++;
	uint32_t at = m->taken < m->most ? m->taken : (uint32_t) MIN(plate_random(&m->t->random) % m->met, m->most);
	m->taken += m->taken < m->most;
	return at;
}

static void on_window(void *user, const struct plate_cells *cells, uint32_t col, uint32_t row, double cell_px, float score)
{
	struct mine *m = user;
	const double *p = m->picture->plate;
	double x = col * cell_px, y = row * cell_px, char_px = PLATE_CHAR_CELLS(&plate_model_coarse) * cell_px, w = 6 * char_px,
		   h = 2 * char_px;
	float values[FEATURES];
	if (p[2] > 0 && x < p[0] + p[2] && p[0] < x + w && y < p[1] + p[3] && p[1] < y + h)
		return; /* touches the plate */
	if (on_row(m->picture->row, x + w / 2, y + h / 2, h / 2) || (m->t->fine && score < PLACE_SCORE))
		return;
	uint32_t at = draw_place(m);
	if (at >= m->most)
		return;
	if (m->t->fine) {
		m->places[at] = (struct place){x + w / 2, y + h / 2, char_px};
		return;
	}
	values_of(m->t, cells, col, row, values);
	add_sample(m->t, m->first + at, false, values);
}

/* The fine trees learn from what the coarse ones take for plates and they themselves do not yet reject. */
static void add_places(struct trainer *t, struct plate_scan *scan, const struct plate_model *so_far, struct mine *m, uint32_t most)
{
	uint32_t n = m->taken;
	float values[FEATURES];
	m->taken = 0;
	for (uint32_t i = 0; i < n && m->taken < most && t->n < SAMPLES; i++) {
		uint32_t col, row;
		const struct place *p = &m->places[i];
		const struct plate_cells *c = plate_scan_close(scan, so_far, p->x_px, p->y_px, p->char_px, &col, &row);
		values_of(t, c, col, row, values);
		add_sample(t, t->n, false, values);
		if (so_far->n > 0 && t->samples[t->n].score < t->wanted - 2)
			continue;
		t->n++;
		m->taken++;
	}
}

static void collect(struct trainer *t, uint32_t share)
{
	struct plate_model model = {t->trees, t->n_trees, t->cols, t->rows};
	owned(plate_scan) scan = plate_scan_new(t->fine ? &plate_model_coarse : &model, NULL);
	uint64_t met = 0;
	uint32_t before = t->n;
	for (uint32_t i = 0; i < t->pictures->len && t->n < SAMPLES; i++) {
		const struct picture *p = &g_array_index(t->pictures, struct picture, i);
		uint32_t most = MIN(p->plate[2] > 0 ? 3 * share : share, SAMPLES - t->n);
		struct mine m = {.t = t, .picture = p, .first = t->n, .most = t->fine ? PLACES : most};
		plate_scan_windows(scan, p->grey, p->w, p->h, p->w, 8, p->h / 4.0, on_window, &m);
		if (t->fine)
			add_places(t, scan, &model, &m, most);
		else
			t->n += m.taken;
		met += m.met;
	}
	printf("  %u negatives more, of %" G_GUINT64_FORMAT " that survive\n", t->n - before, met);
}

struct split {
	double gain;
	uint32_t feature, bin;
};

struct heap {
	double g[BINS], h[BINS];
};

static void best_split(const struct heap *heap, uint32_t feature, struct split *best)
{
	double g = 0, h = 0, gl = 0, hl = 0;
	for (uint32_t b = 0; b < BINS; b++)
		g += heap->g[b], h += heap->h[b];
	for (uint32_t b = 0; b + 1 < BINS; b++) {
		gl += heap->g[b], hl += heap->h[b];
		if (hl < 1 || h - hl < 1)
			continue;
		double gain = gl * gl / (hl + LAMBDA) + (g - gl) * (g - gl) / (h - hl + LAMBDA) - g * g / (h + LAMBDA);
		if (gain > best->gain)
			*best = (struct split){gain, feature, b + 1};
	}
}

static void grow(struct trainer *t, const uint8_t *side, struct split best[2])
{
	best[0] = best[1] = (struct split){0};
	for (uint32_t k = 0; k < TRIED; k++) {
		uint32_t f = (uint32_t) (plate_random(&t->random) % FEATURES);
		while (!t->fine && t->n_trees < QUICK_TREES && t->features[f].w2 > 0)
			f = (uint32_t) (plate_random(&t->random) % FEATURES);
		const uint8_t *bins = t->bins + (size_t) f * SAMPLES;
		struct heap heap[2];
		memset(heap, 0, sizeof heap);
		for (uint32_t i = 0; i < t->n; i++) {
			struct heap *to = &heap[side[i] & 1];
			to->g[bins[i]] += t->samples[i].g;
			to->h[bins[i]] += t->samples[i].h;
		}
		best_split(&heap[0], f, &best[0]);
		best_split(&heap[1], f, &best[1]);
	}
}

static void set_node(struct trainer *t, struct plate_tree *tree, uint32_t k, const struct split *s)
{
	tree->node[k] = (struct plate_node){t->features[s->feature], t->low[s->feature] + t->step[s->feature] * (float) s->bin};
	t->chosen[t->n_trees][k] = s->feature;
}

static void add_tree(struct trainer *t, uint8_t *side)
{
	struct plate_tree *tree = &t->trees[t->n_trees];
	struct split root[2], child[2];
	double g[4] = {0}, h[4] = {0};
	for (uint32_t i = 0; i < t->n; i++) {
		struct sample *s = &t->samples[i];
		double p = 1 / (1 + exp(-s->score)), weight = s->plate ? t->plate_weight : 1;
		s->g = (float) (weight * ((s->plate ? 1 : 0) - p));
		s->h = (float) fmax(weight * p * (1 - p), 1e-6);
		side[i] = 0;
	}
	grow(t, side, root);
	set_node(t, tree, 0, &root[0]);
	for (uint32_t i = 0; i < t->n; i++)
		side[i] = t->bins[(size_t) root[0].feature * SAMPLES + i] >= root[0].bin;
	grow(t, side, child);
	set_node(t, tree, 1, &child[0]);
	set_node(t, tree, 2, &child[1]);
	for (uint32_t i = 0; i < t->n; i++) {
		const struct split *c = &child[side[i]];
		side[i] = (uint8_t) (2 * side[i] + (t->bins[(size_t) c->feature * SAMPLES + i] >= c->bin));
		g[side[i]] += t->samples[i].g;
		h[side[i]] += t->samples[i].h;
	}
	for (uint32_t k = 0; k < 4; k++)
		tree->leaf[k] = (float) ((!t->fine && t->n_trees < QUICK_TREES ? QUICK_SHRINK : SHRINK) * g[k] / (h[k] + LAMBDA));
	for (uint32_t i = 0; i < t->n; i++)
		t->samples[i].score += tree->leaf[side[i]];
	tree->reject = -INFINITY;
	t->n_trees++;
}

/* Each tree may end the matter for all that score less after it than any but a few plates that get through in the end. */
static void set_rejects(struct trainer *t, double lost_share)
{
	g_autofree float *sum = g_new0(float, POSITIVES), *least = g_new(float, POSITIVES);
	for (uint32_t k = 0; k < t->n_trees; k++) {
		struct plate_tree *tree = &t->trees[k];
		uint32_t n = 0;
		for (uint32_t i = 0; i < POSITIVES; i++) {
			const uint32_t *f = t->chosen[k];
			uint32_t a =
				t->low[f[0]] + t->step[f[0]] * (float) t->bins[(size_t) f[0] * SAMPLES + i] >= tree->node[0].cut - 0.001f * t->step[f[0]];
			uint32_t b = t->low[f[1 + a]] + t->step[f[1 + a]] * (float) t->bins[(size_t) f[1 + a] * SAMPLES + i] >=
				tree->node[1 + a].cut - 0.001f * t->step[f[1 + a]];
			sum[i] += tree->leaf[2 * a + b];
			if (t->samples[i].score > t->wanted)
				least[n++] = sum[i];
		}
		qsort(least, n, sizeof *least, by_value);
		tree->reject = n > 0 ? least[(uint32_t) (lost_share * n)] - 0.05f : -INFINITY;
	}
}

static void report(const struct trainer *t)
{
	uint32_t right = 0, wrong = 0, negatives = t->n - POSITIVES;
	double loss = 0;
	for (uint32_t i = 0; i < t->n; i++) {
		const struct sample *s = &t->samples[i];
		right += s->plate && s->score > 0;
		wrong += !s->plate && s->score > 0;
		loss += log1p(exp(s->plate ? -s->score : s->score));
	}
	printf("%u trees: %.4f of the plates, %.4f of %u others, loss %.4f\n", t->n_trees, (double) right / POSITIVES,
		(double) wrong / MAX(1, negatives), negatives, loss / t->n);
}

static void put_feature(FILE *f, const struct plate_feature *p)
{
	fprintf(f, "{%u, %u, %u, %u, %u, %u, %u, %u, %u, %u}", p->plane, p->x, p->y, p->w, p->h, p->plane2, p->x2, p->y2, p->w2, p->h2);
}

static bool put_model(const struct trainer *t, const char *path, const char *how)
{
	const char *name = t->fine ? "fine" : "coarse";
	FILE *f = fopen(path, "w");
	if (!f)
		return false;
	fprintf(f,
		"/* plate_%s.c - trees of plate_scan.c. Made by tests/bench/plate_train.c%s; do not edit. */\n#include \"vision/plate_scan.h\"\n\n",
		name, how);
	fprintf(f, "static const struct plate_tree trees[] = {\n");
	for (uint32_t k = 0; k < t->n_trees; k++) {
		const struct plate_tree *tree = &t->trees[k];
		fprintf(f, "\t{{");
		for (uint32_t i = 0; i < 3; i++) {
			fprintf(f, "%s{", i ? ", " : "");
			put_feature(f, &tree->node[i].feature);
			fprintf(f, ", %.5gf}", tree->node[i].cut);
		}
		fprintf(
			f, "},\n\t\t{%.4ff, %.4ff, %.4ff, %.4ff}, %.3ff},\n", tree->leaf[0], tree->leaf[1], tree->leaf[2], tree->leaf[3], tree->reject);
	}
	fprintf(
		f, "};\n\nconst struct plate_model plate_model_%s = {trees, sizeof trees / sizeof trees[0], %u, %u};\n", name, t->cols, t->rows);
	return fclose(f) == 0;
}

struct wanted { /* on the command line */
	char **folders, *skip;
	gboolean fine;
	int trees, seed, scenes;
	double lost;
	uint32_t skip_k, skip_n;
};

static bool read_command(struct wanted *w, int *argc, char ***argv)
{
	const GOptionEntry entries[] = {{"fine", 0, 0, G_OPTION_ARG_NONE, &w->fine, "the trees that look again at what the coarse ones found", NULL},
		{"trees", 0, 0, G_OPTION_ARG_INT, &w->trees, "how many", "N"}, {"seed", 0, 0, G_OPTION_ARG_INT, &w->seed, "of all that is drawn", "N"},
		{"scenes", 0, 0, G_OPTION_ARG_INT, &w->scenes, "drawn without a plate", "N"},
		{"lost", 0, 0, G_OPTION_ARG_DOUBLE, &w->lost, "share of plates the rejections may cost", "SHARE"},
		{"negatives", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &w->folders, "labelled pictures", "FOLDER"},
		{"skip", 0, 0, G_OPTION_ARG_STRING, &w->skip, "leave every Nth picture from the Kth on out", "K/N"}, {0}};
	g_autoptr(GOptionContext) context = g_option_context_new("OUT.c");
	g_autoptr(GError) error = NULL;
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, argc, argv, &error) || *argc != 2 || w->trees > TREES_MAX) {
		fprintf(stderr, "plate_train: %s\n", error ? error->message : "expected OUT.c and at most 1000 trees");
		return false;
	}
	return !w->skip || sscanf(w->skip, "%u/%u", &w->skip_k, &w->skip_n) == 2;
}

static struct trainer *trainer_of(const struct wanted *w)
{
	struct trainer *t = g_new0(struct trainer, 1);
	t->random = (uint64_t) w->seed;
	t->fine = w->fine;
	t->cols = w->fine ? 48 : 24;
	t->rows = t->cols / 3;
	t->bins = g_malloc((size_t) FEATURES * SAMPLES);
	t->samples = g_new0(struct sample, SAMPLES);
	t->pictures = g_array_new(FALSE, TRUE, sizeof(struct picture));
	t->plate_weight = t->fine ? 1 : 2;
	t->wanted = -3;
	return t;
}

static void train(struct trainer *t, const struct wanted *w)
{
	static const double rounds[] = {0.06, 0.2, 0.45, 0.7, 1};
	uint32_t scenes = (uint32_t) w->scenes;
	g_autofree uint8_t *side = g_malloc(SAMPLES);
	for (uint32_t r = 0; r < G_N_ELEMENTS(rounds); r++) {
		if (r > 0) {
			drop_scenes(t);
			add_scenes(t, scenes);
		}
		collect(t, (uint32_t) ((SAMPLES - POSITIVES) / G_N_ELEMENTS(rounds) / (3 * t->pictures->len - 2 * scenes) + 1));
		while (t->n_trees < (uint32_t) (rounds[r] * w->trees))
			add_tree(t, side);
		set_rejects(t, w->lost);
		report(t);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	struct wanted w = {.trees = 240, .seed = 1, .scenes = 300, .lost = 0.0015};
	if (!read_command(&w, &argc, &argv))
		return 2;
	struct trainer *t = trainer_of(&w);
	add_scenes(t, (uint32_t) w.scenes);
	choose_features(t);
	find_ranges(t);
	for (char **f = w.folders; f && *f; f++)
		add_folder(t, *f, w.skip_k, w.skip_n);
	printf("%u pictures\n", t->pictures->len);
	draw_positives(t);
	train(t, &w);
	g_autofree char *how = g_strdup_printf("%s --seed %d --trees %d --scenes %d", w.fine ? " --fine" : "", w.seed, w.trees, w.scenes);
	bool good = put_model(t, argv[1], how);
	g_strfreev(w.folders);
	g_free(w.skip);
	return good ? 0 : 1;
}

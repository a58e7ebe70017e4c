/* detector.c - vehicles found by a user's own network. See detector.h. */
#include "vision/detector.h"

#include <string.h>

#include "vision/view.h"

#define KINDS_MAX 1000

struct loaded { /* a network that detectors share */
	struct cv_network *network;
	char *model;
	uint32_t input_px, n_kinds, users;
	GMutex lock; /* while it looks */
};

struct detector_pool {
	GPtrArray *loaded; /* a user of each */
};

struct detector {
	struct loaded *loaded;
	double score_frac, overlap_frac;
	uint32_t n_kinds;
	enum vehicle_kind kinds[KINDS_MAX];
};

static bool refuse(GError **error, const char *what, const char *why)
{
	g_set_error(error, view_error_quark(), 0, "%s: %s", what, why);
	return false;
}

bool detector_kind_named(const char *name, enum vehicle_kind *kind)
{
	static const char *const names[VEHICLE_KINDS] = {"ignored", "two-wheeler", "car", "truck", "bus", "person"};
	for (uint32_t i = 0; i < VEHICLE_KINDS; i++)
		if (strcmp(names[i], name) == 0) {
			*kind = (enum vehicle_kind) i;
			return true;
		}
	return false;
}

static bool read_kinds(struct detector *d, const char *classes, GError **error)
{
	g_auto(GStrv) given = g_strsplit(classes ? classes : "", ",", -1);
	uint32_t wanted = 0, n = g_strv_length(given);
	if (n == 0 || n > KINDS_MAX)
		return refuse(error, "classes", "must be 1 to 1000 of " DETECTOR_KINDS ", one for each class of the network in its order");
	for (uint32_t k = 0; k < n; k++) {
		enum vehicle_kind kind;
		if (!detector_kind_named(g_strstrip(given[k]), &kind)) {
			g_set_error(error, view_error_quark(), 0, "class %u is \"%s\", must be one of " DETECTOR_KINDS, k, given[k]);
			return false;
		}
		d->kinds[d->n_kinds++] = kind;
		wanted += kind != VEHICLE_IGNORED && kind != VEHICLE_PERSON;
	}
	return wanted > 0 || refuse(error, "classes", "none of them is a vehicle");
}

static bool check(const struct detector_options *o, GError **error)
{
	if (!(o->score_frac >= 0.01 && o->score_frac <= 1)) {
		g_set_error(error, view_error_quark(), 0, "score_frac is %g, must be a number from 0.01 to 1", o->score_frac);
		return false;
	}
	if (!(o->overlap_frac >= 0 && o->overlap_frac <= 1)) {
		g_set_error(error, view_error_quark(), 0, "overlap_frac is %g, must be a number from 0 to 1", o->overlap_frac);
		return false;
	}
	if (o->input_px < 32 || o->input_px > 2048) {
		g_set_error(error, view_error_quark(), 0, "input_px is %u px, must be a whole number from 32 to 2048", o->input_px);
		return false;
	}
	if (!o->model || !*o->model)
		return refuse(error, "model", "no ONNX file is given");
	return g_file_test(o->model, G_FILE_TEST_IS_REGULAR) || refuse(error, o->model, "there is no such file");
}

/* ---- networks ---- */

static void loaded_unref(struct loaded *l)
{
	if (!l || --l->users > 0)
		return;
	cv_network_free(l->network);
	g_mutex_clear(&l->lock);
	g_free(l->model);
	g_free(l);
}

struct detector_pool *detector_pool_new(void)
{
	struct detector_pool *pool = g_new0(struct detector_pool, 1);
	pool->loaded = g_ptr_array_new_with_free_func((GDestroyNotify) loaded_unref);
	return pool;
}

void detector_pool_free(struct detector_pool *pool)
{
	if (!pool)
		return;
	g_ptr_array_unref(pool->loaded);
	g_free(pool);
}

uint32_t detector_pool_networks(const struct detector_pool *pool)
{
	return pool->loaded->len;
}

/* One that is there already, or from its file. */
static struct loaded *load(struct detector_pool *pool, const char *model, uint32_t input_px, uint32_t n_kinds, GError **error)
{
	g_autofree char *path = g_canonicalize_filename(model, NULL), *why = NULL;
	for (uint32_t k = 0; pool && k < pool->loaded->len; k++) {
		struct loaded *l = pool->loaded->pdata[k];
		if (strcmp(l->model, path) == 0 && l->input_px == input_px && l->n_kinds == n_kinds) {
			l->users++;
			return l;
		}
	}
	struct cv_network *network = cv_network_new(path, input_px, n_kinds, &why);
	if (!network) {
		refuse(error, model, why ? why : "it cannot be read");
		return NULL;
	}
	struct loaded *l = g_new0(struct loaded, 1);
	*l = (struct loaded){.network = network, .model = g_steal_pointer(&path), .input_px = input_px, .n_kinds = n_kinds, .users = pool ? 2 : 1};
	g_mutex_init(&l->lock);
	if (pool)
		g_ptr_array_add(pool->loaded, l);
	return l;
}

/* ---- detectors ---- */

struct detector *detector_new(struct detector_pool *pool, const struct detector_options *options, GError **error)
{
	if (!check(options, error))
		return NULL;
	owned(detector) d = g_new0(struct detector, 1);
	d->score_frac = options->score_frac;
	d->overlap_frac = options->overlap_frac;
	if (!read_kinds(d, options->classes, error))
		return NULL;
	d->loaded = load(pool, options->model, options->input_px, d->n_kinds, error);
	return d->loaded ? give(d) : NULL;
}

void detector_free(struct detector *d)
{
	if (!d)
		return;
	loaded_unref(d->loaded);
	g_free(d);
}

bool detector_look(struct detector *d, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride, struct detection *found, uint32_t *n,
	GError **error)
{
	struct cv_found all[DETECTIONS_MAX];
	g_autofree char *why = NULL;
	uint32_t n_all = 0;
	*n = 0;
	g_mutex_lock(&d->loaded->lock);
	bool good = cv_network_run(d->loaded->network, grey, width_px, height_px, stride, d->score_frac, d->overlap_frac, all, DETECTIONS_MAX, &n_all, &why);
	g_mutex_unlock(&d->loaded->lock);
	if (!good)
		return refuse(error, d->loaded->model, why ? why : "it broke on a picture");
	for (uint32_t i = 0; i < n_all; i++) {
		const struct cv_found *f = &all[i];
		if (d->kinds[f->kind] != VEHICLE_IGNORED)
			found[(*n)++] = (struct detection){f->x_px, f->y_px, f->width_px, f->height_px, f->score_frac, d->kinds[f->kind]};
	}
	return true;
}

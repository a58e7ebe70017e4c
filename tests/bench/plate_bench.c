/* plate_bench.c - how many number plates in folders of labelled pictures are found, and what that costs.
 *
 *     plate_bench [--verbose] [--every N] [--least SHARE] [--cascades FOLDER] FOLDER...
 *
 * A folder holds pictures (.jpg, .png) and beside each a text line "name x y width height ...". Wider pictures than 1,280 px are shrunk to
 * that first; decoding and shrinking are not in the time. A find is right when its box and a labelled one share at least 0.3 of their
 * union; each label takes one find. --least: fails where recall or precision is below it, and says 77 (skipped) when the first folder is
 * not there. Prints nothing of what is written on a plate. --cascades: where OpenCV's own are (Debian's opencv-data puts them into
 * /usr/share/opencv4/haarcascades), which then look at the same pictures (peer_cv.h).
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/bench/peer_cv.h"
#include "vision/cv.h"
#include "vision/plate_scan.h"

#define WIDTH_PX 1280
#define RIGHT_FRAC 0.3
#define PLATES_MAX 16

static const char *const cascades[] = {"haarcascade_russian_plate_number.xml", "haarcascade_licence_plate_rus_16stages.xml"};

struct eye { /* who looks: ours, or one of OpenCV's cascades */
	const char *name;
	struct plate_scan *scan;
	struct peer_cascade *cascade;
};

struct score {
	uint32_t pictures, plates, found, right;
	double cpu_ms, mpx;
};

static double cpu_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double) t.tv_sec * 1e3 + (double) t.tv_nsec * 1e-6;
}

static double shared(const struct plate_box *a, const struct plate_box *b)
{
	double w = fmin(a->x_px + a->w_px, b->x_px + b->w_px) - fmax(a->x_px, b->x_px),
		   h = fmin(a->y_px + a->h_px, b->y_px + b->h_px) - fmax(a->y_px, b->y_px);
	return w <= 0 || h <= 0 ? 0 : w * h / (a->w_px * a->h_px + b->w_px * b->h_px - w * h);
}

static uint32_t labels_of(const char *picture, struct plate_box *labels)
{
	g_autofree char *path = g_strndup(picture, (gsize) (strrchr(picture, '.') - picture)), *file = g_strconcat(path, ".txt", NULL),
					*text = NULL;
	uint32_t n = 0;
	if (!g_file_get_contents(file, &text, NULL, NULL))
		return 0;
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line && n < PLATES_MAX; line++) {
		struct plate_box *l = &labels[n];
		*l = (struct plate_box){0};
		if (sscanf(*line, "%*s %lf %lf %lf %lf", &l->x_px, &l->y_px, &l->w_px, &l->h_px) == 4 && l->w_px > 0 && l->h_px > 0)
			n++;
	}
	return n;
}

static uint32_t match(const struct plate_box *found, uint32_t n, const struct plate_box *labels, uint32_t n_labels)
{
	bool taken[PLATES_MAX] = {false};
	uint32_t right = 0;
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < n_labels; k++)
			if (!taken[k] && shared(&found[i], &labels[k]) >= RIGHT_FRAC) {
				taken[k] = true;
				right++;
				break;
			}
	return right;
}

static void look_at(const struct eye *eye, const char *path, struct score *s, bool verbose)
{
	struct plate_box found[PLATES_MAX], labels[PLATES_MAX];
	uint32_t n_labels = labels_of(path, labels), w, h, full_w, full_h;
	g_autofree uint8_t *grey = NULL, *full = NULL;
	if (n_labels == 0 || !cv_grey_read(path, UINT16_MAX, &full_w, &full_h, &full) || !cv_grey_read(path, WIDTH_PX, &w, &h, &grey))
		return;
	double scale = (double) w / full_w, begun = cpu_ms();
	uint32_t n = eye->scan ? plate_scan_picture(eye->scan, grey, w, h, w, found, PLATES_MAX) : peer_cascade_look(eye->cascade, grey, w, h, found, PLATES_MAX);
	s->cpu_ms += cpu_ms() - begun;
	for (uint32_t i = 0; i < n_labels; i++)
		labels[i] = (struct plate_box){labels[i].x_px * scale, labels[i].y_px * scale, labels[i].w_px * scale, labels[i].h_px * scale, 0};
	uint32_t right = match(found, n, labels, n_labels);
	s->pictures++;
	s->plates += n_labels;
	s->found += n;
	s->right += right;
	s->mpx += w * h * 1e-6;
	if (verbose && (right < n_labels || n > right))
		printf("  %s: %u of %u, %u found\n", path, right, n_labels, n);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

struct wish {
	gboolean verbose;
	int every;
	double least;
	char *cascades;
};

static bool look_in(const struct eye *eye, const char *folder, const struct wish *wish)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	struct score s = {0};
	if (!dir) {
		fprintf(stderr, "plate_bench: %s\n", error->message);
		return false;
	}
	for (const char *name; (name = g_dir_read_name(dir));)
		if (g_str_has_suffix(name, ".jpg") || g_str_has_suffix(name, ".png"))
			g_ptr_array_add(names, g_build_filename(folder, name, NULL));
	g_ptr_array_sort(names, by_name);
	for (uint32_t i = 0; i < names->len; i += (uint32_t) MAX(wish->every, 1))
		look_at(eye, names->pdata[i], &s, wish->verbose);
	if (s.pictures == 0) {
		fprintf(stderr, "plate_bench: %s holds no labelled pictures\n", folder);
		return false;
	}
	double recall = (double) s.right / s.plates, precision = s.found ? (double) s.right / s.found : 1;
	printf("%s%s%s: %u pictures, recall %.3f, precision %.3f, %.1f ms a picture, %.1f ms a megapixel\n", folder, *eye->name ? ", " : "", eye->name, s.pictures,
		recall, precision, s.cpu_ms / s.pictures, s.cpu_ms / s.mpx);
	fflush(stdout);
	return recall >= wish->least && precision >= wish->least;
}

/* They are to reach nothing: what they do is printed. */
static void look_with_cascades(char **folders, int n, const struct wish *wish)
{
	const struct wish free_wish = {.every = wish->every};
	for (uint32_t k = 0; k < G_N_ELEMENTS(cascades); k++) {
		g_autofree char *path = g_build_filename(wish->cascades, cascades[k], NULL);
		owned(peer_cascade) cascade = g_file_test(path, G_FILE_TEST_IS_REGULAR) ? peer_cascade_new(path) : NULL;
		if (!cascade)
			printf("OpenCV's cascade is skipped: %s is not there (Debian: opencv-data)\n", path);
		for (int i = 0; cascade && i < n; i++)
			look_in(&(struct eye){.name = cascades[k], .cascade = cascade}, folders[i], &free_wish);
	}
}

int main(int argc, char **argv)
{
	struct wish wish = {.every = 1};
	GOptionEntry entries[] = {{"verbose", 'v', 0, G_OPTION_ARG_NONE, &wish.verbose, "name the pictures that went wrong", NULL},
		{"every", 0, 0, G_OPTION_ARG_INT, &wish.every, "only every Nth picture", "N"},
		{"least", 0, 0, G_OPTION_ARG_DOUBLE, &wish.least, "recall and precision that each folder must reach", "SHARE"},
		{"cascades", 0, 0, G_OPTION_ARG_FILENAME, &wish.cascades, "where OpenCV's cascades are, to look at the same pictures", "FOLDER"}, {0}};
	g_autoptr(GOptionContext) context = g_option_context_new("FOLDER...");
	g_autoptr(GError) error = NULL;
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc < 2) {
		fprintf(stderr, "plate_bench: %s\n", error ? error->message : "expected folders of labelled pictures");
		return 2;
	}
	if (!g_file_test(argv[1], G_FILE_TEST_IS_DIR)) {
		printf("skipped: %s is not there\n", argv[1]);
		return 77;
	}
	owned(plate_scan) scan = plate_scan_new(&plate_model_coarse, &plate_model_fine);
	const struct eye ours = {.name = "", .scan = scan};
	bool good = true;
	for (int i = 1; i < argc; i++)
		good = look_in(&ours, argv[i], &wish) && good;
	if (wish.cascades)
		look_with_cascades(argv + 1, argc - 1, &wish);
	g_free(wish.cascades);
	return good ? 0 : 1;
}

/* thin.c - which coded pictures need not be decoded. See thin.h. */
#include "vision/thin.h"

#include <math.h>

#define SLACK 1.05        /* times of presentation are rounded to milliseconds in some files */
#define JUMP_S 5.0        /* time that jumps so far begins anew */
#define HEADERS_MAX 16    /* units before the first slice: parameter sets, messages */
#define H264_SLICE_LAST 5
#define H265_SLICE_LAST 31
#define H265_SUBLAYER_LAST 14 /* even types up to this one: not referred to within their temporal layer (H.265, table 7-1) */

void thin_init(struct thin *t, enum thin_coding coding, uint32_t length_bytes, double apart_s)
{
	*t = (struct thin){.coding = coding, .length_bytes = length_bytes, .apart_s = apart_s * SLACK, .frame_s = NAN};
}

/* The next NAL unit at or after `at`: its first byte's place, and where to look for the one behind it. False: there is none. */
static bool next_unit(const struct thin *t, const uint8_t *unit, size_t n, size_t at, size_t *begin, size_t *behind)
{
	if (t->length_bytes) {
		size_t length = 0;
		if (at + t->length_bytes + 2 > n)
			return false;
		for (uint32_t i = 0; i < t->length_bytes; i++)
			length = length << 8 | unit[at + i];
		*begin = at + t->length_bytes;
		if (length < 2 || length > n - *begin)
			return false;
		*behind = *begin + length;
		return true;
	}
	for (size_t i = at; i + 5 <= n; i++)
		if (unit[i] == 0 && unit[i + 1] == 0 && unit[i + 2] == 1) {
			*begin = *behind = i + 3;
			return true;
		}
	return false;
}

/* Is this a slice of a coded picture, and does no other picture need it? */
static bool is_slice(struct thin *t, const uint8_t *head, bool *needless)
{
	if (t->coding == THIN_H264) {
		uint32_t type = head[0] & 31;
		*needless = type == 1 && (head[0] >> 5 & 3) == 0;
		return type >= 1 && type <= H264_SLICE_LAST;
	}
	uint32_t type = head[0] >> 1 & 63, layer = head[1] & 7;
	if (type > H265_SLICE_LAST)
		return false;
	if (layer > t->top_layer)
		t->top_layer = layer;
	*needless = type <= H265_SUBLAYER_LAST && type % 2 == 0 && layer == t->top_layer;
	return true;
}

static bool needless_picture(struct thin *t, const uint8_t *unit, size_t n)
{
	size_t at = 0, begin;
	bool needless;
	for (uint32_t i = 0; i < HEADERS_MAX && next_unit(t, unit, n, at, &begin, &at); i++)
		if (is_slice(t, unit + begin, &needless))
			return needless;
	return false;
}

static void keep(struct thin *t, double t_s)
{
	t->kept_s[t->n_kept++ % THIN_KEPT] = t_s;
}

/* The shortest step between any two of the last pictures: they need not come in the order in which they are shown. */
static void learn_frame(struct thin *t, double t_s)
{
	for (uint32_t i = 0; i < 4 && i < t->n_last; i++) {
		double apart_s = fabs(t_s - t->last_s[i]);
		if (apart_s > JUMP_S) {
			t->n_kept = t->n_last = 0;
			t->frame_s = NAN;
			break;
		}
		if (apart_s > 1e-4)
			t->frame_s = isnan(t->frame_s) ? apart_s : fmin(apart_s, t->frame_s * 1.02);
	}
	t->last_s[t->n_last++ % 4] = t_s;
}

bool thin_spares(struct thin *t, const uint8_t *unit, size_t n, double t_s)
{
	double before_s = -INFINITY, after_s = INFINITY;
	t->seen++;
	if (!isfinite(t_s))
		return false;
	learn_frame(t, t_s);
	if (!needless_picture(t, unit, n)) {
		keep(t, t_s);
		return false;
	}
	for (uint32_t i = 0; i < THIN_KEPT && i < t->n_kept; i++) {
		if (t->kept_s[i] < t_s)
			before_s = fmax(before_s, t->kept_s[i]);
		else
			after_s = fmin(after_s, t->kept_s[i]);
	}
	if (isinf(after_s)) /* not coded out of order: what comes next remains at the latest */
		after_s = t_s + t->frame_s;
	if (after_s - before_s <= t->apart_s) {
		t->left_out++;
		return true;
	}
	keep(t, t_s);
	return false;
}

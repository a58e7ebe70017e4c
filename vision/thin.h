/* thin.h - which coded pictures need not be decoded, because nothing refers to them and there are enough without them.
 *
 * H.264 and H.265 say in a picture's first bytes whether any other picture is made from it. Those from which none is made can be left out
 * before the decoder sees them, and every other picture still comes out exactly as it would have. A picture is left out only where those that
 * remain before and after it are no further apart than the analysis wants them. It decodes nothing and knows no GStreamer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum thin_coding { THIN_H264, THIN_H265 };

#define THIN_KEPT 32

struct thin {
	enum thin_coding coding;
	uint32_t length_bytes; /* of the length before each NAL unit; 0: start codes (ISO 14496-10, annex B) */
	double apart_s;        /* pictures that remain are at most this far apart, as far as they were so before */
	double kept_s[THIN_KEPT]; /* times of presentation of the last ones that remained, a ring */
	uint32_t n_kept;
	double frame_s;        /* from one picture to the next, in order of presentation; NaN: not known yet */
	double last_s[4];      /* the last pictures' times, whichever became of them */
	uint32_t n_last;
	uint32_t top_layer;    /* H.265: the highest temporal layer lately */
	uint64_t seen, left_out;
};

/* `apart_s` is 1 / (pictures a second that are wanted). */
void thin_init(struct thin *t, enum thin_coding coding, uint32_t length_bytes, double apart_s);
/* One access unit with its time of presentation (NaN: unknown, then it stays). True: the decoder can do without. */
bool thin_spares(struct thin *t, const uint8_t *unit, size_t n, double t_s);

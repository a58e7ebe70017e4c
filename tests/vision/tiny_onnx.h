/* tiny_onnx.h - an ONNX file made here, byte by byte: a network that takes bright squares on a grid for vehicles. */
#pragma once

#include <glib.h>
#include <stdint.h>

#define TINY_SIDE_PX 64 /* of its input */
#define TINY_CELL_PX 16 /* of a square */
#define TINY_BOX_PX 24  /* side of the boxes that it tells, about a square's middle: those of neighbours overlap by a fifth */

/* The forms that detector.h names; the last one is none. COLUMNS has two classes, the others one (SHOTS tells its class 1 of two). */
enum tiny_form { TINY_COLUMNS, TINY_ROWS, TINY_SHOTS, TINY_ODD };

GByteArray *tiny_onnx(enum tiny_form form);

/* A network for one camera, [1, 5, N]: the brightest spot of each cell of cell_px scores as bright as it is, and each cell has its own box (centre x, centre
 * y, width, height in px of the input), boxes[4][cells][cells]. */
GByteArray *tiny_onnx_lamps(uint32_t side_px, uint32_t cell_px, const float *boxes);

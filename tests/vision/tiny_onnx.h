/* tiny_onnx.h - an ONNX file made here, byte by byte: a network that takes bright squares on a grid for vehicles. */
#pragma once

#include <glib.h>

#define TINY_SIDE_PX 64 /* of its input */
#define TINY_CELL_PX 16 /* of a square */
#define TINY_BOX_PX 24  /* side of the boxes that it tells, about a square's middle: those of neighbours overlap by a fifth */

/* The forms that detector.h names; the last one is none. COLUMNS has two classes, the others one (SHOTS tells its class 1 of two). */
enum tiny_form { TINY_COLUMNS, TINY_ROWS, TINY_SHOTS, TINY_ODD };

GByteArray *tiny_onnx(enum tiny_form form);

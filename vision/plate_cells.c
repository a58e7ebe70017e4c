/* plate_cells.c - what the search for plates looks at. See plate_cells.h. */
#include "vision/plate_cells.h"

#include <stdlib.h>
#include <string.h>

#define NEAR_PX 5 /* the neighbourhood reaches so far to each side */

void plate_cells_finish(struct plate_cells *c)
{
	g_free(c->sums);
	g_free(c->scratch);
	*c = (struct plate_cells){0};
}

static void make_room(struct plate_cells *c, uint32_t width_px, uint32_t height_px)
{
	c->cols = width_px / PLATE_CELL_PX;
	c->rows = height_px / PLATE_CELL_PX;
	c->stride = c->cols + 1;
	c->plane = c->stride * (c->rows + 1);
	if (c->room < PLATE_PLANES * c->plane) {
		c->room = PLATE_PLANES * c->plane;
		g_free(c->sums);
		c->sums = g_new(uint32_t, c->room);
	}
	/* Running sums, column sums, a row of pixels a plane; a bit to spare at both ends. The latter two are of half the size. */
	if (c->scratch_room < 5 * (width_px + 2 * NEAR_PX + 2)) {
		c->scratch_room = 5 * (width_px + 2 * NEAR_PX + 2);
		g_free(c->scratch);
		c->scratch = g_new(uint32_t, c->scratch_room);
	}
}

struct rows {
	const uint8_t *up, *here, *below;
};

static struct rows rows_at(const uint8_t *grey, uint32_t y, uint32_t height_px, uint32_t stride)
{
	const uint8_t *here = grey + (size_t) y * stride;
	return (struct rows){y > 0 ? here - stride : here, here, y + 1 < height_px ? here + stride : here};
}

/* Adds one line of pixels. The outermost columns have no neighbours and count as flat. Loops that the compiler makes wide. */
static void add_edges(const struct rows *r, uint32_t width_px, uint16_t *restrict across, uint16_t *restrict down,
	uint16_t *restrict aslant, uint16_t *restrict grey)
{
	const uint8_t *up = r->up, *here = r->here, *below = r->below;
	for (uint32_t x = 1; x + 1 < width_px; x++) {
		across[x] = (uint16_t) (across[x] + abs(here[x + 1] - here[x - 1]));
		down[x] = (uint16_t) (down[x] + abs(below[x] - up[x]));
		aslant[x] = (uint16_t) (aslant[x] + abs(below[x + 1] - up[x - 1]) + abs(below[x - 1] - up[x + 1]));
	}
	for (uint32_t x = 0; x < width_px; x++)
		grey[x] = (uint16_t) (grey[x] + here[x]);
}

/* `columns` holds sums of n_rows pixels down; `along` gets their running sum. */
static void add_off_mean(
	const uint8_t *here, const uint16_t *columns, uint32_t width_px, uint32_t n_rows, uint32_t *along, uint16_t *restrict off)
{
	uint32_t span = 2 * NEAR_PX + 1;
	float share = 1.0f / (float) (span * n_rows);
	along[0] = 0;
	for (uint32_t x = 0; x < width_px + span; x++)
		along[x + 1] = along[x] + columns[x];
	for (uint32_t x = 0; x < width_px; x++)
		off[x] = (uint16_t) (off[x] + abs(here[x] - (int32_t) ((float) (int32_t) (along[x + span] - along[x]) * share)));
}

static void sum_up(struct plate_cells *c, uint32_t row, const uint16_t *pixels, uint32_t width_px)
{
	for (uint32_t p = 0; p < PLATE_PLANES; p++) {
		uint32_t *to = c->sums + p * c->plane + (row + 1) * c->stride, line = 0;
		const uint32_t *above = to - c->stride;
		const uint16_t *from = pixels + p * width_px;
		to[0] = 0;
		for (uint32_t i = 0; i < c->cols; i++) {
			line += (uint32_t) from[2 * i] + from[2 * i + 1];
			to[i + 1] = above[i + 1] + line;
		}
	}
}

/* Sums of the pixels above and below each, the ends repeated. */
static void move_columns(uint16_t *columns, const uint8_t *in, const uint8_t *out, uint32_t width_px)
{
	uint16_t *middle = columns + NEAR_PX;
	if (in && out)
		for (uint32_t x = 0; x < width_px; x++)
			middle[x] = (uint16_t) (middle[x] + in[x] - out[x]);
	else if (in)
		for (uint32_t x = 0; x < width_px; x++)
			middle[x] = (uint16_t) (middle[x] + in[x]);
	else if (out)
		for (uint32_t x = 0; x < width_px; x++)
			middle[x] = (uint16_t) (middle[x] - out[x]);
	for (uint32_t k = 0; k < NEAR_PX; k++)
		columns[k] = middle[0];
	for (uint32_t k = 0; k < NEAR_PX + 2; k++)
		middle[width_px + k] = middle[width_px - 1];
}

void plate_cells_make(struct plate_cells *c, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride)
{
	make_room(c, width_px, height_px);
	uint32_t n = 0, ends = 2 * NEAR_PX + 2;
	uint32_t *along = c->scratch;
	uint16_t *columns = (uint16_t *) (along + width_px + ends), *pixels = columns + width_px + ends;
	memset(columns, 0, (width_px + ends) * sizeof *columns);
	for (uint32_t p = 0; p < PLATE_PLANES; p++)
		memset(c->sums + p * c->plane, 0, c->stride * sizeof *c->sums);
	for (uint32_t y = 0; y < NEAR_PX && y < height_px; y++, n++)
		move_columns(columns, grey + (size_t) y * stride, NULL, width_px);
	for (uint32_t row = 0; row < c->rows; row++) {
		memset(pixels, 0, (size_t) PLATE_PLANES * width_px * sizeof *pixels);
		for (uint32_t y = row * PLATE_CELL_PX; y < (row + 1) * PLATE_CELL_PX; y++) {
			struct rows r = rows_at(grey, y, height_px, stride);
			bool in = y + NEAR_PX<height_px, out = y> NEAR_PX;
			move_columns(columns, in ? grey + (size_t) (y + NEAR_PX) * stride : NULL,
				out ? grey + (size_t) (y - NEAR_PX - 1) * stride : NULL, width_px);
			n += (uint32_t) in - (uint32_t) out;
			add_edges(&r, width_px, pixels, pixels + width_px, pixels + 2 * width_px, pixels + 3 * width_px);
			add_off_mean(r.here, columns, width_px, n, along, pixels + 4 * width_px);
		}
		sum_up(c, row, pixels, width_px);
	}
}

static void corners(const struct plate_cells *c, uint32_t plane, uint32_t x, uint32_t y, uint32_t w, uint32_t h, uint32_t at[4])
{
	uint32_t first = plane * c->plane + y * c->stride + x;
	at[0] = first + h * c->stride + w;
	at[1] = first + h * c->stride;
	at[2] = first + w;
	at[3] = first;
}

struct plate_probe plate_probe_of(const struct plate_cells *c, const struct plate_feature *f)
{
	struct plate_probe p = {.share = 1.0f / (float) (f->w * f->h)};
	corners(c, f->plane, f->x, f->y, f->w, f->h, p.at);
	if (f->w2 > 0) {
		p.share2 = 1.0f / (float) (f->w2 * f->h2);
		corners(c, f->plane2, f->x2, f->y2, f->w2, f->h2, p.at2);
	}
	return p;
}

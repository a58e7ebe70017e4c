/* lamp_net.c - see lamp_net.h. */
#include "lamp_net.h"

#include "tiny_onnx.h"

#define CELL_PX 4
#define CELLS (LAMP_NET_SIDE_PX / CELL_PX)
#define LAMP_M 0.65
#define WIDE_M 1.8
#define LONG_M 4.6
#define HIGH_M 1.5

/* The box of a car whose lamp is seen at a point of the picture; nothing where there is sky. */
static bool box_at(const struct view *v, double x_px, double y_px, float box[4])
{
	struct net_point p = view_ground(v, x_px, y_px), up = {v->lanes[0].path[0].x_m, v->lanes[0].path[0].y_m};
	double share = (v->height_m - LAMP_M) / v->height_m, low_x, low_y, top_x, top_y, left_x, left_y;
	p = (struct net_point){v->foot.x_m + share * (p.x_m - v->foot.x_m), v->foot.y_m + share * (p.y_m - v->foot.y_m)};
	double dx = up.x_m - p.x_m, dy = up.y_m - p.y_m, l = hypot(dx, dy);
	struct net_point rear = {p.x_m + LONG_M * dx / l, p.y_m + LONG_M * dy / l}, side = {p.x_m - WIDE_M / 2 * dy / l, p.y_m + WIDE_M / 2 * dx / l};
	if (!view_image(v, p, &low_x, &low_y) || !view_image_above(v, rear, HIGH_M, &top_x, &top_y) || !view_image(v, side, &left_x, &left_y) || top_y >= low_y)
		return false;
	double shift = (LAMP_NET_SIDE_PX - (double) v->height_px) / 2;
	box[0] = (float) x_px;
	box[1] = (float) ((low_y + top_y) / 2 + shift);
	box[2] = (float) (2 * fabs(left_x - low_x));
	box[3] = (float) (low_y - top_y);
	return true;
}

GByteArray *lamp_net(const struct view *v)
{
	g_autofree float *boxes = g_new0(float, 4 * CELLS * CELLS);
	for (uint32_t row = 0; row < CELLS; row++)
		for (uint32_t column = 0; column < CELLS; column++) {
			float box[4] = {0};
			double y_px = (row + 0.5) * CELL_PX - (LAMP_NET_SIDE_PX - (double) v->height_px) / 2;
			if (y_px < 0 || y_px > v->height_px || !box_at(v, (column + 0.5) * CELL_PX, y_px, box))
				continue;
			for (uint32_t k = 0; k < 4; k++)
				boxes[(k * CELLS + row) * CELLS + column] = box[k];
		}
	return tiny_onnx_lamps(LAMP_NET_SIDE_PX, CELL_PX, boxes);
}

/* tiny_onnx.c - see tiny_onnx.h. Field numbers are those of onnx.proto3 (ONNX 1.12, opset 11). */
#include "tiny_onnx.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define CELLS (TINY_SIDE_PX / TINY_CELL_PX)

static void put_varint(GByteArray *to, uint64_t v)
{
	do {
		uint8_t byte = (uint8_t) ((v & 127) | (v > 127 ? 128 : 0));
		g_byte_array_append(to, &byte, 1);
		v >>= 7;
	} while (v);
}

static void put_number(GByteArray *to, uint32_t field, uint64_t v)
{
	put_varint(to, field << 3);
	put_varint(to, v);
}

static void put_bytes(GByteArray *to, uint32_t field, const void *bytes, gsize n)
{
	put_varint(to, field << 3 | 2);
	put_varint(to, n);
	g_byte_array_append(to, bytes, (guint) n);
}

static void put_text(GByteArray *to, uint32_t field, const char *text)
{
	put_bytes(to, field, text, strlen(text));
}

static void put_message(GByteArray *to, uint32_t field, GByteArray *message)
{
	put_bytes(to, field, message->data, message->len);
	g_byte_array_unref(message);
}

static void put_tensor(GByteArray *graph, const char *name, uint32_t type, const int64_t *dims, uint32_t n_dims, const void *data, gsize n_bytes)
{
	GByteArray *tensor = g_byte_array_new();
	for (uint32_t i = 0; i < n_dims; i++)
		put_number(tensor, 1, (uint64_t) dims[i]);
	put_number(tensor, 2, type);
	put_text(tensor, 8, name);
	put_bytes(tensor, 9, data, n_bytes);
	put_message(graph, 5, tensor);
}

static void put_floats(GByteArray *graph, const char *name, uint32_t channels, uint32_t deep, uint32_t side, const float *data)
{
	const int64_t dims[] = {channels, deep, side, side};
	put_tensor(graph, name, 1, dims, 4, data, sizeof *data * channels * deep * side * side);
}

static void put_ints(GByteArray *node, const char *name, const int64_t *values, uint32_t n)
{
	GByteArray *attribute = g_byte_array_new();
	put_text(attribute, 1, name);
	for (uint32_t i = 0; i < n; i++)
		put_number(attribute, 8, (uint64_t) values[i]);
	put_number(attribute, 20, 7);
	put_message(node, 5, attribute);
}

static GByteArray *node_new(const char *type, const char *inputs, const char *output)
{
	GByteArray *node = g_byte_array_new();
	g_auto(GStrv) names = g_strsplit(inputs, " ", -1);
	for (char **name = names; *name; name++)
		put_text(node, 1, *name);
	put_text(node, 2, output);
	put_text(node, 3, output);
	put_text(node, 4, type);
	return node;
}

static void put_end(GByteArray *graph, uint32_t field, const char *name, const int64_t *dims, uint32_t n)
{
	GByteArray *shape = g_byte_array_new(), *tensor = g_byte_array_new(), *type = g_byte_array_new(), *end = g_byte_array_new();
	for (uint32_t i = 0; i < n; i++) {
		GByteArray *dim = g_byte_array_new();
		put_number(dim, 1, (uint64_t) dims[i]);
		put_message(shape, 1, dim);
	}
	put_number(tensor, 1, 1);
	put_message(tensor, 2, shape);
	put_message(type, 1, tensor);
	put_text(end, 1, name);
	put_message(end, 2, type);
	put_message(graph, field, end);
}

/* What does not depend on the picture: each cell's box. */
static void put_boxes(GByteArray *graph, enum tiny_form form)
{
	float boxes[4][CELLS][CELLS], kind[2][CELLS][CELLS];
	for (uint32_t y = 0; y < CELLS; y++)
		for (uint32_t x = 0; x < CELLS; x++) {
			float cx = (float) (x * TINY_CELL_PX + TINY_CELL_PX / 2), cy = (float) (y * TINY_CELL_PX + TINY_CELL_PX / 2), half = TINY_BOX_PX / 2;
			bool shots = form == TINY_SHOTS;
			boxes[0][y][x] = shots ? (cx - half) / TINY_SIDE_PX : cx;
			boxes[1][y][x] = shots ? (cy - half) / TINY_SIDE_PX : cy;
			boxes[2][y][x] = shots ? (cx + half) / TINY_SIDE_PX : TINY_BOX_PX;
			boxes[3][y][x] = shots ? (cy + half) / TINY_SIDE_PX : TINY_BOX_PX;
			kind[0][y][x] = 0;
			kind[1][y][x] = 1;
		}
	put_floats(graph, "boxes", 1, 4, CELLS, &boxes[0][0][0]);
	if (form == TINY_SHOTS)
		put_floats(graph, "kind", 1, 2, CELLS, &kind[0][0][0]);
}

static void put_reshape(GByteArray *graph, const char *from, const char *to, const int64_t *dims, uint32_t n)
{
	g_autofree char *shape = g_strconcat(to, "_shape", NULL), *inputs = g_strconcat(from, " ", shape, NULL);
	put_tensor(graph, shape, 7, (const int64_t[]){n}, 1, dims, n * sizeof *dims);
	put_message(graph, 1, node_new("Reshape", inputs, to));
}

static void put_tail(GByteArray *graph, enum tiny_form form, uint32_t channels)
{
	const int64_t cells = CELLS * CELLS, flat[] = {1, channels, cells}, rows[] = {1, cells, channels}, shots[] = {1, 1, cells, channels};
	put_reshape(graph, "all", form == TINY_COLUMNS ? "out" : "flat", flat, 3);
	if (form != TINY_COLUMNS) {
		GByteArray *turn = node_new("Transpose", "flat", form == TINY_SHOTS ? "turned" : "out");
		put_ints(turn, "perm", (const int64_t[]){0, 2, 1}, 3);
		put_message(graph, 1, turn);
	}
	if (form == TINY_SHOTS)
		put_reshape(graph, "turned", "out", shots, 4);
	put_end(graph, 12, "out", form == TINY_COLUMNS ? flat : form == TINY_SHOTS ? shots : rows, form == TINY_SHOTS ? 4 : 3);
}

static void put_concat(GByteArray *graph, const char *inputs)
{
	GByteArray *join = node_new("Concat", inputs, "all"), *axis = g_byte_array_new();
	put_text(axis, 1, "axis");
	put_number(axis, 3, 1);
	put_number(axis, 20, 2);
	put_message(join, 5, axis);
	put_message(graph, 1, join);
}

static GByteArray *model_of(GByteArray *graph)
{
	GByteArray *model = g_byte_array_new(), *opset = g_byte_array_new();
	put_number(model, 1, 6);
	put_text(opset, 1, "");
	put_number(opset, 2, 11);
	put_message(model, 8, opset);
	put_message(model, 7, graph);
	return model;
}

/* Mean of each cell -> scores; boxes and scores side by side; turned into the form asked for. */
static GByteArray *graph_new(enum tiny_form form)
{
	const float third = 1.0f / 3, weights[3][3] = {{third, third, third}, {0, 0, 0}, {0, 0, 0}}, bias[3] = {0, form == TINY_ROWS ? 1 : 0, 0};
	uint32_t scores = form == TINY_SHOTS ? 1 : form == TINY_ODD ? 3 : 2, channels = scores + (form == TINY_SHOTS ? 6 : 4);
	GByteArray *graph = g_byte_array_new(), *pool = node_new("AveragePool", "in", "means"), *conv = node_new("Conv", "means weights bias", "scores");
	put_ints(pool, "kernel_shape", (const int64_t[]){TINY_CELL_PX, TINY_CELL_PX}, 2);
	put_ints(pool, "strides", (const int64_t[]){TINY_CELL_PX, TINY_CELL_PX}, 2);
	put_message(graph, 1, pool);
	put_ints(conv, "kernel_shape", (const int64_t[]){1, 1}, 2);
	put_message(graph, 1, conv);
	put_concat(graph, form == TINY_SHOTS ? "kind scores boxes" : "boxes scores");
	put_text(graph, 2, "tiny");
	put_floats(graph, "weights", scores, 3, 1, &weights[0][0]);
	put_tensor(graph, "bias", 1, (const int64_t[]){scores}, 1, bias, scores * sizeof *bias);
	put_boxes(graph, form);
	put_end(graph, 11, "in", (const int64_t[]){1, 3, TINY_SIDE_PX, TINY_SIDE_PX}, 4);
	put_tail(graph, form, channels);
	return graph;
}

GByteArray *tiny_onnx_lamps(uint32_t side_px, uint32_t cell_px, const float *boxes)
{
	const float weights[3] = {1.0f / 3, 1.0f / 3, 1.0f / 3}, bias = 0;
	uint32_t cells = side_px / cell_px;
	const int64_t flat[] = {1, 5, (int64_t) cells * cells};
	GByteArray *graph = g_byte_array_new(), *pool = node_new("MaxPool", "in", "peaks"), *conv = node_new("Conv", "peaks weights bias", "scores");
	put_ints(pool, "kernel_shape", (const int64_t[]){cell_px, cell_px}, 2);
	put_ints(pool, "strides", (const int64_t[]){cell_px, cell_px}, 2);
	put_message(graph, 1, pool);
	put_ints(conv, "kernel_shape", (const int64_t[]){1, 1}, 2);
	put_message(graph, 1, conv);
	put_concat(graph, "boxes scores");
	put_text(graph, 2, "lamps");
	put_floats(graph, "weights", 1, 3, 1, weights);
	put_tensor(graph, "bias", 1, (const int64_t[]){1}, 1, &bias, sizeof bias);
	put_floats(graph, "boxes", 1, 4, cells, boxes);
	put_end(graph, 11, "in", (const int64_t[]){1, 3, side_px, side_px}, 4);
	put_reshape(graph, "all", "out", flat, 3);
	put_end(graph, 12, "out", flat, 3);
	return model_of(graph);
}

GByteArray *tiny_onnx(enum tiny_form form)
{
	return model_of(graph_new(form));
}

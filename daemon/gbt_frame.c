/* gbt_frame.c - see gbt_frame.h. */
#include "daemon/gbt_frame.h"

#define BEGIN 0x7e
#define END 0x7d
#define ESCAPE 0x5c
#define AROUND 4       /* 7E, CRC, 7D: not counted in the length */
#define HEAD 13        /* from the length field to the number of items */
#define ITEM_HEAD 6    /* index to element */
#define ITEM_COUNTED 4 /* class to element: counted in the item's length */

G_DEFINE_QUARK(gbt-error-quark, gbt_error)

static bool misfit(GError **error, const char *what)
{
	g_set_error(error, GBT_ERROR, GBT_ERROR_FRAME, "a frame does not fit: %s", what);
	return false;
}

uint16_t gbt_crc(const uint8_t *bytes, size_t size)
{
	uint16_t crc = 0;

	for (size_t i = 0; i < size; i++) {
		crc ^= (uint16_t) (bytes[i] << 8);
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t) (crc & 0x8000 ? crc << 1 ^ 0x1005 : crc << 1);
	}
	return crc;
}

static uint16_t get16(const uint8_t *b)
{
	return (uint16_t) (b[0] << 8 | b[1]);
}

static uint32_t get32(const uint8_t *b)
{
	return (uint32_t) get16(b) << 16 | get16(b + 2);
}

size_t gbt_frame_size(const uint8_t *bytes, size_t size)
{
	return size >= 3 && bytes[0] == BEGIN ? (size_t) get16(bytes + 1) + AROUND : 0;
}

static bool read_items(const uint8_t *at, const uint8_t *end, struct gbt_frame *frame, GError **error)
{
	for (uint32_t i = 0; i < frame->n_items; i++) {
		struct gbt_item *item = &frame->items[i];
		if (end - at < ITEM_HEAD || at[1] < ITEM_COUNTED || end - at < 2 + at[1])
			return misfit(error, "an item is cut off");
		*item = (struct gbt_item){.index = at[0], .key = {at[2], at[3], at[4], at[5]}, .length = (uint8_t) (at[1] - ITEM_COUNTED)};
		item->data = item->length > 0 ? at + ITEM_HEAD : NULL;
		at += 2 + at[1];
	}
	return at == end || misfit(error, "there is more in it than its items");
}

bool gbt_frame_read(const uint8_t *bytes, size_t size, struct gbt_frame *frame, GError **error)
{
	if (size < AROUND + HEAD || bytes[0] != BEGIN || bytes[size - 1] != END)
		return misfit(error, "too short, or without 7E and 7D around it");
	if (gbt_frame_size(bytes, size) != size)
		return misfit(error, "its length is not the length that it has");
	if (gbt_crc(bytes + 1, size - AROUND) != get16(bytes + size - 3)) {
		g_set_error(error, GBT_ERROR, GBT_ERROR_CRC, "a frame came damaged: its CRC is %04X, its bytes make %04X", get16(bytes + size - 3),
			gbt_crc(bytes + 1, size - AROUND));
		return false;
	}
	*frame = (struct gbt_frame){.version = get16(bytes + 3), .host = bytes[5], .controller = get32(bytes + 6), .junction = bytes[10],
		.sequence = bytes[11], .type = bytes[12], .n_items = bytes[13]};
	return read_items(bytes + 1 + HEAD, bytes + size - 3, frame, error);
}

static void put16(GByteArray *out, uint32_t value)
{
	g_byte_array_append(out, (const uint8_t[]){(uint8_t) (value >> 8), (uint8_t) value}, 2);
}

void gbt_escape(const uint8_t *bytes, size_t size, GByteArray *out)
{
	for (size_t i = 0; i < size; i++) {
		if (i > 0 && i + 1 < size && (bytes[i] == BEGIN || bytes[i] == END || bytes[i] == ESCAPE))
			g_byte_array_append(out, (const uint8_t[]){ESCAPE}, 1);
		g_byte_array_append(out, &bytes[i], 1);
	}
}

void gbt_frame_write(const struct gbt_frame *frame, bool escape, GByteArray *out)
{
	g_autoptr(GByteArray) plain = g_byte_array_sized_new(64);
	size_t length = HEAD;

	for (uint32_t i = 0; i < frame->n_items; i++)
		length += (size_t) ITEM_HEAD + frame->items[i].length;
	g_byte_array_append(plain, (const uint8_t[]){BEGIN}, 1);
	put16(plain, (uint32_t) length);
	put16(plain, frame->version);
	g_byte_array_append(plain, &frame->host, 1);
	put16(plain, frame->controller >> 16);
	put16(plain, frame->controller);
	g_byte_array_append(plain, (const uint8_t[]){frame->junction, frame->sequence, frame->type, (uint8_t) frame->n_items}, 4);
	for (uint32_t i = 0; i < frame->n_items; i++) {
		const struct gbt_item *item = &frame->items[i];
		const uint8_t head[ITEM_HEAD] = {item->index, (uint8_t) (item->length + ITEM_COUNTED), item->key.class, item->key.object,
			item->key.attribute, item->key.element};
		g_byte_array_append(plain, head, sizeof head);
		if (item->length > 0)
			g_byte_array_append(plain, item->data, item->length);
	}
	put16(plain, gbt_crc(plain->data + 1, plain->len - 1));
	g_byte_array_append(plain, (const uint8_t[]){END}, 1);
	if (escape)
		gbt_escape(plain->data, plain->len, out);
	else
		g_byte_array_append(out, plain->data, plain->len);
}

bool gbt_item_number(const struct gbt_item *item, uint32_t *value)
{
	switch (item->length) {
	case 1:
		*value = item->data[0];
		return true;
	case 2:
		*value = get16(item->data);
		return true;
	case 4:
		*value = get32(item->data);
		return true;
	default:
		return false;
	}
}

void gbt_stream_init(struct gbt_stream *s)
{
	*s = (struct gbt_stream){.frame = g_byte_array_new()};
}

void gbt_stream_finish(struct gbt_stream *s)
{
	g_byte_array_unref(s->frame);
	s->frame = NULL;
}

void gbt_stream_reset(struct gbt_stream *s)
{
	g_byte_array_set_size(s->frame, 0);
	s->inside = s->escaped = false;
}

/* What was gathered is no frame after all. */
static void give_up(struct gbt_stream *s)
{
	s->skipped += s->frame->len;
	gbt_stream_reset(s);
}

bool gbt_stream_take(struct gbt_stream *s, uint8_t byte)
{
	if (!s->inside && s->frame->len > 0)
		g_byte_array_set_size(s->frame, 0); /* the one before was taken */
	if (byte == BEGIN && !s->escaped) { /* also in the middle of one: its end was lost */
		give_up(s);
		s->inside = true;
	} else if (!s->inside) {
		s->skipped++;
		return false;
	} else if (byte == ESCAPE && !s->escaped) {
		s->escaped = true;
		return false;
	}
	if (s->frame->len >= GBT_FRAME_MOST + 2) {
		give_up(s);
		return false;
	}
	g_byte_array_append(s->frame, &byte, 1);
	if (byte == END && !s->escaped) {
		s->inside = false;
		return true;
	}
	s->escaped = false;
	return false;
}

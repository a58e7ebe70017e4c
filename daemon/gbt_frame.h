/* gbt_frame.h - frames of GB/T 20999-2017: bytes <-> items, and frames out of a stream of bytes.
 *
 *     7E | length u16 | version u16 | host u8 | controller u32 | junction u8 | sequence u8 | type u8 | items u8 | items | CRC u16 | 7D
 *     item = index u8 (from 1) | length u8 (4 + data) | class u8 | object u8 | attribute u8 | element u8 | data
 *
 * Big-endian. The length counts from itself to the last byte of data, the CRC (x^16 + x^12 + x^2 + 1, from 0, most significant bit
 * first) likewise. On TCP and serial lines 5C stands before every 7E, 7D and 5C inside a frame and counts nowhere; on UDP nothing
 * is escaped. Pure: no socket, no clock, no memory of its own; what does not fit is one sentence. Does not know what items mean.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum gbt_error { GBT_ERROR_FRAME, GBT_ERROR_CRC };
#define GBT_ERROR gbt_error_quark()
GQuark gbt_error_quark(void);

enum gbt_type {
	GBT_QUERY = 0x10,
	GBT_QUERY_REPLY = 0x20,
	GBT_QUERY_ERROR = 0x21,
	GBT_SET = 0x30,
	GBT_SET_REPLY = 0x40,
	GBT_SET_ERROR = 0x41,
	GBT_BROADCAST = 0x50,
	GBT_REPORT = 0x60, /* sent by the controller unasked */
	GBT_HEARTBEAT = 0x70,
	GBT_HEARTBEAT_REPLY = 0x80,
};

enum gbt_refusal { /* the one byte of an error's item */
	GBT_BAD_VALUE = 0x10,
	GBT_WRONG_LENGTH = 0x11,
	GBT_OVERFLOW = 0x12,
	GBT_READ_ONLY = 0x20,
	GBT_NO_SUCH_ITEM = 0x30,
	GBT_GENERAL = 0x40,
	GBT_CONTROL_FAILED = 0x50,
};

#define GBT_VERSION 0x0100
#define GBT_DATA_MOST 251    /* bytes of one item: its length is one byte and counts 4 more */
#define GBT_ITEMS_MOST 255   /* of one frame */
#define GBT_FRAME_MOST 16384 /* bytes between 7E and 7D, unescaped; far more than any unit sends */

struct gbt_key {
	uint8_t class, object, attribute, element; /* attribute or element 0 = all of them */
};

struct gbt_item {
	uint8_t index;
	struct gbt_key key;
	uint8_t length;      /* of data, 0 ... GBT_DATA_MOST */
	const uint8_t *data; /* not owned; NULL where length is 0 */
};

struct gbt_frame {
	uint16_t version;
	uint8_t host;
	uint32_t controller;
	uint8_t junction, sequence;
	uint8_t type; /* enum gbt_type, or another: passed on as it is */
	uint32_t n_items;
	struct gbt_item items[GBT_ITEMS_MOST];
};

/* The frame at the beginning of `bytes`, which starts with 7E, is not escaped and ends with 7D: all of it, or it does not fit. The
 * items' data lie in `bytes`. */
bool gbt_frame_read(const uint8_t *bytes, size_t size, struct gbt_frame *frame, GError **error);

/* Appends the frame, escaped for a stream or not for a datagram. Items beyond GBT_FRAME_MOST are a fault of the caller. */
void gbt_frame_write(const struct gbt_frame *frame, bool escape, GByteArray *out);

/* How long the first frame of a datagram says that it is; 0: it is none. */
size_t gbt_frame_size(const uint8_t *bytes, size_t size);

/* Appends what `bytes` become on a stream, or in a datagram: a frame that is whole but not escaped. */
void gbt_escape(const uint8_t *bytes, size_t size, GByteArray *out);

uint16_t gbt_crc(const uint8_t *bytes, size_t size);

static inline uint32_t gbt_key_number(struct gbt_key k)
{
	return (uint32_t) k.class << 24 | (uint32_t) k.object << 16 | (uint32_t) k.attribute << 8 | k.element;
}

/* A number of 1, 2 or 4 bytes. False when it has another length. */
bool gbt_item_number(const struct gbt_item *item, uint32_t *value);

/* Frames out of a stream: whatever lies between them is skipped and counted. */
struct gbt_stream {
	GByteArray *frame; /* unescaped so far, from its 7E on */
	bool inside, escaped;
	uint64_t skipped; /* bytes that belong to no frame */
};

void gbt_stream_init(struct gbt_stream *s);
void gbt_stream_finish(struct gbt_stream *s);
void gbt_stream_reset(struct gbt_stream *s); /* a new connection: what was half there is forgotten */

/* Takes one byte; true when it ended a frame, which then lies in s->frame until the next call. */
bool gbt_stream_take(struct gbt_stream *s, uint8_t byte);

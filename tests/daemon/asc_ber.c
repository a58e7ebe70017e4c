/* asc_ber.c - see asc_ber.h. */
#include "tests/daemon/asc_ber.h"

/* Enters a value with this tag (0: any, which is told); its content is returned and passed over. */
struct ber ber_enter(struct ber *r, uint8_t tag, uint8_t *is)
{
	struct ber inner = {.bad = true};
	size_t length;

	if (r->bad || r->end - r->at < 2 || (tag != 0 && r->at[0] != tag)) {
		r->bad = true;
		return inner;
	}
	if (is != NULL)
		*is = r->at[0];
	length = r->at[1];
	r->at += 2;
	if (length >= 0x80) {
		size_t bytes = length & 0x7f;
		if (bytes > 2 || (size_t) (r->end - r->at) < bytes) {
			r->bad = true;
			return inner;
		}
		for (length = 0; bytes > 0; bytes--)
			length = length << 8 | *r->at++;
	}
	if ((size_t) (r->end - r->at) < length) {
		r->bad = true;
		return inner;
	}
	inner = (struct ber){.at = r->at, .end = r->at + length};
	r->at += length;
	return inner;
}

int64_t ber_number(struct ber c)
{
	int64_t v = 0;

	if (c.bad || c.at == c.end)
		return 0;
	if ((*c.at & 0x80) != 0)
		v = -1;
	for (; c.at < c.end; c.at++)
		v = (int64_t) ((uint64_t) v << 8 | *c.at);
	return v;
}

uint32_t ber_oid(struct ber c, uint32_t *oid, uint32_t most)
{
	uint32_t v = 0, n = 2;

	if (c.bad || c.at == c.end)
		return 0;
	oid[0] = *c.at / 40;
	oid[1] = *c.at++ % 40;
	for (; c.at < c.end; c.at++) {
		v = v << 7 | (*c.at & 0x7f);
		if ((*c.at & 0x80) == 0) {
			if (n < most)
				oid[n++] = v;
			v = 0;
		}
	}
	return n;
}

void ber_put(GByteArray *to, uint8_t tag, const uint8_t *content, guint n)
{
	uint8_t head[4] = {tag, 0};
	guint size = 2;

	if (n < 0x80) {
		head[1] = (uint8_t) n;
	} else {
		head[1] = 0x82;
		head[2] = (uint8_t) (n >> 8);
		head[3] = (uint8_t) n;
		size = 4;
	}
	g_byte_array_append(to, head, size);
	g_byte_array_append(to, content, n);
}

void ber_put_number(GByteArray *to, uint8_t tag, int64_t v)
{
	uint8_t bytes[9];
	guint n = 9;

	do
		bytes[--n] = (uint8_t) v;
	while (n > 0 && (v >>= 8, true) && !((v == 0 && bytes[n] < 0x80) || (v == -1 && bytes[n] >= 0x80)));
	ber_put(to, tag, bytes + n, 9 - n);
}

void ber_put_oid(GByteArray *to, const uint32_t *oid, uint32_t n)
{
	uint8_t bytes[160];
	guint size = 0;

	bytes[size++] = (uint8_t) (oid[0] * 40 + oid[1]);
	for (uint32_t i = 2; i < n; i++) {
		for (int shift = 28; shift > 0; shift -= 7)
			if (oid[i] >> shift != 0)
				bytes[size++] = (uint8_t) (0x80 | (oid[i] >> shift & 0x7f));
		bytes[size++] = oid[i] & 0x7f;
	}
	ber_put(to, 0x06, bytes, size);
}

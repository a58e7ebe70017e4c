/* asc_wire.c - see asc_wire.h. BER as in X.690 8, messages as in RFC 1157 and RFC 3416. */
#include "tests/daemon/asc_wire.h"

#include <string.h>

#define VARS_MOST 80

struct reader {
	const uint8_t *at, *end;
	bool bad;
};

struct request {
	int64_t version, id;
	char community[64];
	uint8_t kind; /* 0xa0 get, 0xa3 set */
	struct asc_set vars[VARS_MOST];
	uint32_t n;
};

/* Enters a value with this tag (0: any, which is told); its content is returned and passed over. */
static struct reader enter(struct reader *r, uint8_t tag, uint8_t *is)
{
	struct reader inner = {.bad = true};
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
	inner = (struct reader){.at = r->at, .end = r->at + length};
	r->at += length;
	return inner;
}

static int64_t number_in(struct reader c)
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

static void read_oid(struct reader c, struct asc_set *var)
{
	uint32_t v = 0;

	if (c.bad || c.at == c.end)
		return;
	var->oid[0] = *c.at / 40;
	var->oid[1] = *c.at++ % 40;
	var->n = 2;
	for (; c.at < c.end; c.at++) {
		v = v << 7 | (*c.at & 0x7f);
		if ((*c.at & 0x80) == 0) {
			if (var->n < G_N_ELEMENTS(var->oid))
				var->oid[var->n++] = v;
			v = 0;
		}
	}
}

static bool read_request(struct request *q, const uint8_t *in, size_t n)
{
	struct reader all = {.at = in, .end = in + n};
	struct reader m = enter(&all, 0x30, NULL);
	q->version = number_in(enter(&m, 0x02, NULL));
	struct reader community = enter(&m, 0x04, NULL);
	struct reader pdu = enter(&m, 0, &q->kind);
	q->id = number_in(enter(&pdu, 0x02, NULL));
	enter(&pdu, 0x02, NULL);
	enter(&pdu, 0x02, NULL);
	struct reader list = enter(&pdu, 0x30, NULL);
	if (list.bad || community.bad || community.end - community.at >= (ptrdiff_t) sizeof q->community)
		return false;
	memcpy(q->community, community.at, (size_t) (community.end - community.at));
	q->community[community.end - community.at] = '\0';
	while (list.at < list.end && q->n < VARS_MOST) {
		struct asc_set *v = &q->vars[q->n++];
		struct reader pair = enter(&list, 0x30, NULL);
		uint8_t tag = 0;
		read_oid(enter(&pair, 0x06, NULL), v);
		struct reader value = enter(&pair, 0, &tag);
		if (value.bad)
			return false;
		v->value.type = tag == 0x02 ? ASC_INTEGER : tag == 0x04 ? ASC_OCTETS : ASC_NOTHING;
		v->value.number = number_in(value);
	}
	return !list.bad && (q->version == 0 || q->version == 1) && (q->kind == 0xa0 || q->kind == 0xa3);
}

static void put(GByteArray *to, uint8_t tag, const uint8_t *content, guint n)
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

static void put_number(GByteArray *to, uint8_t tag, int64_t v)
{
	uint8_t bytes[9];
	guint n = 9;

	do
		bytes[--n] = (uint8_t) v;
	while (n > 0 && (v >>= 8, true) && !((v == 0 && bytes[n] < 0x80) || (v == -1 && bytes[n] >= 0x80)));
	put(to, tag, bytes + n, 9 - n);
}

static void put_oid(GByteArray *to, const uint32_t *oid, uint32_t n)
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
	put(to, 0x06, bytes, size);
}

static void put_value(GByteArray *to, const struct asc_value *v)
{
	static const uint32_t asc[] = {1, 3, 6, 1, 4, 1, 1206, 4, 2, 1};

	if (v->type == ASC_INTEGER || v->type == ASC_COUNTER)
		put_number(to, v->type == ASC_INTEGER ? 0x02 : 0x41, v->number);
	else if (v->type == ASC_OCTETS)
		put(to, 0x04, v->octets, v->n);
	else if (v->type == ASC_OID)
		put_oid(to, asc, G_N_ELEMENTS(asc));
	else
		put(to, v->number == 0x80 ? 0x80 : 0x05, NULL, 0);
}

static void spoil(struct asc_value *v, enum asc_wire_fault fault)
{
	if (fault == ASC_WIRE_WRONG_TYPE && v->type == ASC_INTEGER)
		*v = (struct asc_value){.type = ASC_OCTETS, .n = 3, .octets = "abc"};
	if (fault == ASC_WIRE_RANGE && v->type == ASC_INTEGER)
		v->number = 70000 + v->number;
}

static int64_t error_of(const struct request *q, int e)
{
	if (q->version == 1)
		return e;
	return e == 7 || e == 10 ? 3 : e == 17 || e == 6 ? 2 : e;
}

/* Fills in the values; returns the error-status and which is to blame. */
static int64_t work(struct asc_model *m, struct request *q, enum asc_wire_fault fault, uint32_t *at)
{
	*at = 0;
	if (fault == ASC_WIRE_TOO_BIG && q->n > 10)
		return 1;
	if (q->kind == 0xa3)
		return error_of(q, asc_set(m, q->community, q->vars, q->n, at));
	for (uint32_t i = 0; i < q->n; i++) {
		struct asc_set *v = &q->vars[i];
		int e = asc_get(m, v->oid, v->n, &v->value);
		if (e != 0 && q->version == 0) {
			*at = i + 1;
			return 2;
		}
		if (e != 0)
			v->value = (struct asc_value){.type = ASC_NOTHING, .number = 0x80};
		spoil(&v->value, fault);
		if (fault == ASC_WIRE_OTHER)
			v->oid[v->n - 1]++;
	}
	return 0;
}

size_t asc_wire_answer(struct asc_model *m, enum asc_wire_fault fault, const uint8_t *in, size_t n_in, uint8_t *out, size_t most)
{
	g_autofree struct request *q = g_new0(struct request, 1);
	g_autoptr(GByteArray) list = g_byte_array_new(), pdu = g_byte_array_new(), message = g_byte_array_new(), all = g_byte_array_new();
	uint32_t at;

	if (fault == ASC_WIRE_SILENT || !read_request(q, in, n_in) ||
		(strcmp(q->community, "public") != 0 && strcmp(q->community, "administrator") != 0))
		return 0;
	int64_t error = work(m, q, fault, &at);
	for (uint32_t i = 0; i + (fault == ASC_WIRE_FEWER) < q->n; i++) {
		g_autoptr(GByteArray) pair = g_byte_array_new();
		put_oid(pair, q->vars[i].oid, q->vars[i].n);
		put_value(pair, &q->vars[i].value);
		put(list, 0x30, pair->data, pair->len);
	}
	put_number(pdu, 0x02, q->id + (fault == ASC_WIRE_OTHER_ID));
	put_number(pdu, 0x02, error);
	put_number(pdu, 0x02, at);
	put(pdu, 0x30, list->data, list->len);
	put_number(message, 0x02, q->version);
	put(message, 0x04, (const uint8_t *) q->community, (guint) strlen(q->community));
	put(message, 0xa2, pdu->data, pdu->len);
	put(all, 0x30, message->data, message->len);
	if (fault == ASC_WIRE_CUT)
		all->len /= 2;
	for (guint i = 0; fault == ASC_WIRE_GARBAGE && i < all->len; i++)
		all->data[i] = (uint8_t) (all->data[i] * 7 + i);
	if (all->len > most)
		return 0;
	memcpy(out, all->data, all->len);
	return all->len;
}

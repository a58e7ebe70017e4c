/* asc_wire.c - see asc_wire.h. BER as in X.690 8, messages as in RFC 1157 and RFC 3416. */
#include "tests/daemon/asc_wire.h"

#include <string.h>

#include "tests/daemon/asc_ber.h"

#define VARS_MOST 80

struct request {
	int64_t version, id;
	char community[64];
	uint8_t kind; /* 0xa0 get, 0xa3 set */
	struct asc_set vars[VARS_MOST];
	uint32_t n;
};

/* What is behind a version and a community, or inside a scoped PDU of v3. */
static bool read_pdu(struct request *q, struct ber *m)
{
	struct ber pdu = ber_enter(m, 0, &q->kind);
	q->id = ber_number(ber_enter(&pdu, 0x02, NULL));
	ber_enter(&pdu, 0x02, NULL);
	ber_enter(&pdu, 0x02, NULL);
	struct ber list = ber_enter(&pdu, 0x30, NULL);
	while (!list.bad && list.at < list.end && q->n < VARS_MOST) {
		struct asc_set *v = &q->vars[q->n++];
		struct ber pair = ber_enter(&list, 0x30, NULL);
		uint8_t tag = 0;
		v->n = ber_oid(ber_enter(&pair, 0x06, NULL), v->oid, G_N_ELEMENTS(v->oid));
		struct ber value = ber_enter(&pair, 0, &tag);
		if (value.bad)
			return false;
		v->value.type = tag == 0x02 ? ASC_INTEGER : tag == 0x04 ? ASC_OCTETS : ASC_NOTHING;
		v->value.number = ber_number(value);
	}
	return !list.bad && (q->kind == 0xa0 || q->kind == 0xa3);
}

static bool read_request(struct request *q, const uint8_t *in, size_t n)
{
	struct ber all = {.at = in, .end = in + n};
	struct ber m = ber_enter(&all, 0x30, NULL);
	q->version = ber_number(ber_enter(&m, 0x02, NULL));
	struct ber community = ber_enter(&m, 0x04, NULL);
	if (community.bad || community.end - community.at >= (ptrdiff_t) sizeof q->community)
		return false;
	memcpy(q->community, community.at, (size_t) (community.end - community.at));
	q->community[community.end - community.at] = '\0';
	return (q->version == 0 || q->version == 1) && read_pdu(q, &m);
}

static void put_value(GByteArray *to, const struct asc_value *v)
{
	static const uint32_t asc[] = {1, 3, 6, 1, 4, 1, 1206, 4, 2, 1};

	if (v->type == ASC_INTEGER || v->type == ASC_COUNTER)
		ber_put_number(to, v->type == ASC_INTEGER ? 0x02 : 0x41, v->number);
	else if (v->type == ASC_OCTETS)
		ber_put(to, 0x04, v->octets, v->n);
	else if (v->type == ASC_OID)
		ber_put_oid(to, asc, G_N_ELEMENTS(asc));
	else
		ber_put(to, v->number == 0x80 ? 0x80 : 0x05, NULL, 0);
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

/* Is one of a pattern's own objects, but for its split number, among them? */
static bool sets_pattern(const struct request *q)
{
	static const uint32_t table[] = {1, 3, 6, 1, 4, 1, 1206, 4, 2, 1, 4, 7};

	for (uint32_t i = 0; i < q->n; i++)
		if (q->vars[i].n > G_N_ELEMENTS(table) && memcmp(q->vars[i].oid, table, sizeof table) == 0)
			return true;
	return false;
}

/* Fills in the values; returns the error-status and which is to blame. */
static int64_t work(struct asc_model *m, struct request *q, enum asc_wire_fault fault, uint32_t *at)
{
	*at = 0;
	if (fault == ASC_WIRE_TOO_BIG && q->n > 10)
		return 1;
	if (q->kind == 0xa3 && (fault == ASC_WIRE_NO_SETS || (fault == ASC_WIRE_HALF && sets_pattern(q))))
		return 5;
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

static void answer(struct asc_model *m, struct request *q, enum asc_wire_fault fault, GByteArray *to)
{
	g_autoptr(GByteArray) list = g_byte_array_new(), pdu = g_byte_array_new();
	uint32_t at;
	int64_t error = work(m, q, fault, &at);

	for (uint32_t i = 0; i + (fault == ASC_WIRE_FEWER) < q->n; i++) {
		g_autoptr(GByteArray) pair = g_byte_array_new();
		ber_put_oid(pair, q->vars[i].oid, q->vars[i].n);
		put_value(pair, &q->vars[i].value);
		ber_put(list, 0x30, pair->data, pair->len);
	}
	ber_put_number(pdu, 0x02, q->id + (fault == ASC_WIRE_OTHER_ID));
	ber_put_number(pdu, 0x02, error);
	ber_put_number(pdu, 0x02, at);
	ber_put(pdu, 0x30, list->data, list->len);
	ber_put(to, 0xa2, pdu->data, pdu->len);
}

bool asc_wire_pdu(struct asc_model *m, const uint8_t *in, size_t n_in, GByteArray *to)
{
	g_autofree struct request *q = g_new0(struct request, 1);
	struct ber all = {.at = in, .end = in + n_in};

	q->version = 1; /* its errors are v2c's, too */
	g_strlcpy(q->community, "administrator", sizeof q->community);
	if (!read_pdu(q, &all))
		return false;
	answer(m, q, ASC_WIRE_GOOD, to);
	return true;
}

size_t asc_wire_answer(struct asc_model *m, enum asc_wire_fault fault, const uint8_t *in, size_t n_in, uint8_t *out, size_t most)
{
	g_autofree struct request *q = g_new0(struct request, 1);
	g_autoptr(GByteArray) message = g_byte_array_new(), all = g_byte_array_new();

	if (fault == ASC_WIRE_SILENT || !read_request(q, in, n_in) ||
		(strcmp(q->community, "public") != 0 && strcmp(q->community, "administrator") != 0))
		return 0;
	ber_put_number(message, 0x02, q->version);
	ber_put(message, 0x04, (const uint8_t *) q->community, (guint) strlen(q->community));
	answer(m, q, fault, message);
	ber_put(all, 0x30, message->data, message->len);
	if (fault == ASC_WIRE_CUT)
		all->len /= 2;
	for (guint i = 0; fault == ASC_WIRE_GARBAGE && i < all->len; i++)
		all->data[i] = (uint8_t) (all->data[i] * 7 + i);
	if (all->len > most)
		return 0;
	memcpy(out, all->data, all->len);
	return all->len;
}

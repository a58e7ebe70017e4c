/* asc_v3.c - see asc_v3.h. */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/library/keytools.h>
#include <net-snmp/library/scapi.h>

#include "tests/daemon/asc_v3.h"

#include <string.h>

#include "tests/daemon/asc_ber.h"

#define ENGINE_BYTES 12
#define KEY_BYTES 20
#define DIGEST_BYTES 12
#define SALT_BYTES 8
#define WINDOW_S 150 /* RFC 3414 2.2.3 */

enum report { UNKNOWN_LEVEL = 1, NOT_IN_TIME, UNKNOWN_USER, UNKNOWN_ENGINE, WRONG_DIGEST, UNDECRYPTABLE }; /* usmStats 1 ... 6 */

struct asc_v3 {
	uint8_t engine[ENGINE_BYTES], auth[KEY_BYTES], priv[KEY_BYTES];
	int64_t begun_us;
	uint64_t salt;
	uint32_t reports;
};

struct message {
	int64_t id;
	uint8_t flags; /* 1 signed, 2 encrypted, 4 wants reports */
	struct ber engine, user, digest, salt, data;
	int64_t boots, time_s;
	uint8_t plain[4096];
};

static void make_key(const char *password, const uint8_t *engine, uint8_t *key)
{
	u_char general[USM_LENGTH_KU_HASHBLOCK];
	size_t n_general = sizeof general, n = KEY_BYTES;

	g_assert(generate_Ku(usmHMACSHA1AuthProtocol, OID_LENGTH(usmHMACSHA1AuthProtocol), (const u_char *) password, strlen(password), general,
				 &n_general) == SNMPERR_SUCCESS);
	g_assert(generate_kul(usmHMACSHA1AuthProtocol, OID_LENGTH(usmHMACSHA1AuthProtocol), engine, ENGINE_BYTES, general, n_general, key,
				 &n) == SNMPERR_SUCCESS);
}

struct asc_v3 *asc_v3_new(uint32_t number)
{
	static const uint8_t head[ENGINE_BYTES - 4] = {0x80, 0, 0, 0, 5, 'a', 's', 'c'};
	struct asc_v3 *v = g_new0(struct asc_v3, 1);

	memcpy(v->engine, head, sizeof head);
	for (int i = 0; i < 4; i++)
		v->engine[ENGINE_BYTES - 1 - i] = (uint8_t) (number >> 8 * i);
	make_key(ASC_V3_AUTH, v->engine, v->auth);
	make_key(ASC_V3_PRIV, v->engine, v->priv);
	v->begun_us = g_get_monotonic_time();
	return v;
}

void asc_v3_free(struct asc_v3 *v)
{
	g_free(v);
}

static int64_t time_of(const struct asc_v3 *v)
{
	return (g_get_monotonic_time() - v->begun_us) / G_USEC_PER_SEC;
}

bool asc_v3_is(const uint8_t *in, size_t n)
{
	struct ber all = {.at = in, .end = in + n};
	struct ber m = ber_enter(&all, 0x30, NULL);

	return ber_number(ber_enter(&m, 0x02, NULL)) == 3;
}

static bool read_message(struct message *q, const uint8_t *in, size_t n)
{
	struct ber all = {.at = in, .end = in + n};
	struct ber m = ber_enter(&all, 0x30, NULL);
	ber_enter(&m, 0x02, NULL);
	struct ber head = ber_enter(&m, 0x30, NULL);
	q->id = ber_number(ber_enter(&head, 0x02, NULL));
	ber_enter(&head, 0x02, NULL);
	struct ber flags = ber_enter(&head, 0x04, NULL);
	struct ber text = ber_enter(&m, 0x04, NULL), usm = text.bad ? text : ber_enter(&text, 0x30, NULL);
	q->engine = ber_enter(&usm, 0x04, NULL);
	q->boots = ber_number(ber_enter(&usm, 0x02, NULL));
	q->time_s = ber_number(ber_enter(&usm, 0x02, NULL));
	q->user = ber_enter(&usm, 0x04, NULL);
	q->digest = ber_enter(&usm, 0x04, NULL);
	q->salt = ber_enter(&usm, 0x04, NULL);
	if (m.bad || usm.bad || flags.bad || flags.end - flags.at != 1)
		return false;
	q->flags = *flags.at;
	q->data = m;
	return true;
}

static bool is(struct ber b, const void *bytes, size_t n)
{
	return (size_t) (b.end - b.at) == n && memcmp(b.at, bytes, n) == 0;
}

static void digest(const struct asc_v3 *v, const uint8_t *message, size_t n, uint8_t *to)
{
	size_t length = DIGEST_BYTES;

	sc_generate_keyed_hash(
		usmHMACSHA1AuthProtocol, OID_LENGTH(usmHMACSHA1AuthProtocol), v->auth, KEY_BYTES, message, (u_int) n, to, &length);
}

/* RFC 3826 3.1.2.1: boots, time, salt. */
static void fill_iv(uint8_t *iv, int64_t boots, int64_t time_s, const uint8_t *salt)
{
	for (int i = 0; i < 4; i++) {
		iv[i] = (uint8_t) (boots >> (24 - 8 * i));
		iv[4 + i] = (uint8_t) (time_s >> (24 - 8 * i));
	}
	memcpy(iv + 8, salt, SALT_BYTES);
}

static bool signed_well(const struct asc_v3 *v, const struct message *q, const uint8_t *in, size_t n)
{
	g_autofree uint8_t *blank = g_memdup2(in, n);
	uint8_t should[DIGEST_BYTES];

	if (q->digest.end - q->digest.at != DIGEST_BYTES)
		return false;
	memset(blank + (q->digest.at - in), 0, DIGEST_BYTES);
	digest(v, blank, n, should);
	return is(q->digest, should, DIGEST_BYTES);
}

/* What is wrong with it, as usmStats counts it; 0 = nothing, and `data` is in the clear. */
static enum report fault_of(const struct asc_v3 *v, const char *user, struct message *q, const uint8_t *in, size_t n)
{
	if (!is(q->engine, v->engine, ENGINE_BYTES))
		return UNKNOWN_ENGINE;
	if (!is(q->user, user, strlen(user)))
		return UNKNOWN_USER;
	if ((q->flags & 3) != 3)
		return UNKNOWN_LEVEL;
	if (!signed_well(v, q, in, n))
		return WRONG_DIGEST;
	if (q->boots != 1 || ABS(q->time_s - time_of(v)) > WINDOW_S)
		return NOT_IN_TIME;
	struct ber hidden = ber_enter(&q->data, 0x04, NULL);
	uint8_t iv[16];
	size_t length = sizeof q->plain;
	if (hidden.bad || q->salt.end - q->salt.at != SALT_BYTES || (size_t) (hidden.end - hidden.at) > length)
		return UNDECRYPTABLE;
	fill_iv(iv, q->boots, q->time_s, q->salt.at);
	if (sc_decrypt(usmAESPrivProtocol, OID_LENGTH(usmAESPrivProtocol), (u_char *) v->priv, 16, iv, 16, (u_char *) hidden.at,
			(u_int) (hidden.end - hidden.at), q->plain, &length) != SNMPERR_SUCCESS)
		return UNDECRYPTABLE;
	q->data = (struct ber){.at = q->plain, .end = q->plain + length};
	return 0;
}

static void put_scoped(const struct asc_v3 *v, const GByteArray *pdu, GByteArray *to)
{
	g_autoptr(GByteArray) inner = g_byte_array_new();

	ber_put(inner, 0x04, v->engine, ENGINE_BYTES);
	ber_put(inner, 0x04, NULL, 0);
	g_byte_array_append(inner, pdu->data, pdu->len);
	ber_put(to, 0x30, inner->data, inner->len);
}

static void hide(struct asc_v3 *v, GByteArray *scoped, int64_t time_s, uint8_t *salt)
{
	uint8_t iv[16];
	g_autofree uint8_t *hidden = g_malloc(scoped->len + 16);
	size_t length = scoped->len + 16;

	v->salt++;
	memcpy(salt, &v->salt, SALT_BYTES);
	fill_iv(iv, 1, time_s, salt);
	sc_encrypt(usmAESPrivProtocol, OID_LENGTH(usmAESPrivProtocol), v->priv, 16, iv, 16, scoped->data, scoped->len, hidden, &length);
	g_byte_array_set_size(scoped, 0);
	ber_put(scoped, 0x04, hidden, (guint) length);
}

/* Signed and hidden as `flags` says. Where the digest belongs is found by what is put there first. */
static size_t wrap(struct asc_v3 *v, const struct message *q, uint8_t flags, const GByteArray *pdu, uint8_t *out, size_t most)
{
	static const uint8_t mark[DIGEST_BYTES] = {0xd1, 0x6e, 0x57, 0, 0xff, 0xd1, 0x6e, 0x57, 0, 0xff, 0xd1, 0x6e};
	g_autoptr(GByteArray) head = g_byte_array_new(), usm = g_byte_array_new(), usm_text = g_byte_array_new(), scoped = g_byte_array_new();
	g_autoptr(GByteArray) message = g_byte_array_new(), all = g_byte_array_new();
	int64_t time_s = time_of(v);
	uint8_t salt[SALT_BYTES];

	put_scoped(v, pdu, scoped);
	if ((flags & 2) != 0)
		hide(v, scoped, time_s, salt);
	ber_put_number(head, 0x02, q->id);
	ber_put_number(head, 0x02, 65000);
	ber_put(head, 0x04, &flags, 1);
	ber_put_number(head, 0x02, 3);
	ber_put(usm, 0x04, v->engine, ENGINE_BYTES);
	ber_put_number(usm, 0x02, 1);
	ber_put_number(usm, 0x02, time_s);
	ber_put(usm, 0x04, q->user.at, (guint) (q->user.end - q->user.at));
	ber_put(usm, 0x04, mark, (flags & 1) != 0 ? DIGEST_BYTES : 0);
	ber_put(usm, 0x04, salt, (flags & 2) != 0 ? SALT_BYTES : 0);
	ber_put(usm_text, 0x30, usm->data, usm->len);
	ber_put_number(message, 0x02, 3);
	ber_put(message, 0x30, head->data, head->len);
	ber_put(message, 0x04, usm_text->data, usm_text->len);
	g_byte_array_append(message, scoped->data, scoped->len);
	ber_put(all, 0x30, message->data, message->len);
	if (all->len > most)
		return 0;
	memcpy(out, all->data, all->len);
	uint8_t *at = (flags & 1) != 0 ? memmem(out, all->len, mark, DIGEST_BYTES) : NULL;
	if (at != NULL) {
		memset(at, 0, DIGEST_BYTES);
		digest(v, out, all->len, at);
	}
	return all->len;
}

static void put_report(struct asc_v3 *v, enum report what, GByteArray *to)
{
	const uint32_t oid[] = {1, 3, 6, 1, 6, 3, 15, 1, 1, what, 0};
	g_autoptr(GByteArray) pdu = g_byte_array_new(), pair = g_byte_array_new(), list = g_byte_array_new();

	ber_put_oid(pair, oid, G_N_ELEMENTS(oid));
	ber_put_number(pair, 0x41, ++v->reports);
	ber_put(list, 0x30, pair->data, pair->len);
	ber_put_number(pdu, 0x02, 0);
	ber_put_number(pdu, 0x02, 0);
	ber_put_number(pdu, 0x02, 0);
	ber_put(pdu, 0x30, list->data, list->len);
	ber_put(to, 0xa8, pdu->data, pdu->len);
}

size_t asc_v3_answer(struct asc_v3 *v, struct asc_model *m, const char *user, const uint8_t *in, size_t n_in, uint8_t *out, size_t most)
{
	g_autofree struct message *q = g_new0(struct message, 1);
	g_autoptr(GByteArray) pdu = g_byte_array_new();

	if (!read_message(q, in, n_in))
		return 0;
	enum report what = fault_of(v, user, q, in, n_in);
	if (what != 0) {
		put_report(v, what, pdu);
		return wrap(v, q, what == NOT_IN_TIME ? 1 : 0, pdu, out, most);
	}
	struct ber scoped = ber_enter(&q->data, 0x30, NULL);
	ber_enter(&scoped, 0x04, NULL);
	ber_enter(&scoped, 0x04, NULL);
	if (scoped.bad || !asc_wire_pdu(m, scoped.at, (size_t) (scoped.end - scoped.at), pdu))
		return 0;
	return wrap(v, q, 3, pdu, out, most);
}

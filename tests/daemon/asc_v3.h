/* asc_v3.h - a test cabinet over SNMP v3: who it is, its clock, one user who signs (SHA-1) and encrypts (AES-128).
 *
 * Messages as in RFC 3412, security as in RFC 3414 and 3826; the arithmetic of digests and ciphers is net-snmp's, what is said is not.
 */
#pragma once

#include "tests/daemon/asc_wire.h"

#define ASC_V3_USER "centre"
#define ASC_V3_AUTH "signed by centre"
#define ASC_V3_PRIV "hidden by centre"

struct asc_v3;

struct asc_v3 *asc_v3_new(uint32_t number); /* two numbers, two cabinets */
void asc_v3_free(struct asc_v3 *v);         /* NULL is fine */

bool asc_v3_is(const uint8_t *in, size_t n); /* a message of v3? */
/* The length of the answer in `out`; 0 = none. It knows `user` and nobody else. Reports say who it is, what its clock is, whom it does not know. */
size_t asc_v3_answer(struct asc_v3 *v, struct asc_model *m, const char *user, const uint8_t *in, size_t n_in, uint8_t *out, size_t most);

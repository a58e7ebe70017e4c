/* asc_ber.h - a small BER codec of the tests' own (X.690 8), for test cabinets. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct ber { /* what is left to read */
	const uint8_t *at, *end;
	bool bad;
};

/* Enters a value with this tag (0: any, which is told); its content is returned and passed over. */
struct ber ber_enter(struct ber *r, uint8_t tag, uint8_t *is);
int64_t ber_number(struct ber c);
uint32_t ber_oid(struct ber c, uint32_t *oid, uint32_t most); /* how many numbers */

void ber_put(GByteArray *to, uint8_t tag, const uint8_t *content, guint n);
void ber_put_number(GByteArray *to, uint8_t tag, int64_t v);
void ber_put_oid(GByteArray *to, const uint32_t *oid, uint32_t n);

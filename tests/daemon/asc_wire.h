/* asc_wire.h - a test cabinet over SNMP v1 and v2c: one datagram in, one out, with a small BER codec of the tests' own.
 *
 * Communities: "public" reads, "administrator" reads and writes; to others it says nothing.
 */
#pragma once

#include "tests/daemon/asc_model.h"

enum asc_wire_fault {
	ASC_WIRE_GOOD,
	ASC_WIRE_SILENT,
	ASC_WIRE_GARBAGE,    /* bytes that are no SNMP */
	ASC_WIRE_CUT,        /* the answer without its second half */
	ASC_WIRE_WRONG_TYPE, /* texts instead of numbers */
	ASC_WIRE_RANGE,      /* numbers that no object may have */
	ASC_WIRE_OTHER,      /* the values of other objects */
	ASC_WIRE_FEWER,      /* the last one is missing */
	ASC_WIRE_OTHER_ID,   /* an answer to a question that nobody asked */
	ASC_WIRE_TOO_BIG,    /* more than ten objects are too many */
	ASC_WIRE_NO_SETS,    /* nothing can be written: genErr */
	ASC_WIRE_HALF,       /* splits can be written, what a pattern has of its own cannot: genErr */
	ASC_WIRE_N_FAULTS,
};

/* The length of the answer in `out`; 0 = none. */
size_t asc_wire_answer(struct asc_model *m, enum asc_wire_fault fault, const uint8_t *in, size_t n_in, uint8_t *out, size_t most);

/* A bare PDU in, a bare PDU out, whoever may write: what v3 wraps up. False: it was none. */
bool asc_wire_pdu(struct asc_model *m, const uint8_t *in, size_t n_in, GByteArray *to);

/* ntcip_snmp.h - lines to units over SNMP v1, v2c and v3: one UDP socket a unit, all of them behind one descriptor of the main loop.
 *
 * net-snmp's single-session calls on the main context; nothing blocks, v3's engines are discovered by the way. A session's socket
 * is connected to its unit: datagrams from elsewhere never arrive. At most NTCIP_IN_FLIGHT questions are under way, the others wait in
 * line. Which reply belongs to which question, and whether it is authentic, net-snmp knows; whether it fits is checked here.
 */
#pragma once

#include "daemon/ntcip_link.h"

#define NTCIP_IN_FLIGHT 512

enum ntcip_version { NTCIP_V1, NTCIP_V2C, NTCIP_V3 };

struct ntcip_access {
	char *host;    /* an IP address, v4 or v6: names are not looked up, that would wait */
	uint16_t port; /* 161 */
	enum ntcip_version version;
	char *read_community; /* v1, v2c */
	char *write_community;
	char *user;          /* v3; auth and priv as given: with neither password noAuthNoPriv */
	char *auth_password; /* SHA-1; 8 characters or more; NULL none */
	char *priv_password; /* AES-128; NULL none */
	double timeout_s;
};

void ntcip_access_clear(struct ntcip_access *a);

/* All the lines of a process: they share the descriptor and the count of what is under way. */
struct ntcip_exchange;
struct ntcip_exchange *ntcip_exchange_new(void);
void ntcip_exchange_free(struct ntcip_exchange *x); /* after its links; NULL is fine */

struct ntcip_exchange_counts {
	uint64_t sent, answered, timeouts, strays; /* strays: datagrams that answered nothing: garbage, or too late */
	uint32_t in_flight, waiting;
};
struct ntcip_exchange_counts ntcip_exchange_counts(const struct ntcip_exchange *x);

/* NULL with a sentence when the address is none or the keys are too short. Nothing is sent before the first question. */
struct ntcip_link *ntcip_snmp_link(struct ntcip_exchange *x, const struct ntcip_access *access, GError **error);
uint64_t ntcip_snmp_strays(const struct ntcip_link *l); /* of this one */

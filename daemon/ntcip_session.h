/* ntcip_session.h - lines over SNMP from the inside, for ntcip_snmp.c (questions and answers) and ntcip_session.c (net-snmp begun, sessions
 * opened).
 */
#pragma once

#include <net-snmp/library/large_fd_set.h>
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include <gio/gio.h>

#include "daemon/ntcip_snmp.h"

struct ntcip_exchange {
	int epoll_fd;
	GSource *source;
	guint tick;
	GQueue waiting;           /* links with a question not sent yet */
	GQueue busy;              /* links with a question under way, the oldest first */
	netsnmp_large_fd_set fds; /* net-snmp wants to be told what is readable; one bit at a time is set */
	GHashTable *keys;         /* v3: password -> key before it is made the unit's own, which takes a million steps each */
	struct ntcip_exchange_counts counts;
};

enum ntcip_step { NTCIP_IDLE, NTCIP_WAITING, NTCIP_PROBING, NTCIP_ASKED };

struct ntcip_session {
	struct ntcip_link link;
	struct ntcip_exchange *x;
	struct ntcip_access access;
	void *handle;
	netsnmp_session *session; /* net-snmp's, inside the handle */
	int fd;
	enum ntcip_step step;
	bool set, heard, freed;
	struct ntcip_var vars[NTCIP_VARS_MOST]; /* the question */
	uint32_t n;
	int64_t asked_us, due_us;       /* monotonic */
	uint64_t strays, strays_before; /* before: when it was asked */
	guint later;                    /* tells what could not even be sent; 0 none */
	enum ntcip_error what;          /* for later */
	GList place;                    /* in one of the queues */
};

/* net-snmp reads no files, keeps none, and logs nothing. Once a process. */
void ntcip_session_init(void);

/* Opens the session of `l->access` and has its socket watched. */
bool ntcip_session_open(struct ntcip_session *l, GSocketAddress *address, GError **error);

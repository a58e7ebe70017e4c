/* rsmp_port.h - where RSMP sites connect to us: one listening port for all the sites that are to come there.
 *
 * A site is known by the id in its Version message. Ports of the same address are one, whoever opens them. Never waits: a site that
 * does not take what it is sent is closed.
 */
#pragma once

#include "daemon/rsmp_session.h"

struct rsmp_port;

bool rsmp_port_check(const char *address, GError **error);

/* tcp://host:port, host a number or a name of this machine. */
struct rsmp_port *rsmp_port_join(const char *address, struct rsmp_session *session, const char *site, GError **error);
void rsmp_port_leave(struct rsmp_port *p, struct rsmp_session *session); /* closes its connection, without an event */

void rsmp_port_send(struct rsmp_port *p, struct rsmp_session *session, const char *text, size_t size);

/* Closes its connection, without an event; the site is refused for the pause. */
void rsmp_port_drop(struct rsmp_port *p, struct rsmp_session *session, double pause_s);

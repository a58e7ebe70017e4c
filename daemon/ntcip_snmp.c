/* ntcip_snmp.c - see ntcip_snmp.h. */
#include "daemon/ntcip_snmp.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "daemon/controller.h"
#include "daemon/ntcip_session.h"

#define TICK_MS 50 /* how often questions are looked at that nobody answered */
#define EVENTS_MOST 256

static int on_reply(int operation, netsnmp_session *session, int id, netsnmp_pdu *pdu, void *magic);
static void send_next(struct ntcip_exchange *x);

void ntcip_access_clear(struct ntcip_access *a)
{
	g_free(a->host);
	g_free(a->read_community);
	g_free(a->write_community);
	g_free(a->user);
	g_free(a->auth_password);
	g_free(a->priv_password);
	*a = (struct ntcip_access){0};
}

static void settle(struct ntcip_session *l)
{
	if (l->step == NTCIP_PROBING || l->step == NTCIP_ASKED)
		g_queue_unlink(&l->x->busy, &l->place);
	else if (l->step == NTCIP_WAITING)
		g_queue_unlink(&l->x->waiting, &l->place);
	l->step = NTCIP_IDLE;
}

static void tell(struct ntcip_session *l, const struct ntcip_answer *answer)
{
	struct ntcip_answer a = *answer;

	a.took_s = (double) (g_get_monotonic_time() - l->asked_us) * 1e-6;
	settle(l);
	if (a.error == NTCIP_NO_ANSWER && l->strays != l->strays_before)
		a.error = NTCIP_STRAYS;
	if (a.error == NTCIP_NO_ANSWER || a.error == NTCIP_STRAYS)
		l->x->counts.timeouts++;
	else
		l->x->counts.answered++;
	l->link.on_answer(l->link.user, &a);
}

static gboolean on_later(gpointer user)
{
	struct ntcip_session *l = user;
	struct ntcip_exchange *x = l->x;

	l->later = 0;
	tell(l, &(struct ntcip_answer){.error = l->what});
	send_next(x);
	return G_SOURCE_REMOVE;
}

static void fail_later(struct ntcip_session *l, enum ntcip_error what)
{
	l->what = what;
	if (l->later == 0)
		l->later = g_idle_add_full(G_PRIORITY_DEFAULT, on_later, l, NULL);
}

/* RFC 3414 4: an empty, unauthenticated question, to which the unit reports who it is. */
static netsnmp_pdu *probe_pdu(void)
{
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET);

	pdu->version = SNMP_VERSION_3;
	pdu->securityName = strdup("");
	pdu->securityNameLen = 0;
	pdu->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
	pdu->securityModel = SNMP_SEC_MODEL_USM;
	return pdu;
}

static netsnmp_pdu *question_pdu(const struct ntcip_session *l)
{
	netsnmp_pdu *pdu = snmp_pdu_create(l->set ? SNMP_MSG_SET : SNMP_MSG_GET);

	if (l->access.version != NTCIP_V3) {
		const char *community = l->set ? l->access.write_community : l->access.read_community;
		pdu->community = (u_char *) strdup(community);
		pdu->community_len = strlen(community);
	}
	for (uint32_t i = 0; i < l->n; i++) {
		unsigned long numbers[NTCIP_OID_MOST];
		oid name[NTCIP_OID_MOST];
		size_t n = ntcip_oid(l->vars[i].object, l->vars[i].index, l->vars[i].index2, numbers);
		for (size_t k = 0; k < n; k++)
			name[k] = numbers[k];
		long value = (long) l->vars[i].number;
		if (l->set)
			snmp_pdu_add_variable(pdu, name, n, ASN_INTEGER, &value, sizeof value);
		else
			snmp_pdu_add_variable(pdu, name, n, ASN_NULL, NULL, 0);
	}
	return pdu;
}

static void send_now(struct ntcip_session *l)
{
	struct ntcip_exchange *x = l->x;
	bool probe = l->access.version == NTCIP_V3 && l->session->securityEngineIDLen == 0;
	netsnmp_pdu *pdu = probe ? probe_pdu() : question_pdu(l);

	l->step = probe ? NTCIP_PROBING : NTCIP_ASKED;
	l->place = (GList){.data = l};
	g_queue_push_tail_link(&x->busy, &l->place);
	if (!probe)
		l->asked_us = g_get_monotonic_time();
	l->due_us = g_get_monotonic_time() + (int64_t) (l->access.timeout_s * 1e6);
	x->counts.sent++;
	if (snmp_sess_async_send(l->handle, pdu, on_reply, l) == 0) {
		snmp_free_pdu(pdu);
		fail_later(l, NTCIP_NO_ANSWER);
	}
}

static void send_next(struct ntcip_exchange *x)
{
	while (x->waiting.length > 0 && x->busy.length < NTCIP_IN_FLIGHT) {
		struct ntcip_session *l = g_queue_pop_head_link(&x->waiting)->data;
		send_now(l);
	}
}

static void snmp_link_ask(struct ntcip_link *link, bool set, const struct ntcip_var *vars, uint32_t n)
{
	struct ntcip_session *l = (struct ntcip_session *) link;

	g_return_if_fail(l->step == NTCIP_IDLE && n <= NTCIP_VARS_MOST);
	for (uint32_t i = 0; i < n && set; i++)
		g_return_if_fail(ntcip_writable(vars[i].object)); /* the last door: what keeps people safe is never written */
	memcpy(l->vars, vars, n * sizeof vars[0]);
	l->n = n;
	l->set = set;
	l->strays_before = l->strays;
	l->asked_us = g_get_monotonic_time();
	l->step = NTCIP_WAITING;
	l->place = (GList){.data = l};
	g_queue_push_tail_link(&l->x->waiting, &l->place);
	send_next(l->x);
}

static bool is_asc(const netsnmp_variable_list *v)
{
	static const oid asc[] = {1, 3, 6, 1, 4, 1, 1206, 4, 2, 1};

	return v->val_len >= sizeof asc && memcmp(v->val.objid, asc, sizeof asc) == 0;
}

/* One variable of the answer, against the one that was asked for. */
static enum ntcip_error take(struct ntcip_var *var, const netsnmp_variable_list *v)
{
	const struct ntcip_object_info *o = ntcip_object_info(var->object);
	unsigned long name[NTCIP_OID_MOST];
	size_t n = ntcip_oid(var->object, var->index, var->index2, name);

	if (v->name_length != n)
		return NTCIP_GARBAGE;
	for (size_t i = 0; i < n; i++)
		if (v->name[i] != name[i])
			return NTCIP_GARBAGE;
	var->error = NTCIP_OK;
	if (v->type == SNMP_NOSUCHOBJECT || v->type == SNMP_NOSUCHINSTANCE || v->type == SNMP_ENDOFMIBVIEW) {
		var->error = NTCIP_NO_SUCH;
		return NTCIP_OK;
	}
	switch (o->kind) {
	case NTCIP_NUMBER:
	case NTCIP_COUNT:
		if (v->type != (o->kind == NTCIP_NUMBER ? ASN_INTEGER : ASN_COUNTER) || v->val.integer == NULL)
			return NTCIP_GARBAGE;
		var->number = o->kind == NTCIP_NUMBER ? (int64_t) *v->val.integer : (int64_t) (*v->val.integer & 0xffffffffL);
		return ntcip_in_range(var->object, var->number) ? NTCIP_OK : NTCIP_GARBAGE;
	case NTCIP_TEXT:
		if (v->type != ASN_OCTET_STR || (int64_t) v->val_len > o->max)
			return NTCIP_GARBAGE;
		var->octets = v->val.string;
		var->n_octets = v->val_len;
		return NTCIP_OK;
	case NTCIP_NAME:
		if (v->type != ASN_OBJECT_ID)
			return NTCIP_GARBAGE;
		var->number = is_asc(v);
		return NTCIP_OK;
	}
	return NTCIP_GARBAGE;
}

static void hear_values(struct ntcip_session *l, const netsnmp_pdu *pdu)
{
	struct ntcip_answer a = {.error = ntcip_error_of_snmp(pdu->errstat), .vars = l->vars, .n = l->n};
	uint32_t i = 0;

	if (a.error != NTCIP_OK) {
		a.at = pdu->errindex > 0 && pdu->errindex <= (long) l->n ? (uint32_t) pdu->errindex : 0;
		tell(l, &a);
		return;
	}
	for (const netsnmp_variable_list *v = pdu->variables; !l->set && a.error == NTCIP_OK && (v != NULL || i < l->n); v = v->next_variable) {
		if (v == NULL || i == l->n) {
			a.error = NTCIP_GARBAGE;
			break;
		}
		a.error = take(&l->vars[i++], v);
		a.at = a.error == NTCIP_OK ? 0 : i;
	}
	tell(l, &a);
}

/* v3: who the unit is, or why it does not talk to us. */
static void hear_report(struct ntcip_session *l, const netsnmp_pdu *pdu)
{
	int type = snmpv3_get_report_type((netsnmp_pdu *) pdu);

	if (type == SNMPERR_NOT_IN_TIME_WINDOW)
		return; /* net-snmp asks again by itself, with the clock that the report brought */
	if (type == SNMPERR_UNKNOWN_ENG_ID && l->step == NTCIP_PROBING && pdu->securityEngineIDLen > 0) {
		l->session->securityEngineID = g_memdup2(pdu->securityEngineID, pdu->securityEngineIDLen);
		/* net-snmp frees it with free: glib's is the same allocator */
		l->session->securityEngineIDLen = pdu->securityEngineIDLen;
		struct usmUser *old = usm_get_user(pdu->securityEngineID, pdu->securityEngineIDLen, l->session->securityName);
		if (old != NULL) { /* keys of an earlier session would win */
			usm_remove_user(old);
			usm_free_user(old);
		}
		if (create_user_from_session(l->session) == SNMPERR_SUCCESS) {
			settle(l);
			l->step = NTCIP_WAITING;
			l->place = (GList){.data = l};
			g_queue_push_head_link(&l->x->waiting, &l->place);
			return;
		}
	}
	if (type == SNMPERR_UNKNOWN_ENG_ID && l->step == NTCIP_ASKED) { /* another unit stands there now: it is probed next time */
		SNMP_FREE(l->session->securityEngineID);
		l->session->securityEngineIDLen = 0;
	}
	tell(l, &(struct ntcip_answer){.error = NTCIP_REFUSED_USER});
}

static int on_reply(int operation, netsnmp_session *session, int id, netsnmp_pdu *pdu, void *magic)
{
	struct ntcip_session *l = magic;

	(void) session;
	(void) id;
	if (l->freed || (l->step != NTCIP_PROBING && l->step != NTCIP_ASKED))
		return 1;
	l->heard = true;
	if (pdu != NULL && pdu->command == SNMP_MSG_REPORT && operation != NETSNMP_CALLBACK_OP_TIMED_OUT)
		hear_report(l, pdu);
	else if (operation == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE && pdu->command == SNMP_MSG_RESPONSE && l->step == NTCIP_ASKED)
		hear_values(l, pdu);
	else if (operation == NETSNMP_CALLBACK_OP_SEC_ERROR)
		tell(l, &(struct ntcip_answer){.error = NTCIP_REFUSED_USER});
	else
		tell(l, &(struct ntcip_answer){.error = operation == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE ? NTCIP_GARBAGE : NTCIP_NO_ANSWER});
	return 1;
}

static void hear(struct ntcip_exchange *x, struct ntcip_session *l, uint32_t what)
{
	int refused;
	socklen_t size = sizeof refused;

	/* "Port unreachable" is no datagram: it is taken from the socket, and the question goes on until its time is over. */
	if ((what & EPOLLERR) != 0 && getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &refused, &size) == 0 && (what & EPOLLIN) == 0)
		return;
	l->heard = false;
	NETSNMP_LARGE_FD_SET(l->fd, &x->fds);
	snmp_sess_read2(l->handle, &x->fds);
	NETSNMP_LARGE_FD_CLR(l->fd, &x->fds);
	if (l->heard)
		return;
	l->strays++;
	x->counts.strays++;
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer user)
{
	struct ntcip_exchange *x = user;
	struct epoll_event events[EVENTS_MOST];
	int n = epoll_wait(fd, events, EVENTS_MOST, 0);

	(void) condition;
	for (int i = 0; i < n; i++)
		hear(x, events[i].data.ptr, events[i].events);
	send_next(x);
	return G_SOURCE_CONTINUE;
}

static gboolean on_tick(gpointer user)
{
	struct ntcip_exchange *x = user;
	int64_t now_us = g_get_monotonic_time();

	for (guint left = x->busy.length; left > 0 && x->busy.length > 0; left--) {
		struct ntcip_session *l = x->busy.head->data;
		if (l->due_us > now_us && l->access.timeout_s > 0)
			break; /* in the order of asking; lines with other time-outs are looked at a little late */
		if (l->later == 0)
			snmp_sess_timeout(l->handle);
		if (x->busy.head != NULL && x->busy.head->data == l) {
			g_queue_unlink(&x->busy, &l->place); /* not yet by net-snmp's clock */
			l->place = (GList){.data = l};
			g_queue_push_tail_link(&x->busy, &l->place);
		}
	}
	send_next(x);
	return G_SOURCE_CONTINUE;
}

/* A descriptor a unit: as many as the machine lets us have. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

struct ntcip_exchange *ntcip_exchange_new(void)
{
	struct ntcip_exchange *x = g_new0(struct ntcip_exchange, 1);

	ntcip_session_init();
	allow_descriptors();
	x->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	g_assert(x->epoll_fd >= 0);
	x->keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
	netsnmp_large_fd_set_init(&x->fds, FD_SETSIZE);
	NETSNMP_LARGE_FD_ZERO(&x->fds);
	guint id = g_unix_fd_add(x->epoll_fd, G_IO_IN, on_readable, x);
	x->source = g_main_context_find_source_by_id(NULL, id);
	x->tick = g_timeout_add(TICK_MS, on_tick, x);
	return x;
}

void ntcip_exchange_free(struct ntcip_exchange *x)
{
	if (x == NULL)
		return;
	g_source_destroy(x->source);
	g_source_remove(x->tick);
	netsnmp_large_fd_set_cleanup(&x->fds);
	g_hash_table_unref(x->keys);
	g_close(x->epoll_fd, NULL);
	g_free(x);
}

struct ntcip_exchange_counts ntcip_exchange_counts(const struct ntcip_exchange *x)
{
	struct ntcip_exchange_counts c = x->counts;

	c.in_flight = x->busy.length;
	c.waiting = x->waiting.length;
	return c;
}

static void snmp_link_free(struct ntcip_link *link)
{
	struct ntcip_session *l = (struct ntcip_session *) link;

	if (l == NULL)
		return;
	settle(l);
	l->freed = true;
	if (l->later != 0)
		g_source_remove(l->later);
	if (l->handle != NULL) {
		epoll_ctl(l->x->epoll_fd, EPOLL_CTL_DEL, l->fd, NULL);
		snmp_sess_close(l->handle);
	}
	ntcip_access_clear(&l->access);
	g_free(l);
}

uint64_t ntcip_snmp_strays(const struct ntcip_link *l)
{
	return ((const struct ntcip_session *) l)->strays;
}

struct ntcip_link *ntcip_snmp_link(struct ntcip_exchange *x, const struct ntcip_access *access, GError **error)
{
	g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string(access->host, access->port);

	if (address == NULL) {
		g_set_error(
			error, CONTROLLER_ERROR, CONTROLLER_ERROR_ADDRESS, "ntcip: \"%s\" is no IP address; names are not looked up", access->host);
		return NULL;
	}
	struct ntcip_session *l = g_new0(struct ntcip_session, 1);
	l->x = x;
	l->link.ask = snmp_link_ask;
	l->link.free = snmp_link_free;
	l->access = *access;
	l->access.host = g_strdup(access->host);
	l->access.read_community = g_strdup(access->read_community);
	l->access.write_community = g_strdup(access->write_community);
	l->access.user = g_strdup(access->user);
	l->access.auth_password = g_strdup(access->auth_password);
	l->access.priv_password = g_strdup(access->priv_password);
	if (!ntcip_session_open(l, address, error)) {
		snmp_link_free(&l->link);
		return NULL;
	}
	return &l->link;
}

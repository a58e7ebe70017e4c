/* ntcip_session.c - net-snmp begun, keys made, sessions opened: see ntcip_session.h. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "daemon/controller.h"
#include "daemon/ntcip_session.h"

/* net-snmp would wait for a v3 engine inside a send; here it is asked for like everything else (probe_pdu). */
static int on_probe(struct session_list *list, netsnmp_session *session)
{
	(void) list;
	(void) session;
	return 0;
}

/* The nameless user that net-snmp wants to know before it hears a report that is for nobody. */
static void add_nobody(void)
{
	struct usmUser *user = usm_create_user();

	user->name = strdup("");
	user->secName = strdup("");
	SNMP_FREE(user->authProtocol);
	user->authProtocol = snmp_duplicate_objid(usmNoAuthProtocol, user->authProtocolLen = OID_LENGTH(usmNoAuthProtocol));
	SNMP_FREE(user->privProtocol);
	user->privProtocol = snmp_duplicate_objid(usmNoPrivProtocol, user->privProtocolLen = OID_LENGTH(usmNoPrivProtocol));
	usm_add_user(user);
}

/* net-snmp reads no files, keeps none, and logs nothing: what there is to say is said here. */
void ntcip_session_init(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	g_setenv("MIBS", "", false); /* objects go by number */
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1);
	init_snmp("greenwave");
	snmp_disable_log();
	snmp_enable_calllog(); /* nobody is called */
	find_sec_mod(SNMP_SEC_MODEL_USM)->probe_engineid = on_probe;
	add_nobody();
}

/* RFC 3414 A.2.2: a password becomes a key, by the same steps wherever it is used. */
static bool make_key(struct ntcip_exchange *x, const char *password, u_char *key, size_t *n)
{
	GBytes *known = g_hash_table_lookup(x->keys, password);

	if (known == NULL) {
		u_char made[USM_LENGTH_KU_HASHBLOCK];
		size_t n_made = sizeof made;
		if (generate_Ku(usmHMACSHA1AuthProtocol, OID_LENGTH(usmHMACSHA1AuthProtocol), (const u_char *) password, strlen(password), made,
				&n_made) != SNMPERR_SUCCESS)
			return false;
		known = g_bytes_new(made, n_made);
		g_hash_table_insert(x->keys, g_strdup(password), known);
	}
	*n = g_bytes_get_size(known);
	memcpy(key, g_bytes_get_data(known, NULL), *n);
	return true;
}

static bool set_security(struct ntcip_exchange *x, netsnmp_session *s, const struct ntcip_access *a)
{
	s->securityModel = SNMP_SEC_MODEL_USM;
	s->securityName = a->user;
	s->securityNameLen = strlen(a->user);
	s->securityLevel = a->auth_password == NULL ? SNMP_SEC_LEVEL_NOAUTH
		: a->priv_password == NULL              ? SNMP_SEC_LEVEL_AUTHNOPRIV
												: SNMP_SEC_LEVEL_AUTHPRIV;
	s->flags |= SNMP_FLAGS_DONT_PROBE;
	s->securityAuthProto = usmHMACSHA1AuthProtocol;
	s->securityAuthProtoLen = OID_LENGTH(usmHMACSHA1AuthProtocol);
	s->securityPrivProto = usmAESPrivProtocol;
	s->securityPrivProtoLen = OID_LENGTH(usmAESPrivProtocol);
	if (a->auth_password != NULL && !make_key(x, a->auth_password, s->securityAuthKey, &s->securityAuthKeyLen))
		return false;
	return a->priv_password == NULL || make_key(x, a->priv_password, s->securityPrivKey, &s->securityPrivKeyLen);
}

bool ntcip_session_open(struct ntcip_session *l, GSocketAddress *address, GError **error)
{
	g_autofree char *peer =
		g_strdup_printf(strchr(l->access.host, ':') != NULL ? "udp6:[%s]:%u" : "udp:%s:%u", l->access.host, l->access.port);
	netsnmp_session s;
	struct sockaddr_storage to;

	snmp_sess_init(&s);
	s.peername = peer;
	s.version = l->access.version == NTCIP_V1 ? SNMP_VERSION_1 : l->access.version == NTCIP_V2C ? SNMP_VERSION_2c : SNMP_VERSION_3;
	s.retries = 0;
	s.timeout = (long) (l->access.timeout_s * 1e6);
	if (l->access.version == NTCIP_V3 && !set_security(l->x, &s, &l->access)) {
		g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_ADDRESS, "ntcip: the passwords of user \"%s\" need 8 characters or more",
			l->access.user);
		return false;
	}
	l->handle = snmp_sess_open(&s);
	if (l->handle == NULL) {
		g_set_error(
			error, CONTROLLER_ERROR, CONTROLLER_ERROR_ADDRESS, "ntcip: no SNMP session for %s: %s", peer, snmp_api_errstring(snmp_errno));
		return false;
	}
	l->session = snmp_sess_session(l->handle);
	l->fd = snmp_sess_transport(l->handle)->sock;
	if (!g_socket_address_to_native(address, &to, sizeof to, error))
		return false;
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = l};
	if (connect(l->fd, (const struct sockaddr *) &to, (socklen_t) g_socket_address_get_native_size(address)) != 0 ||
		epoll_ctl(l->x->epoll_fd, EPOLL_CTL_ADD, l->fd, &event) != 0) {
		g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_ADDRESS, "ntcip: %s cannot be reached: %s", peer, g_strerror(errno));
		return false;
	}
	return true;
}

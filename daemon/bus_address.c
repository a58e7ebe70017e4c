/* bus_address.c - which addresses a socket may have, and where ipc paths are. */
#include "daemon/bus_inside.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/config.h"

static bool refuse(GError **error, const char *endpoint, const char *why)
{
	g_set_error(error, BUS_ERROR, BUS_ERROR_ENDPOINT, "%.200s: %s", endpoint, why);
	return false;
}

static bool check_tcp(const char *endpoint, GError **error)
{
	const char *host = endpoint + strlen("tcp://");
	const char *colon = strrchr(host, ':');
	if (!colon || colon == host)
		return refuse(error, endpoint, "must be tcp://host:port");
	gsize n = (gsize) (colon - host);
	bool v6 = host[0] == '[' && host[n - 1] == ']';
	const char *letters = v6 ? "0123456789abcdefABCDEF:.[]" : "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_*";
	if (strspn(host, letters) < n || n > 255)
		return refuse(error, endpoint, "the host is not a name or an address");
	if (strcmp(colon + 1, "*") == 0)
		return true;
	guint64 port;
	if (!g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &port, NULL))
		return refuse(error, endpoint, "the port must be from 0 to 65535");
	return true;
}

bool bus_endpoint_check(const char *endpoint, GError **error)
{
	if (g_str_has_prefix(endpoint, "tcp://"))
		return check_tcp(endpoint, error);
	if (g_str_has_prefix(endpoint, "inproc://"))
		return endpoint[strlen("inproc://")] ? true : refuse(error, endpoint, "must be inproc://name");
	if (!g_str_has_prefix(endpoint, "ipc://"))
		return refuse(error, endpoint, "must begin with tcp:// or ipc://");
	const char *path = endpoint + strlen("ipc://");
	if (!*path || *path == '*')
		return refuse(error, endpoint, "must be ipc://path");
	if (*path == '@')
		return refuse(error, endpoint, "an abstract address cannot be guarded by file rights");
	return true;
}

bool bus_endpoint_local(const char *endpoint)
{
	if (!g_str_has_prefix(endpoint, "tcp://"))
		return true;
	const char *host = endpoint + strlen("tcp://");
	/* A name that only begins with 127. is none of ours. */
	return (g_str_has_prefix(host, "127.") && host[strspn(host, "0123456789.")] == ':') || g_str_has_prefix(host, "[::1]:") ||
		g_str_has_prefix(host, "localhost:");
}

/* Sockets in a folder of somebody else could be anybody's. */
static bool make_runtime_dir(const char *dir, GError **error)
{
	struct stat st;
	if (g_mkdir_with_parents(dir, 0700) != 0 || lstat(dir, &st) != 0)
		return refuse(error, dir, g_strerror(errno));
	if (!S_ISDIR(st.st_mode) || st.st_uid != getuid() || (st.st_mode & 022))
		return refuse(error, dir, "the folder for sockets must belong to this user and nobody else may write there");
	return true;
}

static bool somebody_answers(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	g_strlcpy(at.sun_path, path, sizeof(at.sun_path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	bool answers = connect(fd, (struct sockaddr *) &at, sizeof(at)) == 0 || errno == EAGAIN;
	close(fd);
	return answers;
}

char *bus_address(const char *endpoint, bool bind, GError **error)
{
	if (!bus_endpoint_check(endpoint, error))
		return NULL;
	if (!g_str_has_prefix(endpoint, "ipc://"))
		return g_strdup(endpoint);
	const char *path = endpoint + strlen("ipc://");
	g_autofree char *full = g_strdup(path);
	if (*path != '/') {
		g_autofree char *dir = config_runtime_dir();
		if (!make_runtime_dir(dir, error))
			return NULL;
		g_free(full);
		full = g_build_filename(dir, path, NULL);
	}
	if (strlen(full) >= sizeof(((struct sockaddr_un *) NULL)->sun_path)) {
		refuse(error, full, "the path of a socket must be shorter than 108 characters");
		return NULL;
	}
	/* libzmq would quietly take the path away from whoever has it. */
	if (bind && somebody_answers(full)) {
		g_set_error(error, BUS_ERROR, BUS_ERROR_IN_USE, "%s: another program answers there already", endpoint);
		return NULL;
	}
	return g_strconcat("ipc://", full, NULL);
}

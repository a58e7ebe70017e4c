/* outfile.c - files that are there whole or not at all; see outfile.h. */
#include "daemon/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixoutputstream.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES (1 << 16)

struct outfile {
	char *path;
	char *beside;     /* where it is written to; NULL: right to its place */
	int fd;
	GOutputStream *out;
};

static void say_why(const char *path, int code, GError **error)
{
	g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code), "%s: cannot be written: %s", path, g_strerror(code));
}

/* An empty file beside it, with the rights that a new file has here. */
static int open_beside(struct outfile *o)
{
	g_autofree char *folder = g_path_get_dirname(o->path), *name = g_path_get_basename(o->path);
	mode_t mask = umask(0);
	umask(mask);
	o->beside = g_strdup_printf("%s/.%s.XXXXXX", folder, name);
	int fd = g_mkstemp_full(o->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666 & ~mask);
	if (fd < 0)
		g_clear_pointer(&o->beside, g_free);
	return fd;
}

struct outfile *outfile_open(const char *path, GError **error)
{
	struct stat is;
	owned(outfile) o = g_new0(struct outfile, 1);
	bool there = stat(path, &is) == 0;
	/* A link keeps its place: what it points to is replaced. */
	g_autofree char *real = there ? realpath(path, NULL) : NULL;
	o->path = g_strdup(real ? real : path);
	o->fd = -1;
	if (there && S_ISDIR(is.st_mode))
		errno = EISDIR;
	else if (there && S_ISREG(is.st_mode) && access(path, W_OK) != 0)
		errno = EACCES;
	else if (there && !S_ISREG(is.st_mode))
		o->fd = g_open(path, O_WRONLY | O_CLOEXEC, 0);
	else
		o->fd = open_beside(o);
	if (o->fd < 0) {
		say_why(path, errno, error);
		return NULL;
	}
	GOutputStream *raw = g_unix_output_stream_new(o->fd, FALSE);
	if (g_str_has_suffix(path, ".gz")) {
		GZlibCompressor *gzip = g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1);
		GOutputStream *packed = g_converter_output_stream_new(raw, G_CONVERTER(gzip));
		g_object_unref(gzip);
		g_object_unref(raw);
		raw = packed;
	}
	o->out = g_buffered_output_stream_new_sized(raw, BUFFER_BYTES);
	g_object_unref(raw);
	return give(o);
}

/* Gives the stream's own complaint our words. */
static bool settle(struct outfile *o, bool good, GError *why, GError **error)
{
	if (!good) {
		const char *reason = strrchr(why->message, ':'); /* GIO: "Error writing to file descriptor: No space left on device" */
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s: cannot be written: %s", o->path, reason ? reason + 2 : why->message);
	}
	g_clear_error(&why);
	return good;
}

bool outfile_put(struct outfile *o, const char *text, gsize length, GError **error)
{
	GError *why = NULL;
	bool good = g_output_stream_write_all(o->out, text, length, NULL, NULL, &why);
	return settle(o, good, why, error);
}

bool outfile_finish(struct outfile *o, GError **error)
{
	GError *why = NULL;
	bool good = g_output_stream_close(o->out, NULL, &why);
	if (!settle(o, good, why, error))
		return false;
	int closed = close(o->fd);
	o->fd = -1;
	if (closed != 0 || (o->beside && g_rename(o->beside, o->path) != 0)) {
		say_why(o->path, errno, error);
		return false;
	}
	g_clear_pointer(&o->beside, g_free);
	return true;
}

void outfile_free(struct outfile *o)
{
	if (!o)
		return;
	if (o->fd >= 0)
		close(o->fd);
	if (o->out)
		g_object_unref(o->out);
	if (o->beside)
		g_unlink(o->beside);
	g_free(o->beside);
	g_free(o->path);
	g_free(o);
}

bool outfile_save(const char *path, const GString *text, GError **error)
{
	owned(outfile) o = outfile_open(path, error);
	return o && outfile_put(o, text->str, text->len, error) && outfile_finish(o, error);
}

bool outfile_may(const char *path, GError **error)
{
	if (!path)
		return true;
	owned(outfile) o = outfile_open(path, error);
	return o != NULL;
}

bool outfile_printed(GError **error)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	say_why("stdout", errno ? errno : EIO, error);
	return false;
}

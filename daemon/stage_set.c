/* stage_set.c - the temporary folder in which a demo plays. */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/stage_set.h"

bool stage_set_make(struct stage_set *s, GError **error)
{
	const char *runtime = g_getenv("XDG_RUNTIME_DIR");
	const char *under = runtime && access(runtime, W_OK) == 0 ? runtime : "/tmp";
	g_autofree char *folder = g_build_filename(under, "greenwave-demo-XXXXXX", NULL);
	*s = (struct stage_set){0};
	if (!g_mkdtemp(folder)) {
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "cannot make a folder in %s: %s", under, g_strerror(errno));
		return false;
	}
	s->folder = g_steal_pointer(&folder);
	s->config = g_build_filename(s->folder, "greenwave.yaml", NULL);
	s->picture = g_build_filename(s->folder, "picture.yaml", NULL);
	g_setenv("RUNTIME_DIRECTORY", s->folder, TRUE);
	return true;
}

void stage_set_remove(struct stage_set *s)
{
	g_autoptr(GDir) dir = s->folder ? g_dir_open(s->folder, 0, NULL) : NULL;
	const char *name;
	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(s->folder, name, NULL);
		g_unlink(path);
	}
	if (s->folder)
		g_rmdir(s->folder);
	g_free(s->folder);
	g_free(s->config);
	g_free(s->picture);
	*s = (struct stage_set){0};
}

/* Links to everything of the folder, so that relative paths in the copy lead where they did. */
static bool link_all(const char *from, const char *to, GError **error)
{
	g_autofree char *absolute = g_canonicalize_filename(from, NULL);
	g_autoptr(GDir) dir = g_dir_open(from, 0, error);
	const char *name;
	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *target = g_build_filename(absolute, name, NULL), *link = g_build_filename(to, name, NULL);
		if (strcmp(name, "greenwave.yaml") != 0 && symlink(target, link) != 0 && errno != EEXIST) {
			g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "cannot link %s: %s", link, g_strerror(errno));
			return false;
		}
	}
	return dir != NULL;
}

bool stage_set_write(struct stage_set *s, const char *configs, const struct config *config, uint32_t rtsp_port, GError **error)
{
	g_autofree char *path = g_build_filename(configs, "greenwave.yaml", NULL), *text = NULL;
	if (!link_all(configs, s->folder, error) || !g_file_get_contents(path, &text, NULL, error))
		return false;
	g_autoptr(GRegex) rtsp = g_regex_new("rtsp://127\\.0\\.0\\.1:[0-9]+/", 0, 0, NULL);
	g_autofree char *uri = g_strdup_printf("rtsp://127.0.0.1:%u/", rtsp_port);
	g_autofree char *moved = g_regex_replace_literal(rtsp, text, -1, 0, uri, 0, NULL);
	GString *copy = g_string_new(moved);
	g_string_replace(copy, config->feed.publish, STAGE_FEED, 0);
	for (uint32_t i = 0; i < config->n_controllers; i++)
		if (config->controllers[i].address)
			g_string_replace(copy, config->controllers[i].address, STAGE_CABINETS, 0);
	bool good = g_file_set_contents(s->config, copy->str, -1, error);
	g_string_replace(copy, "\nfeed:\n", "\nfeed:\n  estimates: ipc://nowhere\n", 1);
	good = good && g_file_set_contents(s->picture, copy->str, -1, error);
	g_string_free(copy, TRUE);
	return good;
}

/* answer.c - see answer.h. */
#include "tests/answer.h"

#include <sys/wait.h>

struct answer answer_of(const char *folder, char **argv)
{
	struct answer a = {0};
	g_autoptr(GError) error = NULL;
	int status = 0;
	g_spawn_sync(folder, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &a.out, &a.err, &status, &error);
	g_assert_no_error(error);
	g_assert_true(WIFEXITED(status));
	a.code = WEXITSTATUS(status);
	return a;
}

struct answer answer_of_line(const char *folder, const char *line)
{
	g_auto(GStrv) argv = NULL;
	g_autoptr(GError) error = NULL;
	g_shell_parse_argv(line, NULL, &argv, &error);
	g_assert_no_error(error);
	return answer_of(folder, argv);
}

void answer_clear(struct answer *a)
{
	g_clear_pointer(&a->out, g_free);
	g_clear_pointer(&a->err, g_free);
}

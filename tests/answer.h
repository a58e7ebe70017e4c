/* answer.h - one of our programs, run to its end: what it said and how it ended. For tests. */
#pragma once

#include <glib.h>

struct answer {
	char *out, *err; /* owned */
	int code;
};

/* `folder`: where it runs; NULL: here. A program that cannot be started or is killed fails the test. */
struct answer answer_of(const char *folder, char **argv);
struct answer answer_of_line(const char *folder, const char *line); /* words as for a shell */
void answer_clear(struct answer *a);

/* sim_page.h - the pages of `run` and `compare`: report.h's page, filled in from results. */
#pragma once

#include "daemon/sim_tables.h"

/* Of one way of running the lights. The drawings are of the first seed, and of those things that its result holds. */
bool sim_page_of_runs(const struct sim_case *c, const struct sim_runs *runs, const char *path, GError **error);

/* Of two, with the same seeds. */
bool sim_page_of_two(const struct sim_case *c, const struct sim_runs *first, const char *first_name, const struct sim_runs *second,
	const char *second_name, const char *path, GError **error);

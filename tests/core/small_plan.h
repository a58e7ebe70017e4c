/* small_plan.h - the small network's junction and its own plan, for each test anew. */
#pragma once

#include <string.h>

#include "core/netfile.h"
#include "core/plan.h"
#include "tests/core/small_net.h"

struct fixture {
	struct network *net;
	struct junction *j;
	struct plan *plan;
};

static void set_up(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	f->net = netfile_parse(small_net, strlen(small_net), "small", NULL, NULL);
	f->j = junction_new(f->net, 0, NULL, NULL);
	f->plan = plan_from_program(f->j, &f->net->signals[0].programs[0], NULL);
}

static void tear_down(struct fixture *f, gconstpointer unused)
{
	(void) unused;
	plan_free(f->plan);
	junction_free(f->j);
	network_free(f->net);
}

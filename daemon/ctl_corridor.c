/* ctl_corridor.c - greenwavectl corridor: greens for an emergency vehicle. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/units.h"
#include "daemon/ctl_call.h"

struct wish {
	struct ctl_where where;
	char *at, *xy;
	double speed_mps, age_s;
	int priority;
};

/* "LANE:POS" or "X,Y": one number behind the last `mark`, or two around it. */
static bool take_place(const struct wish *w, struct wire_corridor *to)
{
	const char *text = w->at ? w->at : w->xy, *mark = text ? strrchr(text, w->at ? ':' : ',') : NULL;
	char *end = NULL;
	if (!text)
		return true;
	if (!mark || mark == text || !mark[1])
		return false;
	double last = g_ascii_strtod(mark + 1, &end);
	if (*end || !isfinite(last))
		return false;
	if (w->at) {
		to->pos_m = last;
		return g_strlcpy(to->lane, text, MIN((size_t) (mark - text) + 1, sizeof(to->lane))) < WIRE_MAX_BYTES && last >= 0;
	}
	to->x_m = g_ascii_strtod(text, &end);
	to->y_m = last;
	return end == mark && isfinite(to->x_m);
}

/* Fills in what the words say; a sentence when they say nothing. */
static const char *take_words(const struct wish *w, int argc, char **argv, struct wire_corridor *to)
{
	if (!take_place(w, to))
		return "--at must be LANE:POS_M and --xy X_M,Y_M, numbers in metres";
	to->speed_mps = w->speed_mps < 0 ? UNKNOWN : w->speed_mps;
	to->age_s = w->age_s;
	if (w->priority < 0 || w->priority > 9)
		return "--priority must be from 0 to 9";
	to->priority = (uint32_t) w->priority;
	if (to->act == WIRE_CORRIDOR_AT && !w->at && !w->xy)
		return "says where the vehicle is with --at LANE:POS_M or --xy X_M,Y_M";
	if (to->act != WIRE_CORRIDOR_START)
		return argc == 3 ? NULL : "takes an id behind at and end";
	if (argc < 5)
		return "start needs an id and two edges at least";
	to->edges = g_strdupv(argv + 3);
	return NULL;
}

int ctl_corridor(int argc, char **argv)
{
	static const char *const acts[] = {"list", "start", "at", "end"};
	struct wish w = {.speed_mps = -1};
	const GOptionEntry entries[] = {CTL_WHERE(w.where),
		{"at", 'a', 0, G_OPTION_ARG_STRING, &w.at, "Where it is: a lane, and metres from its beginning", "LANE:POS_M"},
		{"xy", 0, 0, G_OPTION_ARG_STRING, &w.xy, "or a point in the network's coordinates", "X_M,Y_M"},
		{"speed", 's', 0, G_OPTION_ARG_DOUBLE, &w.speed_mps, "and how fast, m/s (default: from its places)", "M/S"},
		{"age", 0, 0, G_OPTION_ARG_DOUBLE, &w.age_s, "The place is so old, 0 to 60 s (default 0)", "SECONDS"},
		{"priority", 'p', 0, G_OPTION_ARG_INT, &w.priority, "0 goes before 1 where two cross, to 9 (default 0)", "N"}, G_OPTION_ENTRY_NULL};
	if (!ctl_options(&argc, &argv, entries, "[start ID EDGE EDGE... | at ID | end ID | list [ID]]",
			"Greens for an emergency vehicle: the queues before it are gone when it comes, normal control goes on behind it. Edges\n"
			"that are not joined are joined by the fastest way. Its place has to be told again and again; when it is older than\n"
			"control.corridor_stale_s, the greens are given back. Everything passes the guard: ambers, minimum greens and pedestrians'\n"
			"clearances are kept.", 0, 1 + WIRE_MAX_EDGES))
		return CTL_USAGE;
	uint32_t act = 0;
	while (argc > 1 && act < G_N_ELEMENTS(acts) && strcmp(argv[1], acts[act]) != 0)
		act++;
	if (act == G_N_ELEMENTS(acts) || (argc > 2 && strlen(argv[2]) >= sizeof(((struct wire_corridor *) NULL)->id))) {
		ctl_fail("corridor: %s", act == G_N_ELEMENTS(acts) ? "start, at, end or list" : "an id has at most 63 characters");
		return CTL_USAGE;
	}
	owned(wire_call) request = wire_call_new(WIRE_CALL_CORRIDOR);
	struct wire_corridor *to = wire_call_corridor(request, (enum wire_corridor_act) act, argc > 2 ? argv[2] : "");
	const char *wrong = act == WIRE_CORRIDOR_LIST ? (argc > 3 ? "list takes one id at most" : NULL) : take_words(&w, argc, argv, to);
	g_free(w.at);
	g_free(w.xy);
	if (wrong) {
		ctl_fail("corridor: %s", wrong);
		return CTL_USAGE;
	}
	return ctl_call(&w.where, request);
}

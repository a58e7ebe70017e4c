/* sumo_trips.c - see sumo_trips.h. */
#include "daemon/sumo_trips.h"

#include <string.h>

#include "core/units.h"
#include "core/xmlfile.h"

struct sums {
	struct sumo_trips *trips;
	double loss_s, depart_delay_s;
};

static bool on_element(void *user, const struct netattr *a, unsigned depth, const char *parent, GError **error)
{
	static const struct netrange time = {-1, 1e9, false, " s"}; /* SUMO's -1: not yet */
	struct sums *s = user;
	double depart_s = -1, arrival_s = -1, loss_s = 0, delay_s = 0;

	(void) parent;
	if (depth == 1 && strcmp(a->element, "tripinfos") != 0)
		return netattr_fail(a, error, "the file must begin with <tripinfos>");
	if (depth != 2 || strcmp(a->element, "tripinfo") != 0)
		return true;
	if (!netattr_number(a, "depart", &time, true, &depart_s, error) || !netattr_number(a, "arrival", &time, true, &arrival_s, error))
		return false;
	if (depart_s < 0) {
		s->trips->waiting++;
		return true;
	}
	if (!netattr_number(a, "timeLoss", &time, true, &loss_s, error) || !netattr_number(a, "departDelay", &time, true, &delay_s, error))
		return false;
	s->trips->departed++;
	s->trips->unfinished += arrival_s < 0;
	s->loss_s += loss_s;
	s->depart_delay_s += delay_s;
	return true;
}

bool sumo_trips_read(const char *path, struct sumo_trips *trips, GError **error)
{
	static const struct xmlfile_handler handler = {.on_start = on_element};
	struct sums sums = {.trips = trips};

	*trips = (struct sumo_trips){.loss_s = UNKNOWN, .depart_delay_s = UNKNOWN};
	if (!xmlfile_read(path, &handler, &sums, error))
		return false;
	if (trips->departed > 0) {
		trips->loss_s = sums.loss_s / (double) trips->departed;
		trips->depart_delay_s = sums.depart_delay_s / (double) trips->departed;
	}
	return true;
}

/* steer_ears.c - see steer_ears.h. */
#include "tests/daemon/steer_ears.h"

static void on_up(void *user, const struct controller_identity *who)
{
	struct steer_ears *e = user;

	steer_up(e->steer, who->can, *e->now_s);
}

static void on_down(void *user, const char *why)
{
	struct steer_ears *e = user;

	(void) why;
	steer_down(e->steer);
}

static void on_status(void *user, const struct controller_status *status, uint32_t n)
{
	struct steer_ears *e = user;

	(void) n;
	steer_status(e->steer, status, *e->now_s);
}

static void on_timing(void *user, const struct controller_timing *timing)
{
	struct steer_ears *e = user;

	steer_timing(e->steer, timing);
}

static void on_reply(void *user, const struct controller_reply *reply)
{
	struct steer_ears *e = user;

	steer_reply(e->steer, reply, *e->now_s);
}

const struct controller_events steer_ears_events = {.up = on_up, .down = on_down, .status = on_status, .timing = on_timing, .reply = on_reply};

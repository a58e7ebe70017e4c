/* beat.c - see beat.h. */
#include "daemon/beat.h"

#include "core/units.h"

static gboolean on_tick(gpointer user)
{
	struct beat *b = user;

	b->on_tick(b->user);
	return G_SOURCE_CONTINUE;
}

static gboolean on_wake(gpointer user)
{
	struct beat *b = user;

	b->wake = 0;
	b->on_wake(b->user);
	return G_SOURCE_REMOVE;
}

void beat_start(struct beat *b, uint32_t every_ms, void (*tick)(void *user), void (*wake)(void *user), void *user)
{
	*b = (struct beat){.on_tick = tick, .on_wake = wake, .user = user};
	b->tick = g_timeout_add(every_ms, on_tick, b);
}

void beat_stop(struct beat *b)
{
	if (b->tick != 0)
		g_source_remove(b->tick);
	if (b->wake != 0)
		g_source_remove(b->wake);
	*b = (struct beat){0};
}

void beat_wake(struct beat *b)
{
	if (b->wake == 0)
		b->wake = g_idle_add_full(G_PRIORITY_DEFAULT, on_wake, b, NULL);
}

double beat_now_s(void *user)
{
	(void) user;
	return us_to_s(g_get_monotonic_time());
}

int64_t beat_utc_us(void *user)
{
	(void) user;
	return g_get_real_time();
}

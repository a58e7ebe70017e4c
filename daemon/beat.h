/* beat.h - what a driver with a wire of its own needs of the main loop: a tick some times a second, a wake soon, the real clocks.
 *
 * Lives inside the driver's controller. What is done on a tick or a wake is the driver's; nothing is called from inside a call here.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

struct beat { /* {0}: stopped */
	void (*on_tick)(void *user);
	void (*on_wake)(void *user);
	void *user;
	guint tick, wake; /* sources; 0 none */
};

void beat_start(struct beat *b, uint32_t every_ms, void (*on_tick)(void *user), void (*on_wake)(void *user), void *user);
void beat_stop(struct beat *b); /* nothing comes any more; one that was never started is fine */
void beat_wake(struct beat *b); /* one on_wake as soon as the main loop has a turn, however often it is asked for */

/* For setups that take a clock; `user` is not looked at. */
double beat_now_s(void *user);	  /* never goes back */
int64_t beat_utc_us(void *user);

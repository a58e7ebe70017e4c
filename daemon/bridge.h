/* bridge.h - contract 2: the brain in lockstep with a world that owns the clock (a simulator, ours or a stranger's).
 *
 * One request, one reply, JSON: hello/welcome, step/act, bye/bye; whatever does not fit gets an error that names it, and
 * nothing of it is applied. Each hello is a new session that knows nothing of the last. bridge_answer needs no socket, so
 * that it can be tested and fuzzed; bridge_run serves it.
 */
#pragma once

#include <signal.h>

#include "daemon/bus.h"
#include "daemon/config.h"
#include "daemon/pilot.h"
#include "daemon/wire.h"

struct bridge;

/* Network and configuration are shared and must outlive it. NULL with a sentence when the network has no signal. Signals that
 * cannot be guarded are named in the log; they show their own program. */
struct bridge *bridge_new(const struct network *net, const struct config *config, GError **error);
void bridge_free(struct bridge *b); /* NULL is fine */
OWNED(bridge)

/* The reply to one request, never NULL; owned by the caller. */
char *bridge_answer(struct bridge *b, const char *request, size_t length);

/* The same for a world in this program, without JSON: hello, and step, which gives what each signal of the network must show
 * (owned by the caller). The step must be as good as one that wire_call_read gives. */
bool bridge_begin(struct bridge *b, double step_s, GError **error);
struct wire_call *bridge_act(struct bridge *b, const struct wire_call *step);
const struct pilot *bridge_pilot(const struct bridge *b); /* of the session; NULL before it begins */

struct bridge_counts {
	uint64_t sessions, steps, refused;
};
struct bridge_counts bridge_counts(const struct bridge *b);

/* Binds the endpoint and answers until `*stop` is set (it is looked at at least four times a second). False with a sentence
 * when the endpoint cannot be had. */
bool bridge_run(struct bridge *b, const char *endpoint, const volatile sig_atomic_t *stop, GError **error);

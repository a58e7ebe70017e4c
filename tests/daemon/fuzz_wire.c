/* fuzz_wire.c - whatever bytes come, a reader refuses them with a sentence or gives a message that can be written and read again.
 *
 * The first byte picks the reader.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/wire.h"
#include "tests/daemon/fuzz_net.h"

/* A refusal always has its sentence, fit for a terminal. */
static bool taken(bool ok, GError **error)
{
	g_assert_true(ok == (*error == NULL));
	if (*error) {
		g_assert_true(g_utf8_validate((*error)->message, -1, NULL));
		for (const char *c = (*error)->message; *c; c++)
			g_assert_true((unsigned char) *c >= ' ');
		g_clear_error(error);
	}
	return ok;
}

static void try_estimate(const char *text, size_t size, GError **error)
{
	owned(wire_estimate) blind = wire_estimate_read(text, size, NULL, error);
	taken(blind != NULL, error);
	owned(wire_estimate) m = wire_estimate_read(text, size, net, error);
	if (!taken(m != NULL, error))
		return;
	g_autofree char *again = wire_estimate_write(&m->head, m->camera, net, m->lanes, m->n_lanes);
	owned(wire_estimate) second = wire_estimate_read(again, strlen(again), net, error);
	g_assert_true(taken(second != NULL, error));
}

static void try_forecast(const char *text, size_t size, GError **error)
{
	owned(wire_forecast) m = wire_forecast_read(text, size, error);
	if (!taken(m != NULL, error))
		return;
	g_autofree char *again = wire_forecast_write(m);
	owned(wire_forecast) second = wire_forecast_read(again, strlen(again), error);
	g_assert_true(taken(second != NULL, error));
}

static void try_health(const char *text, size_t size, GError **error)
{
	owned(wire_health) m = wire_health_read(text, size, error);
	if (!taken(m != NULL, error))
		return;
	g_autofree char *again = wire_health_write(m);
	owned(wire_health) second = wire_health_read(again, strlen(again), error);
	g_assert_true(taken(second != NULL, error));
}

#define TRY_PLAIN(kind)                                                                \
	static void try_##kind(const char *text, size_t size, GError **error)              \
	{                                                                                  \
		struct wire_##kind m, second;                                                  \
		if (!taken(wire_##kind##_read(text, size, &m, error), error))                  \
			return;                                                                    \
		g_autofree char *again = wire_##kind##_write(&m);                              \
		bool ok = wire_##kind##_read(again, strlen(again), &second, error);            \
		g_assert_true(taken(ok, error));                                               \
	}

TRY_PLAIN(plan)
TRY_PLAIN(signal)
TRY_PLAIN(alert)

static void try_call(enum wire_line line, const char *text, size_t size, GError **error)
{
	owned(wire_call) m = wire_call_read(line, text, size, net, error);
	if (!taken(m != NULL, error))
		return;
	g_autofree char *again = wire_call_write(line, m, net);
	owned(wire_call) second = wire_call_read(line, again, strlen(again), net, error);
	g_assert_true(taken(second != NULL, error));
	g_assert_cmpuint(second->n_lights, <=, m->n_lights);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	GError *error = NULL;
	const char *text = (const char *) data + 1;
	size--;
	struct wire_head head;
	taken(wire_head_read(text, size, &head, &error), &error);
	switch (data[0]) {
	case 'e':
		try_estimate(text, size, &error);
		break;
	case 'f':
		try_forecast(text, size, &error);
		break;
	case 'p':
		try_plan(text, size, &error);
		break;
	case 's':
		try_signal(text, size, &error);
		break;
	case 'a':
		try_alert(text, size, &error);
		break;
	case 'h':
		try_health(text, size, &error);
		break;
	case 'b':
		try_call(WIRE_BRIDGE, text, size, &error);
		break;
	case 'c':
		try_call(WIRE_CABINET, text, size, &error);
		break;
	default:
		try_call(WIRE_OPERATOR, text, size, &error);
	}
	return 0;
}

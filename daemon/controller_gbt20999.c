/* controller_gbt20999.c - GB/T 20999-2017 controllers: one line each, by TCP, UDP or serial. What is said on it is gbt_unit's. */
#include "daemon/beat.h"
#include "daemon/controllers.h"
#include "daemon/gbt_link.h"
#include "daemon/gbt_unit.h"
#include "daemon/gbt_words.h"

#define TICK_MS 100

struct controller {
	struct gbt_unit *unit;
	struct gbt_link *link;
	struct beat beat;
};

static const struct controller_option options[] = {
	{.key = "backup_s", .type = CONTROLLER_NUMBER, .min = 5, .max = 3600, .unit = "s", .driving = true,
		.means = "After so long without us the controller goes back to its own plan, as it is set in the controller. The standard has no item for it, so "
			 "it cannot be read: it must be looked up there, and it must not be off."},
	{.key = "device", .type = CONTROLLER_TEXT, .fallback = "",
		.means = "The controller's device number (1.3). Another one at the address is left alone and reported."},
	{.key = "host", .type = CONTROLLER_WHOLE, .min = 0, .max = 255, .fallback = "5", .means = "Our number as its host."},
	{.key = "controller", .type = CONTROLLER_WHOLE, .min = 0, .max = 4294967295.0, .fallback = "0", .means = "Its number in the frames."},
	{.key = "junction", .type = CONTROLLER_WHOLE, .min = 1, .max = 255, .fallback = "1", .means = "The number of the crossing, of those that it controls."},
	{.key = "mode", .type = CONTROLLER_CHOICE, .choices = "adaptive optimised coordinated", .fallback = "adaptive",
		.means = "The mode in which it runs our plans: centre adaptive (0x14), optimised (0x12) or coordinated (0x13)."},
	{.key = "answer_s", .type = CONTROLLER_NUMBER, .min = 0.2, .max = 20, .unit = "s", .fallback = "2",
		.means = "An item is asked for again after so long, three times in all. More for slow serial lines."},
	{.key = "zone_h", .type = CONTROLLER_NUMBER, .min = -12, .max = 14, .unit = "h", .fallback = "",
		.means = "Its local clock is ahead of UTC by that. Left out: its clock is not looked at, and a wrong one is not noticed."},
	{.key = "baud", .type = CONTROLLER_WHOLE, .min = 1200, .max = 115200, .unit = "1/s", .fallback = "9600", .means = "Speed of a serial line."},
	{.key = NULL},
};

static void on_line(void *user, bool open, const char *why)
{
	struct controller *c = user;

	gbt_unit_line(c->unit, open, why);
}

static void on_bytes(void *user, const uint8_t *bytes, size_t size)
{
	struct controller *c = user;
	struct controller_health health;

	gbt_unit_take(c->unit, bytes, size);
	gbt_unit_health(c->unit, &health);
	if (health.up)
		gbt_link_good(c->link);
}

static const struct gbt_link_events link_events = {.line = on_line, .bytes = on_bytes};

static void on_send(void *user, const uint8_t *bytes, size_t size)
{
	struct controller *c = user;

	gbt_link_send(c->link, bytes, size);
}

static void on_drop(void *user, double pause_s)
{
	struct controller *c = user;

	gbt_link_drop(c->link, pause_s);
}

static void on_wake(void *user)
{
	struct controller *c = user;

	gbt_unit_flush(c->unit);
}

static void on_tick(void *user)
{
	struct controller *c = user;

	gbt_unit_tick(c->unit);
}

static void wake(void *user)
{
	struct controller *c = user;

	beat_wake(&c->beat);
}

static uint8_t mode_of(const char *name)
{
	if (g_str_equal(name, "optimised"))
		return GBT_CENTRE_OPTIMISED;
	return g_str_equal(name, "coordinated") ? GBT_CENTRE_COORDINATED : GBT_CENTRE_ADAPTIVE;
}

static void gbt_close(struct controller *c)
{
	if (c == NULL)
		return;
	beat_stop(&c->beat);
	gbt_link_free(c->link);
	gbt_unit_free(c->unit);
	g_free(c);
}

static struct controller *gbt_open(const struct controller_setup *setup, GError **error)
{
	const struct controller_options *o = setup->options;
	struct controller *c = g_new0(struct controller, 1);

	beat_start(&c->beat, TICK_MS, on_tick, on_wake, c);
	c->link = gbt_link_new(setup->address, (uint32_t) controller_number(o, "baud"), &link_events, c, error);
	if (c->link == NULL) {
		gbt_close(c);
		return NULL;
	}
	c->unit = gbt_unit_new(&(struct gbt_unit_setup){
		.host = (uint8_t) controller_number(o, "host"), .controller = (uint32_t) controller_number(o, "controller"),
		.junction = (uint8_t) controller_number(o, "junction"), .escape = gbt_link_stream(c->link), .answer_s = controller_number(o, "answer_s"),
		.device = controller_text(o, "device"), .backup_s = controller_number(o, "backup_s"), .zone_s = 3600 * controller_number(o, "zone_h"),
		.mode = mode_of(controller_text(o, "mode")), .signal = setup->signals[0], .n_links = setup->net->signals[setup->signals[0]].n_links,
		.map = setup->maps != NULL ? setup->maps[0] : NULL, .probe = setup->probe, .events = setup->events, .events_user = setup->user, .user = c,
		.send = on_send, .drop = on_drop, .wake = wake, .now_s = beat_now_s, .utc_us = beat_utc_us});
	return c;
}

static void gbt_release(struct controller *c, const uint32_t *signals, uint32_t n)
{
	(void) signals;
	if (n > 0)
		gbt_unit_release(c->unit);
}

static void gbt_poll(struct controller *c)
{
	gbt_unit_poll(c->unit);
}

static bool gbt_idle(const struct controller *c)
{
	return gbt_unit_idle(c->unit);
}

static void gbt_health(const struct controller *c, struct controller_health *health)
{
	gbt_unit_health(c->unit, health);
}

static void gbt_write(struct controller *c, const struct controller_pattern *pattern)
{
	gbt_unit_write(c->unit, pattern);
}

static void gbt_select(struct controller *c, uint32_t signal, uint32_t row)
{
	(void) signal;
	gbt_unit_select(c->unit, row);
}

static void gbt_call(struct controller *c, const struct controller_call *calls, uint32_t n)
{
	if (n > 0 && calls[n - 1].stage != 0)
		gbt_unit_call(c->unit, calls[n - 1].stage);
}

const struct controller_driver controller_gbt20999 = {
	.name = "gbt20999",
	.what = "GB/T 20999-2017 controllers, by TCP, UDP or serial line",
	.can = CONTROLLER_PATTERNS | CONTROLLER_HOLDS | CONTROLLER_SELECTS | CONTROLLER_REPORTS | CONTROLLER_STREET | CONTROLLER_BACKUP | CONTROLLER_TIMING,
	.needs_address = true,
	.shares_address = true,
	.needs_map = true,
	.options = options,
	.address_check = gbt_link_check,
	.open = gbt_open,
	.close = gbt_close,
	.release = gbt_release,
	.poll = gbt_poll,
	.idle = gbt_idle,
	.health = gbt_health,
	.write = gbt_write,
	.select = gbt_select,
	.call = gbt_call,
};

/* controller_rsmp.c - RSMP 3.2 sites: traffic light controllers that connect to us. What is said is rsmp_session's. */
#include <string.h>

#include "daemon/beat.h"
#include "daemon/controllers.h"
#include "daemon/rsmp_port.h"

#define TICK_MS 200

struct controller {
	struct rsmp_session *session;
	struct rsmp_port *port;
	struct beat beat;
};

static const struct controller_option options[] = {
	{.key = "site", .type = CONTROLLER_TEXT, .means = "The site's id, as its Version message says it."},
	{.key = "code", .type = CONTROLLER_SECRET, .driving = true, .means = "Security code of level 2."},
	{.key = "component", .type = CONTROLLER_TEXT, .fallback = "", .means = "Id of the component that has the signals. Left out: the one that the site's aggregated status names."},
	{.key = "group", .type = CONTROLLER_TEXT, .fallback = "",
		.means = "Ids of signal group components, with `%` for the number of three digits, such as `KK+AG9998=001SG%`. Left out: no priority requests."},
	{.key = "read_back", .type = CONTROLLER_CHOICE, .choices = "yes no", .fallback = "yes",
		.means = "Cycle, offset and bands are read back before they count as written. `no` only for sites whose S0023, S0024 or S0028 tell something else."},
	{.key = "changes", .type = CONTROLLER_CHOICE, .choices = "all bands", .fallback = "all",
		.means = "`bands`: cycles and offsets are left as they are, only dynamic bands are changed."},
	{.key = "bands_min", .type = CONTROLLER_WHOLE, .min = 0, .max = 65535, .unit = "min", .fallback = "2",
		.means = "The site forgets its bands when they are not renewed for so long (M0023). 0: it is not told so."},
	{.key = "ack_s", .type = CONTROLLER_NUMBER, .min = 1, .max = 120, .unit = "s", .fallback = "30", .means = "A message that is not acknowledged for so long ends the connection."},
	{.key = "watchdog_s", .type = CONTROLLER_NUMBER, .min = 5, .max = 600, .unit = "s", .fallback = "60",
		.means = "Watchdogs go out and are expected so often. Nothing heard for twice that ends the connection."},
	{.key = "backup_s", .type = CONTROLLER_NUMBER, .min = 10, .max = 3600, .unit = "s", .driving = true,
		.means = "The site returns to its own plan after so long without us, as it is set there. RSMP has no status for it, so it cannot be read: it must be looked up there, and it must not be off. What is in force is said again each third of it."},
	{.key = NULL},
};

static bool site_options_check(const struct controller_options *o, const struct cabinet_map *map, GError **error)
{
	const char *group = controller_text(o, "group"), *mark = group != NULL ? strchr(group, '%') : NULL;

	(void) map;
	if (group != NULL && *group != '\0' && (mark == NULL || strchr(mark + 1, '%') != NULL))
		return controller_wrong(error, "option group is \"%s\", must have one %% where the group's number stands, such as KK+AG9998=001SG%%", group);
	return true;
}

static void on_send(void *user, const char *text, size_t size)
{
	struct controller *c = user;

	rsmp_port_send(c->port, c->session, text, size);
}

static void on_drop(void *user, double pause_s)
{
	struct controller *c = user;

	rsmp_port_drop(c->port, c->session, pause_s);
}

static void on_wake(void *user)
{
	struct controller *c = user;

	rsmp_session_flush(c->session);
}

static void on_tick(void *user)
{
	struct controller *c = user;

	rsmp_session_tick(c->session);
}

static void wake(void *user)
{
	struct controller *c = user;

	beat_wake(&c->beat);
}

static void site_close(struct controller *c)
{
	if (c == NULL)
		return;
	beat_stop(&c->beat);
	if (c->port != NULL)
		rsmp_port_leave(c->port, c->session);
	rsmp_session_free(c->session);
	g_free(c);
}

static struct controller *site_open(const struct controller_setup *setup, GError **error)
{
	const struct controller_options *o = setup->options;
	struct controller *c = g_new0(struct controller, 1);

	beat_start(&c->beat, TICK_MS, on_tick, on_wake, c);
	c->session = rsmp_session_new(&(struct rsmp_session_setup){
		.site = controller_text(o, "site"), .code = controller_text(o, "code"), .component = controller_text(o, "component"),
		.group = controller_text(o, "group"), .ack_s = controller_number(o, "ack_s"), .watchdog_s = controller_number(o, "watchdog_s"),
		.backup_s = controller_number(o, "backup_s"), .bands_min = (uint32_t) controller_number(o, "bands_min"),
		.bands_only = g_str_equal(controller_text(o, "changes"), "bands"), .read_back = g_str_equal(controller_text(o, "read_back"), "yes"), .signal = setup->signals[0], .map = setup->maps != NULL ? setup->maps[0] : NULL,
		.probe = setup->probe, .events = setup->events, .events_user = setup->user, .user = c, .send = on_send, .drop = on_drop, .wake = wake,
		.now_s = beat_now_s, .utc_us = beat_utc_us});
	c->port = rsmp_port_join(setup->address, c->session, controller_text(o, "site"), error);
	if (c->port == NULL) {
		site_close(c);
		return NULL;
	}
	return c;
}

static void site_release(struct controller *c, const uint32_t *signals, uint32_t n)
{
	(void) signals;
	if (n > 0)
		rsmp_session_release(c->session);
}

static void site_poll(struct controller *c)
{
	rsmp_session_poll(c->session);
}

static bool site_idle(const struct controller *c)
{
	return rsmp_session_idle(c->session);
}

static void site_health(const struct controller *c, struct controller_health *health)
{
	rsmp_session_health(c->session, health);
}

static void site_write(struct controller *c, const struct controller_pattern *pattern)
{
	rsmp_session_write(c->session, pattern);
}

static void site_select(struct controller *c, uint32_t signal, uint32_t row)
{
	(void) signal;
	rsmp_session_select(c->session, row);
}

static void site_priority(struct controller *c, const struct controller_priority *priority)
{
	rsmp_session_priority(c->session, priority);
}

const struct controller_driver controller_rsmp = {
	.name = "rsmp",
	.what = "RSMP 3.2 sites (SXL TLC), which connect to us",
	.can = CONTROLLER_SELECTS | CONTROLLER_CYCLES | CONTROLLER_OFFSETS | CONTROLLER_BANDS | CONTROLLER_PRIORITY | CONTROLLER_REPORTS |
		CONTROLLER_STREET | CONTROLLER_BACKUP,
	.needs_address = true,
	.shares_address = true,
	.needs_map = true,
	.options = options,
	.address_check = rsmp_port_check,
	.options_check = site_options_check,
	.open = site_open,
	.close = site_close,
	.release = site_release,
	.poll = site_poll,
	.idle = site_idle,
	.health = site_health,
	.write = site_write,
	.select = site_select,
	.priority = site_priority,
};

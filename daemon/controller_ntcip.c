/* controller_ntcip.c - NTCIP 1202 v02 controller units over SNMP: one line a unit, its keys, its clock. What is said to it is
 * ntcip_unit.c's.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/beat.h"
#include "daemon/controllers.h"
#include "daemon/ntcip_snmp.h"
#include "daemon/ntcip_unit.h"

#define PASSWORD_LEAST 8 /* characters; RFC 3414 */

struct controller {
	struct ntcip_unit *unit;
};

/* All units of the process share one descriptor and the count of what is under way. */
static struct ntcip_exchange *exchange;
static uint32_t exchange_users;

static const struct controller_option options[] = {
	{.key = "version",
		.type = CONTROLLER_CHOICE,
		.choices = "1 2c 3",
		.fallback = "1",
		.means = "Of SNMP. Most units in streets speak 1; 3 is the one that cannot be overheard or forged."},
	{.key = "read_community", .type = CONTROLLER_SECRET, .fallback = "public", .means = "To read with, versions 1 and 2c."},
	{.key = "write_community", .type = CONTROLLER_SECRET, .fallback = "administrator", .means = "To command with, versions 1 and 2c."},
	{.key = "user", .type = CONTROLLER_TEXT, .fallback = "", .means = "Version 3: the user's name."},
	{.key = "auth_password",
		.type = CONTROLLER_SECRET,
		.fallback = "",
		.means = "Version 3: to sign with (SHA-1), 8 characters or more. Left out: not signed."},
	{.key = "priv_password",
		.type = CONTROLLER_SECRET,
		.fallback = "",
		.means = "Version 3: to encrypt with (AES-128), 8 characters or more. Left out: not encrypted."},
	{.key = "timeout_s",
		.type = CONTROLLER_NUMBER,
		.min = 0.1,
		.max = 10,
		.unit = "s",
		.fallback = "1",
		.means = "Without an answer for so long, it is asked again."},
	{.key = "vars",
		.type = CONTROLLER_WHOLE,
		.min = 1,
		.max = 64,
		.fallback = "24",
		.means = "Objects in one datagram. 16 where units take 484 bytes only."},
	{.key = "expect",
		.type = CONTROLLER_TEXT,
		.fallback = "",
		.means = "Part of what it calls itself (sysDescr, make, model or version). Another unit at the address is left alone."},
	{.key = "sequence",
		.type = CONTROLLER_WHOLE,
		.min = 1,
		.max = 255,
		.fallback = "1",
		.means = "The row of its sequenceTable that plans are made for."},
	{.key = "split_mode",
		.type = CONTROLLER_CHOICE,
		.choices = "max-recall min-recall none",
		.fallback = "max-recall",
		.means = "Of the phases in patterns. `max-recall`: each runs its split, whoever waits; the others leave shares to the unit's own "
				 "detectors."},
	{.key = "transactions",
		.type = CONTROLLER_CHOICE,
		.choices = "no yes",
		.fallback = "no",
		.means = "`yes`: patterns are written in a database transaction, for units that take them in no other way."},
	{.key = "clock",
		.type = CONTROLLER_CHOICE,
		.choices = "required ignored",
		.fallback = "required",
		.means = "`required`: no pattern is selected while its clock is off by more than 1 s. `ignored`: for units that stand alone."},
	{.key = "zone_s",
		.type = CONTROLLER_NUMBER,
		.min = -43200,
		.max = 50400,
		.unit = "s",
		.fallback = "0",
		.means =
			"How far its local time is ahead of UTC, where it does not tell (controllerLocalTime). Its cycles count from its midnight."},
	{.key = "zero",
		.type = CONTROLLER_CHOICE,
		.choices = "green yellow",
		.fallback = "green",
		.means = "Its local zero: the beginning of the coordinated phase's green, or of its yellow."},
	{.key = "preempts",
		.type = CONTROLLER_TEXT,
		.fallback = "",
		.means = "Pre-emption inputs that serve emergency vehicles, phase:input, such as `2:1 6:1 4:2`. Left out: none is ever asked for."},
	{.key = NULL},
};

static const char *text(const struct controller_options *o, const char *key)
{
	const char *value = controller_text(o, key);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* "192.0.2.10", "192.0.2.10:501", "[2001:db8::1]:161", "2001:db8::1" */
static bool read_address(const char *address, char **host, uint16_t *port, GError **error)
{
	const char *colon = strrchr(address, ':'), *close = strchr(address, ']');
	bool v6 = address[0] == '[', plain_v6 = !v6 && colon != NULL && strchr(address, ':') != colon;
	g_autofree char *name = NULL;
	guint64 number = 161;

	if (v6 && close != NULL)
		name = g_strndup(address + 1, (gsize) (close - address - 1));
	else
		name = g_strndup(address, plain_v6 || colon == NULL ? strlen(address) : (gsize) (colon - address));
	bool has_port = v6 ? close != NULL && close[1] == ':' : colon != NULL && !plain_v6;
	if ((has_port && !g_ascii_string_to_unsigned(colon + 1, 10, 1, 65535, &number, NULL)) || !g_hostname_is_ip_address(name)) {
		g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_ADDRESS,
			"address \"%s\" is no IP address with a UDP port of 1 to 65535 behind it, such as 192.0.2.10:161; names are not looked up",
			address);
		return false;
	}
	if (host != NULL) {
		*host = g_steal_pointer(&name);
		*port = (uint16_t) number;
	}
	return true;
}

static bool ntcip_address_check(const char *address, GError **error)
{
	return read_address(address, NULL, NULL, error);
}

static bool read_preempts(const char *list, uint8_t *preempts, GError **error)
{
	g_auto(GStrv) words = g_strsplit(list != NULL ? list : "", " ", -1);

	for (char **w = words; *w != NULL; w++) {
		unsigned phase = 0, input = 0;
		char rest;
		if (**w == '\0')
			continue;
		if (sscanf(*w, "%u:%u%c", &phase, &input, &rest) != 2 || phase < 1 || phase > NTCIP_PHASES || input < 1 || input > 32) {
			g_set_error(error, CONTROLLER_ERROR, CONTROLLER_ERROR_OPTION,
				"option preempts has \"%s\", must be phase:input with 1 to %d and 1 to 32", *w, NTCIP_PHASES);
			return false;
		}
		preempts[phase] = (uint8_t) input;
	}
	return true;
}

static bool ntcip_options_check(const struct controller_options *o, const struct cabinet_map *map, GError **error)
{
	static const char *const passwords[] = {"auth_password", "priv_password"};
	uint8_t preempts[NTCIP_PHASES + 1] = {0};
	bool v3 = strcmp(controller_text(o, "version"), "3") == 0;

	if (v3 && text(o, "user") == NULL)
		return controller_wrong(error, "version 3 needs option user");
	if (v3 && text(o, "priv_password") != NULL && text(o, "auth_password") == NULL)
		return controller_wrong(error, "what is encrypted must be signed: option auth_password is missing");
	for (size_t i = 0; v3 && i < G_N_ELEMENTS(passwords); i++)
		if (text(o, passwords[i]) != NULL && strlen(text(o, passwords[i])) < PASSWORD_LEAST)
			return controller_wrong(error, "option %s has %zu characters, must have %d or more", passwords[i], strlen(text(o, passwords[i])),
				PASSWORD_LEAST);
	if (map != NULL && map->all >> NTCIP_PHASES != 0)
		return controller_wrong(error, "phases has phase %d, must be from 1 to %d", 64 - __builtin_clzll(map->all), NTCIP_PHASES);
	return read_preempts(text(o, "preempts"), preempts, error);
}

static double on_wall_s(void *time)
{
	(void) time;
	return (double) g_get_real_time() * 1e-6;
}

static void leave_exchange(void)
{
	if (--exchange_users > 0)
		return;
	ntcip_exchange_free(exchange);
	exchange = NULL;
}

static struct ntcip_link *open_link(const struct controller_setup *setup, GError **error)
{
	const char *version = controller_text(setup->options, "version");
	struct ntcip_access a = {.version = version[0] == '1' ? NTCIP_V1
			: version[0] == '2'                           ? NTCIP_V2C
														  : NTCIP_V3,
		.read_community = (char *) controller_text(setup->options, "read_community"),
		.write_community = (char *) controller_text(setup->options, "write_community"),
		.user = (char *) text(setup->options, "user"),
		.auth_password = (char *) text(setup->options, "auth_password"),
		.priv_password = (char *) text(setup->options, "priv_password"),
		.timeout_s = controller_number(setup->options, "timeout_s")};
	g_autofree char *host = NULL;

	if (!read_address(setup->address, &host, &a.port, error))
		return NULL;
	a.host = host;
	return ntcip_snmp_link(exchange, &a, error);
}

static struct controller *ntcip_open(const struct controller_setup *setup, GError **error)
{
	const char *mode = controller_text(setup->options, "split_mode");
	struct ntcip_unit_setup u = {.signal = setup->signals[0],
		.junction = setup->junctions != NULL ? setup->junctions[0] : NULL,
		.map = setup->maps != NULL ? setup->maps[0] : NULL,
		.events = setup->events,
		.user = setup->user,
		.clock_s = beat_now_s,
		.wall_s = on_wall_s,
		.vars_most = (uint32_t) controller_number(setup->options, "vars"),
		.sequence = (uint32_t) controller_number(setup->options, "sequence"),
		.split_mode = strcmp(mode, "max-recall") == 0 ? 4
			: strcmp(mode, "min-recall") == 0         ? 3
													  : 2,
		.transactions = strcmp(controller_text(setup->options, "transactions"), "yes") == 0,
		.zone_s = controller_number(setup->options, "zone_s"),
		.zero_yellow = strcmp(controller_text(setup->options, "zero"), "yellow") == 0,
		.any_clock = strcmp(controller_text(setup->options, "clock"), "ignored") == 0,
		.probe = setup->probe,
		.expect = (char *) text(setup->options, "expect")};

	if (setup->n_signals != 1) {
		g_set_error(
			error, CONTROLLER_ERROR, CONTROLLER_ERROR_OPTION, "ntcip: one controller unit drives one signal, not %u", setup->n_signals);
		return NULL;
	}
	if (!ntcip_options_check(setup->options, u.map, error))
		return NULL;
	read_preempts(text(setup->options, "preempts"), u.preempts, NULL);
	if (exchange_users++ == 0)
		exchange = ntcip_exchange_new();
	u.link = open_link(setup, error);
	if (u.link == NULL) {
		leave_exchange();
		return NULL;
	}
	struct controller *c = g_new0(struct controller, 1);
	c->unit = ntcip_unit_new(&u);
	ntcip_unit_poll(c->unit); /* asks who is there */
	return c;
}

static void ntcip_close(struct controller *c)
{
	if (c == NULL)
		return;
	ntcip_unit_free(c->unit);
	leave_exchange();
	g_free(c);
}

static void ntcip_release(struct controller *c, const uint32_t *signals, uint32_t n)
{
	(void) signals;
	if (n > 0)
		ntcip_unit_release(c->unit);
}

static void ntcip_poll(struct controller *c)
{
	ntcip_unit_poll(c->unit);
}

static bool ntcip_idle(const struct controller *c)
{
	return ntcip_unit_idle(c->unit);
}

static void ntcip_health(const struct controller *c, struct controller_health *health)
{
	ntcip_unit_health(c->unit, health);
}

static void ntcip_write(struct controller *c, const struct controller_pattern *pattern)
{
	ntcip_unit_write(c->unit, pattern);
}

static void ntcip_select(struct controller *c, uint32_t signal, uint32_t row)
{
	(void) signal;
	ntcip_unit_select(c->unit, row);
}

static void ntcip_call(struct controller *c, const struct controller_call *calls, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		ntcip_unit_call(c->unit, &calls[i]);
}

static void ntcip_priority(struct controller *c, const struct controller_priority *priority)
{
	ntcip_unit_priority(c->unit, priority);
}

const struct controller_driver controller_ntcip = {
	.name = "ntcip",
	.what = "NTCIP 1202 controller units over SNMP",
	.can = CONTROLLER_HOLDS | CONTROLLER_PATTERNS | CONTROLLER_SELECTS | CONTROLLER_PRIORITY | CONTROLLER_REPORTS | CONTROLLER_STREET |
		CONTROLLER_BACKUP | CONTROLLER_TIMING,
	.needs_address = true,
	.needs_map = true,
	.options = options,
	.address_check = ntcip_address_check,
	.options_check = ntcip_options_check,
	.open = ntcip_open,
	.close = ntcip_close,
	.release = ntcip_release,
	.poll = ntcip_poll,
	.idle = ntcip_idle,
	.health = ntcip_health,
	.write = ntcip_write,
	.select = ntcip_select,
	.call = ntcip_call,
	.priority = ntcip_priority,
};

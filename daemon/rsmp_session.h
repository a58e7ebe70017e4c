/* rsmp_session.h - one RSMP site (a traffic light controller, SXL TLC) as its supervisor sees it.
 *
 * Speaks the contract of controller.h on one side and messages on the other; the connection, the time and the main loop belong to
 * whoever made it. The site connects to us; here its messages come in order: Version, Watchdog, AggregatedStatus, then what was
 * subscribed to. There is no command that gives a site stages: what can be changed of a stored plan is its cycle, its offset and its
 * dynamic bands, and which plan runs. A change that is refused halfway is taken back. Commands only put down what is to be done.
 * The security code goes to the site and nowhere else.
 */
#pragma once

#include "daemon/controller.h"
#include "daemon/rsmp_message.h"

struct rsmp_session_setup {
	const char *site;      /* the id that it must have */
	const char *code;      /* security code of level 2 */
	const char *component; /* NULL: the one that its AggregatedStatus names */
	const char *group;     /* of signal group components, with % for the number of three digits; NULL: no priority requests */
	double ack_s, watchdog_s, backup_s;
	uint32_t bands_min; /* bands fall back when not renewed for so long, min; 0 = they do not */
	bool bands_only;    /* cycles and offsets are left as they are */
	bool read_back;	    /* cycle, offset and bands are read back (S0028, S0024, S0023) */
	uint32_t signal;
	const struct cabinet_map *map; /* NULL: groups are told, letters are not */
	bool probe;

	const struct controller_events *events;
	void *events_user;
	void *user;
	void (*send)(void *user, const char *text, size_t size); /* with its end byte; must not answer from inside */
	void (*drop)(void *user, double pause_s); /* close; refuse the site for so long */
	void (*wake)(void *user);
	double (*now_s)(void *user);
	int64_t (*utc_us)(void *user);
};

struct rsmp_session;

struct rsmp_session *rsmp_session_new(const struct rsmp_session_setup *setup);
void rsmp_session_free(struct rsmp_session *s); /* NULL is fine */
OWNED(rsmp_session)

/* A connection whose first message was this Version; or it is gone. */
void rsmp_session_open(struct rsmp_session *s, const struct rsmp_message *version);
void rsmp_session_closed(struct rsmp_session *s, const char *why);
void rsmp_session_take(struct rsmp_session *s, const char *text, size_t size); /* one message without its end byte */
void rsmp_session_tick(struct rsmp_session *s);
void rsmp_session_flush(struct rsmp_session *s);

/* Somebody connected in its place whose id is another one. */
void rsmp_session_stranger(struct rsmp_session *s, const char *site);
/* Somebody connected, or does so no more, who has nothing to do with this site. */
void rsmp_session_unexpected(struct rsmp_session *s, const char *who, bool active, const char *sentence);

/* The contract's commands. */
void rsmp_session_poll(struct rsmp_session *s);
void rsmp_session_write(struct rsmp_session *s, const struct controller_pattern *pattern);
void rsmp_session_select(struct rsmp_session *s, uint32_t row);
void rsmp_session_priority(struct rsmp_session *s, const struct controller_priority *priority);
void rsmp_session_release(struct rsmp_session *s);
bool rsmp_session_idle(const struct rsmp_session *s);
void rsmp_session_health(const struct rsmp_session *s, struct controller_health *health);

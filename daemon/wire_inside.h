/* wire_inside.h - strict reading and writing of JSON members, for the files of wire. Nobody else includes it.
 *
 * Reading goes through a `struct look`: the first thing that is wrong is kept as one sentence and everything after it is
 * passed over, so that readers go straight down and ask once, at the end.
 */
#pragma once

#include <jansson.h>

#include "daemon/wire.h"

#define WIRE_T_US_MAX INT64_C(253402300799000000) /* the end of the year 9999 */

struct look {
	const char *what; /* of message: "estimate" */
	char *wrong;      /* the first thing that is wrong; NULL = all is well */
};

void look_wrong(struct look *l, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* True when all went well, else sets the error. Always clears `wrong`. */
bool look_end(struct look *l, GError **error);

/* Bytes to one JSON object, or NULL. */
json_t *look_object(struct look *l, const char *text, size_t length);

/* Members of `o`. `must`: it has to be there. Absent ones give NaN, 0, "", NULL or false. `name` is for the message. */
double look_number(struct look *l, const json_t *o, const char *name, bool must, double min, double max);
int64_t look_whole(struct look *l, const json_t *o, const char *name, bool must, int64_t min, int64_t max);
bool look_flag(struct look *l, const json_t *o, const char *name, bool must);
void look_text(struct look *l, const json_t *o, const char *name, bool must, char *to, size_t size);
json_t *look_list(struct look *l, const json_t *o, const char *name, bool must, size_t max);
json_t *look_map(struct look *l, const json_t *o, const char *name, bool must);
/* One of a list of names, as its index. */
uint32_t look_name(struct look *l, const json_t *o, const char *name, const char *const *names, uint32_t n);
/* A number that stands by itself in a list. */
double look_value(struct look *l, const json_t *value, const char *name, double min, double max);

/* A member's own name, where it is an id: not empty, not too long, printable. False = it is not. */
bool look_id(struct look *l, const char *id, size_t size);

void look_head(struct look *l, const json_t *o, struct wire_head *head);

/* Vehicles [[dist_to_stop_m, speed_mps, length_m], ...], nearest first; the length may be left out. Owned by the caller. */
struct seen_vehicle *look_vehicles(struct look *l, const json_t *list, const char *lane, uint32_t *n);
/* `lane` is a lane of the network that vehicles drive on, or the look is wrong. */
uint32_t look_lane(struct look *l, const struct network *net, const char *id);

/* Emergency vehicles: wire_corridor.c. */
void put_corridor(json_t *o, const struct wire_corridor *c);
void look_corridor(struct look *l, const json_t *o, bool named_act, struct wire_corridor *c);
void wire_corridor_init(struct wire_corridor *c);
void wire_corridor_finish(struct wire_corridor *c);

#define WIRE_PRECISION JSON_REAL_PRECISION(12)

/* Writing: NaN is left out. Physical numbers are rounded to 0.001, which no sensor here is better than, so that lines stay short. */
void put_number(json_t *o, const char *name, double value);
void put_whole(json_t *o, const char *name, int64_t value);
void put_text(json_t *o, const char *name, const char *text); /* "" and NULL are left out */
json_t *put_string(const char *text);                         /* valid UTF-8 without control characters */
json_t *put_value(double value);                              /* for lists */
json_t *put_vehicles(const struct seen_vehicle *v, uint32_t n);
json_t *put_head(const struct wire_head *head);               /* a new message */
char *put_end(json_t *o);                                     /* one line, and the object is gone */

/* Writing without a tree, into one line: the same bytes, for what is told often. Names are ours, and plain letters. */
struct pen {
	GString *to;
	bool first; /* nothing stands behind the last bracket yet */
};
void pen_begin(struct pen *p, const struct wire_head *head);
char *pen_end(struct pen *p); /* one line, and the pen is empty */
void pen_open(struct pen *p, const char *name, char bracket); /* '{' or '['; `name` NULL: in a list */
void pen_open_named(struct pen *p, const char *id, char bracket); /* the name is anybody's text */
void pen_close(struct pen *p, char bracket);
void pen_number(struct pen *p, const char *name, double value);
void pen_whole(struct pen *p, const char *name, int64_t value);
void pen_text(struct pen *p, const char *name, const char *text); /* "" and NULL are left out */
void pen_value(struct pen *p, double value); /* for lists; finite */

/* The quantities of a lane in an estimate, as they are called on the feed, in the order in which we write them. */
struct wire_quantity {
	const char *name;
	size_t at; /* in struct estimate */
};
extern const struct wire_quantity wire_quantities[];
extern const uint32_t wire_n_quantities;

/* The same as wire_estimate_read gives, for what is written as we write it; NULL: ask that one. `net` is not NULL. */
struct wire_estimate *wire_estimate_quick(const char *text, size_t length, const struct network *net);

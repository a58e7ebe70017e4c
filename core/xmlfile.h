/* xmlfile.h - an XML file, plain or gzip, element by element, for those who read SUMO's formats.
 *
 * The file is untrusted: its size, the depth of its elements and their attributes are bounded, and whatever is wrong with its
 * form is one sentence with file and line. Text between elements is passed over: SUMO says everything in attributes.
 */
#pragma once

#include "core/netattr.h"

struct xmlfile_handler {
	/* `depth` is 1 for the root, whose `parent` is NULL. False with `error` set: reading ends. */
	bool (*on_start)(void *user, const struct netattr *a, unsigned depth, const char *parent, GError **error);
	/* `a` has no attributes. May be NULL. */
	bool (*on_end)(void *user, const struct netattr *a, unsigned depth, GError **error);
};

bool xmlfile_read(const char *path, const struct xmlfile_handler *handler, void *user, GError **error);

/* The same from memory; `name` stands for the path in messages. */
bool xmlfile_parse(const char *text, gsize length, const char *name, const struct xmlfile_handler *handler, void *user, GError **error);

/* The path that <include href="..."/> in `outside` names, beside it; NULL with a sentence when it is none that can be read to its end,
 * or when `already` files stand one inside the other. */
char *xmlfile_include(const struct netattr *a, const char *outside, unsigned already, GError **error);

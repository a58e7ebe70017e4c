/* net_copies.h - one network of copies of others, side by side and not connected: each copy's ids begin with its prefix. */
#pragma once

#include <glib.h>

enum { NET_COPIES_SECTIONS = 4 }; /* edges, programs, junctions, connections: SUMO wants all of one kind before the next, and so do we */

struct net_copies {
	GString *sections[NET_COPIES_SECTIONS];
};

void net_copies_begin(struct net_copies *c);
void net_copies_add(struct net_copies *c, const char *net, const char *prefix);
char *net_copies_end(struct net_copies *c); /* the network's text, owned by the caller */

/* Words with blanks between them, each with the prefix: lanes, say. */
void net_copies_words(GString *to, const char *words, gsize n, const char *prefix);

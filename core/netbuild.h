/* netbuild.h - a network while it is being read: what the file said, references still as text; and how it becomes a network.
 *
 * netfile.c fills it element by element, netbuild_finish resolves every reference or says which one hangs in the air.
 * Knows nothing of XML.
 */
#pragma once

#include "core/network.h"
#include "core/notes.h"

#define NET_REQUESTS_MAX 1024  /* rows of one node's matrix; SUMO itself stops at 256 */
#define NET_LETTERS_MAX 1024   /* letters of one state string */

struct draft_edge {
	struct net_edge edge; /* owns its strings */
	const char *from, *to;
	int line;
};

struct draft_node {
	struct net_node node; /* owns its strings; requests are made from rows */
	const char *incoming, *inner;
	uint32_t first_row, n_rows; /* in netbuild.rows */
	int line;
};

struct draft_row {
	uint32_t index;
	const char *response, *foes;
	bool cont;
	int line;
};

struct draft_link {
	const char *from, *to, *via, *signal;
	uint32_t from_index, to_index, letter, allow;
	char dir, state;
	int line;
};

struct draft_program {
	const char *signal, *file;
	struct net_program program; /* owned */
	int line;
};

struct netbuild {
	const char *file;       /* for messages */
	GStringChunk *text;     /* everything const char * here */
	GArray *edges, *lanes, *nodes, *rows, *links, *programs; /* of draft_*; lanes of struct net_lane */
	struct notes *notes;    /* shared; may be NULL */
	bool old;               /* the file says a version before 1.0 */
};

struct netbuild *netbuild_new(const char *file, struct notes *notes);
void netbuild_free(struct netbuild *b); /* NULL is fine */
OWNED(netbuild)

/* The network, or NULL with a sentence. What it takes over is gone from `b`. */
struct network *netbuild_finish(struct netbuild *b, GError **error);

/* Puts the drafted programs first in their signals' lists, one after the other. */
bool netbuild_add_programs(struct netbuild *b, struct network *net, bool new_signals, GError **error);

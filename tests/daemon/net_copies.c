/* net_copies.c - see net_copies.h. */
#include "tests/daemon/net_copies.h"

#include <stdbool.h>
#include <string.h>

/* Attributes of SUMO's networks that name things: each word in them gets the copy's prefix, behind the ':' of what is inside a node. */
static const char *const naming[] = {
	" id=\"", " from=\"", " to=\"", " via=\"", " tl=\"", " incLanes=\"", " intLanes=\"", " crossingEdges=\""};

void net_copies_words(GString *to, const char *words, gsize n, const char *prefix)
{
	bool begins = true;

	for (gsize i = 0; i < n; i++) {
		if (begins && words[i] != ' ' && words[i] != ':')
			g_string_append(to, prefix);
		g_string_append_c(to, words[i]);
		begins = words[i] == ' ' || (begins && words[i] == ':');
	}
}

/* A part of the network with its names changed. */
static void put_part(GString *to, const char *part, gsize n, const char *prefix)
{
	for (gsize at = 0; at < n;) {
		gsize skip = 0;
		for (gsize k = 0; k < G_N_ELEMENTS(naming) && skip == 0; k++)
			if (part[at] == ' ' && strncmp(part + at, naming[k], strlen(naming[k])) == 0)
				skip = strlen(naming[k]);
		if (skip == 0) {
			g_string_append_c(to, part[at++]);
			continue;
		}
		g_string_append_len(to, part + at, (gssize) skip);
		at += skip;
		gsize end = at + strcspn(part + at, "\"");
		net_copies_words(to, part + at, end - at, prefix);
		at = end;
	}
}

void net_copies_begin(struct net_copies *c)
{
	for (int s = 0; s < NET_COPIES_SECTIONS; s++)
		c->sections[s] = g_string_new(NULL);
}

void net_copies_add(struct net_copies *c, const char *net, const char *prefix)
{
	static const char *const ends[NET_COPIES_SECTIONS] = {"<tlLogic", "<junction", "<connection", "</net>"};
	const char *at = strstr(net, "<edge");

	for (int s = 0; s < NET_COPIES_SECTIONS; s++) {
		const char *end = strstr(at, ends[s]);
		put_part(c->sections[s], at, (gsize) (end - at), prefix);
		at = end;
	}
}

char *net_copies_end(struct net_copies *c)
{
	GString *all = g_string_new("<net version=\"1.9\">\n");

	for (int s = 0; s < NET_COPIES_SECTIONS; s++) {
		g_string_append_len(all, c->sections[s]->str, (gssize) c->sections[s]->len);
		g_string_free(c->sections[s], TRUE);
	}
	g_string_append(all, "</net>\n");
	return g_string_free(all, FALSE);
}

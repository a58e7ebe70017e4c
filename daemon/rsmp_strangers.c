/* rsmp_strangers.c - see rsmp_strangers.h. */
#include "daemon/rsmp_strangers.h"

#include <glib.h>
#include <string.h>

#include "core/units.h"

#define LOOKS 12 /* in the time after which somebody stays away */
#define NAMED_MOST 16
#define NAME_MOST 40

struct stranger {
	char *who; /* NULL: all the others */
	int64_t came_us;
	bool active;
};

struct rsmp_strangers {
	double over_s;
	void (*tell)(void *user, const char *who, bool active, const char *sentence);
	void *user;
	struct stranger list[NAMED_MOST + 1]; /* the last one: all the others */
	uint32_t n;
	guint look; /* timer; 0 none */
};

struct rsmp_strangers *rsmp_strangers_new(double over_s, void (*tell)(void *user, const char *who, bool active, const char *sentence), void *user)
{
	struct rsmp_strangers *s = g_new0(struct rsmp_strangers, 1);

	s->over_s = over_s;
	s->tell = tell;
	s->user = user;
	return s;
}

void rsmp_strangers_free(struct rsmp_strangers *s)
{
	if (s == NULL)
		return;
	if (s->look != 0)
		g_source_remove(s->look);
	for (uint32_t i = 0; i < s->n; i++)
		g_free(s->list[i].who);
	g_free(s);
}

char *rsmp_strangers_clean(const char *site)
{
	char *clean = g_strndup(site, NAME_MOST);

	for (char *c = clean; *c != '\0'; c++)
		if (!g_ascii_isalnum(*c) && strchr("+-_.:=", *c) == NULL)
			*c = '_';
	return clean;
}

static const char *name_of(const struct stranger *k)
{
	return k->who != NULL ? k->who : "others";
}

static struct stranger *stranger_of(struct rsmp_strangers *s, const char *site)
{
	g_autofree char *who = rsmp_strangers_clean(site);

	for (uint32_t i = 0; i < s->n; i++)
		if (strcmp(s->list[i].who, who) == 0)
			return &s->list[i];
	if (s->n == NAMED_MOST)
		return &s->list[NAMED_MOST];
	s->list[s->n].who = g_steal_pointer(&who);
	return &s->list[s->n++];
}

static gboolean on_look(gpointer user)
{
	struct rsmp_strangers *s = user;
	bool any = false;

	for (uint32_t i = 0; i <= NAMED_MOST; i++) {
		struct stranger *k = &s->list[i];
		if (k->active && us_to_s(g_get_monotonic_time() - k->came_us) > s->over_s) {
			k->active = false;
			s->tell(s->user, name_of(k), false, "it did not come again");
		}
		any |= k->active;
	}
	if (!any)
		s->look = 0;
	return any ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

void rsmp_strangers_came(struct rsmp_strangers *s, const char *who, const char *sentence)
{
	struct stranger *k = stranger_of(s, who);

	k->came_us = g_get_monotonic_time();
	if (s->look == 0)
		s->look = g_timeout_add((guint) (s->over_s / LOOKS * 1000), on_look, s);
	if (k->active)
		return;
	k->active = true;
	s->tell(s->user, name_of(k), true, sentence);
}

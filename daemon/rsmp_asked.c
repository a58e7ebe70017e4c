/* rsmp_asked.c - what is asked of an RSMP site, as an order: checked for what the site could not take; see rsmp_inside.h. */
#include <string.h>

#include "daemon/rsmp_inside.h"

static bool whole(double value, double low, double high)
{
	return value >= low && value <= high && value == floor(value);
}

static char *misfit(const struct controller_pattern *p)
{
	if (p->row < 1 || p->row > 255)
		return g_strdup_printf("plan %u: plans have numbers from 1 to 255", p->row);
	if (p->n_splits > 0)
		return g_strdup_printf("plan %u: RSMP gives no way to write stages or splits, only cycle, offset and bands", p->row);
	if (!isnan(p->cycle_s) && !whole(p->cycle_s, 1, 255))
		return g_strdup_printf("plan %u has a cycle of %g s, it must be whole seconds from 1 to 255", p->row, p->cycle_s);
	if (!isnan(p->offset_s) && !whole(p->offset_s, 0, isnan(p->cycle_s) ? 255 : p->cycle_s - 1))
		return g_strdup_printf("plan %u has an offset of %g s, it must be whole seconds below the cycle and 256 s", p->row, p->offset_s);
	for (uint32_t i = 0; i < p->n_bands; i++)
		if (p->bands[i].number < 1 || p->bands[i].number > RSMP_BAND_MOST || !whole(p->bands[i].extension_s, 0, RSMP_BAND_MOST))
			return g_strdup_printf("plan %u: band %u cannot be %g s, bands 1 to %d take 0 to %d s", p->row, p->bands[i].number, p->bands[i].extension_s,
				RSMP_BAND_MOST, RSMP_BAND_MOST);
	return NULL;
}

static char *print(const struct rsmp_order *o)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *bands = rsmp_bands_text(o->bands);

	if (o->cycle_s >= 0)
		g_string_append_printf(text, "cycle %d s ", o->cycle_s);
	if (o->offset_s >= 0)
		g_string_append_printf(text, "offset %d s ", o->offset_s);
	if (*bands != '\0')
		g_string_append_printf(text, "bands %s", bands);
	return g_strdup(g_strchomp(text->str));
}

void rsmp_session_write(struct rsmp_session *s, const struct controller_pattern *p)
{
	struct rsmp_order *o = rsmp_order_new(CONTROLLER_TOLD_WRITE, p->row);

	o->misfit = misfit(p);
	if (o->misfit == NULL && !isnan(p->offset_s) && isnan(p->cycle_s) && !s->setup.read_back)
		o->misfit = g_strdup_printf("plan %u: an offset without its cycle cannot be given where nothing is read back", p->row);
	if (o->misfit == NULL) {
		o->cycle_s = isnan(p->cycle_s) ? -1 : (int) p->cycle_s;
		o->offset_s = isnan(p->offset_s) ? -1 : (int) p->offset_s;
		for (uint32_t i = 0; i < p->n_bands; i++)
			o->bands[p->bands[i].number] = (int) p->bands[i].extension_s;
		o->any_band = p->n_bands > 0;
		o->is = print(o);
	}
	rsmp_orders_put(s, o);
}

void rsmp_session_select(struct rsmp_session *s, uint32_t row)
{
	struct rsmp_order *o = rsmp_order_new(CONTROLLER_TOLD_SELECT, row);

	o->is = g_strdup_printf("plan %u", row);
	rsmp_orders_put(s, o);
}

void rsmp_session_priority(struct rsmp_session *s, const struct controller_priority *p)
{
	static const char *const types[] = {"new", "update", "cancel"}, *const vehicles[] = {"bus", "tram", "emergency", "other"};
	struct rsmp_order *o = rsmp_order_new(CONTROLLER_TOLD_PRIORITY, 0);

	o->is = g_strdup_printf("priority %s, %s", p->id, types[p->asks]);
	o->priority.id = g_strdup(p->id);
	o->priority.type = types[p->asks];
	o->priority.vehicle = vehicles[p->vehicle];
	o->priority.level = p->level;
	o->priority.eta_s = (uint32_t) CLAMP(isnan(p->in_s) ? 0 : p->in_s, 0, 255);
	o->priority.first = p->asks == CONTROLLER_ASK_NEW;
	const char *mark = s->group != NULL ? strchr(s->group, '%') : NULL;
	if (p->level > 14)
		o->misfit = g_strdup_printf("priority level %u, it must be from 0 to 14", p->level);
	else if (p->phases == 0 || mark == NULL)
		o->misfit = g_strdup("no signal group is known for the priority");
	else
		o->priority.group = g_strdup_printf("%.*s%03d%s", (int) (mark - s->group), s->group, __builtin_ctzll(p->phases) + 1, mark + 1);
	rsmp_orders_put(s, o);
}

void rsmp_session_release(struct rsmp_session *s)
{
	if (s->life != RSMP_UP || (s->order != NULL && s->order->told == CONTROLLER_TOLD_RELEASE))
		return;
	g_clear_pointer(&s->bands_of, rsmp_order_free);
	g_queue_push_head(&s->orders, rsmp_order_new(CONTROLLER_TOLD_RELEASE, s->row != 0 ? s->row : MAX(s->plan, 1)));
	s->setup.wake(s->setup.user);
}

bool rsmp_session_idle(const struct rsmp_session *s)
{
	const struct rsmp_order *next = g_queue_peek_head((GQueue *) &s->orders);

	return s->life != RSMP_UP || (s->order == NULL && (next == NULL || next->told != CONTROLLER_TOLD_RELEASE));
}

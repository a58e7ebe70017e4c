/* operator_why.c - why a signal shows what it shows, as a page for people: what shows, what is seen, what else there was, what would have
 * changed it, and what the guard holds to. */
#include "daemon/operator_inside.h"

#include <string.h>

#include "optimizer/why.h"

/* "0 s" ... "never" */
static const char *seconds(char *to, size_t size, double s, const char *unknown)
{
	if (isfinite(s))
		g_snprintf(to, size, "%.*f s", s < 9.95 && s > 0 ? 1 : 0, s);
	else
		g_strlcpy(to, unknown, size);
	return to;
}

/* The lane's letters: what each of its links shows, or would show in `state`. */
static const char *letters_of(const struct junction *j, const char *state, uint32_t lane, char *to, size_t size)
{
	size_t n = 0;
	for (uint32_t i = 0; i < j->n_links && n + 1 < size; i++)
		for (uint32_t k = 0; k < j->links[i].n_net_links; k++)
			if (j->net->links[j->links[i].net_links[k]].from_lane == lane) {
				to[n++] = state[i];
				break;
			}
	to[n] = '\0';
	return to;
}

static void say_head(const struct junction *j, const struct pilot_look *look, const char *method, double now_s, GString *to)
{
	char held[24];
	if (look->patterned)
		method = "patterns";
	bool other = look->mode == PILOT_ADAPTIVE && strcmp(method, "adaptive") != 0;
	g_string_append_printf(to, "%s is %s%s%s%s: %s\n\n", j->id, pilot_mode_name(look->mode), other ? " (" : "", other ? method : "", other ? ")" : "",
		look->why);
	g_string_append_printf(to, "  shows     %-4s %s, unchanged for %.0f s\n", look->settled ? operator_stage(j, look->stage) : "...",
		look->show != NULL ? look->show : look->street != NULL ? look->street : "nobody knows what", fmax(now_s - look->since_s, 0));
	if (look->asked == STAGE_NONE)
		return;
	g_string_append_printf(to, "  asked     %-4s %s", operator_stage(j, look->asked), j->stages[look->asked].state);
	if (look->verdict.rule != GUARD_OK) {
		g_string_append_printf(to, ", held up by the guard: %s", guard_rule_name(look->verdict.rule));
		if (look->verdict.link != NET_NONE)
			g_string_append_printf(to, " of link %u", look->verdict.link);
		if (isfinite(look->verdict.left_s))
			g_string_append_printf(to, ", %s more", seconds(held, sizeof held, look->verdict.left_s, "?"));
	}
	g_string_append_c(to, '\n');
	if (look->corridor != NULL)
		g_string_append_printf(to, "  corridor  %s is expected in %.0f s\n", look->corridor, fmax(look->corridor_in_s, 0));
	const struct decision *d = look->decision;
	for (uint32_t k = 0; d != NULL && look->mode != PILOT_FIXED && k < d->n && k < 5; k++)
		g_string_append_printf(to, "%s%s %.0f..%.0f s", k ? ", " : "  ahead     ", operator_stage(j, d->ahead[k].stage), d->ahead[k].start_s, d->ahead[k].end_s);
	if (d != NULL && look->mode != PILOT_FIXED && d->n > 0)
		g_string_append_c(to, '\n');
}

static void say_lanes(const struct junction *j, const struct pilot_look *look, const struct why *why, GString *to)
{
	char letters[24], age[24];
	const char *shows = look->show != NULL ? look->show : look->street;
	g_string_append_printf(to, "\n  %-18s %-6s %6s %7s %11s %12s  %s\n", "LANE", "LIGHT", "SEEN", "QUEUED", "IN 30 s", "SATURATION", "LAST SEEN");
	for (uint32_t k = 0; k < why->n_lanes; k++) {
		const struct why_lane *l = &why->lanes[k];
		bool told = isfinite(l->seen_s);
		g_string_append_printf(to, "  %-18s %-6s ", j->net->lanes[l->lane].id, shows != NULL ? letters_of(j, shows, l->lane, letters, sizeof letters) : "?");
		if (told)
			g_string_append_printf(to, "%6.0f %7.1f %7.1f veh %6.1f s/veh  %s%s\n", l->in_view_veh, l->queue_veh, l->comes_veh, l->sat_s,
				seconds(age, sizeof age, l->seen_s, "never"), l->fresh ? " ago" : " ago, too old");
		else
			g_string_append_printf(to, "%6s %7s %7.1f veh %6.1f s/veh  never, a guess\n", "-", "-", l->comes_veh, l->sat_s);
	}
}

static void say_options(const struct junction *j, const struct pilot_look *look, const struct why *why, GString *to)
{
	char first[24];
	g_string_append_printf(to, "\n  %-8s %-10s %-*s %15s\n", "IF ASKED", "SHOWS IN", (int) MAX(j->n_links, 5u), "GREEN", "PREDICTED LOSS");
	for (uint32_t k = 0; k < why->n_options; k++) {
		const struct why_option *o = &why->options[k];
		const char *mark = o->stage == why->chosen ? "  <- chosen" : o->stage == why->best_other ? "  next best" : "";
		g_string_append_printf(to, "  %-8s %-10s %-*s ", operator_stage(j, o->stage), seconds(first, sizeof first, o->first_s, "?"), (int) MAX(j->n_links, 5u),
			j->stages[o->stage].state);
		if (isnan(o->cost_s))
			g_string_append_printf(to, "%15s\n", "not possible");
		else if (o->stage == why->chosen || isnan(why->chosen_cost_s))
			g_string_append_printf(to, "%9.0f veh s%s\n", o->cost_s, mark);
		else
			g_string_append_printf(to, "%+9.0f veh s%s\n", o->cost_s - why->chosen_cost_s, mark);
	}
	if (look->decision != NULL && isfinite(look->decision->delay_own_s) && isfinite(why->chosen_cost_s))
		g_string_append_printf(to, "  %-8s %-10s %-*s %9.0f veh s\n", "own plan", "", (int) MAX(j->n_links, 5u), "", look->decision->delay_own_s);
}

/* What would have changed it, in a sentence or two. */
static void say_change(const struct junction *j, const struct pilot_look *look, const struct why *why, GString *to)
{
	const char *other = operator_stage(j, why->best_other);
	g_string_append_c(to, '\n');
	if (why->best_other == STAGE_NONE || isnan(why->chosen_cost_s))
		g_string_append(to, "  There was nothing else to choose from.\n");
	else if (why->other_cost_s <= why->chosen_cost_s)
		g_string_append_printf(to, "  By the queues alone %s would be better by %.0f veh s: %s\n", other, why->chosen_cost_s - why->other_cost_s,
			look->mode == PILOT_CORRIDOR ? "it is the corridor that wants it otherwise."
			: look->mode == PILOT_HOLD	? "it is the operator who wants it otherwise."
							: "it is the method that decides by something else.");
	else if (why->flip_lane != NET_NONE)
		g_string_append_printf(to, "  %s would win with %u vehicle%s more on %s.\n", other, why->flip_veh, why->flip_veh > 1 ? "s" : "",
			j->net->lanes[why->flip_lane].id);
	else
		g_string_append_printf(to, "  %s would not win even with %d vehicles more on any of its lanes.\n", other, WHY_MORE_VEH);
	const struct decision *d = look->decision;
	if (d != NULL && d->n > 1 && look->settled && d->ahead[0].stage == look->stage && look->mode != PILOT_FIXED)
		g_string_append_printf(to, "  If all comes as expected, %s is over in %.0f s and %s follows.\n", operator_stage(j, d->ahead[0].stage), d->ahead[0].end_s,
			operator_stage(j, d->ahead[1].stage));
}

static void say_guard(const struct junction *j, const struct why *why, GString *to)
{
	if (why->link == NET_NONE)
		return;
	const struct signal_link *link = &j->links[why->link];
	g_string_append_printf(to, "  Longest red: link %u (%s%s) for %.0f s; the guard serves it after %.0f s at the latest.\n", why->link,
		link->pedestrian ? "pedestrians" : "lane ", link->pedestrian || link->n_net_links == 0 ? "" : j->net->lanes[j->net->links[link->net_links[0]].from_lane].id,
		why->red_s, why->max_red_s);
}

char *operator_why(struct brain *b, uint32_t j, double now_s)
{
	const struct junction *junction = pilot_junction(b->pilot, j);
	g_autoptr(GString) text = g_string_new(NULL);
	struct pilot_look look;
	struct why why;
	bool known = pilot_why(b->pilot, j, &why);
	pilot_look(b->pilot, j, &look);
	say_head(junction, &look, b->config->control.method, now_s, text);
	if (known) {
		say_lanes(junction, &look, &why, text);
		if (look.patterned)
			g_string_append(text, "\n  Its cabinet runs patterns by itself: no stage can be asked of it, only the next pattern.\n");
		if (!look.patterned)
			say_options(junction, &look, &why, text);
		if (!look.patterned)
			say_change(junction, &look, &why, text);
		say_guard(junction, &why, text);
	}
	g_autofree char *plan = plan_print(look.plan, junction);
	g_string_append_printf(text, "  Its own plan: %s", plan);
	return operator_done(text->str);
}

/* turn_counts.h - traffic that somebody counted, in SUMO's formats: turning counts and counts of edges, instead of routes.
 *
 *     <data><interval id="am" begin="25200" end="28800">
 *         <edgeRelation from="E1" to="E2" count="120"/>     turning counts (`edgeRelation`, as jtrrouter and routeSampler read them)
 *         <edge id="E1" entered="420"/>                     or edge data (`entered`, else `count`)
 *     </interval></data>
 *
 * Turns that nobody counted are shared out by the counts of the edges that they lead to, and in equal parts where there are none. What was
 * counted over several intervals counts together.
 */
#pragma once

#include "optimizer/turns.h"
#include "sim/routes.h"

struct turn_counts;

/* One file or several with commas between. Edges that the network does not have are passed over and named once in `notes`. */
struct turn_counts *turn_counts_read(const char *paths, const struct network *net, GPtrArray *notes, GError **error);
void turn_counts_free(struct turn_counts *c); /* NULL is fine */
OWNED(turn_counts)

/* The time that the counts are of. */
void turn_counts_span(const struct turn_counts *c, double *begin_s, double *end_s);

/* Gives the turns their flows and links them. False with a sentence when no signalised turn was counted. */
bool turn_counts_apply(const struct turn_counts *c, struct turns *t, GError **error);

/* Vehicles that drive so, entering by chance (Poisson); others for each seed. */
struct routes *turn_counts_routes(const struct turns *t, double begin_s, double end_s, uint64_t seed, GError **error);

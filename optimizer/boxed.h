/* boxed.h - who stands inside a junction in the way of those that would get green next.
 *
 * Sees the internal lanes, where somebody observes them, in demand's sights; where nobody does, it knows nothing. Only knows; holding is the
 * guard's (guard_hold).
 */
#pragma once

#include "optimizer/demand.h"

struct box;

struct box *box_new(const struct layout *l);
void box_free(struct box *b); /* NULL is fine */
OWNED(box)

/* Which link's vehicles stand inside site `s`, or have stood there and are not out yet, in the way of a link that `stage` would begin? To be
 * asked every second. The letter of the signal's state, NET_NONE =
 * nobody. `red_s` by link: it is red or amber for so long, < 0 = green now. Those whose own link is green in `stage` too are not in
 * its way: they give way as the network has it. */
uint32_t box_blocks(struct box *b, const struct demand *d, uint32_t s, uint32_t stage, const float *red_s, double now_s);

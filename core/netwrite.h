/* netwrite.h - writes a network as a SUMO net.xml: internal lanes, right-of-way matrices, connections and signal programs with it.
 *
 * What netfile.c reads from the text is the network again, numbers to a millimetre (millisecond). It knows the format, not where the text
 * goes; what a network does not hold (projections, street names, types) is not written.
 */
#pragma once

#include "core/network.h"

/* The whole file as text, owned by the caller. NULL with a sentence where a turn waits inside a node: SUMO wants those nodes'
 * own lists of foes, which a network does not hold. */
char *netwrite(const struct network *net, GError **error);

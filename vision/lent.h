/* lent.h - pictures that a decoder goes on reading while we look at them.
 *
 * A decoder makes later pictures out of those that it has handed over. GStreamer shares no memory that somebody has mapped for writing, so each of
 * them would be copied. Pictures of this pool are written before they are handed over and only read from then on: their memory is shared. For a
 * sink that looks and changes nothing, with no element before it that works in place.
 */
#pragma once

#include <gst/gst.h>
#include <stdbool.h>

/* Answers a query of allocation with such a pool. False: it asks for no pictures. */
bool lent_offer(GstQuery *query);

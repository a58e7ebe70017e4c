/* plate_book.h - the plates on one lane that were found already, and where they are by now: a plate is one, whichever track it was found on.
 *
 * Tracks of vehicles that close up may double, go missing or move over to a neighbour. A plate cannot: it is where it was seen, moved on by as much as
 * the traffic there, and the next vehicle's is some metres behind. The book knows places only, no picture and no text.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PLATE_BOOK_MAX 16 /* on a lane, as near as plates can be seen */

struct plate_entry {
	double dist_m, speed_mps; /* to the stop line, towards it */
	double seen_s, seen_m;    /* when it was found last, and where */
	uint32_t sightings;
	double looked_s;          /* when it was looked for last */
	double char_m, aside_m;   /* height of its characters, and how far right of the lane's middle it is in the picture; by who found it, char_m 0: unknown */
};

struct plate_book {
	struct plate_entry all[PLATE_BOOK_MAX];
	uint32_t n;
	uint32_t distinct; /* since the beginning */
	double gate_s;     /* when somebody without a track was looked for */
};

/* Time goes on: every plate moves, by its own speed while it was seen twice and lately, else by `speed_at` of a vehicle there, NaN where none is known.
 * Those beyond `gone_m` are forgotten. */
void plate_book_move(struct plate_book *b, double now_s, double dt_s, double gone_m, double (*speed_at)(const void *user, double dist_m), const void *user);
/* The entry that can be no other plate than one at `dist_m`, or NULL. */
struct plate_entry *plate_book_at(struct plate_book *b, double dist_m);
/* A plate was found there. True: nobody had seen it. */
bool plate_book_found(struct plate_book *b, double dist_m, double speed_mps, double now_s);

/* fence.h - what a worker that decodes strangers' pictures can still do to this machine, should a decoder be taken over: next to nothing.
 *
 * No new rights and none left over; no other program is started; files are read, and written only where the operator said so; memory has an end.
 * RTSP, HTTP, V4L2 and recordings work as before. Linux only; what an older kernel lacks is left out and told.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__)
#define FENCE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FENCE_SANITIZED 1
#endif
#endif
#ifndef FENCE_SANITIZED
#define FENCE_SANITIZED 0 /* a sanitizer needs room without end, and traces itself when it looks for leaks */
#endif

struct fence {
	const char *const *writable; /* folders and files, NULL-terminated; NULL: none */
	uint64_t memory_bytes;       /* resident, as fence_memory_over looks at it; the wall behind it is twice as far. 0: no limit */
	uint32_t threads;            /* about so many will run: each has a stack */
};

/* Before any other thread runs, after GStreamer's registry was read. False with a sentence when something that this kernel has could not be put up. */
bool fence_up(const struct fence *f, GError **error);

/* Resident memory of this process is over the limit: time to say so and end. */
bool fence_memory_over(const struct fence *f, uint64_t *resident_bytes);

/* Hands memory that a rush has left unused back to the system, so that a worker's size says what it needs. Now and then: takes some ms. */
void fence_give_back(void);

/* gbt_post.h - a model GB/T 20999 controller at the end of a real line, in a thread of its own: TCP, UDP or a pty for a serial line.
 *
 * Its time runs `speed` times as fast as ours, so that a cycle takes seconds. The line can be cut and joined again, and can be noisy. What the
 * model counts is looked at under its lock.
 */
#pragma once

#include "tests/daemon/gbt_cabinet.h"

enum gbt_post_line { GBT_POST_TCP, GBT_POST_UDP, GBT_POST_SERIAL };

struct gbt_post;

/* Is there a pseudo terminal to be had? Not where no devpts is mounted. */
bool gbt_post_has_pty(void);

/* Takes the cabinet. */
struct gbt_post *gbt_post_new(enum gbt_post_line line, struct gbt_cabinet *cabinet, double speed);
void gbt_post_free(struct gbt_post *p); /* NULL is fine */
OWNED(gbt_post)

const char *gbt_post_address(const struct gbt_post *p); /* as the driver wants it; the same after a cut */
void gbt_post_cut(struct gbt_post *p, bool cut);
void gbt_post_noise(struct gbt_post *p, bool noise);

struct gbt_cabinet *gbt_post_lock(struct gbt_post *p); /* until unlocked it stands still */
void gbt_post_unlock(struct gbt_post *p);

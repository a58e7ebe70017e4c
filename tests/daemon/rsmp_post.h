/* rsmp_post.h - a model RSMP site that connects to a supervisor over TCP, on the main loop: again and again, as sites do. */
#pragma once

#include "tests/daemon/rsmp_site.h"

struct rsmp_post;

/* Takes the site; connects to that port of this machine, as 127.0.0.<host>: sites have addresses of their own. Its time is the machine's. */
struct rsmp_post *rsmp_post_new(struct rsmp_site *site, uint8_t host, uint16_t port);
void rsmp_post_free(struct rsmp_post *p); /* NULL is fine */
OWNED(rsmp_post)

struct rsmp_site *rsmp_post_site(struct rsmp_post *p); /* it stands still between two turns of the main loop */
void rsmp_post_cut(struct rsmp_post *p);	       /* closes the connection; the site tries again */

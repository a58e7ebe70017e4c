/* stage_set.h - the temporary folder in which a demo plays: its sockets and its copies of the configuration.
 *
 * The folder is made private, becomes RUNTIME_DIRECTORY of this process and its children, and is removed with all in it.
 */
#pragma once

#include "daemon/config.h"

#define STAGE_FEED "ipc://feed"
#define STAGE_TRUTH "ipc://truth"
#define STAGE_CABINETS "ipc://cabinets"

struct stage_set {
	char *folder;
	char *config;   /* what greenwaved reads */
	char *picture;  /* the same, but its cameras' estimates go nowhere: for one more worker that only takes a picture */
};

bool stage_set_make(struct stage_set *s, GError **error);
void stage_set_remove(struct stage_set *s); /* twice is fine */

/* Copies of `configs`/greenwave.yaml with the demo's sockets and RTSP port; what it names lies beside it as links. */
bool stage_set_write(struct stage_set *s, const char *configs, const struct config *config, uint32_t rtsp_port, GError **error);

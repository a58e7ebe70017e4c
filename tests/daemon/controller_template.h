/* controller_template.h - the cabinet behind the template driver, for tests to look at and to break. */
#pragma once

#include "daemon/pattern.h"

#define TEMPLATE_ROWS 48

struct template_cabinet {
	struct pattern *rows[TEMPLATE_ROWS + 1];
	uint32_t called, runs;	 /* selected; in force */
	uint32_t clock_s;	 /* it lives one second at each poll */
	uint32_t heard_s;	 /* when a command came last */
	bool flashes, refuses, dead;
	uint32_t writes, selects, releases, priorities, calls;
	struct controller_call call;
	phase_set greens;	 /* what it shows */
};

struct template_cabinet *controller_template_cabinet(void); /* the one there is; NULL: not opened */

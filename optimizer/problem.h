/* problem.h - one junction's demand, forecast and lights, put into the numbers that the search searches over. */
#pragma once

#include "optimizer/forecast.h"
#include "optimizer/optimizer.h"
#include "optimizer/search.h"

struct site_shows { /* what the guard said; times count from at_s */
	double at_s;
	uint32_t stage;  /* shows or is walked to; STAGE_NONE before the first look */
	float settle_s;  /* until all of it shows, 0 = it does */
	float hold_s;    /* it may not be left before */
	float spent_s;   /* of its maximum green */
	float *first_s;  /* by stage: until it would show if asked for now; owned by the method */
	float *red_s;    /* by link: how long it has shown no green, -1 = it shows green */
};

void problem_look(const struct site *site, const struct guard *guard, double now_s, struct site_shows *shows);

struct problem;
struct problem *problem_new(const struct layout *l, const struct optimizer_options *options);
void problem_free(struct problem *p); /* NULL is fine */
struct search *problem_search(struct problem *p);

void problem_set(struct problem *p, uint32_t site, const struct site_shows *shows, const struct demand *d, const struct forecast *f, double now_s);

/* What a plan of the junction would do from here, within the rules: at most SEARCH_PATH greens. And its own one. */
uint32_t problem_path(const struct problem *p, uint32_t site, const struct plan *plan, const struct site_shows *shows, double now_s,
	struct search_segment *path);
uint32_t problem_own_path(const struct problem *p, uint32_t site, const struct site_shows *shows, double now_s, struct search_segment *path);

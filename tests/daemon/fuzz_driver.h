/* fuzz_driver.h - for those who fuzz a driver: what it may tell of whatever it hears. FUZZ_SECRET, if defined before, is in no text. */
#pragma once

#include <string.h>

#include "daemon/controller.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void) argc;
	(void) argv;
	return 0;
}

static void on_wake(void *user)
{
	(void) user;
}

static int64_t utc_at(double now_s)
{
	return (int64_t) (now_s * 1e6) + INT64_C(1750000000000000);
}

static void fit_for_people(const char *text)
{
	g_assert_true(g_utf8_validate(text, -1, NULL));
#ifdef FUZZ_SECRET
	g_assert_null(strstr(text, FUZZ_SECRET));
#endif
	for (const char *c = text; *c != '\0'; c++)
		g_assert_true((unsigned char) *c >= ' ');
}

static void on_up(void *user, const struct controller_identity *who)
{
	(void) user;
	fit_for_people(who->make);
	fit_for_people(who->model);
	fit_for_people(who->version);
	fit_for_people(who->standard);
}

static void on_text(void *user, const char *why)
{
	(void) user;
	fit_for_people(why);
}

static void on_status(void *user, const struct controller_status *status, uint32_t n)
{
	(void) user;
	g_assert_true(n == 1 && status->stage <= CABINET_MAX_STAGES && (status->greens & status->ambers) == 0 && status->coordination.row <= 255);
}

static void on_timing(void *user, const struct controller_timing *t)
{
	(void) user;
	g_assert_true(t->n_phases <= CABINET_MAX_PHASES && t->n_stages <= CABINET_MAX_STAGES);
	for (uint32_t i = 0; i < t->n_phases; i++)
		g_assert_false(t->phases[i].min_green_s < 0 || t->phases[i].amber_s < 0 || t->phases[i].red_s < 0);
}

static void on_reply(void *user, const struct controller_reply *reply)
{
	(void) user;
	g_assert_true(reply->ok == (reply->why == NULL));
	if (!reply->ok)
		fit_for_people(reply->why);
}

static void on_alert(void *user, const char *kind, bool active, const char *sentence)
{
	(void) user;
	(void) active;
	fit_for_people(kind);
	fit_for_people(sentence);
}

static const struct controller_events events = {.up = on_up, .down = on_text, .status = on_status, .refused = on_text, .timing = on_timing, .reply = on_reply,
	.alert = on_alert};

/* progress.c - how far it is, on a terminal; see progress.h. */
#include "daemon/progress.h"

#include <math.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define EVERY_US (200 * G_TIME_SPAN_MILLISECOND)
#define LATE_US (4 * G_TIME_SPAN_SECOND) /* "of late" */
#define BAR_LEAST 6
#define BAR_MOST 40

struct mark {
	gint64 at_us;
	double value;
};

struct meter { /* how fast something grows: over the last LATE_US to twice that */
	struct mark older, newer;
};

struct progress {
	gint64 next_us;
	struct meter share, amount;
};

struct progress *progress_new(void)
{
	return isatty(STDERR_FILENO) ? g_new0(struct progress, 1) : NULL;
}

void progress_free(struct progress *p)
{
	if (p)
		fputs("\r\033[K", stderr);
	g_free(p);
}

bool progress_due(const struct progress *p)
{
	return p && g_get_monotonic_time() >= p->next_us;
}

static double meter(struct meter *m, double value)
{
	gint64 now_us = g_get_monotonic_time();
	if (!m->older.at_us || value < m->newer.value)
		m->older = m->newer = (struct mark){now_us, value};
	if (now_us - m->newer.at_us > LATE_US) {
		m->older = m->newer;
		m->newer = (struct mark){now_us, value};
	}
	gint64 span_us = now_us - m->older.at_us;
	return span_us > 0 ? (value - m->older.value) * G_USEC_PER_SEC / (double) span_us : 0;
}

double progress_rate(struct progress *p, double amount)
{
	return p ? meter(&p->amount, amount) : 0;
}

char *progress_line(double share, const char *words, double left_s, int columns)
{
	g_autoptr(GString) says = g_string_new(NULL);
	share = CLAMP(share, 0, 1);
	g_string_printf(says, "%3.0f %%  %s", floor(100 * share), words);
	if (isfinite(left_s) && left_s < 360000) {
		long s = lround(left_s);
		if (s >= 3600)
			g_string_append_printf(says, "  %ld:%02ld:%02ld to go", s / 3600, s / 60 % 60, s % 60);
		else
			g_string_append_printf(says, "  %ld:%02ld to go", s / 60, s % 60);
	}
	/* The last column stays free: some terminals wrap when it is written. */
	int length = (int) g_utf8_strlen(says->str, -1), bar = MIN(columns - 1 - length - 3, BAR_MOST);
	if (bar < BAR_LEAST) {
		int keep = CLAMP(columns - 1, 0, length);
		return g_utf8_substring(says->str, 0, keep);
	}
	g_autofree char *full = g_strnfill(bar, '.');
	for (int k = 0; k < bar; k++)
		full[k] = k < lround(share * bar) ? '#' : '.';
	return g_strdup_printf("[%s] %s", full, says->str);
}

void progress_show(struct progress *p, double share, const char *words)
{
	if (!p)
		return;
	struct winsize size;
	int columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
	double rate = meter(&p->share, share);
	g_autofree char *line = progress_line(share, words, rate > 0 ? (1 - share) / rate : INFINITY, columns);
	fprintf(stderr, "\r\033[K%s", line);
	fflush(stderr);
	p->next_us = g_get_monotonic_time() + EVERY_US;
}

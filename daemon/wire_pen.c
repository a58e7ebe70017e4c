/* wire_pen.c - JSON straight into a line of text, for what is told of every junction every second: a tree of values first would cost ten times
 * as much. What is rare, odd letters and very large numbers, goes the long way through jansson, so that both write the same bytes. */
#include "daemon/wire_inside.h"

#include <stdlib.h>
#include <string.h>

#define PLAIN_MOST 1e8 /* numbers below have at most 12 digits with three decimals */
#define LINE_BYTES 512

void pen_begin(struct pen *p, const struct wire_head *head)
{
	*p = (struct pen){.to = g_string_sized_new(LINE_BYTES), .first = true};
	pen_open(p, NULL, '{');
	pen_whole(p, "v", WIRE_VERSION);
	pen_whole(p, "t_us", head->t_us);
	pen_text(p, "src", head->src);
	pen_whole(p, "seq", (int64_t) head->seq);
}

char *pen_end(struct pen *p)
{
	pen_close(p, '}');
	return g_string_free(p->to, false);
}

/* The comma between two, and the name. */
static void next(struct pen *p, const char *name)
{
	if (!p->first)
		g_string_append_c(p->to, ',');
	p->first = false;
	if (name == NULL)
		return;
	g_string_append_c(p->to, '"');
	g_string_append(p->to, name);
	g_string_append_len(p->to, "\":", 2);
}

void pen_open(struct pen *p, const char *name, char bracket)
{
	next(p, name);
	g_string_append_c(p->to, bracket);
	p->first = true;
}

void pen_close(struct pen *p, char bracket)
{
	g_string_append_c(p->to, bracket);
	p->first = false;
}

/* As jansson has it. Takes over the value. */
static void write_long_way(struct pen *p, json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | WIRE_PRECISION);

	json_decref(value);
	if (text != NULL)
		g_string_append(p->to, text);
	free(text);
}

static void write_digits(GString *to, uint64_t n)
{
	char digits[20];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char) ('0' + n % 10);
		n /= 10;
	} while (n > 0);
	g_string_append_len(to, digits + at, (gssize) (sizeof digits - at));
}

void pen_value(struct pen *p, double value)
{
	next(p, NULL);
	if (!(fabs(value) < PLAIN_MOST)) {
		write_long_way(p, put_value(value));
		return;
	}
	int64_t thousandths = llround(value * 1000);
	uint64_t size = (uint64_t) (thousandths < 0 ? -thousandths : thousandths), rest = size % 1000;
	if (thousandths < 0)
		g_string_append_c(p->to, '-');
	write_digits(p->to, size / 1000);
	const char decimals[] = {'.', (char) ('0' + rest / 100), (char) ('0' + rest / 10 % 10), (char) ('0' + rest % 10)};
	g_string_append_len(p->to, decimals, rest % 10 != 0 ? 4 : rest % 100 != 0 ? 3 : 2);
}

void pen_number(struct pen *p, const char *name, double value)
{
	if (!isfinite(value))
		return;
	next(p, name);
	p->first = true;
	pen_value(p, value);
}

void pen_whole(struct pen *p, const char *name, int64_t value)
{
	next(p, name);
	if (value < 0)
		g_string_append_c(p->to, '-');
	write_digits(p->to, value < 0 ? -(uint64_t) value : (uint64_t) value);
}

static void write_text(struct pen *p, const char *text)
{
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char) *c < ' ' || (unsigned char) *c > '~' || *c == '"' || *c == '\\') {
			write_long_way(p, put_string(text));
			return;
		}
	g_string_append_c(p->to, '"');
	g_string_append(p->to, text);
	g_string_append_c(p->to, '"');
}

void pen_text(struct pen *p, const char *name, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	next(p, name);
	write_text(p, text);
}

void pen_open_named(struct pen *p, const char *id, char bracket)
{
	next(p, NULL);
	write_text(p, id);
	g_string_append_c(p->to, ':');
	g_string_append_c(p->to, bracket);
	p->first = true;
}

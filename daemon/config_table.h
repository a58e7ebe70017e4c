/* config_table.h - one row for each key of greenwave.yaml; what reads and documents the file goes by it. Inside config only. */
#pragma once

#include "daemon/config.h"

enum config_type {
	CONFIG_REAL,     /* double: a number from min to max */
	CONFIG_WHOLE,    /* uint32_t: a whole number from min to max */
	CONFIG_TEXT,     /* char *: not empty, no control characters */
	CONFIG_NAME,     /* char *: [A-Za-z0-9_.-]+, at most 63 */
	CONFIG_PATH,     /* char *: made relative to the file's folder */
	CONFIG_ENDPOINT, /* char *: tcp://host:port or ipc://path */
	CONFIG_KEY,      /* as one of a list only: a CURVE public key */
	CONFIG_CHOICE,   /* char *: one of `choices` */
	CONFIG_MANY,     /* char **: min to max entries of type `of`; a single one may stand without brackets */
	CONFIG_NUMBERS,  /* uint32_t * and its count: 1 to 64 whole numbers from min to max; a single one may stand without brackets */
	CONFIG_FLAG,     /* bool: yes or no */
	CONFIG_PAIR,     /* two uint32_t in a row: [one, other], whole numbers from min to max; not given: 0 */
	CONFIG_SIZE,     /* two uint32_t in a row: [width, height], each from min to max */
	CONFIG_LINKS,    /* struct cabinet_links * and its count: a section of `number: [number, ...]`, keys from min to max */
	CONFIG_WORDS,    /* char **: a section of `name: text`, kept as name, text, name, text ...; min to max of them */
	CONFIG_POINTS,   /* struct view_pair * and its count: min to max rows of four numbers */
	CONFIG_SECTION,  /* `rows`, in the same struct */
	CONFIG_LIST,     /* min to max structs of `size` bytes with `rows`; pointer at `at`, uint32_t count at `count_at` */
	CONFIG_LINE,     /* not a key: uint32_t, the line that the list's entry begins on */
};

struct config_row {
	const char *key;
	enum config_type type;
	size_t at;             /* offset in the struct */
	double min, max;
	const char *unit;      /* "" = none */
	const char *fallback;  /* the default, as it would stand in the file; "" = may be left out, NULL = must be there */
	const char *means;     /* one sentence; says what "left out" means */
	const char *choices;   /* separated by blanks */
	enum config_type of;   /* CONFIG_MANY */
	const struct config_row *rows; /* ends with key NULL */
	size_t size, count_at; /* CONFIG_LIST; CONFIG_POINTS and CONFIG_MANY: count_at, 0 = not counted */
};

extern const struct config_row config_rows[];

/* What a value of this row must be: "a number from 1 to 60". Owned by the caller. */
char *config_row_wants(const struct config_row *row);

/* Reads YAML into `c` by the table. Defaults fill what is not there. */
bool config_yaml(struct config *c, const char *text, gsize length, const char *path, GError **error);

/* Only the defaults. */
void config_fill(struct config *c);

/* A flat file of `name: text` lines. NULL with a sentence. */
GHashTable *config_pairs(const char *text, gsize length, const char *path, GError **error);

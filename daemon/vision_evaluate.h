/* vision_evaluate.h - greenwave-vision --evaluate: recordings against what people saw on them. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "vision/detector.h"

struct evaluate_options {
	const char *clip, *truth; /* a file, or a folder: all of the truth's clips, found there */
	double analyse_fps;
	bool json;                /* for machines instead of a table */
	const char *trace;        /* folder for pictures of each missed and each false event; NULL: none */
	struct detector_options detector; /* model NULL: vehicles are found by their movement */
};

/* Prints on stdout. False with a sentence. */
bool vision_evaluate(const struct evaluate_options *options, GError **error);

/* show_http.h - JPEG pictures to browsers on this machine, as multipart/x-mixed-replace. See show.h. */
#pragma once

#include "core/owned.h"
#include "vision/view.h"

struct show_http;
struct show_http *show_http_new(uint32_t port, GError **error); /* 0: any */
void show_http_free(struct show_http *h);
OWNED(show_http)
uint32_t show_http_port(const struct show_http *h);
/* From any thread. Who has not taken the last one yet does not get this one. */
void show_http_picture(struct show_http *h, const uint8_t *jpeg, uint64_t n);

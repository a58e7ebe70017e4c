/* loopback.h - network cameras for tests: RTSP and MJPEG servers on this machine, a line that delivers in fits and starts, films in files.
 *
 * Everything runs in a thread of its own, so that a test's own main loop is free for what it tests.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct rtsp_camera;
/* `launch`: a pipeline that ends in a payloader named pay0. `password` NULL: nobody is asked for one; else the user is "viewer". Port 0: any. */
struct rtsp_camera *rtsp_camera_new(const char *launch, const char *password, uint32_t port);
void rtsp_camera_free(struct rtsp_camera *c);
uint32_t rtsp_camera_port(const struct rtsp_camera *c);

struct mjpeg_camera;
/* Sends the picture again and again, `fps` times a second, in slightly different greys. */
struct mjpeg_camera *mjpeg_camera_new(uint32_t fps, const char *password);
void mjpeg_camera_free(struct mjpeg_camera *c);
uint32_t mjpeg_camera_port(const struct mjpeg_camera *c);

struct bad_line;
/* Hands on what comes and goes between a client and the port, with up to `delay_ms` of delay that varies; 0 for none. */
struct bad_line *bad_line_new(uint32_t port, uint32_t delay_ms);
void bad_line_free(struct bad_line *l);
uint32_t bad_line_port(const struct bad_line *l);
void bad_line_cut(struct bad_line *l);      /* nothing goes through any more, and nobody is told */

/* Runs a pipeline from its description to its end; it must end well. */
void play_out(const char *format, ...) G_GNUC_PRINTF(1, 2);

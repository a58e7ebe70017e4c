/* camera.h - one camera: a stream or file in, estimates out, once a second. The face of vision.
 *
 * Owns one GStreamer pipeline. Everything that arrives is untrusted. Frames live in this process only. Callbacks come on
 * the main context that was the default when the camera was made. It knows nothing of sockets or JSON.
 */
#pragma once

#include "vision/cv.h"
#include "vision/detector.h"
#include "vision/source.h"
#include "vision/view.h"

enum camera_state { CAMERA_CONNECTING, CAMERA_OK, CAMERA_LOST, CAMERA_BLIND, CAMERA_FROZEN, CAMERA_ENDED, CAMERA_MOVED };
const char *camera_state_name(enum camera_state s);

struct camera_health {
	enum camera_state state;
	char why[160];                 /* one sentence, no credentials */
	uint64_t frames, dropped, broken, reconnects;
	uint64_t left_out;             /* not decoded, see decode_all; of the stream that runs now */
	uint64_t leaps;                /* of a clock: ours, the camera's, a film's */
	double fps;
	double lag_s;                  /* capture to estimate, the last one */
	uint32_t width_px, height_px;
};

/* Each picture that was looked at, with what was seen in it drawn in; from the stream's thread. `t_s` as of estimates. */
typedef void (*camera_on_picture)(void *user, const struct cv_canvas *canvas, double t_s);

struct camera_options {
	const char *uri;       /* see source_new */
	double analyse_fps;    /* frames a second looked at, default 10 */
	bool decode_all;       /* else pictures that neither the analysis nor another picture needs are not even decoded */
	enum source_transport transport;
	double sequence_fps;   /* of a sequence of pictures, default 25 */
	double period_s;       /* an estimate every so often, default 1 */
	struct detector *detector; /* finds the vehicles; not owned, nobody else's meanwhile. NULL: what covers the road does */
	double detector_fps;   /* pictures a second that it looks at; default 5 */
	camera_on_picture on_picture; /* NULL: nothing is drawn */
	bool realtime;         /* files: play at their own pace (else as fast as it goes) */
};

/* An estimate for each of the view's lanes; owned by the camera, valid during the call. t_s is UTC of the capture (RTCP sender reports when
 * the stream has them, else arrival), for files that do not play at their own pace the stream's own time. */
typedef void (*camera_on_estimates)(void *user, const struct estimate *estimates, uint32_t n);
typedef void (*camera_on_state)(void *user, const struct camera_health *health);

struct camera;
struct camera *camera_new(const struct view *view, const struct camera_options *options, camera_on_estimates on_estimates, camera_on_state on_state,
	void *user, GError **error);
void camera_free(struct camera *c);
OWNED(camera)
struct camera_health camera_health(const struct camera *c);

/* How old pictures were when they had been looked at: counts in steps of CAMERA_AGE_STEP_S, the last one for all that were older. Live only. */
#define CAMERA_AGES 200
#define CAMERA_AGE_STEP_S 0.01
void camera_ages(const struct camera *c, uint32_t ages[CAMERA_AGES]);

/* Writes the newest frame with lanes, boxes, tracks, speeds, queues drawn in as PNG. Only when the operator asks. */
bool camera_snapshot(struct camera *c, const char *path, GError **error);

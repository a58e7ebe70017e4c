/* peer_cv.cpp - OpenCV as others use it. See peer_cv.h. */
#include "tests/bench/peer_cv.h"

#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>
#include <opencv2/video/background_segm.hpp>
#include <opencv2/videoio.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>
#include <vector>

/* The counter's own, in parts of the picture: tutorials say 400 to 500 px and 50 px of 640 x 360 pictures. */
static const double least_area_frac = 0.002, reach_frac = 0.08;
static const int kept_pictures = 10; /* that a body may be missing */
static const int sure = 255;         /* in the mask; shadows are 127 */

template <typename F> static bool guarded(F work)
{
	try {
		cv::setNumThreads(1);
		cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
		return work();
	} catch (...) {
		return false;
	}
}

static bool opened(cv::VideoCapture *film, const char *path)
{
	setenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", "threads;1", 1);
	return film->open(path, cv::CAP_FFMPEG);
}

/* ---- the counter ---- */

struct body {
	cv::Point2d at;
	int missing;
	uint64_t counted; /* lines, a bit each */
};

struct counting {
	const struct crossing_line *lines;
	uint32_t n;
	peer_on_event on_event;
	void *user;
	std::vector<body> bodies;
};

static double side(cv::Point2d a, cv::Point2d b, cv::Point2d p)
{
	return (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x);
}

static void cross(counting *c, body *b, cv::Point2d to, double t_s)
{
	for (uint32_t k = 0; k < c->n; k++) {
		const struct crossing_line *l = &c->lines[k];
		cv::Point2d from = b->at, p(l->x0, l->y0), q(l->x1, l->y1);
		bool cut = (side(p, q, from) > 0) != (side(p, q, to) > 0) && (side(from, to, p) > 0) != (side(from, to, q) > 0);
		bool way = (l->way_x == 0 && l->way_y == 0) || (to.x - from.x) * l->way_x + (to.y - from.y) * l->way_y > 0;
		if (!cut || !way || (b->counted >> k & 1))
			continue;
		b->counted |= (uint64_t) 1 << k;
		c->on_event(c->user, k, t_s);
	}
	b->at = to;
}

/* The nearest pair first. */
static void follow(counting *c, const std::vector<cv::Point2d> &seen, double reach_px, double t_s)
{
	std::vector<std::pair<double, std::pair<size_t, size_t>>> pairs;
	std::vector<bool> taken(seen.size()), found(c->bodies.size());
	for (size_t b = 0; b < c->bodies.size(); b++)
		for (size_t i = 0; i < seen.size(); i++)
			if (cv::norm(seen[i] - c->bodies[b].at) <= reach_px)
				pairs.push_back({cv::norm(seen[i] - c->bodies[b].at), {b, i}});
	std::sort(pairs.begin(), pairs.end());
	for (const auto &pair : pairs) {
		size_t b = pair.second.first, i = pair.second.second;
		if (found[b] || taken[i])
			continue;
		found[b] = taken[i] = true;
		c->bodies[b].missing = 0;
		cross(c, &c->bodies[b], seen[i], t_s);
	}
	for (size_t b = 0; b < found.size(); b++)
		c->bodies[b].missing += !found[b];
	c->bodies.erase(std::remove_if(c->bodies.begin(), c->bodies.end(), [](const body &b) { return b.missing > kept_pictures; }), c->bodies.end());
	for (size_t i = 0; i < seen.size(); i++)
		if (!taken[i])
			c->bodies.push_back({seen[i], 0, 0});
}

static std::vector<cv::Point2d> blobs(const cv::Mat &foreground, double least_px)
{
	static const cv::Mat small = cv::getStructuringElement(cv::MORPH_ELLIPSE, cv::Size(3, 3)), large = cv::getStructuringElement(cv::MORPH_ELLIPSE, cv::Size(7, 7));
	std::vector<std::vector<cv::Point>> outlines;
	std::vector<cv::Point2d> centres;
	cv::Mat mask = foreground == sure;
	cv::morphologyEx(mask, mask, cv::MORPH_OPEN, small);
	cv::morphologyEx(mask, mask, cv::MORPH_CLOSE, large);
	cv::findContours(mask, outlines, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_SIMPLE);
	for (const auto &outline : outlines)
		if (cv::contourArea(outline) >= least_px) {
			cv::Rect box = cv::boundingRect(outline);
			centres.emplace_back(box.x + box.width / 2.0, box.y + box.height / 2.0);
		}
	return centres;
}

static cv::Mat made_worse(const cv::Mat &picture, const struct peer_worse *w, cv::RNG *random)
{
	cv::Mat out = picture;
	if (w->mirrored)
		cv::flip(out, out, 1);
	if (w->scale != 1)
		cv::resize(out, out, cv::Size(), w->scale, w->scale, cv::INTER_NEAREST);
	if (w->gain != 1)
		out = out * w->gain;
	if (w->noise_sd > 0) { /* the same in all colours: ours sees the grey */
		cv::Mat noise(out.size(), CV_16SC1), all, sum;
		random->fill(noise, cv::RNG::NORMAL, 0, w->noise_sd);
		cv::merge(std::vector<cv::Mat>(3, noise), all);
		cv::add(out, all, sum, cv::noArray(), CV_8UC3);
		out = sum;
	}
	return out;
}

static struct crossing_line moved(struct crossing_line l, const struct peer_worse *w, double width_px)
{
	if (w->mirrored) {
		l.x0 = width_px - 1 - l.x0;
		l.x1 = width_px - 1 - l.x1;
		l.way_x = -l.way_x;
	}
	return {l.x0 * w->scale, l.y0 * w->scale, l.x1 * w->scale, l.y1 * w->scale, l.way_x, l.way_y};
}

bool peer_count(const char *path, const struct crossing_line *lines, uint32_t n, double fps, const struct peer_worse *worse, peer_on_event on_event, void *user)
{
	return guarded([&] {
		cv::VideoCapture film;
		cv::Mat picture, mask;
		cv::RNG random(1);
		std::vector<struct crossing_line> here;
		if (n > CROSSING_LINES_MAX || !opened(&film, path))
			return false;
		auto mog2 = cv::createBackgroundSubtractorMOG2();
		counting c = {nullptr, n, on_event, user, {}};
		for (uint32_t frame = 0; film.read(picture); frame++) {
			for (uint32_t k = 0; frame == 0 && k < n; k++)
				here.push_back(moved(lines[k], worse, picture.cols));
			c.lines = here.data();
			if (frame % worse->every)
				continue;
			cv::Mat seen = made_worse(picture, worse, &random);
			mog2->apply(seen, mask);
			follow(&c, blobs(mask, least_area_frac * (double) mask.total()), reach_frac * mask.cols, frame / fps);
		}
		return true;
	});
}

/* ---- MOG2 itself ---- */

struct peer_mog2 {
	cv::Ptr<cv::BackgroundSubtractorMOG2> model;
	cv::Mat mask;
};

struct peer_mog2 *peer_mog2_new(void)
{
	peer_mog2 *m = nullptr;
	guarded([&] {
		m = new peer_mog2;
		m->model = cv::createBackgroundSubtractorMOG2();
		return true;
	});
	return m;
}

void peer_mog2_free(struct peer_mog2 *m)
{
	delete m;
}

bool peer_mog2_look(struct peer_mog2 *m, const uint8_t *i420, uint32_t width_px, uint32_t height_px)
{
	return guarded([&] {
		cv::Mat planes((int) height_px * 3 / 2, (int) width_px, CV_8UC1, const_cast<uint8_t *>(i420)), colour;
		cv::cvtColor(planes, colour, cv::COLOR_YUV2BGR_I420);
		m->model->apply(colour, m->mask);
		return true;
	});
}

double peer_mog2_share(const struct peer_mog2 *m, double x0_px, double y0_px, double x1_px, double y1_px)
{
	cv::Rect box = cv::Rect(cv::Point((int) x0_px, (int) y0_px), cv::Point((int) x1_px, (int) y1_px)) & cv::Rect(0, 0, m->mask.cols, m->mask.rows);
	return box.area() > 0 ? cv::countNonZero(m->mask(box) == sure) / (double) box.area() : NAN;
}

/* ---- cascades ---- */

struct peer_cascade {
	cv::CascadeClassifier classifier;
};

struct peer_cascade *peer_cascade_new(const char *path)
{
	peer_cascade *c = nullptr;
	bool read = guarded([&] {
		c = new peer_cascade;
		return c->classifier.load(path);
	});
	if (read)
		return c;
	delete c;
	return nullptr;
}

void peer_cascade_free(struct peer_cascade *c)
{
	delete c;
}

uint32_t peer_cascade_look(struct peer_cascade *c, const uint8_t *grey, uint32_t width_px, uint32_t height_px, struct plate_box *boxes, uint32_t most)
{
	uint32_t n = 0;
	guarded([&] {
		std::vector<cv::Rect> found;
		c->classifier.detectMultiScale(cv::Mat((int) height_px, (int) width_px, CV_8UC1, const_cast<uint8_t *>(grey)), found);
		for (const cv::Rect &f : found)
			if (n < most)
				boxes[n++] = {(double) f.x, (double) f.y, (double) f.width, (double) f.height, 0};
		return true;
	});
	return n;
}

/* ---- the loop ---- */

uint32_t peer_loop(const char *path, double every)
{
	uint32_t looked = 0;
	guarded([&] {
		cv::VideoCapture film;
		cv::Mat picture, mask;
		if (!opened(&film, path))
			return false;
		auto mog2 = cv::createBackgroundSubtractorMOG2();
		for (uint32_t frame = 0; film.grab(); frame++)
			if (frame >= looked * every && film.retrieve(picture)) {
				mog2->apply(picture, mask);
				looked++;
			}
		return true;
	});
	return looked;
}

/* cv.cpp - the one place where OpenCV is met. See cv.h.
 *
 * OpenCV runs on the calling thread only: a city has more cameras than a machine has cores, and one camera's picture is small.
 */
#include "vision/cv.h"

#include <glib.h>
#include <opencv2/calib3d.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

struct cv_canvas {
	cv::Mat picture;
	double scale;
};

template <typename F> static bool guarded(F work)
{
	try {
		cv::setNumThreads(1);
		return work();
	} catch (...) {
		return false;
	}
}

static std::vector<cv::Point2d> points_of(const double *xy, uint32_t n)
{
	std::vector<cv::Point2d> points;
	for (uint32_t i = 0; i < n; i++)
		points.emplace_back(xy[2 * i], xy[2 * i + 1]);
	return points;
}

bool cv_homography(const double *from, const double *to, uint32_t n, double h[9])
{
	return guarded([&] {
		cv::Mat found = cv::findHomography(points_of(from, n), points_of(to, n), 0);
		if (found.rows != 3 || found.cols != 3 || !cv::checkRange(found))
			return false;
		for (int i = 0; i < 9; i++)
			h[i] = found.at<double>(i / 3, i % 3);
		return true;
	});
}

struct cv_canvas *cv_canvas_new(const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride, uint32_t scale)
{
	cv_canvas *canvas = nullptr;
	bool made = guarded([&] {
		cv::Mat from((int) height_px, (int) width_px, CV_8UC1, const_cast<uint8_t *>(grey), stride), big;
		cv::resize(from, big, cv::Size(), scale, scale, cv::INTER_LINEAR);
		canvas = new cv_canvas;
		canvas->scale = scale;
		cv::cvtColor(big, canvas->picture, cv::COLOR_GRAY2BGR);
		return true;
	});
	if (!made) {
		delete canvas;
		return nullptr;
	}
	return canvas;
}

void cv_canvas_free(struct cv_canvas *canvas)
{
	delete canvas;
}

static cv::Scalar colour_of(uint32_t rgb)
{
	return cv::Scalar(rgb & 255, rgb >> 8 & 255, rgb >> 16 & 255);
}

static std::vector<cv::Point> corners_of(const cv_canvas *canvas, const double *xy, uint32_t n)
{
	std::vector<cv::Point> corners;
	for (uint32_t i = 0; i < n; i++) {
		double x = CLAMP(xy[2 * i] * canvas->scale, -1e4, 1e4), y = CLAMP(xy[2 * i + 1] * canvas->scale, -1e4, 1e4);
		corners.emplace_back((int) std::lround(x), (int) std::lround(y));
	}
	return corners;
}

void cv_draw_line(struct cv_canvas *canvas, const double *xy, uint32_t n, bool closed, uint32_t rgb)
{
	guarded([&] {
		cv::polylines(canvas->picture, corners_of(canvas, xy, n), closed, colour_of(rgb), 1, cv::LINE_AA);
		return true;
	});
}

void cv_draw_area(struct cv_canvas *canvas, const double *xy, uint32_t n, uint32_t rgb, double opacity_frac)
{
	guarded([&] {
		cv::Mat over = canvas->picture.clone();
		cv::fillPoly(over, std::vector<std::vector<cv::Point>>{corners_of(canvas, xy, n)}, colour_of(rgb), cv::LINE_AA);
		cv::addWeighted(over, opacity_frac, canvas->picture, 1 - opacity_frac, 0, canvas->picture);
		return true;
	});
}

void cv_draw_text(struct cv_canvas *canvas, double x_px, double y_px, const char *text, uint32_t rgb)
{
	guarded([&] {
		cv::Point at((int) std::lround(x_px * canvas->scale), (int) std::lround(y_px * canvas->scale));
		cv::putText(canvas->picture, text, at, cv::FONT_HERSHEY_SIMPLEX, 0.4, cv::Scalar(0, 0, 0), 3, cv::LINE_AA);
		cv::putText(canvas->picture, text, at, cv::FONT_HERSHEY_SIMPLEX, 0.4, colour_of(rgb), 1, cv::LINE_AA);
		return true;
	});
}

const uint8_t *cv_canvas_rows(const struct cv_canvas *canvas, uint32_t *width_px, uint32_t *height_px, uint32_t *stride)
{
	*width_px = (uint32_t) canvas->picture.cols;
	*height_px = (uint32_t) canvas->picture.rows;
	*stride = (uint32_t) canvas->picture.step[0];
	return canvas->picture.data;
}

bool cv_canvas_jpeg(const struct cv_canvas *canvas, uint32_t quality, uint8_t **bytes, uint64_t *n)
{
	return guarded([&] {
		std::vector<uchar> jpeg;
		if (!cv::imencode(".jpg", canvas->picture, jpeg, {cv::IMWRITE_JPEG_QUALITY, (int) quality}))
			return false;
		*bytes = static_cast<uint8_t *>(g_memdup2(jpeg.data(), jpeg.size()));
		*n = jpeg.size();
		return true;
	});
}

bool cv_canvas_png(const struct cv_canvas *canvas, uint8_t **bytes, uint64_t *n)
{
	return guarded([&] {
		std::vector<uchar> png;
		if (!cv::imencode(".png", canvas->picture, png))
			return false;
		*bytes = static_cast<uint8_t *>(g_memdup2(png.data(), png.size()));
		*n = png.size();
		return true;
	});
}

bool cv_grey_read(const char *path, uint32_t most_px, uint32_t *width_px, uint32_t *height_px, uint8_t **grey)
{
	return guarded([&] {
		cv::Mat read = cv::imread(path, cv::IMREAD_GRAYSCALE);
		if (read.empty())
			return false;
		if (read.cols > (int) most_px)
			cv::resize(read, read, cv::Size((int) most_px, (int) ((int64_t) read.rows * most_px / read.cols)), 0, 0, cv::INTER_AREA);
		*width_px = (uint32_t) read.cols;
		*height_px = (uint32_t) read.rows;
		*grey = static_cast<uint8_t *>(g_memdup2(read.data, read.total()));
		return true;
	});
}

/* ---- movement: what jam.c asks ---- */

static cv::Mat grey_of(const uint8_t *grey, uint32_t width_px, uint32_t height_px)
{
	return cv::Mat((int) height_px, (int) width_px, CV_8UC1, const_cast<uint8_t *>(grey));
}

uint32_t cv_follow(const uint8_t *a, const uint8_t *b, uint32_t width_px, uint32_t height_px, struct cv_moved *moved, uint32_t max)
{
	uint32_t n = 0;
	bool good = guarded([&] {
		const double quality = 0.01, apart_px = 4, back_px = 0.5;
		const cv::Size window(9, 9);
		cv::Mat from = grey_of(a, width_px, height_px), to = grey_of(b, width_px, height_px);
		std::vector<cv::Point2f> at, there, back;
		std::vector<uchar> found, found_back;
		std::vector<float> error;
		cv::goodFeaturesToTrack(from, at, (int) max, quality, apart_px);
		if (at.empty())
			return true;
		std::vector<cv::Mat> pyramid_from, pyramid_to;
		cv::buildOpticalFlowPyramid(from, pyramid_from, window, 3);
		cv::buildOpticalFlowPyramid(to, pyramid_to, window, 3);
		cv::calcOpticalFlowPyrLK(pyramid_from, pyramid_to, at, there, found, error, window, 3);
		cv::calcOpticalFlowPyrLK(pyramid_to, pyramid_from, there, back, found_back, error, window, 3);
		for (size_t i = 0; i < at.size() && n < max; i++)
			if (found[i] && found_back[i] && std::hypot(back[i].x - at[i].x, back[i].y - at[i].y) < back_px)
				moved[n++] = {at[i].x, at[i].y, there[i].x - at[i].x, there[i].y - at[i].y};
		return true;
	});
	return good ? n : 0;
}

uint32_t cv_differ(const uint8_t *a, const uint8_t *b, uint32_t width_px, uint32_t height_px, double grey, struct cv_box *boxes, uint32_t max)
{
	uint32_t n = 0;
	bool good = guarded([&] {
		cv::Mat mask, labels, stats, centres;
		cv::absdiff(grey_of(a, width_px, height_px), grey_of(b, width_px, height_px), mask);
		cv::blur(mask, mask, cv::Size(3, 3));
		cv::threshold(mask, mask, grey, 255, cv::THRESH_BINARY);
		cv::morphologyEx(mask, mask, cv::MORPH_CLOSE, cv::Mat::ones(5, 5, CV_8U));
		cv::morphologyEx(mask, mask, cv::MORPH_OPEN, cv::Mat::ones(3, 3, CV_8U));
		int all = cv::connectedComponentsWithStats(mask, labels, stats, centres);
		for (int i = 1; i < all && n < max; i++)
			boxes[n++] = {stats.at<int>(i, cv::CC_STAT_LEFT), stats.at<int>(i, cv::CC_STAT_TOP), stats.at<int>(i, cv::CC_STAT_WIDTH),
				stats.at<int>(i, cv::CC_STAT_HEIGHT), stats.at<int>(i, cv::CC_STAT_AREA)};
		return true;
	});
	return good ? n : 0;
}

/* ---- a user's own network: what detector.c asks ---- */

static const int candidates_max = 1000; /* that overlap is looked for among */

enum class form { single_shot, with_objectness, columns };

struct cv_network {
	cv::dnn::Net net;
	int input_px, kinds;
	form gives;
};

static std::string shape_of(const cv::Mat &m)
{
	std::string text = "[";
	for (int i = 0; i < m.dims; i++)
		text += (i ? ", " : "") + std::to_string(m.size[i]);
	return text + "]";
}

/* What went wrong inside, as one line; OpenCV's own words are long and carry source lines. */
template <typename F> static bool explained(char **why, F work)
{
	try {
		cv::setNumThreads(1);
		return work();
	} catch (const cv::Exception &e) {
		std::string first = e.err.substr(0, MIN(e.err.find('\n'), (size_t) 160));
		*why = g_strdup_printf("OpenCV refuses it: %s", first.empty() ? "no reason given" : first.c_str());
	} catch (const std::bad_alloc &) {
		*why = g_strdup("it needs more memory than there is");
	} catch (...) {
		*why = g_strdup("OpenCV refuses it");
	}
	return false;
}

static bool tell_form(const cv::Mat &out, int kinds, form *gives)
{
	bool rows = out.dims == 3 && out.size[0] == 1 && out.size[2] == 5 + kinds;
	bool columns = out.dims == 3 && out.size[0] == 1 && out.size[1] == 4 + kinds;
	bool shots = out.dims == 4 && out.size[0] == 1 && out.size[1] == 1 && out.size[3] == 7;
	*gives = shots ? form::single_shot : rows ? form::with_objectness : form::columns;
	return out.type() == CV_32F && (int) rows + (int) columns + (int) shots == 1;
}

/* The whole picture in the square, its shape kept, in the middle of grey. */
static cv::Mat squared(const cv::Mat &grey, int side_px, double *scale, double *left_px, double *top_px)
{
	*scale = (double) side_px / std::max(grey.cols, grey.rows);
	int width = CLAMP((int) std::lround(grey.cols * *scale), 1, side_px), height = CLAMP((int) std::lround(grey.rows * *scale), 1, side_px);
	*left_px = (side_px - width) / 2;
	*top_px = (side_px - height) / 2;
	cv::Mat square(side_px, side_px, CV_8UC1, cv::Scalar(114)), colour;
	cv::Mat inside = square(cv::Rect((int) *left_px, (int) *top_px, width, height));
	cv::resize(grey, inside, inside.size(), 0, 0, *scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
	cv::cvtColor(square, colour, cv::COLOR_GRAY2BGR);
	return colour;
}

static bool forward(cv_network *network, const cv::Mat &square, cv::Mat *out, char **why)
{
	network->net.setInput(cv::dnn::blobFromImage(square, 1 / 255.0));
	std::vector<cv::String> names = network->net.getUnconnectedOutLayersNames();
	if (names.size() != 1) {
		*why = g_strdup_printf("it has %zu outputs, must have one", names.size());
		return false;
	}
	*out = network->net.forward(names[0]);
	form gives;
	if (!tell_form(*out, network->kinds, &gives)) {
		*why = g_strdup_printf("its output is %s, must be [1, N, %d], [1, %d, N] or [1, 1, N, 7] for %d classes", shape_of(*out).c_str(),
			5 + network->kinds, 4 + network->kinds, network->kinds);
		return false;
	}
	network->gives = gives;
	return true;
}

struct cv_network *cv_network_new(const char *path, uint32_t input_px, uint32_t n_kinds, char **why)
{
	cv_network *network = nullptr;
	auto level = cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT); /* the sentence says it */
	bool made = explained(why, [&] {
		network = new cv_network;
		network->input_px = (int) input_px;
		network->kinds = (int) n_kinds;
		network->net = cv::dnn::readNetFromONNX(path);
		if (network->net.empty()) {
			*why = g_strdup("there is no network in it");
			return false;
		}
		network->net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
		network->net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
		cv::Mat out, empty((int) input_px, (int) input_px, CV_8UC3, cv::Scalar::all(114));
		return forward(network, empty, &out, why);
	});
	cv::utils::logging::setLogLevel(level);
	if (made)
		return network;
	delete network;
	return nullptr;
}

void cv_network_free(struct cv_network *network)
{
	delete network;
}

struct candidates {
	std::vector<cv::Rect2d> boxes;
	std::vector<float> scores;
	std::vector<uint32_t> kinds;
};

/* Corners in the square's pixels. What is not finite or has no area is no box. */
static void add(candidates *all, double x0, double y0, double x1, double y1, double score, int kind)
{
	if (!std::isfinite(x0 + y0 + x1 + y1 + score) || !(x1 > x0) || !(y1 > y0) || kind < 0)
		return;
	all->boxes.emplace_back(x0, y0, x1 - x0, y1 - y0);
	all->scores.push_back((float) MIN(score, 1));
	all->kinds.push_back((uint32_t) kind);
}

static candidates read_out(const cv_network *network, const cv::Mat &out, double least)
{
	candidates all;
	const float *at = out.ptr<float>();
	bool shots = network->gives == form::single_shot, columns = network->gives == form::columns;
	size_t n = (size_t) (shots ? out.size[2] : columns ? out.size[2] : out.size[1]), wide = columns ? 1 : (size_t) out.size[shots ? 3 : 2];
	size_t apart = columns ? n : 1, first = columns ? 4 : 5, side = (size_t) network->input_px;
	for (size_t i = 0; i < n; i++) {
		const float *row = at + i * wide;
		if (shots) {
			double s = (double) side;
			if (row[2] >= least && row[1] >= 0 && row[1] < (float) network->kinds)
				add(&all, row[3] * s, row[4] * s, row[5] * s, row[6] * s, row[2], (int) row[1]);
			continue;
		}
		int best = 0;
		for (int k = 1; k < network->kinds; k++)
			if (row[(first + (size_t) k) * apart] > row[(first + (size_t) best) * apart])
				best = k;
		double score = row[(first + (size_t) best) * apart] * (columns ? 1 : row[4]);
		double x = row[0], y = row[apart], w = row[2 * apart], h = row[3 * apart];
		if (score >= least)
			add(&all, x - w / 2, y - h / 2, x + w / 2, y + h / 2, score, best);
	}
	return all;
}

bool cv_network_run(struct cv_network *network, const uint8_t *grey, uint32_t width_px, uint32_t height_px, uint32_t stride, double score_frac,
	double overlap_frac, struct cv_found *found, uint32_t max, uint32_t *n, char **why)
{
	*n = 0;
	return explained(why, [&] {
		cv::Mat picture((int) height_px, (int) width_px, CV_8UC1, const_cast<uint8_t *>(grey), stride), out;
		double scale, left, top;
		if (!forward(network, squared(picture, network->input_px, &scale, &left, &top), &out, why))
			return false;
		candidates all = read_out(network, out, score_frac);
		std::vector<int> kept;
		cv::dnn::NMSBoxes(all.boxes, all.scores, (float) score_frac, (float) overlap_frac, kept, 1, candidates_max);
		for (size_t i = 0; i < kept.size() && *n < max; i++) {
			const cv::Rect2d &b = all.boxes[(size_t) kept[i]];
			double x0 = CLAMP((b.x - left) / scale, 0, width_px), x1 = CLAMP((b.x + b.width - left) / scale, 0, width_px);
			double y0 = CLAMP((b.y - top) / scale, 0, height_px), y1 = CLAMP((b.y + b.height - top) / scale, 0, height_px);
			if (x1 > x0 && y1 > y0)
				found[(*n)++] = {(float) x0, (float) y0, (float) (x1 - x0), (float) (y1 - y0), all.scores[(size_t) kept[i]], all.kinds[(size_t) kept[i]]};
		}
		return true;
	});
}

/* cv.cpp - the one place where OpenCV is met. See cv.h.
 *
 * OpenCV runs on the calling thread only: a city has more cameras than a machine has cores, and one camera's picture is small.
 */
#include "vision/cv.h"

#include <glib.h>
#include <opencv2/calib3d.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>

#include <cmath>
#include <cstring>
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

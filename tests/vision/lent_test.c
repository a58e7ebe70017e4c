/* Pictures that their writer still holds are shared, not copied, and none is made anew while one lies idle. */
#include "vision/lent.h"

#include <gst/video/video.h>
#include <stdint.h>
#include <string.h>

static GstBufferPool *offered(GstVideoInfo *video)
{
	g_autoptr(GstCaps) caps = gst_caps_from_string("video/x-raw, format=I420, width=64, height=48, framerate=25/1");
	g_autoptr(GstQuery) query = gst_query_new_allocation(caps, TRUE);
	GstBufferPool *pool;
	g_assert_true(gst_video_info_from_caps(video, caps));
	g_assert_true(lent_offer(query));
	g_assert_true(gst_query_find_allocation_meta(query, GST_VIDEO_META_API_TYPE, NULL));
	gst_query_parse_nth_allocation_pool(query, 0, &pool, NULL, NULL, NULL);
	GstStructure *config = gst_buffer_pool_get_config(pool);
	gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_META);
	g_assert_true(gst_buffer_pool_set_config(pool, config));
	g_assert_true(gst_buffer_pool_set_active(pool, TRUE));
	return pool;
}

static GstBuffer *taken(GstBufferPool *pool)
{
	GstBuffer *buffer = NULL;
	g_assert_cmpint(gst_buffer_pool_acquire_buffer(pool, &buffer, NULL), ==, GST_FLOW_OK);
	return buffer;
}

static void test_shared(void)
{
	GstVideoInfo video;
	GstVideoFrame written, seen;
	g_autoptr(GstBufferPool) pool = offered(&video);
	GstBuffer *picture = taken(pool);
	g_assert_true(gst_video_frame_map(&written, &video, picture, GST_MAP_READWRITE));
	memset(GST_VIDEO_FRAME_PLANE_DATA(&written, 0), 77, 64);
	memset(GST_VIDEO_FRAME_PLANE_DATA(&written, 2), 99, 32);
	GstBuffer *copy = gst_buffer_copy(picture); /* as a decoder's base does while the decoder holds on to it */
	g_assert_true(gst_buffer_peek_memory(copy, 0) == gst_buffer_peek_memory(picture, 0));
	g_assert_true(gst_video_frame_map(&seen, &video, copy, GST_MAP_READ));
	g_assert_cmpuint(((uint8_t *) GST_VIDEO_FRAME_PLANE_DATA(&seen, 0))[63], ==, 77);
	g_assert_cmpuint(((uint8_t *) GST_VIDEO_FRAME_PLANE_DATA(&seen, 2))[31], ==, 99);
	g_assert_true(GST_VIDEO_FRAME_PLANE_DATA(&seen, 1) == GST_VIDEO_FRAME_PLANE_DATA(&written, 1));
	gst_video_frame_unmap(&seen);
	gst_video_frame_unmap(&written);
	const GstMemory *memory = gst_buffer_peek_memory(copy, 0);
	gst_buffer_unref(picture);
	gst_buffer_unref(copy); /* lets go of the picture first, then of the memory */
	GstBuffer *next = taken(pool);
	g_assert_true(gst_buffer_peek_memory(next, 0) == memory);
	gst_buffer_unref(next);
	gst_buffer_pool_set_active(pool, FALSE);
}

/* What somebody looks at is not written over, whoever lets go first; afterwards it is used again. */
static void test_recycled(void)
{
	GstVideoInfo video;
	g_autoptr(GstBufferPool) pool = offered(&video);
	GstBuffer *first = taken(pool), *looker = gst_buffer_new();
	gst_buffer_append_memory(looker, gst_buffer_get_memory(first, 0));
	const GstMemory *memory = gst_buffer_peek_memory(first, 0);
	gst_buffer_unref(first);
	GstBuffer *second = taken(pool);
	g_assert_true(gst_buffer_peek_memory(second, 0) != memory);
	gst_buffer_unref(looker);
	GstBuffer *third = taken(pool);
	g_assert_true(gst_buffer_peek_memory(third, 0) == memory);
	gst_buffer_unref(second);
	gst_buffer_unref(third);
	gst_buffer_pool_set_active(pool, FALSE);
}

static void test_no_pictures(void)
{
	g_autoptr(GstCaps) caps = gst_caps_from_string("audio/x-raw");
	g_autoptr(GstQuery) of_sound = gst_query_new_allocation(caps, TRUE), of_nothing = gst_query_new_allocation(NULL, FALSE);
	g_assert_false(lent_offer(of_sound));
	g_assert_false(lent_offer(of_nothing));
	g_assert_cmpuint(gst_query_get_n_allocation_pools(of_sound), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	gst_init(NULL, NULL);
	g_test_add_func("/lent/shared", test_shared);
	g_test_add_func("/lent/recycled", test_recycled);
	g_test_add_func("/lent/no-pictures", test_no_pictures);
	return g_test_run();
}

/* lent.c - pictures that a decoder goes on reading while we look at them. See lent.h. */
#include "vision/lent.h"

#include <gst/video/gstvideopool.h>
#include <gst/video/video.h>

struct _LentPool {
	GstVideoBufferPool parent;
	GMutex lock;
	GQueue shared; /* buffers that came back; somebody may still look at their memory */
};

G_DECLARE_FINAL_TYPE(LentPool, lent_pool, LENT, POOL, GstVideoBufferPool)
G_DEFINE_TYPE(LentPool, lent_pool, GST_TYPE_VIDEO_BUFFER_POOL)

static GstBufferPoolClass *above(void)
{
	return GST_BUFFER_POOL_CLASS(lent_pool_parent_class);
}

/* ---- sharing: nobody maps for writing ---- */

static gboolean map_plane(GstVideoMeta *meta, guint plane, GstMapInfo *info, gpointer *data, gint *stride, GstMapFlags flags)
{
	guint first, n;
	gsize skip;
	if (!gst_buffer_find_memory(meta->buffer, meta->offset[plane], 1, &first, &n, &skip) ||
		!gst_buffer_map_range(meta->buffer, first, (gint) n, info, flags & ~(GstMapFlags) GST_MAP_WRITE))
		return FALSE;
	*data = info->data + skip;
	*stride = meta->stride[plane];
	return TRUE;
}

static gboolean unmap_plane(GstVideoMeta *meta, guint plane, GstMapInfo *info)
{
	(void) plane;
	gst_buffer_unmap(meta->buffer, info);
	return TRUE;
}

static GstFlowReturn alloc_buffer(GstBufferPool *pool, GstBuffer **buffer, GstBufferPoolAcquireParams *params)
{
	GstFlowReturn flow = above()->alloc_buffer(pool, buffer, params);
	GstVideoMeta *meta = flow == GST_FLOW_OK ? gst_buffer_get_video_meta(*buffer) : NULL;
	if (meta) {
		meta->map = map_plane;
		meta->unmap = unmap_plane;
	}
	return flow;
}

/* ---- recycling: a pool would throw away what comes back while somebody still looks at its memory ---- */

/* Gives back what is free by now, or all. */
static void give_back(LentPool *pool, bool all)
{
	g_mutex_lock(&pool->lock);
	for (guint left = g_queue_get_length(&pool->shared); left > 0; left--) {
		GstBuffer *buffer = g_queue_pop_head(&pool->shared);
		if (all || gst_buffer_is_all_memory_writable(buffer))
			above()->release_buffer(GST_BUFFER_POOL(pool), buffer);
		else
			g_queue_push_tail(&pool->shared, buffer);
	}
	g_mutex_unlock(&pool->lock);
}

static void release_buffer(GstBufferPool *pool, GstBuffer *buffer)
{
	LentPool *ours = LENT_POOL(pool);
	g_mutex_lock(&ours->lock);
	g_queue_push_tail(&ours->shared, buffer);
	g_mutex_unlock(&ours->lock);
}

static GstFlowReturn acquire_buffer(GstBufferPool *pool, GstBuffer **buffer, GstBufferPoolAcquireParams *params)
{
	give_back(LENT_POOL(pool), false);
	return above()->acquire_buffer(pool, buffer, params);
}

static gboolean stop(GstBufferPool *pool)
{
	give_back(LENT_POOL(pool), true);
	return above()->stop(pool);
}

static void finalize(GObject *object)
{
	g_mutex_clear(&LENT_POOL(object)->lock);
	G_OBJECT_CLASS(lent_pool_parent_class)->finalize(object);
}

static void lent_pool_class_init(LentPoolClass *c)
{
	GstBufferPoolClass *ours = GST_BUFFER_POOL_CLASS(c);
	ours->alloc_buffer = alloc_buffer;
	ours->release_buffer = release_buffer;
	ours->acquire_buffer = acquire_buffer;
	ours->stop = stop;
	G_OBJECT_CLASS(c)->finalize = finalize;
}

static void lent_pool_init(LentPool *pool)
{
	g_mutex_init(&pool->lock);
	g_queue_init(&pool->shared);
}

bool lent_offer(GstQuery *query)
{
	GstCaps *caps = NULL;
	GstVideoInfo video;
	gst_query_parse_allocation(query, &caps, NULL);
	if (!caps || !gst_video_info_from_caps(&video, caps))
		return false;
	g_autoptr(GstBufferPool) pool = g_object_ref_sink(g_object_new(lent_pool_get_type(), NULL));
	GstStructure *config = gst_buffer_pool_get_config(pool);
	gst_buffer_pool_config_set_params(config, caps, (guint) video.size, 0, 0);
	if (!gst_buffer_pool_set_config(pool, config))
		return false;
	gst_query_add_allocation_pool(query, pool, (guint) video.size, 0, 0);
	gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, NULL);
	return true;
}

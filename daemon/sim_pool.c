/* sim_pool.c - runs on several threads; see sim_pool.h. */
#include "daemon/sim_pool.h"

#include "daemon/progress.h"

#define SHOW_US (300 * G_TIME_SPAN_MILLISECOND)

struct pool {
	struct sim_job *jobs;
	uint32_t n, n_done;
	gint failed; /* some job did: those that have not begun need not */
	GMutex mutex;
	GCond done;  /* n_done has changed */
};

static void on_job(gpointer data, gpointer user)
{
	struct sim_job *job = data;
	struct pool *pool = user;

	if (!g_atomic_int_get(&pool->failed)) {
		job->ran = sim_case_run(&job->one, job->net, job->method, job->seed, &job->result, &job->error);
		if (!job->ran)
			g_atomic_int_set(&pool->failed, 1);
	}
	g_atomic_int_set(&job->permille, 1000);
	g_mutex_lock(&pool->mutex);
	pool->n_done++;
	g_cond_signal(&pool->done);
	g_mutex_unlock(&pool->mutex);
}

static void show(struct pool *pool, struct progress *progress)
{
	double share = 0;
	for (uint32_t k = 0; k < pool->n; k++)
		share += g_atomic_int_get(&pool->jobs[k].permille) / 1000.0 / pool->n;
	g_autofree char *words = g_strdup_printf("%u of %u runs", pool->n_done, pool->n);
	progress_show(progress, share, words);
}

/* Until all are done; on a terminal with how far they are. */
static void wait_for_all(struct pool *pool)
{
	owned(progress) progress = progress_new();
	g_mutex_lock(&pool->mutex);
	while (pool->n_done < pool->n) {
		if (!progress) {
			g_cond_wait(&pool->done, &pool->mutex);
			continue;
		}
		show(pool, progress);
		gint64 until_us = g_get_monotonic_time() + SHOW_US;
		while (pool->n_done < pool->n && g_cond_wait_until(&pool->done, &pool->mutex, until_us))
			continue;
	}
	g_mutex_unlock(&pool->mutex);
}

/* The first failure in the jobs' order is the one that is told, whichever came first in time. */
static bool settle(struct pool *pool, GError **error)
{
	bool good = true;
	for (uint32_t k = 0; k < pool->n; k++) {
		struct sim_job *job = &pool->jobs[k];
		if (job->error && good)
			g_propagate_error(error, g_steal_pointer(&job->error));
		else
			g_clear_error(&job->error);
		good = good && job->ran;
	}
	for (uint32_t k = 0; !good && k < pool->n; k++)
		if (pool->jobs[k].ran)
			sim_result_finish(&pool->jobs[k].result);
	return good;
}

bool sim_pool_run(struct sim_job *jobs, uint32_t n, uint32_t n_threads, GError **error)
{
	struct pool pool = {.jobs = jobs, .n = n};
	GThreadPool *threads = g_thread_pool_new(on_job, &pool, (gint) (n_threads ? n_threads : g_get_num_processors()), TRUE, error);
	if (!threads)
		return false;
	g_mutex_init(&pool.mutex);
	g_cond_init(&pool.done);
	for (uint32_t k = 0; k < n; k++) {
		struct sim_job *job = &jobs[k];
		job->one = *job->with;
		job->one.record = job->record;
		job->one.permille = &job->permille;
		job->one.quiet = job->with->quiet || k > 0;
		job->permille = 0;
		job->ran = false;
		job->error = NULL;
		g_thread_pool_push(threads, job, NULL);
	}
	wait_for_all(&pool);
	g_thread_pool_free(threads, FALSE, TRUE);
	g_cond_clear(&pool.done);
	g_mutex_clear(&pool.mutex);
	return settle(&pool, error);
}

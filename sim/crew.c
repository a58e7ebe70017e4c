/* crew.c - the threads of a world: one step's work in shares; see parts.h.
 *
 * The caller is one of them. The others wait for the next piece of work, a short while awake, then asleep: a step has several pieces,
 * and they follow each other closely.
 */
#include "sim/parts.h"

#define AWAKE_ROUNDS 500        /* of waiting before a thread goes to sleep */
#define AWAKE_ROUNDS_LARGE 20000 /* where a step takes milliseconds, being woken takes longer than the pieces between its pieces */
#define LARGE_WORLD 10000       /* vehicles */

/* A short pause of the processor while it waits for another one. */
static inline void rest(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

struct crew {
	GThread **threads;
	uint32_t n;              /* without the caller */
	GMutex lock;
	GCond call;
	struct world *w;
	void (*work)(struct share *share);
	gint turn;               /* counts calls; the work of a call is set before it */
	gint at_work;            /* threads that have not finished the call */
	gint asleep;
	gint rounds;             /* awake, while waiting */
	gint over;
};

struct member {
	struct crew *crew;
	uint32_t share;
};

static void wait_for_call(struct crew *crew, gint turn)
{
	for (gint k = 0; k < g_atomic_int_get(&crew->rounds); k++) {
		if (g_atomic_int_get(&crew->turn) != turn)
			return;
		rest();
	}
	g_mutex_lock(&crew->lock);
	crew->asleep++;
	while (g_atomic_int_get(&crew->turn) == turn)
		g_cond_wait(&crew->call, &crew->lock);
	crew->asleep--;
	g_mutex_unlock(&crew->lock);
}

static gpointer on_thread(gpointer data)
{
	g_autofree struct member *me = data;
	struct crew *crew = me->crew;
	for (gint turn = 0;; turn++) {
		wait_for_call(crew, turn);
		if (g_atomic_int_get(&crew->over))
			return NULL;
		crew->work(&crew->w->shares[me->share]);
		g_atomic_int_dec_and_test(&crew->at_work);
	}
}

struct crew *crew_new(uint32_t threads)
{
	if (threads < 2)
		return NULL;
	struct crew *crew = g_new0(struct crew, 1);
	crew->n = threads - 1;
	crew->threads = g_new(GThread *, crew->n);
	g_mutex_init(&crew->lock);
	g_cond_init(&crew->call);
	for (uint32_t k = 0; k < crew->n; k++) {
		struct member *me = g_new(struct member, 1);
		*me = (struct member){crew, k + 1};
		crew->threads[k] = g_thread_new("world", on_thread, me);
	}
	return crew;
}

static void call(struct crew *crew)
{
	g_mutex_lock(&crew->lock);
	g_atomic_int_inc(&crew->turn);
	if (crew->asleep)
		g_cond_broadcast(&crew->call);
	g_mutex_unlock(&crew->lock);
}

void crew_free(struct crew *crew)
{
	if (!crew)
		return;
	g_atomic_int_set(&crew->over, 1);
	call(crew);
	for (uint32_t k = 0; k < crew->n; k++)
		g_thread_join(crew->threads[k]);
	g_mutex_clear(&crew->lock);
	g_cond_clear(&crew->call);
	g_free(crew->threads);
	g_free(crew);
}

void crew_work(struct world *w, void (*work)(struct share *share))
{
	struct crew *crew = w->crew;
	if (crew) {
		crew->w = w;
		crew->work = work;
		g_atomic_int_set(&crew->rounds, w->n >= LARGE_WORLD ? AWAKE_ROUNDS_LARGE : AWAKE_ROUNDS);
		g_atomic_int_set(&crew->at_work, (gint) crew->n);
		call(crew);
	}
	work(&w->shares[0]);
	for (int k = 0; crew && g_atomic_int_get(&crew->at_work); k++)
		if (k < g_atomic_int_get(&crew->rounds))
			rest();
		else
			g_thread_yield();
}

void share_split(struct world *w)
{
	uint32_t words = w->roads->n_order / 64, threads = w->options.threads, word = 0;
	uint64_t before = 0;
	for (uint32_t t = 0; t < threads; t++) {
		w->shares[t].first_word = word;
		for (; word < words && (t + 1 == threads || before < (uint64_t) w->n * (t + 1) / threads); word++)
			for (uint64_t bits = w->busy[word]; bits && t + 1 < threads; bits &= bits - 1)
				before += w->lanes[w->roads->order[word * 64 + (uint32_t) __builtin_ctzll(bits)]].count;
		w->shares[t].end_word = word;
	}
}

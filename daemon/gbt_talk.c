/* gbt_talk.c - see gbt_talk.h. */
#include "daemon/gbt_talk.h"

#include <string.h>

#include "core/units.h"

#define WAITING_MOST 512 /* exchanges; a caller that asks more than that is broken */
#define LATE_MOST 16      /* questions back that an answer may be to */

enum echo { ECHO_UNKNOWN, ECHO_YES, ECHO_NO }; /* of our sequence numbers */

struct gbt_talk {
	struct gbt_talk_setup setup;
	struct gbt_stream stream;
	GQueue waiting; /* struct gbt_exchange */
	struct gbt_exchange *now; /* asked; NULL none */
	uint32_t asked; /* items of it in the frame that is out, from now->at on */
	uint8_t sequence;
	uint32_t tried;
	double sent_s;
	enum echo echo;
	double alive_s;
	bool single;  /* it answers frames of one item only */
	bool several; /* it has answered one of several: silence is for another reason, then */
	struct gbt_counts counts;
};

struct gbt_talk *gbt_talk_new(const struct gbt_talk_setup *setup)
{
	struct gbt_talk *t = g_new0(struct gbt_talk, 1);

	t->setup = *setup;
	t->sequence = 0x7f; /* units that count for themselves begin elsewhere */
	gbt_stream_init(&t->stream);
	g_queue_init(&t->waiting);
	t->counts.answer_s = t->alive_s = UNKNOWN;
	return t;
}

void gbt_talk_reset(struct gbt_talk *t)
{
	gbt_stream_reset(&t->stream);
	g_queue_clear_full(&t->waiting, g_free);
	g_clear_pointer(&t->now, g_free);
	t->echo = ECHO_UNKNOWN;
	t->single = t->several = false;
}

void gbt_talk_free(struct gbt_talk *t)
{
	if (t == NULL)
		return;
	gbt_talk_reset(t);
	gbt_stream_finish(&t->stream);
	g_free(t);
}

static void send_frame(struct gbt_talk *t, uint8_t type, uint8_t sequence, uint32_t n)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	struct gbt_frame frame = {.version = GBT_VERSION, .host = t->setup.host, .controller = t->setup.controller, .junction = t->setup.junction,
		.sequence = sequence, .type = type, .n_items = n};

	for (uint32_t i = 0; i < n; i++) {
		const struct gbt_value *v = &t->now->values[t->now->at + i];
		frame.items[i] = (struct gbt_item){.index = (uint8_t) (i + 1), .key = v->key};
		if (type == GBT_SET) {
			frame.items[i].length = v->length;
			frame.items[i].data = v->data;
		}
	}
	gbt_frame_write(&frame, t->setup.escape, bytes);
	t->counts.sent++;
	t->setup.send(t->setup.user, bytes->data, bytes->len);
}

static bool alone(const struct gbt_talk *t)
{
	return t->now->type == GBT_SET || t->single || t->now->one_by_one;
}

static void ask_now(struct gbt_talk *t, double now_s)
{
	t->now->one_by_one |= t->single;
	t->asked = alone(t) ? 1 : t->now->n - t->now->at;
	t->sequence++;
	t->tried = 1;
	t->sent_s = now_s;
	send_frame(t, t->now->type, t->sequence, t->asked);
}

static void ask_next(struct gbt_talk *t, double now_s)
{
	if (t->now != NULL || g_queue_is_empty(&t->waiting))
		return;
	t->now = g_queue_pop_head(&t->waiting);
	t->now->asked_s = now_s;
	ask_now(t, now_s);
}

void gbt_talk_ask(struct gbt_talk *t, const struct gbt_exchange *exchange, bool soon, double now_s)
{
	g_return_if_fail(exchange->n > 0 && g_queue_get_length(&t->waiting) < WAITING_MOST);
	struct gbt_exchange *copy = g_memdup2(exchange, sizeof *exchange);

	if (soon)
		g_queue_push_head(&t->waiting, copy);
	else
		g_queue_push_tail(&t->waiting, copy);
	ask_next(t, now_s);
}

static void finish(struct gbt_talk *t, enum gbt_outcome outcome, double now_s)
{
	g_autofree struct gbt_exchange *e = g_steal_pointer(&t->now);

	t->setup.done(t->setup.user, e, outcome);
	ask_next(t, now_s);
}

/* All that this frame asked for is answered. */
static void go_on(struct gbt_talk *t, double now_s)
{
	struct gbt_exchange *e = t->now;
	bool refused = false;

	for (uint32_t i = 0; i < t->asked; i++)
		refused |= e->values[e->at + i].refusal != 0;
	e->at += t->asked;
	if (e->at < e->n && !(refused && e->type == GBT_SET)) {
		ask_now(t, now_s);
		return;
	}
	for (uint32_t i = 0; i < e->n; i++)
		refused |= e->values[i].refusal != 0;
	t->counts.refused += refused;
	t->several |= t->asked > 1;
	if (!refused && !t->several && e->one_by_one && e->n > 1 && e->type == GBT_QUERY)
		t->single = true; /* each alone was fine: it is several that it does not take */
	finish(t, refused ? GBT_REFUSED : GBT_TAKEN, now_s);
}

static bool names_same(const struct gbt_talk *t, const struct gbt_frame *f)
{
	if (f->n_items != t->asked)
		return false;
	for (uint32_t i = 0; i < t->asked; i++)
		if (gbt_key_number(f->items[i].key) != gbt_key_number(t->now->values[t->now->at + i].key))
			return false;
	return true;
}

/* Is it about what is asked at all? A whole frame can be refused with fewer items than it had. */
static bool names_some(const struct gbt_talk *t, const struct gbt_frame *f)
{
	for (uint32_t k = 0; k < f->n_items; k++)
		for (uint32_t i = 0; i < t->asked; i++)
			if (gbt_key_number(f->items[k].key) == gbt_key_number(t->now->values[t->now->at + i].key))
				return true;
	return false;
}

static void fill_in(struct gbt_talk *t, const struct gbt_frame *f, bool error)
{
	for (uint32_t i = 0; i < t->asked; i++) {
		struct gbt_value *v = &t->now->values[t->now->at + i];
		const struct gbt_item *item = &f->items[i];
		v->answered = true;
		if (error) {
			v->refusal = item->length > 0 && item->data[0] != 0 ? item->data[0] : GBT_GENERAL;
		} else if (t->now->type == GBT_QUERY) {
			v->length = item->length;
			if (item->length > 0)
				memcpy(v->data, item->data, item->length);
		}
	}
}

static void stray(struct gbt_talk *t, enum gbt_odd kind, const char *what)
{
	t->counts.stray++;
	t->setup.odd(t->setup.user, kind, what);
}

static void take_answer(struct gbt_talk *t, const struct gbt_frame *f, double now_s)
{
	bool error = t->now != NULL && f->type == t->now->type + 0x11;

	if (t->now == NULL || (f->type != t->now->type + 0x10 && !error)) {
		stray(t, GBT_ODD_STRAY, "an answer came to something that is not asked");
		return;
	}
	uint8_t back = (uint8_t) (t->sequence - f->sequence);
	/* A unit that counts for itself and is just behind us by chance is taken for a late one at first: but it counts what we ask again, too, and so
	 * gets ahead. Once it has echoed, only a new connection lets it count for itself: what is late must never be taken for what is now. */
	if (back != 0 && (t->echo == ECHO_YES || (t->echo == ECHO_UNKNOWN && back <= LATE_MOST))) {
		stray(t, GBT_ODD_STRAY, "an answer came late: it has the sequence number of an earlier question");
		return;
	}
	bool same = names_same(t, f);
	if (!same && (t->asked == 1 || !names_some(t, f))) {
		stray(t, GBT_ODD_STRAY, "an answer came about other items than those asked for");
		return;
	}
	if (t->echo == ECHO_UNKNOWN)
		t->echo = f->sequence == t->sequence ? ECHO_YES : ECHO_NO;
	t->counts.answered++;
	t->counts.answer_s = now_s - t->sent_s;
	if (t->asked > 1 && (error || !same)) { /* not so many at once; one by one it tells which */
		t->now->one_by_one = true;
		ask_now(t, now_s);
		return;
	}
	fill_in(t, f, error);
	go_on(t, now_s);
}

static void take_frame(struct gbt_talk *t, const uint8_t *bytes, size_t size, double now_s)
{
	struct gbt_frame f;
	g_autoptr(GError) error = NULL;

	if (!gbt_frame_read(bytes, size, &f, &error)) {
		t->counts.garbage++;
		t->setup.odd(t->setup.user, GBT_ODD_GARBAGE, error->message);
		return;
	}
	if (f.controller != t->setup.controller || f.host != t->setup.host) {
		stray(t, GBT_ODD_STRANGER, "a frame came of another controller, or for another host");
		return;
	}
	switch (f.type) {
	case GBT_QUERY_REPLY:
	case GBT_QUERY_ERROR:
	case GBT_SET_REPLY:
	case GBT_SET_ERROR:
		take_answer(t, &f, now_s);
		break;
	case GBT_BROADCAST:
	case GBT_REPORT:
		for (uint32_t i = 0; i < f.n_items && t->setup.report != NULL; i++)
			t->setup.report(t->setup.user, &f.items[i]);
		break;
	case GBT_HEARTBEAT:
		if (now_s <= t->alive_s)
			send_frame(t, GBT_HEARTBEAT_REPLY, f.sequence, 0);
		break;
	case GBT_HEARTBEAT_REPLY:
	case GBT_HEARTBEAT + 1: /* one tool sends this */
		break;
	default:
		stray(t, GBT_ODD_STRAY, "a frame came of a kind that there is not");
	}
}

/* A datagram holds whole frames, one behind the other. */
static void take_datagram(struct gbt_talk *t, const uint8_t *bytes, size_t size, double now_s)
{
	while (size > 0) {
		size_t n = gbt_frame_size(bytes, size);
		n = n == 0 || n > size ? size : n;
		take_frame(t, bytes, n, now_s);
		bytes += n;
		size -= n;
	}
}

static void take_stream(struct gbt_talk *t, const uint8_t *bytes, size_t size, double now_s)
{
	uint64_t skipped = t->stream.skipped;

	for (size_t i = 0; i < size; i++) {
		if (!gbt_stream_take(&t->stream, bytes[i]))
			continue;
		g_autoptr(GBytes) frame = g_bytes_new(t->stream.frame->data, t->stream.frame->len); /* what it leads to may reset the stream */
		gsize n;
		const uint8_t *whole = g_bytes_get_data(frame, &n);
		take_frame(t, whole, n, now_s);
	}
	if (t->stream.skipped != skipped) {
		t->counts.garbage++;
		t->setup.odd(t->setup.user, GBT_ODD_GARBAGE, "bytes came that belong to no frame");
	}
}

void gbt_talk_take(struct gbt_talk *t, const uint8_t *bytes, size_t size, double now_s)
{
	if (t->setup.escape)
		take_stream(t, bytes, size, now_s);
	else
		take_datagram(t, bytes, size, now_s);
}

void gbt_talk_tick(struct gbt_talk *t, double now_s)
{
	if (t->now == NULL || now_s - t->sent_s < t->setup.answer_s)
		return;
	t->counts.timeouts++;
	if (t->tried >= t->setup.tries) {
		finish(t, GBT_SILENT, now_s);
		return;
	}
	if (t->asked > 1) { /* perhaps it only answers frames of one item */
		t->now->one_by_one = true;
		uint32_t tried = t->tried;
		ask_now(t, now_s);
		t->tried = tried + 1;
		return;
	}
	t->tried++;
	t->sent_s = now_s;
	send_frame(t, t->now->type, t->sequence, t->asked);
}

void gbt_talk_alive(struct gbt_talk *t, double until_s)
{
	t->alive_s = until_s;
}

void gbt_talk_beat(struct gbt_talk *t)
{
	send_frame(t, GBT_HEARTBEAT, 0, 0);
}

bool gbt_talk_idle(const struct gbt_talk *t)
{
	return t->now == NULL;
}

bool gbt_talk_waits(const struct gbt_talk *t, int purpose)
{
	if (t->now != NULL && t->now->purpose == purpose)
		return true;
	for (const GList *l = t->waiting.head; l != NULL; l = l->next)
		if (((const struct gbt_exchange *) l->data)->purpose == purpose)
			return true;
	return false;
}

const struct gbt_counts *gbt_talk_counts(const struct gbt_talk *t)
{
	return &t->counts;
}

void gbt_exchange_set(struct gbt_exchange *e, struct gbt_key key, const uint8_t *data, uint8_t length)
{
	g_return_if_fail(e->n < GBT_EXCHANGE_MOST && length <= GBT_DATA_MOST);
	struct gbt_value *v = &e->values[e->n++];

	*v = (struct gbt_value){.key = key, .length = length};
	if (length > 0)
		memcpy(v->data, data, length);
}

void gbt_exchange_query(struct gbt_exchange *e, uint8_t class, uint8_t object, uint8_t attribute, uint8_t element)
{
	gbt_exchange_set(e, (struct gbt_key){class, object, attribute, element}, NULL, 0);
}

void gbt_exchange_number(struct gbt_exchange *e, struct gbt_key key, uint32_t value, uint8_t length)
{
	uint8_t bytes[4] = {0};

	for (uint8_t i = 0; i < length; i++)
		bytes[i] = (uint8_t) (value >> 8 * (length - 1 - i));
	gbt_exchange_set(e, key, bytes, length);
}

bool gbt_exchange_value(const struct gbt_exchange *e, uint32_t i, uint32_t *value)
{
	const struct gbt_value *v = &e->values[i];
	const struct gbt_item item = {.key = v->key, .length = v->length, .data = v->data};

	return v->answered && v->refusal == 0 && gbt_item_number(&item, value);
}

const char *gbt_refusal_text(uint8_t refusal)
{
	switch (refusal) {
	case GBT_BAD_VALUE:
		return "bad value";
	case GBT_WRONG_LENGTH:
		return "wrong length";
	case GBT_OVERFLOW:
		return "overflow";
	case GBT_READ_ONLY:
		return "read only";
	case GBT_NO_SUCH_ITEM:
		return "no such item";
	case GBT_GENERAL:
		return "general error";
	case GBT_CONTROL_FAILED:
		return "control failed";
	default:
		return "an error that the standard does not list";
	}
}

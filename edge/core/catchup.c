/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/catchup.h"

#include "common/base/mem.h"
#include "edge/core/edge_state.h"
#include "edge/core/transition.h"
#include "edge/state/delivery.h"
#include "edge/state/inbox.h"
#include "edge/state/link.h"
#include "edge/state/replay.h"
#include "edge/state/sse.h"
#include "edge/state/stream.h"
#include "edge/state/tail.h"
#include "edge/state/topics.h"

#define READ_PAUSE_MS 200 /* time until the next read after the broker could not read */

/* Counts the records of a new page that its stream passes over, up to `upto`. */
static void count_skipped(struct edge *e, const struct page_record *upto)
{
    e->counters.skipped_private += upto->skipped_private;
    e->counters.skipped_expired += upto->skipped_expired;
}

/* Makes room for one more page: drops the page whose reader has stalled longest. Returns false if
 * no reader has stalled: the next stream must wait. */
static bool page_room(struct edge *e)
{
    if (e->delivery.page_count + e->link.read_count < e->config.replay_pages)
        return true;
    for (struct list *i = e->delivery.held.next; i != &e->delivery.held; i = i->next) {
        struct replay *r = LIST_ENTRY(i, struct replay, held);

        if (r->stream->blocked) {
            transition_drop_page(e, r); /* edge_writable() makes it ask again */
            e->counters.pages_dropped++;
            return true;
        }
    }
    return false;
}

/* Collects the selectors of the stream's topics; none for a stream that listens to everything. */
static size_t selectors_of(struct edge *e, struct stream *s)
{
    const struct subscription *subscriptions = stream_subscriptions(s);

    if (s->everything)
        return 0;
    for (size_t i = 0; i < s->subscription_count; i++)
        e->selectors[i] = topic_selector(subscriptions[i].topic);
    return s->subscription_count;
}

/* Asks the broker for what the next waiting stream needs: a page, or the offset to begin at. */
bool catchup_next(struct edge *e, struct edge_action *out)
{
    struct list *first = e->delivery.waiting.next;
    struct stream *s;
    struct read *read;
    size_t selectors;
    bool latest;

    if (first == &e->delivery.waiting || !link_up(&e->link) || e->now_ms < e->link.read_pause_ms ||
        e->link.read_count >= LINK_READS_MAX || !page_room(e))
        return false;
    s = LIST_ENTRY(first, struct stream, link);
    latest = s->state == STREAM_LOCATING;
    read = link_begin_read(&e->link, e->now_ms, latest ? READ_LATEST : READ_PAGE, s);
    if (read == NULL)
        return false;
    list_remove(first);
    s->replay->request = read->request;
    e->metrics.replays++;
    selectors = selectors_of(e, s);
    out->type = EDGE_SEND;
    out->send.socket = EDGE_SOCKET_CONTROL;
    memset(&out->send.frame, 0, sizeof out->send.frame);
    if (latest) {
        out->send.frame.type = WIRE_LATEST;
        out->send.frame.latest = (struct wire_latest){.request = read->request,
                                                      .epoch = e->link.epoch,
                                                      .count = s->replay->history,
                                                      .until = e->inbox.known_head,
                                                      .selectors = e->selectors,
                                                      .selector_count = selectors};
    } else {
        out->send.frame.type = WIRE_READ;
        out->send.frame.read = (struct wire_read){.request = read->request,
                                                  .epoch = e->link.epoch,
                                                  .after = s->cursor,
                                                  .until = tail_head(&e->tail),
                                                  .max_bytes = e->config.replay_bytes,
                                                  .selectors = e->selectors,
                                                  .selector_count = selectors};
    }
    return true;
}

/* Returns true if the stream may see the record. Otherwise counts the record in `at`. */
static bool may_see(const struct edge *e, const struct stream *s, const struct record *record,
                    uint64_t time_ms, struct page_record *at)
{
    bool expired = record_expired(time_ms, record->ttl_ms, e->unix_ms / 1000);

    if (!expired && (!(record->flags & RECORD_PRIVATE) ||
                     stream_granted(s, record->topics, record->topic_count)))
        return true;
    if (expired)
        at->skipped_expired++;
    else
        at->skipped_private++;
    return false;
}

/* Makes the page from the broker's records. Returns false if the record that is half sent is not
 * among them, or if there is no memory. */
static bool make_page(struct edge *e, struct replay *r, const struct wire_records *frame)
{
    struct slice names[RECORD_TOPICS_MAX];
    struct stream *s = r->stream;
    struct record record;

    if (s->sent > 0 && (frame->count == 0 || frame->entries[0].offset != s->cursor + 1))
        return false;
    r->next = frame->next;
    if (frame->count == 0) {
        if (r->next > s->cursor)
            s->cursor = r->next;
        return true;
    }
    r->records = mem_alloc((frame->count + 1) * sizeof *r->records);
    for (size_t i = 0; i < frame->count; i++) {
        bool half_out = s->sent > 0 && i == 0;

        if (frame->entries[i].offset <= s->cursor ||
            wire_decode_body(e->decoder, frame->entries[i].body, names, &record) != OK)
            continue;
        if (!half_out && !may_see(e, s, &record, frame->entries[i].time_ms, &r->records[r->count]))
            continue;
        if (s->publisher_ids && record.id.size > 0)
            sse_record_as_published(&r->bytes, &record);
        else
            sse_record(&r->bytes, e->link.epoch, frame->entries[i].offset, &record);
        if (!buf_ok(&r->bytes))
            break;
        r->records[r->count + 1] = r->records[r->count];
        r->records[r->count].offset = frame->entries[i].offset;
        r->records[r->count++].end = r->bytes.size;
    }
    if (!buf_ok(&r->bytes)) { /* the last event is incomplete and must not be sent */
        r->bytes.size = r->count == 0 ? 0 : r->records[r->count - 1].end;
        if (r->count == 0) {
            replay_drop_page(r);
            return false;
        }
    }
    r->at = s->sent;
    if (!buf_ok(&r->bytes) || r->count == 0)
        r->next = r->count == 0 ? frame->next : r->records[r->count - 1].offset;
    count_skipped(e, &r->records[r->count]);
    if (r->count == 0) {
        replay_drop_page(r);
        s->cursor = r->next > s->cursor ? r->next : s->cursor;
        return true;
    }
    e->delivery.page_count++;
    e->counters.page_records += r->count;
    list_push(&e->delivery.held, &r->held);
    return true;
}

/* Gives up reading for a stream whose records the log does not have: it gets a gap event and
 * continues at the head. */
static void give_up(struct edge *e, struct stream *s)
{
    if (s->sent > 0) {
        transition_close(e, s);
        return;
    }
    transition_leave_replay(e, s);
    s->cursor = tail_head(&e->tail);
    s->notice = NOTICE_UNKNOWN;
    stream_move(s, STREAM_LIVE);
    delivery_ready(&e->delivery, s);
}

static void take_location(struct edge *e, struct stream *s, const struct wire_records *frame)
{
    s->cursor = frame->next;
    if (s->cursor + 1 >= e->tail.first) {
        transition_leave_replay(e, s);
        stream_move(s, STREAM_LIVE);
    } else {
        stream_move(s, STREAM_REPLAYING);
    }
    delivery_ready(&e->delivery, s);
}

static void take_page(struct edge *e, struct stream *s, const struct wire_records *frame)
{
    /* A cursor beyond the known head is an id from an edge that is ahead of this one. The broker
     * confirms that the log reaches it. */
    if (frame->code == OK)
        inbox_raise_head(&e->inbox, s->cursor < frame->head ? s->cursor : frame->head);
    if (frame->code == ERR_EXPIRED) {
        if (s->sent > 0) {
            transition_close(e, s);
            return;
        }
        /* A client without an id has missed nothing: it asked for the last N records, and got
         * those that are left. */
        if (s->last_id != STREAM_NO_ID && s->notice != NOTICE_EPOCH)
            s->notice = NOTICE_EXPIRED;
        if (s->cursor + 1 < frame->oldest)
            s->cursor = frame->oldest - 1;
        if (e->link.oldest < frame->oldest)
            e->link.oldest = frame->oldest; /* newer than the last beacon's */
    }
    e->counters.pages++;
    if (!make_page(e, s->replay, frame)) {
        transition_close(e, s);
        return;
    }
    delivery_ready(&e->delivery, s);
}

void catchup_read_lost(struct edge *e, struct read *read)
{
    if (read->stream == NULL || read->stream->replay == NULL)
        return;
    read->stream->replay->request = 0;
    transition_wait(e, read->stream);
}

void catchup_records(struct edge *e, struct read *read, const struct wire_records *frame)
{
    struct stream *s = read->stream;

    if (s == NULL || s->replay == NULL)
        return;
    s->replay->request = 0;
    if (frame->code == OK || frame->code == ERR_EXPIRED) {
        if (!epoch_equal(frame->epoch, e->link.epoch))
            catchup_read_lost(e, read);
        else if (read->type == READ_LATEST)
            take_location(e, s, frame);
        else
            take_page(e, s, frame);
    } else if (frame->code == ERR_UNAVAILABLE || frame->code == ERR_NO_MEMORY ||
               frame->code == ERR_IO || frame->code == ERR_EPOCH) {
        e->link.read_pause_ms = e->now_ms + READ_PAUSE_MS;
        catchup_read_lost(e, read);
    } else {
        give_up(e, s); /* an id that was made up, or a damaged log */
    }
}

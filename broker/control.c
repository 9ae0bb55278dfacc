/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core.h"

#include "common/mem.h"
#include "common/topic.h"

/* A read with the memory of its selectors behind it. */
struct read_job {
    struct broker_read read; /* first: the shell knows only this */
    struct list link;
    struct slice selectors[]; /* then their bytes */
};

static struct answer *new_answer(struct broker *b, const struct broker_peer *peer,
                                 enum wire_type type, uint64_t request, enum err code)
{
    struct answer *answer = mem_alloc(sizeof *answer);

    list_init(&answer->link);
    list_push(&b->answers, &answer->link);
    answer->peer = *peer;
    answer->type = type;
    answer->request = request;
    answer->code = code;
    buf_init(&answer->text, BROKER_TEXT_MAX);
    return answer;
}

void broker_answer_free(struct broker *b, struct answer *answer)
{
    if (answer == NULL)
        return;
    if (answer->read != NULL)
        broker_read_free(b, answer->read);
    buf_clear(&answer->text);
    mem_free(answer);
}

void broker_reply(struct broker *b, const struct broker_peer *peer, uint64_t request, enum err code,
                  const char *text)
{
    struct answer *answer = new_answer(b, peer, WIRE_REPLY, request, code);

    buf_str(&answer->text, text);
}

/* ---- hello, ping, admin ---- */

static void copy_text(char *out, size_t size, struct slice text)
{
    size_t length = text.size < size ? text.size : size - 1;

    if (length > 0)
        memcpy(out, text.data, length);
    out[length] = '\0';
}

static void hello(struct broker *b, uint64_t now_ms, const struct broker_peer *peer,
                  const struct wire_hello *frame)
{
    struct member *member = members_get(&b->members, frame->incarnation, now_ms);
    struct answer *answer;

    if (member == NULL) {
        broker_tell(b, BROKER_NOTE_EDGE_REFUSED, NULL, ERR_TOO_MANY);
        answer = new_answer(b, peer, WIRE_WELCOME, frame->request, ERR_TOO_MANY);
        buf_str(&answer->text, "the broker has as many edges as it may have (--edges)");
        return;
    }
    copy_text(member->name, sizeof member->name, frame->name);
    copy_text(member->software, sizeof member->software, frame->software);
    copy_text(member->address, sizeof member->address, frame->address);
    if (!member->greeted)
        member->joined_ms = now_ms;
    broker_heard(b, member, now_ms);
    if (!member->greeted)
        broker_tell(b, BROKER_NOTE_EDGE_JOINED, member, OK);
    member->greeted = true;
    (void)new_answer(b, peer, WIRE_WELCOME, frame->request, OK);
}

static void ping(struct broker *b, uint64_t now_ms, const struct wire_ping *frame)
{
    struct member *member = members_get(&b->members, frame->incarnation, now_ms);

    if (member == NULL)
        return;
    member->figures = frame->figures;
    broker_heard(b, member, now_ms);
    if (!member->told_clash && members_namesake(&b->members, member, now_ms) != NULL) {
        member->told_clash = true;
        broker_tell(b, BROKER_NOTE_EDGE_NAME_CLASH, member, ERR_BUSY);
    }
}

static void admin(struct broker *b, uint64_t now_ms, const struct broker_peer *peer,
                  const struct wire_admin *frame)
{
    struct answer *answer;

    if (!slice_equal(frame->command, SLICE("stats"))) {
        broker_reply(b, peer, frame->request, ERR_NOT_FOUND, "no such command");
        return;
    }
    answer = new_answer(b, peer, WIRE_REPLY, frame->request, OK);
    stats_json(&b->stats, b->config.software, &b->journal, &b->members, now_ms, &answer->text);
}

/* ---- reads ---- */

static void answer_records(struct broker *b, const struct broker_peer *peer, uint64_t request,
                           enum err code)
{
    (void)new_answer(b, peer, WIRE_RECORDS, request, code);
}

/* Copies the selectors: the frame's bytes go when the call returns. */
static struct read_job *new_job(const struct slice *selectors, size_t count)
{
    size_t bytes = 0;
    struct read_job *job;
    char *text;

    for (size_t i = 0; i < count; i++)
        bytes += selectors[i].size;
    job = mem_try(sizeof *job + count * sizeof *selectors + bytes);
    if (job == NULL)
        return NULL;
    memset(job, 0, sizeof *job);
    list_init(&job->link);
    text = (char *)(job->selectors + count);
    for (size_t i = 0; i < count; i++) {
        memcpy(text, selectors[i].data, selectors[i].size);
        job->selectors[i] = slice_of(text, selectors[i].size);
        text += selectors[i].size;
    }
    job->read.query.selectors = job->selectors;
    job->read.query.selector_count = count;
    journal_page_init(&job->read.page);
    return job;
}

static enum err check_selectors(const struct slice *selectors, size_t count)
{
    enum err err = count > RECORD_TOPICS_MAX * 10u ? ERR_TOO_MANY : OK;

    for (size_t i = 0; i < count && err == OK; i++)
        err = selector_check(selectors[i]);
    return err;
}

/* Begins a read, or answers it at once when it can't be done. */
static void begin_read(struct broker *b, const struct broker_peer *peer,
                       const struct wire_read *frame, bool latest, uint64_t count)
{
    enum err err = check_selectors(frame->selectors, frame->selector_count);
    struct read_job *job = NULL;

    if (err == OK && !epoch_equal(frame->epoch, b->journal.epoch))
        err = ERR_EPOCH;
    else if (err == OK && frame->after > b->journal.head)
        err = ERR_UNKNOWN;
    else if (err == OK && b->read_count >= b->config.reads)
        err = ERR_UNAVAILABLE;
    if (err == OK) {
        job = new_job(frame->selectors, frame->selector_count);
        err = job == NULL ? ERR_NO_MEMORY : OK;
    }
    if (err != OK) {
        answer_records(b, peer, frame->request, err);
        return;
    }
    job->read.peer = *peer;
    job->read.request = frame->request;
    job->read.latest = latest;
    job->read.count = count;
    job->read.query.after = frame->after;
    /* The reader may see a transaction that is not broadcast yet: never read past the head. */
    job->read.query.until = frame->until < b->journal.head ? frame->until : b->journal.head;
    job->read.query.max_bytes =
        frame->max_bytes < b->config.read_bytes ? frame->max_bytes : b->config.read_bytes;
    job->read.query.now_ms = b->unix_ms;
    list_push(&b->reads, &job->link);
    b->read_count++;
    b->stats.reads++;
}

static void begin_latest(struct broker *b, const struct broker_peer *peer,
                         const struct wire_latest *frame)
{
    struct wire_read read = {.request = frame->request,
                             .epoch = frame->epoch,
                             .until = frame->until,
                             .selectors = frame->selectors,
                             .selector_count = frame->selector_count};

    begin_read(b, peer, &read, true, frame->count);
}

struct broker_read *broker_take_read(struct broker *b)
{
    struct list *link = list_shift(&b->reads);

    return link == NULL ? NULL : &LIST_ENTRY(link, struct read_job, link)->read;
}

void broker_read_free(struct broker *b, struct broker_read *read)
{
    struct read_job *job = LIST_ENTRY(read, struct read_job, read);

    journal_page_clear(&read->page);
    mem_free(job);
    b->read_count--;
}

void broker_answer_read(struct broker *b, struct broker_read *read)
{
    enum err code = read->result == OK ? read->page.code : read->result;

    new_answer(b, &read->peer, WIRE_RECORDS, read->request, code)->read = read;
}

/* ---- frames ---- */

static void records_frame(struct broker *b, const struct answer *answer, struct wire_records *out)
{
    const struct broker_read *read = answer->read;

    out->request = answer->request;
    out->code = answer->code;
    out->epoch = b->journal.epoch;
    out->oldest = b->journal.oldest;
    out->head = b->journal.head;
    if (read == NULL || read->result != OK)
        return;
    out->next = read->page.next;
    out->oldest = read->page.oldest;
    out->entries = read->page.entries;
    out->count = read->page.count;
}

void broker_answer_frame(struct broker *b, struct answer *answer, struct wire_frame *out)
{
    memset(out, 0, sizeof *out);
    out->type = answer->type;
    if (answer->type == WIRE_RECORDS) {
        records_frame(b, answer, &out->records);
    } else if (answer->type == WIRE_WELCOME) {
        out->welcome = (struct wire_welcome){.request = answer->request,
                                             .code = answer->code,
                                             .text = buf_all(&answer->text),
                                             .epoch = b->journal.epoch,
                                             .term = b->journal.term,
                                             .head = b->journal.head,
                                             .oldest = b->journal.oldest,
                                             .topic_records = b->config.topic_records,
                                             .topic_ms = b->config.topic_ms};
    } else {
        out->reply.request = answer->request;
        out->reply.code = buf_ok(&answer->text) ? answer->code : ERR_TOO_LARGE;
        out->reply.text = buf_all(&answer->text);
    }
}

void broker_control(struct broker *b, uint64_t now_ms, const struct broker_peer *peer,
                    const struct wire_frame *frame)
{
    switch (frame->type) {
    case WIRE_HELLO:
        hello(b, now_ms, peer, &frame->hello);
        break;
    case WIRE_PING:
        ping(b, now_ms, &frame->ping);
        break;
    case WIRE_READ:
        begin_read(b, peer, &frame->read, false, 0);
        break;
    case WIRE_LATEST:
        begin_latest(b, peer, &frame->latest);
        break;
    case WIRE_ADMIN:
        admin(b, now_ms, peer, &frame->admin);
        break;
    case WIRE_PUBLISH:
    case WIRE_BATCH:
    case WIRE_BEACON:
    case WIRE_OUTCOME:
    case WIRE_WELCOME:
    case WIRE_RECORDS:
    case WIRE_REPLY:
        b->stats.malformed++; /* a broker's own frames, or on the wrong socket */
        break;
    }
}

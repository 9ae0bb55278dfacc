/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/core.h"

#include "common/base/mem.h"
#include "common/topic/matcher.h"

/* Reads of the journal: begun by a frame or a command, done by the shell, answered. */

/* A read with the memory of its selectors behind it. */
struct read_job {
    struct broker_read read; /* first: the shell knows only this */
    struct list link;
    struct slice selectors[]; /* then their bytes */
};

static void refuse_read(struct broker *b, const struct broker_peer *peer, uint64_t request,
                        enum err code)
{
    (void)broker_add_reply(b, peer, WIRE_RECORDS, request, code);
}

/* Copies the selectors: the frame's bytes go when the call returns. */
struct broker_read *broker_new_read(const struct slice *selectors, size_t count)
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
    return &job->read;
}

static enum err check_selectors(const struct slice *selectors, size_t count)
{
    enum err err = count > RECORD_TOPICS_MAX * 10u ? ERR_TOO_MANY : OK;

    for (size_t i = 0; i < count && err == OK; i++) {
        struct selector parts;

        err = selector_parse(selectors[i], &parts);
    }
    return err;
}

void broker_start_read(struct broker *b, struct broker_read *read, const struct broker_peer *peer,
                       uint64_t request, enum broker_read_type type, uint64_t count)
{
    read->type = type;
    read->peer = *peer;
    read->request = request;
    read->count = count;
    read->query.now_ms = b->unix_ms;
    list_push(&b->reads, &LIST_ENTRY(read, struct read_job, read)->link);
    b->read_count++;
    b->stats.reads++;
}

/* Begins a read, or answers it at once when it can't be done. */
void broker_begin_read(struct broker *b, const struct broker_peer *peer,
                       const struct wire_read *frame, enum broker_read_type type, uint64_t count)
{
    enum err err = check_selectors(frame->selectors, frame->selector_count);
    struct broker_read *read = NULL;

    if (err == OK && !epoch_equal(frame->epoch, b->journal.epoch))
        err = ERR_EPOCH;
    else if (err == OK && frame->after > b->journal.head)
        err = ERR_UNKNOWN;
    else if (err == OK && b->read_count >= b->config.reads)
        err = ERR_UNAVAILABLE;
    if (err == ERR_UNAVAILABLE)
        b->stats.reads_refused++;
    if (err == OK) {
        read = broker_new_read(frame->selectors, frame->selector_count);
        err = read == NULL ? ERR_NO_MEMORY : OK;
    }
    if (err != OK) {
        refuse_read(b, peer, frame->request, err);
        return;
    }
    read->query.after = frame->after;
    /* The reader may see a transaction that is not broadcast yet: never read past the head. */
    read->query.until = frame->until < b->journal.head ? frame->until : b->journal.head;
    read->query.max_bytes =
        frame->max_bytes < b->config.read_bytes ? frame->max_bytes : b->config.read_bytes;
    broker_start_read(b, read, peer, frame->request, type, count);
}

void broker_begin_latest(struct broker *b, const struct broker_peer *peer,
                         const struct wire_latest *frame)
{
    struct wire_read read = {.request = frame->request,
                             .epoch = frame->epoch,
                             .until = frame->until,
                             .selectors = frame->selectors,
                             .selector_count = frame->selector_count};

    broker_begin_read(b, peer, &read, BROKER_READ_LATEST, frame->count);
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
    mem_free(read->topics);
    mem_free(job);
    b->read_count--;
}

void broker_reply_to_read(struct broker *b, struct broker_read *read)
{
    enum err code = read->result == OK ? read->page.code : read->result;

    if (read->type == BROKER_READ_TOPICS || read->type == BROKER_READ_FIND)
        broker_reply_to_command(b, read);
    else
        broker_add_reply(b, &read->peer, WIRE_RECORDS, read->request, code)->read = read;
}

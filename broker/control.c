/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core.h"

#include "common/mem.h"
#include "common/number.h"
#include "common/topic.h"

#include <inttypes.h>

#define TOPICS_MAX 1000 /* of one answer */

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

/* A command for an edge (WIRE_ADMIN). False when it is too large, or there is no memory. */
static bool broker_command(struct broker *b, const struct broker_peer *peer, uint64_t request,
                           struct slice command, const struct slice *arguments, size_t count)
{
    struct answer *answer = new_answer(b, peer, WIRE_ADMIN, request, OK);

    answer->argument_count = count;
    buf_slice(&answer->text, command);
    answer->sizes[0] = command.size;
    for (size_t i = 0; i < count; i++) {
        buf_slice(&answer->text, arguments[i]);
        answer->sizes[i + 1] = arguments[i].size;
    }
    if (buf_ok(&answer->text))
        return true;
    list_remove(&answer->link);
    broker_answer_free(b, answer);
    return false;
}

/* ---- hello, ping, members ---- */

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
    member->peer = *peer;
    (void)new_answer(b, peer, WIRE_WELCOME, frame->request, OK);
}

/* What an edge's streams say of who listens. A frame that is missing makes the rest worth little: the edge tells all
 * again. */
static void take_members(struct broker *b, uint64_t now_ms, const struct broker_peer *peer,
                         const struct wire_members *frame)
{
    struct member *member = members_get(&b->members, frame->incarnation, now_ms);
    /* Who is told by an edge that was there before this broker has not just come. */
    bool quiet = now_ms - b->stats.started_ms < ROSTER_GRACE_MS;

    if (member == NULL)
        return;
    broker_heard(b, member, now_ms);
    if (frame->all == 1) {
        roster_unseat(&b->roster, frame->incarnation, false, now_ms);
        member->roster_lost = false;
    } else if (frame->serial != member->roster_serial + 1) {
        member->roster_lost = true;
        (void)broker_command(b, peer, 0, SLICE("members"), NULL, 0);
    }
    member->roster_serial = frame->serial;
    for (size_t i = 0; i < frame->count; i++) {
        if (topic_check(frame->members[i].topic) != OK ||
            roster_seat(&b->roster, frame->incarnation, &frame->members[i], quiet, now_ms) != OK)
            b->stats.malformed++;
    }
}

static void ping(struct broker *b, uint64_t now_ms, const struct broker_peer *peer,
                 const struct wire_ping *frame)
{
    struct member *member = members_get(&b->members, frame->incarnation, now_ms);

    if (member == NULL)
        return;
    member->figures = frame->figures;
    broker_heard(b, member, now_ms);
    if (member->roster_lost) /* its streams may never change: it is asked, not waited for */
        (void)broker_command(b, peer, 0, SLICE("members"), NULL, 0);
    if (!member->told_clash && members_namesake(&b->members, member, now_ms) != NULL) {
        member->told_clash = true;
        broker_tell(b, BROKER_NOTE_EDGE_NAME_CLASH, member, ERR_BUSY);
    }
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

static void start(struct broker *b, struct read_job *job, const struct broker_peer *peer,
                  uint64_t request, enum broker_read_type type, uint64_t count)
{
    job->read.type = type;
    job->read.peer = *peer;
    job->read.request = request;
    job->read.count = count;
    job->read.query.now_ms = b->unix_ms;
    list_push(&b->reads, &job->link);
    b->read_count++;
    b->stats.reads++;
}

/* Begins a read, or answers it at once when it can't be done. */
static void begin_read(struct broker *b, const struct broker_peer *peer,
                       const struct wire_read *frame, enum broker_read_type type, uint64_t count)
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
    job->read.query.after = frame->after;
    /* The reader may see a transaction that is not broadcast yet: never read past the head. */
    job->read.query.until = frame->until < b->journal.head ? frame->until : b->journal.head;
    job->read.query.max_bytes =
        frame->max_bytes < b->config.read_bytes ? frame->max_bytes : b->config.read_bytes;
    start(b, job, peer, frame->request, type, count);
}

static void begin_latest(struct broker *b, const struct broker_peer *peer,
                         const struct wire_latest *frame)
{
    struct wire_read read = {.request = frame->request,
                             .epoch = frame->epoch,
                             .until = frame->until,
                             .selectors = frame->selectors,
                             .selector_count = frame->selector_count};

    begin_read(b, peer, &read, BROKER_READ_LATEST, frame->count);
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

static void topics_json(const struct broker *b, const struct broker_read *read, struct buf *out)
{
    char id[EVENT_ID_SIZE];

    buf_str(out, "{\"topics\":[");
    for (size_t i = 0; i < read->topic_count; i++) {
        const struct journal_topic *topic = &read->topics[i];

        buf_str(out, i == 0 ? "{\"topic\":" : ",{\"topic\":");
        buf_json_string(out, topic->name);
        (void)event_id_format(b->journal.epoch, topic->last, id);
        buf_printf(out, ",\"records\":%" PRIu64 ",\"last\":\"%s\"}", topic->count, id);
    }
    buf_printf(out, "],\"more\":%s}", read->topic_count == read->count ? "true" : "false");
}

static void answer_command(struct broker *b, struct broker_read *read)
{
    struct answer *answer = new_answer(b, &read->peer, WIRE_REPLY, read->request, read->result);

    answer->read = read;
    if (read->result != OK)
        buf_str(&answer->text, err_text(read->result));
    else if (read->type == BROKER_READ_TOPICS)
        topics_json(b, read, &answer->text);
    else
        buf_printf(&answer->text, "{\"offset\":%" PRIu64 "}", read->found);
}

void broker_answer_read(struct broker *b, struct broker_read *read)
{
    enum err code = read->result == OK ? read->page.code : read->result;

    if (read->type == BROKER_READ_TOPICS || read->type == BROKER_READ_FIND)
        answer_command(b, read);
    else
        new_answer(b, &read->peer, WIRE_RECORDS, read->request, code)->read = read;
}

/* ---- commands ---- */

static void command_stats(struct broker *b, const struct broker_peer *peer,
                          const struct wire_admin *frame)
{
    struct answer *answer = new_answer(b, peer, WIRE_REPLY, frame->request, OK);

    stats_json(&b->stats, b->config.software, &b->journal, &b->members, b->now_ms, &answer->text);
}

static void command_presence(struct broker *b, const struct broker_peer *peer,
                             const struct wire_admin *frame)
{
    struct answer *answer;

    if (frame->argument_count != 1 || topic_check(frame->arguments[0]) != OK) {
        broker_reply(b, peer, frame->request, ERR_INVALID, "presence needs a topic");
        return;
    }
    answer = new_answer(b, peer, WIRE_REPLY, frame->request, OK);
    roster_json(&b->roster, frame->arguments[0], &answer->text);
}

/* "topics" [after, limit] and "find" [id]: the reader looks. */
static void command_read(struct broker *b, const struct broker_peer *peer,
                         const struct wire_admin *frame, enum broker_read_type type)
{
    uint64_t limit = 1000;
    struct read_job *job;

    if (frame->argument_count < 1 ||
        (type == BROKER_READ_TOPICS && frame->argument_count > 1 &&
         number_parse(frame->arguments[1], TOPICS_MAX, &limit) != OK) ||
        limit == 0) {
        broker_reply(b, peer, frame->request, ERR_INVALID, "the command's arguments are wrong");
        return;
    }
    job = b->read_count < b->config.reads ? new_job(frame->arguments, 1) : NULL;
    if (job == NULL) {
        broker_reply(b, peer, frame->request, ERR_UNAVAILABLE, "too many reads");
        return;
    }
    job->read.name = job->selectors[0];
    if (type == BROKER_READ_TOPICS)
        job->read.topics = mem_alloc(limit * sizeof *job->read.topics);
    start(b, job, peer, frame->request, type, limit);
}

/* "session" [session, …]: the edge whose incarnation the session names knows. */
static void command_session(struct broker *b, uint64_t now_ms, const struct broker_peer *peer,
                            const struct wire_admin *frame)
{
    const struct member *member = NULL;
    uint64_t incarnation;
    uint64_t number;

    if (frame->argument_count == 3 &&
        session_parse(frame->arguments[0], &incarnation, &number) == OK)
        member = members_find(&b->members, incarnation);
    if (member == NULL || !member->present || !member->greeted) {
        broker_reply(b, peer, frame->request, ERR_NOT_FOUND, "no such session");
        return;
    }
    number = relays_add(&b->relays, peer, frame->request, now_ms);
    if (number == 0) {
        broker_reply(b, peer, frame->request, ERR_UNAVAILABLE, "too many questions");
    } else if (!broker_command(b, &member->peer, number, frame->command, frame->arguments, 3)) {
        broker_reply(b, peer, frame->request, ERR_TOO_LARGE, "the change is too large");
    }
}

static void relay_reply(struct broker *b, const struct wire_reply *frame)
{
    struct broker_peer peer;
    uint64_t request;

    if (relays_take(&b->relays, frame->request, &peer, &request))
        buf_slice(&new_answer(b, &peer, WIRE_REPLY, request, frame->code)->text, frame->text);
}

static void admin(struct broker *b, uint64_t now_ms, const struct broker_peer *peer,
                  const struct wire_admin *frame)
{
    if (slice_equal(frame->command, SLICE("stats")))
        command_stats(b, peer, frame);
    else if (slice_equal(frame->command, SLICE("presence")))
        command_presence(b, peer, frame);
    else if (slice_equal(frame->command, SLICE("topics")))
        command_read(b, peer, frame, BROKER_READ_TOPICS);
    else if (slice_equal(frame->command, SLICE("find")))
        command_read(b, peer, frame, BROKER_READ_FIND);
    else if (slice_equal(frame->command, SLICE("session")))
        command_session(b, now_ms, peer, frame);
    else
        broker_reply(b, peer, frame->request, ERR_NOT_FOUND, "no such command");
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

static void admin_frame(struct answer *answer, struct wire_admin *out)
{
    size_t at = answer->sizes[0];

    for (size_t i = 0; i < answer->argument_count; i++) {
        answer->arguments[i] = slice_of(answer->text.data + at, answer->sizes[i + 1]);
        at += answer->sizes[i + 1];
    }
    out->request = answer->request;
    out->command = slice_of(answer->text.data, answer->sizes[0]);
    out->arguments = answer->arguments;
    out->argument_count = answer->argument_count;
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
    } else if (answer->type == WIRE_ADMIN) {
        admin_frame(answer, &out->admin);
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
        ping(b, now_ms, peer, &frame->ping);
        break;
    case WIRE_READ:
        begin_read(b, peer, &frame->read, BROKER_READ_PAGE, 0);
        break;
    case WIRE_LATEST:
        begin_latest(b, peer, &frame->latest);
        break;
    case WIRE_ADMIN:
        admin(b, now_ms, peer, &frame->admin);
        break;
    case WIRE_MEMBERS:
        take_members(b, now_ms, peer, &frame->members);
        break;
    case WIRE_REPLY:
        relay_reply(b, &frame->reply);
        break;
    case WIRE_PUBLISH:
    case WIRE_EPHEMERAL:
    case WIRE_CAST:
    case WIRE_PRESENCE:
    case WIRE_BATCH:
    case WIRE_BEACON:
    case WIRE_OUTCOME:
    case WIRE_WELCOME:
    case WIRE_RECORDS:
        b->stats.malformed++; /* a broker's own frames, or on the wrong socket */
        break;
    }
}

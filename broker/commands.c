/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core.h"

#include "common/mem.h"
#include "common/number.h"
#include "common/topic.h"

#include <inttypes.h>

/* ADMIN frames: what edges and operators ask for. */

#define TOPICS_MAX 1000 /* of one answer */

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

void broker_answer_command(struct broker *b, struct broker_read *read)
{
    struct answer *answer = broker_answer(b, &read->peer, WIRE_REPLY, read->request, read->result);

    answer->read = read;
    if (read->result != OK)
        buf_str(&answer->text, err_text(read->result));
    else if (read->type == BROKER_READ_TOPICS)
        topics_json(b, read, &answer->text);
    else
        buf_printf(&answer->text, "{\"offset\":%" PRIu64 "}", read->found);
}

static void command_stats(struct broker *b, const struct broker_peer *peer,
                          const struct wire_admin *frame)
{
    struct answer *answer = broker_answer(b, peer, WIRE_REPLY, frame->request, OK);

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
    answer = broker_answer(b, peer, WIRE_REPLY, frame->request, OK);
    roster_json(&b->roster, frame->arguments[0], &answer->text);
}

/* "topics" [after, limit] and "find" [id]: the reader looks. */
static void command_read(struct broker *b, const struct broker_peer *peer,
                         const struct wire_admin *frame, enum broker_read_type type)
{
    uint64_t limit = 1000;
    struct broker_read *read;

    if (frame->argument_count < 1 ||
        (type == BROKER_READ_TOPICS && frame->argument_count > 1 &&
         number_parse(frame->arguments[1], TOPICS_MAX, &limit) != OK) ||
        limit == 0) {
        broker_reply(b, peer, frame->request, ERR_INVALID, "the command's arguments are wrong");
        return;
    }
    read = b->read_count < b->config.reads ? broker_new_read(frame->arguments, 1) : NULL;
    if (read == NULL) {
        broker_reply(b, peer, frame->request, ERR_UNAVAILABLE, "too many reads");
        return;
    }
    read->name = read->query.selectors[0];
    if (type == BROKER_READ_TOPICS)
        read->topics = mem_alloc(limit * sizeof *read->topics);
    broker_start_read(b, read, peer, frame->request, type, limit);
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

void broker_relay_reply(struct broker *b, const struct wire_reply *frame)
{
    struct broker_peer peer;
    uint64_t request;

    if (relays_take(&b->relays, frame->request, &peer, &request))
        buf_slice(&broker_answer(b, &peer, WIRE_REPLY, request, frame->code)->text, frame->text);
}

void broker_admin(struct broker *b, uint64_t now_ms, const struct broker_peer *peer,
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

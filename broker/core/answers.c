/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/core.h"

#include "common/base/mem.h"

#include <assert.h>

/* What waits to go out on the control socket: answers, and commands for edges. */

struct answer *broker_answer(struct broker *b, const struct broker_peer *peer, enum wire_type type,
                             uint64_t request, enum err code)
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
    struct answer *answer = broker_answer(b, peer, WIRE_REPLY, request, code);

    buf_str(&answer->text, text);
}

bool broker_command(struct broker *b, const struct broker_peer *peer, uint64_t request,
                    struct slice command, const struct slice *arguments, size_t count)
{
    struct answer *answer = broker_answer(b, peer, WIRE_ADMIN, request, OK);

    assert(count <= BROKER_ARGUMENTS_MAX);
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

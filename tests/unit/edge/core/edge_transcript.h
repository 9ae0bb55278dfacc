/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_TESTS_UNIT_EDGE_TRANSCRIPT_H
#define BELFRY_TESTS_UNIT_EDGE_TRANSCRIPT_H

/* The edge under test, and a transcript of its actions: one line of text per action. Only
 * edge_fixture.h includes this file. */

#include "common/base/buf.h"
#include "edge/core/edge.h"
#include "edge/state/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIXTURE_SENT_MAX 64
#define FIXTURE_BATCH_MAX 4096

/* A subscriber. `room` is the number of bytes that its socket accepts before it is full. */
struct client {
    struct stream *stream;
    struct buf got;
    size_t room;
    unsigned writes;
    bool closed;
    bool come_back; /* from the close action */
};

struct answered {
    void *request;
    enum err result;
    uint64_t offset;
    struct epoch epoch;
};

struct fixture {
    struct edge *e;
    struct edge_config config;
    uint64_t now;
    struct epoch epoch;
    uint64_t term;
    uint64_t head;
    uint64_t oldest;

    /* Frames sent since the last check. Their pointers are dangling; counts remain valid. */
    struct wire_frame sent[FIXTURE_SENT_MAX];
    size_t sent_count;
    char selectors[64]; /* of the last READ or LATEST, separated by commas */
    struct answered answered[64];
    size_t answered_count;
    unsigned reports[EDGE_REPORT_RESEND + 1];
    struct edge_report last_report[EDGE_REPORT_RESEND + 1];

    struct buf transcript;    /* other actions, one line each: see fixture_print_*() */
    uint64_t command_request; /* of the last EDGE_SESSION or EDGE_COMMAND */

    struct entry entries[FIXTURE_BATCH_MAX];
    struct buf bodies;
    const char *data; /* data of each record instead of "r<n>", or NULL */
    uint64_t origin;  /* of the generated records: 0 or the edge's incarnation */
    uint64_t first_seq;
};

static inline void fixture_print_members(struct fixture *f, const struct wire_members *m)
{
    buf_printf(&f->transcript, "members %u%s:", (unsigned)m->serial, m->all == 1 ? " all" : "");
    for (size_t i = 0; i < m->count; i++) {
        buf_str(&f->transcript, i == 0 ? " " : ", ");
        buf_slice(&f->transcript, m->members[i].topic);
        buf_char(&f->transcript, '/');
        buf_slice(&f->transcript, m->members[i].member);
        buf_slice(&f->transcript, m->members[i].payload);
        buf_printf(&f->transcript, "=%u", (unsigned)m->members[i].count);
    }
    buf_char(&f->transcript, '\n');
}

/* Adds a line for a frame whose content is text; ignores other frames. */
static inline void fixture_print_frame(struct fixture *f, const struct wire_frame *frame)
{
    if (frame->type == WIRE_MEMBERS) {
        fixture_print_members(f, &frame->members);
    } else if (frame->type == WIRE_REPLY) {
        buf_printf(&f->transcript, "reply %u %s: ", (unsigned)frame->reply.request,
                   err_text(frame->reply.code));
        buf_slice(&f->transcript, frame->reply.text);
        buf_char(&f->transcript, '\n');
    } else if (frame->type == WIRE_COMMAND) {
        buf_str(&f->transcript, "send ");
        buf_slice(&f->transcript, frame->command.name);
        for (size_t i = 0; i < frame->command.argument_count; i++) {
            buf_char(&f->transcript, ' ');
            buf_slice(&f->transcript, frame->command.arguments[i]);
        }
        buf_char(&f->transcript, '\n');
    }
}

static inline void fixture_print_session(struct fixture *f, const struct edge_session_action *a)
{
    f->command_request = a->request;
    buf_str(&f->transcript, "session ");
    buf_slice(&f->transcript, a->session);
    buf_char(&f->transcript, ' ');
    buf_slice(&f->transcript, a->body);
    buf_char(&f->transcript, ' ');
    buf_slice(&f->transcript, a->token);
    buf_char(&f->transcript, '\n');
}

static inline void fixture_print_command(struct fixture *f, const struct edge_command_action *a)
{
    f->command_request = a->request;
    buf_printf(&f->transcript, "command %d", (int)a->command);
    for (size_t i = 0; i < a->argument_count; i++) {
        buf_char(&f->transcript, ' ');
        buf_slice(&f->transcript, a->arguments[i]);
    }
    buf_char(&f->transcript, '\n');
}

/* Adds a line for a reply. The request must point to its name. */
static inline void fixture_print_reply(struct fixture *f, const struct edge_reply_action *a)
{
    buf_printf(&f->transcript, "%s %s: ", (const char *)a->request, err_text(a->result));
    buf_slice(&f->transcript, a->text);
    buf_char(&f->transcript, '\n');
}

static inline void fixture_print_page(struct fixture *f, const struct edge_page_action *a)
{
    buf_printf(&f->transcript, "%s %s:", (const char *)a->request, err_text(a->result));
    for (size_t i = 0; i < a->entry_count; i++)
        buf_printf(&f->transcript, " %u", (unsigned)a->entries[i].offset);
    if (a->result == OK)
        buf_printf(&f->transcript, " to %u of %u", (unsigned)a->next, (unsigned)a->head);
    buf_char(&f->transcript, '\n');
}

/* Asserts the transcript since the last check, and clears it. */
static inline void fixture_transcript(struct fixture *f, const char *expected)
{
    buf_char(&f->transcript, '\0');
    assert_string_equal(f->transcript.data, expected);
    buf_reset(&f->transcript);
}

#endif

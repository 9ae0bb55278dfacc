/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_TESTS_UNIT_EDGE_SAID_H
#define BELFRY_TESTS_UNIT_EDGE_SAID_H

/* A test's edge, and the edge's actions that are just text, one line each. For edge_fixture.h. */

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

/* A subscriber. `room`: bytes that its socket takes before it is full. */
struct client {
    struct stream *stream;
    struct buf got;
    size_t room;
    unsigned writes;
    bool closed;
    bool come_back; /* with the close */
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

    /* What the edge sent since the last look; frames' pointers are gone, but for the counts. */
    struct wire_frame sent[FIXTURE_SENT_MAX];
    size_t sent_count;
    char selectors[64]; /* of the last READ or LATEST, joined with commas */
    struct answered answered[64];
    size_t answered_count;
    unsigned reports[EDGE_REPORT_RESEND + 1];
    struct edge_report last_report[EDGE_REPORT_RESEND + 1];

    struct buf said;          /* what has no other place, a line each: see fixture_say() */
    uint64_t command_request; /* of the last EDGE_SESSION or EDGE_COMMAND */

    struct entry entries[FIXTURE_BATCH_MAX];
    struct buf bodies;
    const char *data; /* in the place of "r<n>" */
    uint64_t origin;  /* of the records made: 0, or the edge's own incarnation */
    uint64_t first_seq;
};

static inline void fixture_say_members(struct fixture *f, const struct wire_members *m)
{
    buf_printf(&f->said, "members %u%s:", (unsigned)m->serial, m->all == 1 ? " all" : "");
    for (size_t i = 0; i < m->count; i++) {
        buf_str(&f->said, i == 0 ? " " : ", ");
        buf_slice(&f->said, m->members[i].topic);
        buf_char(&f->said, '/');
        buf_slice(&f->said, m->members[i].member);
        buf_slice(&f->said, m->members[i].payload);
        buf_printf(&f->said, "=%u", (unsigned)m->members[i].count);
    }
    buf_char(&f->said, '\n');
}

/* A frame that is no more than text, as a line. */
static inline void fixture_say_frame(struct fixture *f, const struct wire_frame *frame)
{
    if (frame->type == WIRE_MEMBERS) {
        fixture_say_members(f, &frame->members);
    } else if (frame->type == WIRE_REPLY) {
        buf_printf(&f->said, "reply %u %s: ", (unsigned)frame->reply.request,
                   err_text(frame->reply.code));
        buf_slice(&f->said, frame->reply.text);
        buf_char(&f->said, '\n');
    } else if (frame->type == WIRE_COMMAND) {
        buf_str(&f->said, "ask ");
        buf_slice(&f->said, frame->command.name);
        for (size_t i = 0; i < frame->command.argument_count; i++) {
            buf_char(&f->said, ' ');
            buf_slice(&f->said, frame->command.arguments[i]);
        }
        buf_char(&f->said, '\n');
    }
}

static inline void fixture_say_session(struct fixture *f, const struct edge_session_action *a)
{
    f->command_request = a->request;
    buf_str(&f->said, "session ");
    buf_slice(&f->said, a->session);
    buf_char(&f->said, ' ');
    buf_slice(&f->said, a->body);
    buf_char(&f->said, ' ');
    buf_slice(&f->said, a->token);
    buf_char(&f->said, '\n');
}

static inline void fixture_say_command(struct fixture *f, const struct edge_command_action *a)
{
    f->command_request = a->request;
    buf_printf(&f->said, "command %d", (int)a->command);
    for (size_t i = 0; i < a->argument_count; i++) {
        buf_char(&f->said, ' ');
        buf_slice(&f->said, a->arguments[i]);
    }
    buf_char(&f->said, '\n');
}

/* The pointer to a request is its name. */
static inline void fixture_say_reply(struct fixture *f, const struct edge_reply_action *a)
{
    buf_printf(&f->said, "%s %s: ", (const char *)a->request, err_text(a->result));
    buf_slice(&f->said, a->text);
    buf_char(&f->said, '\n');
}

static inline void fixture_say_page(struct fixture *f, const struct edge_page_action *a)
{
    buf_printf(&f->said, "%s %s:", (const char *)a->request, err_text(a->result));
    for (size_t i = 0; i < a->entry_count; i++)
        buf_printf(&f->said, " %u", (unsigned)a->entries[i].offset);
    if (a->result == OK)
        buf_printf(&f->said, " to %u of %u", (unsigned)a->next, (unsigned)a->head);
    buf_char(&f->said, '\n');
}

/* What was said since the last look. */
static inline void fixture_said(struct fixture *f, const char *expected)
{
    buf_char(&f->said, '\0');
    assert_string_equal(f->said.data, expected);
    buf_reset(&f->said);
}

#endif

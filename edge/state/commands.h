/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_COMMANDS_H
#define BELFRY_EDGE_STATE_COMMANDS_H

/* Commands that the broker passes on to this edge, from other edges and from operators. Those of
 * other edges change a stream. Commands wait for the shell, and its replies wait for the control
 * socket. Pure data. */

#include "common/base/err.h"
#include "common/base/list.h"
#include "common/base/mem.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMMAND_PARTS_MAX 4

/* A command, or the reply to one. */
struct command {
    struct list link;
    uint64_t request; /* number of the request in the broker's frame */
    enum err code;    /* result of a reply */
    bool is_session;  /* a change of a stream; otherwise an operator's command */
    unsigned what;    /* enum edge_command of an operator's command */

    /* Of a change: session, body and token. Of an operator's command: its arguments. Of a reply:
     * its text. */
    struct slice parts[COMMAND_PARTS_MAX];
    size_t count;
    char text[]; /* the bytes of the parts */
};

struct commands {
    struct list incoming;  /* commands for the shell */
    struct list answers;   /* replies for the broker */
    struct command *given; /* given to the shell with the last action, or NULL */
};

void commands_init(struct commands *c);
void commands_clear(struct commands *c);

/* Asserts the invariants. */
void commands_check(const struct commands *c);

/* Makes a command that is not in a list. Copies the texts, at most COMMAND_PARTS_MAX. Returns
 * NULL when there is no memory. */
struct command *commands_create(uint64_t request, enum err code, const struct slice *texts,
                                size_t count);

/* Frees the command that was given to the shell, if there is one. */
static inline void commands_drop_given(struct commands *c)
{
    if (c->given != NULL)
        mem_free(c->given);
    c->given = NULL;
}

/* Takes the next command of a list and keeps it as `given`. Returns NULL when there is none.
 * Inline, like commands_drop_given(): the core calls it after each event, and nearly always finds
 * nothing. */
static inline struct command *commands_take(struct commands *c, struct list *from)
{
    struct list *node = list_shift(from);

    if (node == NULL)
        return NULL;
    commands_drop_given(c);
    c->given = LIST_ENTRY(node, struct command, link);
    return c->given;
}

#endif

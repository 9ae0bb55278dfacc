/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_REPLIES_H
#define BELFRY_BROKER_CORE_REPLIES_H

/* What waits to go out on the control socket: replies, and commands for edges. */

#include "broker/core/config.h"
#include "broker/core/control_peer.h"
#include "broker/core/reads.h"
#include "broker/journal/journal.h"
#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/list.h"
#include "common/base/slice.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLY_TEXT_MAX (1u << 20)
#define REPLY_ARGUMENTS_MAX 6 /* of a command for an edge */

struct reply {
    struct list link;
    struct control_peer peer;
    enum wire_type type;
    uint64_t request;
    enum err code;
    struct broker_read *read; /* what it replies to, if it is a read; owned */
    struct buf text;          /* REPLY, WELCOME; COMMAND: the command and its arguments */
    size_t sizes[1 + REPLY_ARGUMENTS_MAX]; /* COMMAND: of the command and each argument in `text` */
    size_t argument_count;
    struct slice arguments[REPLY_ARGUMENTS_MAX];
};

struct replies {
    struct list waiting; /* struct reply */
    struct reply *out;   /* given to the shell with the last action */
};

void replies_init(struct replies *r);
void replies_clear(struct replies *r, struct reads *reads);
void replies_check(const struct replies *r);

/* Queues a reply, for the caller to fill in. Never NULL. */
struct reply *replies_add(struct replies *r, const struct control_peer *peer, enum wire_type type,
                          uint64_t request, enum err code);

/* Queues a REPLY with one line. */
void replies_add_text(struct replies *r, const struct control_peer *peer, uint64_t request,
                      enum err code, const char *text);

/* Queues a command for an edge (WIRE_COMMAND), with at most REPLY_ARGUMENTS_MAX arguments. False
 * when it is too large, or there is no memory. */
bool replies_add_command(struct replies *r, const struct control_peer *peer, uint64_t request,
                         struct slice command, const struct slice *arguments, size_t count);

/* Frees the reply that was given to the shell, and the read that it replied to. */
void replies_release(struct replies *r, struct reads *reads);

/* Returns the next reply, which is valid until replies_release(); NULL when none waits. */
struct reply *replies_next(struct replies *r);

/* Fills in the frame of a reply, from the journal's state and the configuration. */
void reply_frame(struct reply *reply, const struct journal_state *journal,
                 const struct broker_config *config, struct wire_frame *out);

#endif

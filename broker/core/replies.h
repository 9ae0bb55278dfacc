/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_REPLIES_H
#define BELFRY_BROKER_CORE_REPLIES_H

/* The queue of frames for the control socket, and the reads of the journal that need a reply. The
 * frames are replies, and commands for edges. */

#include "broker/core/action.h"
#include "broker/core/config.h"
#include "broker/core/control_peer.h"
#include "broker/journal/journal.h"
#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/list.h"
#include "common/base/slice.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLY_TEXT_MAX (1u << 20) /* maximum size of the text of a frame */
#define REPLY_ARGUMENTS_MAX 6     /* arguments of a command for an edge */

struct reply {
    struct list link;
    struct control_peer peer;
    enum wire_type type;
    uint64_t request;
    enum err code;
    struct broker_read *read; /* read whose result it returns, or NULL; owned */
    struct buf text;          /* text of a REPLY or WELCOME; the name and arguments of a COMMAND */
    size_t sizes[1 + REPLY_ARGUMENTS_MAX]; /* COMMAND: of the name and each argument in `text` */
    size_t argument_count;
    struct slice arguments[REPLY_ARGUMENTS_MAX]; /* set by reply_frame() */
};

struct replies {
    struct list waiting;       /* struct reply */
    struct reply *out;         /* with the shell since the last action */
    struct list reads_waiting; /* reads that wait for the shell */
    uint32_t reads_waiting_count;
    uint32_t read_count; /* reads that wait, are with the shell, or are being replied to */
};

void replies_init(struct replies *r);

/* Frees everything that waits. No read may be with the shell. */
void replies_clear(struct replies *r);

void replies_check(const struct replies *r);

/* Queues a frame, whose text the caller fills in. Does not return NULL. */
struct reply *replies_add(struct replies *r, const struct control_peer *peer, enum wire_type type,
                          uint64_t request, enum err code);

/* Queues a REPLY with one line of text. */
void replies_add_text(struct replies *r, const struct control_peer *peer, uint64_t request,
                      enum err code, const char *text);

/* Queues a command for an edge (WIRE_COMMAND), with at most REPLY_ARGUMENTS_MAX arguments. Returns
 * false when it is too large or memory runs out. */
bool replies_add_command(struct replies *r, const struct control_peer *peer, uint64_t request,
                         struct slice command, const struct slice *arguments, size_t count);

/* Frees the reply that is with the shell, and its read. */
void replies_release(struct replies *r);

/* Returns the next reply, which is valid until replies_release(), or NULL. The reply before must be
 * released. */
struct reply *replies_next(struct replies *r);

/* Creates a read of these selectors, which are copied, for the caller to fill in and to start.
 * Returns NULL when memory runs out. */
struct broker_read *replies_create_read(const struct slice *selectors, size_t count);

/* Queues a read for the shell. */
void replies_start_read(struct replies *r, struct broker_read *read);

/* Returns the next read for the shell, or NULL. */
struct broker_read *replies_next_read(struct replies *r);

/* Takes a read back from the shell and queues the reply to it, for the caller to fill in. The reply
 * owns the read. */
struct reply *replies_finish_read(struct replies *r, enum wire_type type, struct broker_read *read,
                                  enum err code);

/* Makes the frame of a reply, with the journal's state and the configuration. */
void reply_frame(struct reply *reply, const struct journal_state *journal,
                 const struct broker_config *config, struct wire_frame *out);

#endif

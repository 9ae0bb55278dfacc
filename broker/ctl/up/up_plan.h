/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_UP_UP_PLAN_H
#define BELFRY_BROKER_CTL_UP_UP_PLAN_H

/* What `belfry up` is to start: its options, the ports and command lines that follow from them, and
 * how long to wait before a dead child is started again. Pure.
 *
 *   P                 the public port, shared by all edges
 *   P+1 .. P+N        edge i alone listens on P+i
 *   P+100             operations port of the broker
 *   P+101 .. P+100+N  operations port of edge i */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/process/options.h"

#include <stddef.h>
#include <stdint.h>

#define UP_EDGES_MAX 99 /* P+i stays below P+100 */
#define UP_OPS_PORTS 100
#define UP_LISTEN_FD 3 /* the descriptor that edges find the public port at */

struct up_options {
    uint64_t port;
    uint64_t edges;
    const char *host;
    const char *data;
    int durability;            /* index into full|normal|memory */
    int log_level;             /* enum log_level */
    const char *broker_option; /* name=value[,name=value...] for the broker, or "" */
    const char *edge_option;   /* the same for each edge */
};

extern const struct option_table up_option_table;

/* Checks what the table can't: that no name is empty, that the ports are within 65535, and that
 * broker_option and edge_option are lists. ERR_INVALID; `reason` is one line. */
MUST_CHECK enum err up_options_check(const struct up_options *options,
                                     char reason[OPTIONS_REASON_SIZE]);

#define UP_ARGUMENTS_MAX 128

/* A child's command line. */
struct up_command {
    struct buf text; /* the arguments, each with its NUL */
    size_t count;
    char *argv[UP_ARGUMENTS_MAX + 1]; /* into text; NULL after the last */
};

/* `programs` is the directory of the executables, `data` the absolute path of the data directory.
 * ERR_INVALID (an empty name in *_option), ERR_TOO_MANY or ERR_NO_MEMORY, with *out cleared. */
MUST_CHECK enum err up_command_broker(const struct up_options *options, const char *programs,
                                      const char *data, struct up_command *out);

/* `number` from 1. */
MUST_CHECK enum err up_command_edge(const struct up_options *options, const char *programs,
                                    const char *data, unsigned number, struct up_command *out);

void up_command_clear(struct up_command *command);

/* Whether the edges are given the option ("name" or "name=value"). */
bool up_edge_option(const struct up_options *options, const char *name);

/* HOST:PORT as a URL and the edges' options write it: an IPv6 address in brackets. */
void up_address(struct buf *out, const char *host, uint64_t port);

#define UP_BACKOFF_FIRST_MS 100
#define UP_BACKOFF_LAST_MS 5000
#define UP_BACKOFF_FORGET_MS 10000

/* The wait before the next start of a child that has run for `ran_ms`, after the wait before that
 * one (0 = it was the first start). */
uint64_t up_backoff(uint64_t previous_ms, uint64_t ran_ms);

#endif

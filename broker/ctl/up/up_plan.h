/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_UP_UP_PLAN_H
#define BELFRY_BROKER_CTL_UP_UP_PLAN_H

/* Plans what `belfry up` starts: its options, ports, command lines and restart delays. Pure.
 *
 *   P                 the public port, shared by all edges
 *   P+1 .. P+N        port of edge i alone, P+i
 *   P+100             operations port of the broker
 *   P+101 .. P+100+N  operations port of edge i */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/process/options.h"

#include <stddef.h>
#include <stdint.h>

#define UP_EDGES_MAX 99 /* P+i stays below P+100 */
#define UP_OPS_PORTS 100
#define UP_LISTEN_FD 3 /* descriptor of the public port in the edges */

struct up_options {
    uint64_t port;
    uint64_t edges;
    const char *host;
    const char *data;
    int durability;            /* index into full|normal|memory */
    int log_level;             /* enum log_level */
    const char *broker_option; /* name=value[,name=value...] for the broker, or "" */
    const char *edge_option;   /* the same, for each edge */
};

extern const struct option_table up_option_table;

/* Checks what the table cannot: that host and data are not empty, that the ports are at most 65535,
 * and that broker_option and edge_option are lists. Returns ERR_INVALID with one line in
 * `reason`. */
MUST_CHECK enum err up_options_check(const struct up_options *options,
                                     char reason[OPTIONS_REASON_SIZE]);

#define UP_ARGUMENTS_MAX 128

/* A child's command line. */
struct up_command {
    struct buf text; /* the arguments, each followed by a NUL */
    size_t count;
    char *argv[UP_ARGUMENTS_MAX + 1]; /* pointers into text; ends with NULL */
};

/* `programs` is the directory of the executables, `data` the absolute path of the data directory.
 * Returns ERR_INVALID (an empty name in *_option), ERR_TOO_MANY or ERR_NO_MEMORY; then *out is
 * cleared. */
MUST_CHECK enum err up_command_broker(const struct up_options *options, const char *programs,
                                      const char *data, struct up_command *out);

/* `number` is from 1 to UP_EDGES_MAX. */
MUST_CHECK enum err up_command_edge(const struct up_options *options, const char *programs,
                                    const char *data, unsigned number, struct up_command *out);

void up_command_clear(struct up_command *command);

/* Returns whether edge_option contains this option ("name" or "name=value"). */
bool up_edge_option(const struct up_options *options, const char *name);

/* Appends HOST:PORT as in a URL: an IPv6 address is in brackets. */
void up_address(struct buf *out, const char *host, uint64_t port);

#define UP_BACKOFF_FIRST_MS 100
#define UP_BACKOFF_LAST_MS 5000
#define UP_BACKOFF_FORGET_MS 10000

/* Returns the delay before the next start of a child that ran for `ran_ms`. `previous_ms` is the
 * delay before that run; 0 = it was the first. */
uint64_t up_backoff(uint64_t previous_ms, uint64_t ran_ms);

#endif

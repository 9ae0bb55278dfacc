/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_CLI_H
#define BELFRY_BROKER_CTL_LIB_CLI_H

/* What all belfry commands have in common: how a command describes itself, what its exit status
 * means, and the help that follows from the description. Pure; what reads and writes is in
 * cli_posix.h. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/process/options.h"

#include <stdbool.h>

enum cli_status {
    CLI_OK = 0,
    /* nobody answers, or the request can't be carried out; one line on standard error says why */
    CLI_FAILED = 1,
    CLI_USAGE = 2, /* the command line is wrong; one line on standard error */
    CLI_FOUND = 3, /* check, doctor and audit: it works, and something is not as it should be */
};

struct cli_command {
    struct option_table table;
    const char *examples; /* for --help; lines, or NULL */
    int operands_min;
    int operands_max; /* -1: any number */
};

/* Options that several commands have; `target` is the struct that has a field of that name. */
#define CLI_BROKER_OPTION(target)                                                                  \
    {.name = "broker",                                                                             \
     .type = OPTION_STRING,                                                                        \
     .fallback = "ipc://./belfry-data/run",                                                        \
     .value = "ADDRESS",                                                                           \
     .help = "The broker's base address: ipc://DIR or tcp://HOST:PORT.",                           \
     .field = offsetof(target, broker)}
#define CLI_JSON_OPTION(target)                                                                    \
    {.name = "json",                                                                               \
     .type = OPTION_FLAG,                                                                          \
     .help = "Show JSON, for programs.",                                                           \
     .field = offsetof(target, json)}

/* What the option table does not say about a command line: `-h` is help, any other option with one
 * dash is a mistake (they all have two), and what stands behind "--" is an operand. ERR_INVALID
 * with a reason. */
MUST_CHECK enum err cli_look(const struct option_table *table, int argc, char *const *argv,
                             bool *out_help, char reason[OPTIONS_REASON_SIZE]);

/* Is the number of operands right? ERR_INVALID with a reason; `operands` is argv after
 * options_arguments(). */
MUST_CHECK enum err cli_count(const struct cli_command *command, int count, char *const *operands,
                              char reason[OPTIONS_REASON_SIZE]);

/* The environment variables that commands look at, and no others: an option that is called `type`
 * must not come from the environment by chance. `variable` is NAME=VALUE. */
bool cli_from_environment(const char *variable);

/* The text of --help, with examples. */
void cli_help(const struct cli_command *command, struct buf *out);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_CLI_H
#define BELFRY_BROKER_CTL_LIB_CLI_H

/* Describes a belfry command: its options, operands, examples, exit status and --help. Pure;
 * cli_posix.h reads and writes. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/process/options.h"

#include <stdbool.h>

enum cli_status {
    CLI_OK = 0,
    /* nothing answered, or the request cannot be carried out; one line on standard error */
    CLI_FAILED = 1,
    CLI_USAGE = 2, /* wrong command line; one line on standard error */
    CLI_FOUND = 3, /* check, doctor and audit: a problem was found */
};

struct cli_command {
    struct option_table table;
    const char *examples; /* lines for --help, or NULL */
    int operands_min;
    int operands_max; /* -1 = any number */
};

/* Options that several commands have; `target` is the command's options struct, which has a field
 * of the option's name. */
#define CLI_BROKER_OPTION(target)                                                                  \
    {.name = "broker",                                                                             \
     .type = OPTION_STRING,                                                                        \
     .fallback = "ipc://./belfry-data/run",                                                        \
     .value = "ADDRESS",                                                                           \
     .help = "Base address of the broker: ipc://DIR or tcp://HOST:PORT.",                          \
     .field = offsetof(target, broker)}
#define CLI_JSON_OPTION(target)                                                                    \
    {.name = "json",                                                                               \
     .type = OPTION_FLAG,                                                                          \
     .help = "Print JSON, for use in programs.",                                                   \
     .field = offsetof(target, json)}

/* Checks a command line for what an option table cannot express: `-h` asks for help, and any other
 * option with a single dash is an error. Arguments after "--" are operands. Returns ERR_INVALID
 * with a reason. */
MUST_CHECK enum err cli_look(const struct option_table *table, int argc, char *const *argv,
                             bool *out_help, char reason[OPTIONS_REASON_SIZE]);

/* Checks the number of operands; `operands` is argv after options_arguments(). Returns ERR_INVALID
 * with a reason. */
MUST_CHECK enum err cli_count(const struct cli_command *command, int count, char *const *operands,
                              char reason[OPTIONS_REASON_SIZE]);

/* Returns whether commands read this environment variable, NAME=VALUE. They read only a few, so
 * that a variable does not set an option such as `type` by accident. */
bool cli_from_environment(const char *variable);

/* Appends the text of --help, with examples. */
void cli_help(const struct cli_command *command, struct buf *out);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_PROCESS_OPTIONS_H
#define BELFRY_COMMON_PROCESS_OPTIONS_H

/* A program's options: one table that feeds the command line (`--tail-bytes 64MiB`,
 * `--tail-bytes=64MiB`), the environment (`BELFRY_TAIL_BYTES`) and `--help`. The command line wins
 * over the environment, and the environment over the default.
 *
 * Pure: the shell passes the environment in. */

#include "common/base/buf.h"
#include "common/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_type {
    OPTION_STRING, /* const char *; points into argv, the environment or the table */
    OPTION_NUMBER, /* uint64_t */
    OPTION_BYTES,  /* uint64_t; 4096, 64KiB, 64MiB, 2GiB */
    /* uint64_t milliseconds; 250ms, 15s, 10m, 6h, 30d; a bare number is seconds, unless
     * `unit_required` */
    OPTION_DURATION,
    OPTION_FLAG,   /* bool; `--x`, `--no-x`, `--x=yes|no|true|false|1|0` */
    OPTION_CHOICE, /* int: index into `choices` */
};

struct option {
    const char *name; /* "tail-bytes"; lower case, words joined with '-' */
    enum option_type type;
    const char *fallback; /* the default as text, or NULL: "" / 0 / no */
    uint64_t min;         /* NUMBER, BYTES, DURATION (ms) */
    uint64_t max;         /* 0 = no upper limit */
    /* DURATION: a bare number other than 0 is an error, since a wrong guess of its unit removes or
     * hides data */
    bool unit_required;
    const char *choices; /* "full|normal|memory" */
    const char *value;   /* what --help calls the value: "PORT" */
    const char *help;    /* one sentence */
    size_t field;        /* offsetof in the target */
};

struct option_table {
    const char *program;  /* "belfry-edge" */
    const char *summary;  /* first line of --help */
    const char *operands; /* "URL [TOPIC...]" for --help, or NULL when there are none */
    const struct option *options;
    size_t count;
};

/* Sets every field of `target` to its default. The defaults of a table must parse (a test says
 * so). */
void options_defaults(const struct option_table *table, void *target);

#define OPTIONS_REASON_SIZE 256

/* Sets one option by name. ERR_NOT_FOUND (no such option) or ERR_INVALID; `reason` is one line that
 * names option, value and limit. */
MUST_CHECK enum err options_set(const struct option_table *table, void *target, const char *name,
                                const char *value, char reason[OPTIONS_REASON_SIZE]);

/* Takes BELFRY_<NAME> variables; `environment` is like environ. Ignores variables that the table
 * does not name, and those that Kubernetes sets beside a Service named "belfry"
 * (BELFRY_PORT=tcp://10.1.2.3:8080): the name ends in _PORT, and the value begins with tcp://,
 * udp:// or sctp://. */
MUST_CHECK enum err options_environment(const struct option_table *table, void *target,
                                        char *const *environment, char reason[OPTIONS_REASON_SIZE]);

/* Takes argv[1] on. Operands (what does not start with "--", and all after "--") are moved to the
 * front of argv: argv[0 .. *out_operands). *out_help: --help was given (the rest is not looked
 * at). */
MUST_CHECK enum err options_arguments(const struct option_table *table, void *target, int argc,
                                      char **argv, int *out_operands, bool *out_help,
                                      char reason[OPTIONS_REASON_SIZE]);

/* The text of --help. */
void options_help(const struct option_table *table, struct buf *out);

#endif

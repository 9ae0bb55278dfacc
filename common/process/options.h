/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_PROCESS_OPTIONS_H
#define BELFRY_COMMON_PROCESS_OPTIONS_H

/* Parses a program's options from one table, and writes its `--help`.
 *
 * The command line (`--tail-bytes 64MiB`, `--tail-bytes=64MiB`) overrides the environment
 * (`BELFRY_TAIL_BYTES`), and the environment overrides the default. Pure: the shell passes the
 * environment in. */

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
    const char *name; /* "tail-bytes": lower case, words joined by '-' */
    enum option_type type;
    const char *fallback; /* the default as text, or NULL for "", 0 or no */
    uint64_t min;         /* smallest NUMBER, BYTES or DURATION (ms) */
    uint64_t max;         /* largest one; 0 = no upper limit */
    /* DURATION: a bare number other than 0 is an error, since the wrong unit would remove or hide
     * data */
    bool unit_required;
    const char *choices; /* CHOICE: the accepted words, as "full|normal|memory" */
    const char *value;   /* placeholder of the value in --help: "PORT" */
    const char *help;    /* one sentence */
    size_t field;        /* offset in the target (offsetof) */
};

struct option_table {
    const char *program;  /* "belfry-edge" */
    const char *summary;  /* first line of --help */
    const char *operands; /* "URL [TOPIC...]" for --help, or NULL */
    const struct option *options;
    size_t count;
};

/* Sets each field of `target` to its default. The defaults of a table must be valid. */
void options_defaults(const struct option_table *table, void *target);

#define OPTIONS_REASON_SIZE 256

/* Sets one option by name. Returns ERR_NOT_FOUND (no such option) or ERR_INVALID; `reason` is then
 * one line that names the option, the value and the limit. */
MUST_CHECK enum err options_set(const struct option_table *table, void *target, const char *name,
                                const char *value, char reason[OPTIONS_REASON_SIZE]);

/* Sets options from BELFRY_<NAME> variables; `environment` is like environ. Ignores variables that
 * the table does not contain, and those that Kubernetes sets for a Service named "belfry"
 * (BELFRY_PORT=tcp://10.1.2.3:8080): the name ends in _PORT, and the value begins with tcp://,
 * udp:// or sctp://. */
MUST_CHECK enum err options_environment(const struct option_table *table, void *target,
                                        char *const *environment, char reason[OPTIONS_REASON_SIZE]);

/* Sets options from argv[1] on. Moves the operands (arguments that do not begin with "--", and all
 * after "--") to argv[0 .. *out_operands). *out_help is true if --help was given; later arguments
 * are then ignored. */
MUST_CHECK enum err options_arguments(const struct option_table *table, void *target, int argc,
                                      char **argv, int *out_operands, bool *out_help,
                                      char reason[OPTIONS_REASON_SIZE]);

/* Appends the text of --help. */
void options_help(const struct option_table *table, struct buf *out);

#endif

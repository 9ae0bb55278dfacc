/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_PROCESS_PROGRAM_MAIN_POSIX_H
#define BELFRY_COMMON_PROCESS_PROGRAM_MAIN_POSIX_H

/* What main() of a server does: options, --help and --version, dying with the supervisor, and the
 * exit status. */

#include "common/process/log.h"
#include "common/process/options.h"

#include <stdbool.h>

/* Exit statuses of the servers, beside 0: ended by a signal, or what was asked for is shown. */
#define PROGRAM_FAILED 1       /* it could not start */
#define PROGRAM_WRONG_OPTION 2 /* a wrong command line or environment */

struct program {
    const struct option_table *options; /* names the program too */
    const char *version; /* version_text of common/process/version.h, which only programs link */
    void *settings;      /* target of the options */
    const bool *show_version;           /* one field of it: --version */
    int (*serve)(const void *settings); /* returns the exit status */
};

/* Reads environment and command line, then serves; returns the exit status. SIGPIPE is ignored from
 * then on. */
int program_main(const struct program *program, int argc, char **argv);

/* Reports on standard error why a program ends, in one line. Returns `status`. */
int program_fail(const struct option_table *options, int status, const char *reason);

/* Returns the operators' log on standard error; `level` and `format` are choices of the options. */
struct log program_log(int level, int format);

#endif

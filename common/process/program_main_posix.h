/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_PROCESS_PROGRAM_MAIN_POSIX_H
#define BELFRY_COMMON_PROCESS_PROGRAM_MAIN_POSIX_H

/* The main() of a server: reads its options, handles --help and --version, and runs it. */

#include "common/process/log.h"
#include "common/process/options.h"

#include <stdbool.h>

/* Exit statuses of the servers. 0: ended by a signal, or after --help or --version. */
#define PROGRAM_FAILED 1       /* the server could not start */
#define PROGRAM_WRONG_OPTION 2 /* invalid command line or environment */

struct program {
    const struct option_table *options; /* also contains the name of the program */
    const char *version; /* version_text of common/process/version.h, which only programs link */
    void *settings;      /* target of the options */
    const bool *show_version;           /* the field of `settings` that --version sets */
    int (*serve)(const void *settings); /* returns the exit status */
};

/* Reads the environment and the command line, requests to end with the supervisor
 * (process_die_with_parent()), ignores SIGPIPE, and calls serve(). Returns the exit status. */
int program_main(const struct program *program, int argc, char **argv);

/* Writes one line to standard error about why the program ends. Returns `status`. */
int program_fail(const struct option_table *options, int status, const char *reason);

/* Returns the operators' log on standard error. `level` and `format` are values of options. */
struct log program_log(int level, int format);

#endif

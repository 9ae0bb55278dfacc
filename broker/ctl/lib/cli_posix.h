/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_CLI_POSIX_H
#define BELFRY_BROKER_CTL_LIB_CLI_POSIX_H

/* How every belfry command begins and ends: options in, text out, one line on standard error when
 * it fails. */

#include "broker/ctl/lib/cli.h"
#include "common/base/buf.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* Reads the environment and the command line into `options`, and shows --help. True: go on, argv[0
 * .. *out_operands) are the operands. False: *out_status is the exit status. */
bool cli_begin(const struct cli_command *command, void *options, int argc, char **argv,
               int *out_operands, int *out_status);

/* "belfry publish: REASON" on standard error; returns the status. */
int cli_fail(const struct cli_command *command, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Writes the text to standard output, now. Returns the status, or CLI_FAILED when it could not be
 * written (said on standard error, unless the reader has gone: `belfry tail | head`). */
int cli_show(const struct cli_command *command, const struct buf *text, int status);

/* Has whoever reads our standard output gone? A command that waits would not notice otherwise. */
bool cli_reader_gone(void);

/* A line for people while it works, on standard error. */
void cli_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A line that stands still and changes, for progress: only on a terminal. */
void cli_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_progress_end(void);

/* Reads standard input to its end. ERR_TOO_LARGE (out->limit), ERR_IO. */
MUST_CHECK enum err cli_read_input(struct buf *out);

/* A clock that only goes forward. */
uint64_t cli_now_ms(void);
uint64_t cli_now_us(void);

#endif

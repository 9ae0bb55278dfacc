/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_CLI_POSIX_H
#define BELFRY_BROKER_CTL_LIB_CLI_POSIX_H

/* Input and output of the belfry commands: options in, text out, and one line on standard error if
 * a command fails. */

#include "broker/ctl/lib/cli.h"
#include "common/base/buf.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* Reads the environment and the command line into `options`, and shows --help. If it returns true,
 * argv[0 .. *out_operands) are the operands. If it returns false, the command ends with
 * *out_status. */
bool cli_begin(const struct cli_command *command, void *options, int argc, char **argv,
               int *out_operands, int *out_status);

/* Prints "belfry publish: REASON" on standard error. Returns `status`. */
int cli_fail(const struct cli_command *command, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Writes the text to standard output at once. Returns `status`, or CLI_FAILED if it cannot be
 * written. The error is printed, except when the reader has closed its end: `belfry tail |
 * head`. */
int cli_show(const struct cli_command *command, const struct buf *text, int status);

/* Returns whether the reader of standard output has closed its end. A command that waits would not
 * notice otherwise. */
bool cli_reader_gone(void);

/* Prints a line for people on standard error. */
void cli_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Shows progress in a single line that is overwritten, on a terminal only. */
void cli_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_progress_end(void);

/* Reads standard input to its end. Returns ERR_TOO_LARGE (beyond out->limit) or ERR_IO. */
MUST_CHECK enum err cli_read_input(struct buf *out);

/* Return the time of a monotonic clock. */
uint64_t cli_now_ms(void);
uint64_t cli_now_us(void);

#endif

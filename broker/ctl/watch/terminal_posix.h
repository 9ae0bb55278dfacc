/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_WATCH_TERMINAL_POSIX_H
#define BELFRY_BROKER_CTL_WATCH_TERMINAL_POSIX_H

/* The whole screen of a terminal: its alternate one, without a cursor, and keys as they are
 * pressed. Between terminal_take() and terminal_give_back() signals that end the process are kept
 * back: ask terminal_ended(). */

#include "common/base/buf.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

struct terminal {
    struct termios before;
    sigset_t signals;
    bool taken;
};

/* False: standard input and output are no terminal. */
bool terminal_take(struct terminal *t);
void terminal_give_back(struct terminal *t);

/* A signal that ends us has come. */
bool terminal_ended(const struct terminal *t);

void terminal_size(size_t *out_width, size_t *out_height);

/* Shows the lines from the top on, and clears what is below them. */
void terminal_show(const struct buf *lines);

/* The next key, or 0 when none is pressed within that time (or a signal comes). Ctrl-C and Ctrl-D
 * are 'q'. */
char terminal_key(const struct terminal *t, uint64_t wait_ms);

#endif

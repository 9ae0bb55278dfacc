/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_WATCH_TERMINAL_POSIX_H
#define BELFRY_BROKER_CTL_WATCH_TERMINAL_POSIX_H

/* Uses a terminal's alternate screen, without a cursor, and reads keys as they are pressed. From
 * terminal_take() on, SIGINT, SIGTERM and SIGHUP are blocked: poll terminal_ended(). They stay
 * blocked after terminal_give_back(). */

#include "common/base/buf.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

struct terminal {
    struct termios before; /* settings that terminal_give_back() restores */
    sigset_t signals;      /* the blocked signals */
    bool taken;            /* between terminal_take() and terminal_give_back() */
};

/* Returns false if standard input or output is not a terminal. */
bool terminal_take(struct terminal *t);
void terminal_give_back(struct terminal *t);

/* Returns whether a signal that ends the process is pending. */
bool terminal_ended(const struct terminal *t);

void terminal_size(size_t *out_width, size_t *out_height);

/* Shows the lines from the top of the screen, and clears the rest. */
void terminal_show(const struct buf *lines);

/* Returns the next key, or 0 if no key is pressed within that time or a signal arrives. Ctrl-C and
 * Ctrl-D return 'q'. */
char terminal_key(const struct terminal *t, uint64_t wait_ms);

#endif

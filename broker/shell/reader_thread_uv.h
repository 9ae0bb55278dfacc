/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_SHELL_READER_THREAD_UV_H
#define BELFRY_BROKER_SHELL_READER_THREAD_UV_H

/* The reader: a thread with its own connection to the journal, which does the core's reads one after the
 * other, while the writer appends.
 *
 * Threads: all functions and callbacks on the loop's. */

#include "broker/core/broker.h"
#include "broker/journal/journal.h"
#include "common/base/err.h"

struct uv_loop_s;
struct reader_thread;

/* Opens the connection. ERR_IO and what journal_reader_open() says. `done` gets each read back, with its
 * result; the core limits how many are out. */
MUST_CHECK enum err reader_thread_create(struct uv_loop_s *loop, struct journal *journal,
                                         void (*done)(void *context, struct broker_read *read),
                                         void *context, struct reader_thread **out);

void reader_thread_submit(struct reader_thread *r, struct broker_read *read);

/* Finishes what it was given, closes the connection, then calls `closed`. */
void reader_thread_close(struct reader_thread *r, void (*closed)(void *context));

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_SHELL_READER_THREAD_UV_H
#define BELFRY_BROKER_SHELL_READER_THREAD_UV_H

/* The reader: a thread with its own connection to the journal. It executes the core's reads one
 * after another, while the writer appends.
 *
 * Threads: all functions and callbacks run on the loop's thread. */

#include "broker/core/broker.h"
#include "broker/journal/journal.h"
#include "common/base/err.h"

struct uv_loop_s;
struct reader_thread;

/* Opens the connection and starts the thread. `done` gets each read with its result. ERR_IO and the
 * errors of journal_reader_open(). */
MUST_CHECK enum err reader_thread_create(struct uv_loop_s *loop, struct journal *journal,
                                         void (*done)(void *context, struct broker_read *read),
                                         void *context, struct reader_thread **out);

/* Queues a read, which belongs to the reader until done(). The core limits the number of reads. */
void reader_thread_submit(struct reader_thread *r, struct broker_read *read);

/* Finishes the queued reads, closes the connection, then calls `closed`. */
void reader_thread_close(struct reader_thread *r, void (*closed)(void *context));

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_TEXT_H
#define BELFRY_BROKER_CTL_LIB_TEXT_H

/* Formats numbers with units and times, and makes text from outside safe for a terminal. Pure. */

#include "common/base/buf.h"
#include "common/base/slice.h"

#include <stddef.h>
#include <stdint.h>

#define TEXT_SIZE 72 /* size of every text below, with its NUL */

void text_bytes(double bytes, char out[TEXT_SIZE]);      /* "1.5 MiB" */
void text_count(double count, char out[TEXT_SIZE]);      /* "950", "12.3k", "4.0M" */
void text_duration(double ms, char out[TEXT_SIZE]);      /* "1.5 s", "3m 4s", "2h 3m", "5d 6h" */
void text_microseconds(double us, char out[TEXT_SIZE]);  /* "850 us", "1.5 ms" */
void text_time(uint64_t unix_ms, char out[TEXT_SIZE]);   /* "2026-11-20T07:33:00.123Z" */
void text_second(uint64_t unix_ms, char out[TEXT_SIZE]); /* "2026-11-20T07:33:00Z" */

/* Appends the text so that it is safe for a terminal: U+0000 to U+001F and U+007F to U+009F become
 * '?'. */
void text_clean(struct buf *out, struct slice text);

/* Returns the approximate number of columns of a text: its characters, each one column wide. */
size_t text_width(struct slice text);

/* Returns the first `width` characters of the text, or all of it. */
struct slice text_cut(struct slice text, size_t width);

void text_pad(struct buf *out, size_t count); /* appends spaces */

#endif

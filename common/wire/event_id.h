/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_WIRE_EVENT_ID_H
#define BELFRY_COMMON_WIRE_EVENT_ID_H

/* A place in a log as text: `epoch-offset`, say `k3f9x2-1843`. It is the `id:` of an SSE event.
 *
 * An epoch is the random name of one log: 1 to 7 of [a-z0-9], made when the log is created, and
 * changed only when continuity can't be proven. An offset is decimal, without leading zeros;
 * offset 0 is the place before the first record. Safe ASCII and far below 128 bytes, so that
 * browsers never send a preflight for it (reference/eventsource.md). */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define EPOCH_SIZE 8     /* 7 characters and the NUL */
#define EVENT_ID_SIZE 32 /* 7 + '-' + 20 digits + NUL = 29 */

struct epoch {
    char text[EPOCH_SIZE]; /* NUL-terminated and NUL-padded; "" = no epoch known */
};

/* Makes a six-character epoch of 64 random bits. */
struct epoch epoch_make(uint64_t random);

/* Fails with ERR_INVALID when the text is no epoch. */
MUST_CHECK enum err epoch_parse(struct slice text, struct epoch *out);

bool epoch_equal(struct epoch a, struct epoch b);
bool epoch_known(struct epoch epoch);
struct slice epoch_slice(const struct epoch *epoch); /* valid as long as *epoch */

/* Writes the id and a NUL, returns its length. */
size_t event_id_format(struct epoch epoch, uint64_t offset, char out[EVENT_ID_SIZE]);

/* ERR_INVALID when the text is not an id of ours. */
MUST_CHECK enum err event_id_parse(struct slice text, struct epoch *out_epoch,
                                   uint64_t *out_offset);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_WIRE_EVENT_ID_H
#define BELFRY_COMMON_WIRE_EVENT_ID_H

/* Event ids: a position in a log as text, `epoch-offset` (for example `k3f9x2-1843`).
 *
 * They are the `id:` of SSE events. An epoch is the random name of one log: 1 to 7 characters of
 * [a-z0-9], made when the log is created, and changed only if continuity cannot be proven. An
 * offset is decimal without leading zeros; offset 0 is the position before the first record. Ids
 * are ASCII letters, digits and '-', far below 128 bytes, so that browsers need no CORS preflight
 * for Last-Event-ID (whatwg/fetch pull request 1788). */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define EPOCH_SIZE 8     /* 7 characters and a NUL */
#define EVENT_ID_SIZE 32 /* 7 + '-' + 20 digits + NUL = 29 */

struct epoch {
    char text[EPOCH_SIZE]; /* NUL-terminated and NUL-padded; "" = unknown */
};

/* Makes a six-character epoch from 64 random bits. */
struct epoch epoch_make(uint64_t random);

/* Parses an epoch. Returns ERR_INVALID if the text is not one. */
MUST_CHECK enum err epoch_parse(struct slice text, struct epoch *out);

bool epoch_equal(struct epoch a, struct epoch b);
bool epoch_known(struct epoch epoch);                /* not "" */
struct slice epoch_slice(const struct epoch *epoch); /* points into *epoch */

/* Writes the id and a NUL; returns its length. */
size_t event_id_format(struct epoch epoch, uint64_t offset, char out[EVENT_ID_SIZE]);

/* Parses an event id. Returns ERR_INVALID if the text is not one. */
MUST_CHECK enum err event_id_parse(struct slice text, struct epoch *out_epoch,
                                   uint64_t *out_offset);

#endif

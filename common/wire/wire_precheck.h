/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_WIRE_WIRE_PRECHECK_H
#define BELFRY_COMMON_WIRE_WIRE_PRECHECK_H

/* Checks the sizes in a msgpack message before it is unpacked.
 *
 * An unpacker allocates memory for the counts that a message claims, and five bytes can claim 2^32
 * elements. So the counts are first compared with the bytes that are present. */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stddef.h>

#define WIRE_DEPTH_MAX 4 /* a frame, a list in it, and two spare levels */

/* Returns OK if `bytes` are exactly one msgpack value, with at most WIRE_DEPTH_MAX nested arrays or
 * maps and at most max_elements elements in total. Otherwise ERR_MALFORMED or ERR_TOO_MANY. */
MUST_CHECK enum err wire_precheck(struct slice bytes, size_t max_elements);

#endif

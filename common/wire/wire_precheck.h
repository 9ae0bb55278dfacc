/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_WIRE_WIRE_PRECHECK_H
#define BELFRY_COMMON_WIRE_WIRE_PRECHECK_H

/* A look at a msgpack message before it is unpacked. An unpacker reserves memory for the counts
 * that a message claims (five bytes can claim 2^32 elements), so the claims are held against the
 * bytes first. */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stddef.h>

#define WIRE_DEPTH_MAX 4 /* a frame, its list, and two levels to spare */

/* OK when `bytes` are exactly one msgpack value, nested at most WIRE_DEPTH_MAX arrays or maps
 * deep, with at most max_elements elements in all. ERR_MALFORMED, ERR_TOO_MANY. */
MUST_CHECK enum err wire_precheck(struct slice bytes, size_t max_elements);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_JSON_TEXT_H
#define BELFRY_COMMON_BASE_JSON_TEXT_H

/* Scans JSON text without parsing it. */

#include "common/base/buf.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

/* Returns true if objects and arrays are nested deeper than `depth`. The text need not be valid
 * JSON. */
bool json_text_too_deep(struct slice text, size_t depth);

/* Appends the value of an object's member to `out`, without the white space between its tokens;
 * numbers keep their digits. Returns false if the object has no member with this name, or if `out`
 * has no room. A name that the object writes with escapes is not found. The object must be valid
 * JSON; other text gives an undefined result, but is never read beyond its end. */
bool json_text_member(struct slice object, const char *name, struct buf *out);

#endif

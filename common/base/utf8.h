/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_UTF8_H
#define BELFRY_COMMON_BASE_UTF8_H

/* Checks and writes UTF-8 (RFC 3629, section 4). */

#include "common/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* Returns true if the text is UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool utf8_valid(struct slice text);

/* Writes a code point (at most U+10FFFF, not a surrogate); returns the number of bytes written. */
size_t utf8_encode(uint32_t code, char out[4]);

#endif

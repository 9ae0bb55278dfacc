/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_UTF8_H
#define BELFRY_COMMON_BASE_UTF8_H

/* UTF-8 (RFC 3629, 4): no overlong forms, no surrogates, nothing above U+10FFFF. */

#include "common/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

bool utf8_valid(struct slice text);

/* Writes a code point (U+10FFFF at most, no surrogate) and returns how many bytes it takes. */
size_t utf8_encode(uint32_t code, char out[4]);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_BASE64_H
#define BELFRY_COMMON_BASE_BASE64_H

/* Base64url without padding (RFC 4648, 5), as tokens have it (RFC 7515, 2). */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

/* Appends the text (look at buf_ok()). The buffer needs room for one byte more. */
void base64url_encode(struct buf *out, struct slice bytes);

/* Appends the bytes. Strict, so that bytes have one text only: ERR_INVALID for padding, white
 * space, other characters, an impossible length and stray bits at the end. ERR_TOO_LARGE: no room
 * in `out`. On failure nothing is appended. */
MUST_CHECK enum err base64url_decode(struct slice text, struct buf *out);

#endif

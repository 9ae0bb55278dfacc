/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_BASE64_H
#define BELFRY_COMMON_BASE_BASE64_H

/* Base64url without padding (RFC 4648, section 5), as used in tokens (RFC 7515, section 2). */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

/* Appends the encoded text; check buf_ok(). The buffer's limit must leave room for one byte more
 * than the text, since libsodium writes a NUL after it. */
void base64url_encode(struct buf *out, struct slice bytes);

/* Appends the decoded bytes. Returns ERR_INVALID for padding, white space, other characters, an
 * impossible length and stray bits at the end, so that only one text decodes to given bytes;
 * ERR_TOO_LARGE if `out` has no room. Appends nothing on failure. */
MUST_CHECK enum err base64url_decode(struct slice text, struct buf *out);

#endif

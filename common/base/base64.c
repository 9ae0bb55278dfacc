/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/base64.h"

#include <sodium.h>
#include <stdbool.h>

#define VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING

void base64url_encode(struct buf *out, struct slice bytes)
{
    size_t size = sodium_base64_encoded_len(bytes.size, VARIANT); /* including the NUL */
    char *room = buf_reserve(out, size);

    if (room == NULL)
        return;
    sodium_bin2base64(room, size, (const unsigned char *)bytes.data, bytes.size, VARIANT);
    out->size += size - 1;
}

/* Returns true if all bytes are ASCII. libsodium alone would accept some bytes above 0x7f as
 * letters, since it compares characters as signed numbers. */
static bool is_ascii(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] > 0x7f)
            return false;
    }
    return true;
}

enum err base64url_decode(struct slice text, struct buf *out)
{
    size_t size = text.size / 4 * 3 + text.size % 4 * 3 / 4;
    char *room;

    if (text.size % 4 == 1 || !is_ascii(text))
        return ERR_INVALID;
    if (text.size == 0)
        return buf_ok(out) ? OK : ERR_TOO_LARGE;
    room = buf_reserve(out, size);
    if (room == NULL)
        return ERR_TOO_LARGE;
    if (sodium_base642bin((unsigned char *)room, size, text.data, text.size, NULL, &size, NULL,
                          VARIANT) != 0)
        return ERR_INVALID;
    out->size += size;
    return OK;
}

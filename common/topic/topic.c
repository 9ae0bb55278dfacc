/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/topic/topic.h"

#include "common/base/utf8.h"

bool selector_is_all(struct slice selector)
{
    return selector.size == 1 && selector.data[0] == '*';
}

enum err selector_check(struct slice selector)
{
    if (selector.size == 0)
        return ERR_INVALID;
    if (selector.size > TOPIC_SIZE_MAX)
        return ERR_TOO_LARGE;
    for (size_t i = 0; i < selector.size; i++) {
        unsigned char c = (unsigned char)selector.data[i];
        if (c < 0x20 || c == 0x7f)
            return ERR_INVALID;
    }
    return utf8_valid(selector) ? OK : ERR_INVALID;
}

enum err topic_check(struct slice topic)
{
    return selector_is_all(topic) ? ERR_INVALID : selector_check(topic);
}

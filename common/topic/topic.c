/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/topic/topic.h"

#include "common/base/utf8.h"

enum err topic_check(struct slice topic)
{
    if (topic.size == 0 || slice_equal(topic, SLICE("*")))
        return ERR_INVALID;
    if (topic.size > TOPIC_SIZE_MAX)
        return ERR_TOO_LARGE;
    for (size_t i = 0; i < topic.size; i++) {
        unsigned char c = (unsigned char)topic.data[i];

        if (c < 0x20 || c == 0x7f)
            return ERR_INVALID;
    }
    return utf8_valid(topic) ? OK : ERR_INVALID;
}

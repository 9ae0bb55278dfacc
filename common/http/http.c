/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/http/http.h"

struct slice http_header_named(const struct http_message *message, struct slice name)
{
    for (size_t i = 0; i < message->header_count; i++) {
        if (slice_equal_nocase(message->headers[i].name, name))
            return message->headers[i].value;
    }
    return (struct slice){NULL, 0};
}

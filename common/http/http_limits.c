/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/http/http_limits.h"

void http_limits_init(struct http_limits *limits)
{
    *limits = (struct http_limits){
        .line = 8192,
        .header_bytes = 16384,
        .header_count = 100,
        .body = 1 << 20,
        .chunk_extensions = 1024,
        .trailers = 4096,
    };
}

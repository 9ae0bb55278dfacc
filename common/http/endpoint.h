/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_HTTP_ENDPOINT_H
#define BELFRY_COMMON_HTTP_ENDPOINT_H

/* Parses HOST:PORT, as in "127.0.0.1:8180", "[::1]:80" and "localhost:80". */

#include "common/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define ENDPOINT_HOST_SIZE 256

#define ENDPOINT_REASON_SIZE 64

struct endpoint {
    char host[ENDPOINT_HOST_SIZE]; /* without brackets; "" = no endpoint */
    uint16_t port;
};

/* Parses "host:port" or "[v6]:port". Returns ERR_INVALID if the text is neither, if the host does
 * not fit, or if the port is not 1 to 65535 in at most five digits. */
MUST_CHECK enum err endpoint_parse(const char *text, struct endpoint *out);

/* Parses the value of an option, where "" means no endpoint. If it returns ERR_INVALID, `reason` is
 * one line that names the option. */
MUST_CHECK enum err endpoint_parse_option(const char *option, const char *value,
                                          struct endpoint *out, char reason[ENDPOINT_REASON_SIZE]);

/* Returns true if only this machine can reach the endpoint; false if the text is not one. */
bool endpoint_is_loopback(const char *text);

#endif

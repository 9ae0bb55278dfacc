/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/http/endpoint.h"

#include "common/base/number.h"
#include "common/http/address.h"

#include <stdio.h>
#include <string.h>

#define PORT_DIGITS_MAX 5

enum err endpoint_parse(const char *text, struct endpoint *out)
{
    const char *colon = strrchr(text, ':');
    size_t size = colon == NULL ? 0 : (size_t)(colon - text);
    bool bracketed = size > 2 && text[0] == '[' && text[size - 1] == ']';
    uint64_t port;

    if (size == 0 || (!bracketed && strcspn(text, ":[]") != size))
        return ERR_INVALID;
    if (strlen(colon + 1) > PORT_DIGITS_MAX ||
        number_parse(slice_str(colon + 1), UINT16_MAX, &port) != OK || port == 0)
        return ERR_INVALID;
    if (bracketed) {
        text++;
        size -= 2;
    }
    if (size >= ENDPOINT_HOST_SIZE)
        return ERR_INVALID;
    memcpy(out->host, text, size);
    out->host[size] = '\0';
    out->port = (uint16_t)port;
    return OK;
}

enum err endpoint_parse_option(const char *option, const char *value, struct endpoint *out,
                               char reason[ENDPOINT_REASON_SIZE])
{
    if (value[0] == '\0') {
        *out = (struct endpoint){.port = 0};
        return OK;
    }
    if (endpoint_parse(value, out) == OK)
        return OK;
    (void)snprintf(reason, ENDPOINT_REASON_SIZE, "--%.32s: must be HOST:PORT", option);
    return ERR_INVALID;
}

bool endpoint_is_loopback(const char *text)
{
    struct endpoint endpoint;
    struct address address;

    if (endpoint_parse(text, &endpoint) != OK)
        return false;
    if (strcmp(endpoint.host, "localhost") == 0)
        return true;
    return address_parse(slice_str(endpoint.host), &address) == OK && address_is_loopback(&address);
}

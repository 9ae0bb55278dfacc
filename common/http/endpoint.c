/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/http/endpoint.h"

#include "common/base/number.h"
#include "common/http/address.h"

#include <string.h>

#define PORT_DIGITS_MAX 5

enum err endpoint_parse(const char *text, char out_host[ENDPOINT_HOST_SIZE], uint16_t *out_port)
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
    memcpy(out_host, text, size);
    out_host[size] = '\0';
    *out_port = (uint16_t)port;
    return OK;
}

bool endpoint_is_loopback(const char *text)
{
    char host[ENDPOINT_HOST_SIZE];
    struct address address;
    uint16_t port;

    if (endpoint_parse(text, host, &port) != OK)
        return false;
    if (strcmp(host, "localhost") == 0)
        return true;
    return address_parse(slice_str(host), &address) == OK && address_is_loopback(&address);
}

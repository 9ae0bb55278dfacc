/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/mercure/mercure_charset.h"

#include "common/base/utf8.h"

#include <stddef.h>
#include <stdint.h>

struct range {
    uint32_t first;
    uint32_t last;
};

/* Cc and Cf, sorted. */
static const struct range refused[] = {
    {0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},       {0x600, 0x605},
    {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},
    {0x8e2, 0x8e2},     {0x180e, 0x180e},   {0x200b, 0x200f},   {0x202a, 0x202e},
    {0x2060, 0x2064},   {0x2066, 0x206f},   {0xfeff, 0xfeff},   {0xfff9, 0xfffb},
    {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0001, 0xe0001}, {0xe0020, 0xe007f},
};

static bool is_refused(uint32_t c)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0] && refused[i].first <= c; i++) {
        if (c <= refused[i].last)
            return true;
    }
    return false;
}

/* Returns the character at *at of valid UTF-8, and moves *at to the next one. */
static uint32_t next_character(struct slice text, size_t *at)
{
    const unsigned char lead = (unsigned char)text.data[(*at)++];
    uint32_t c = lead;

    if (lead >= 0xf0)
        c = lead & 0x07u;
    else if (lead >= 0xe0)
        c = lead & 0x0fu;
    else if (lead >= 0xc0)
        c = lead & 0x1fu;
    while (*at < text.size && ((unsigned char)text.data[*at] & 0xc0u) == 0x80)
        c = c << 6 | ((unsigned char)text.data[(*at)++] & 0x3fu);
    return c;
}

bool mercure_charset_allows(struct slice text)
{
    if (!utf8_valid(text))
        return false;
    for (size_t at = 0; at < text.size;) {
        if (is_refused(next_character(text, &at)))
            return false;
    }
    return true;
}

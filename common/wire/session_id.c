/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/wire/session_id.h"

#include "common/base/number.h"

#define INCARNATION_DIGITS 16

static enum err hex_parse(struct slice text, uint64_t *out)
{
    uint64_t number = 0;

    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];

        if (c >= '0' && c <= '9')
            number = number << 4 | (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            number = number << 4 | (uint64_t)(c - 'a' + 10);
        else
            return ERR_INVALID;
    }
    *out = number;
    return OK;
}

enum err session_id_parse(struct slice text, uint64_t *out_incarnation, uint64_t *out_number)
{
    uint64_t incarnation;
    uint64_t number;

    if (text.size <= INCARNATION_DIGITS || text.data[INCARNATION_DIGITS] != '-' ||
        hex_parse(slice_of(text.data, INCARNATION_DIGITS), &incarnation) != OK ||
        number_parse(
            slice_of(text.data + INCARNATION_DIGITS + 1, text.size - INCARNATION_DIGITS - 1),
            UINT64_MAX, &number) != OK)
        return ERR_INVALID;
    *out_incarnation = incarnation;
    *out_number = number;
    return OK;
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/number.h"

/* Writes two digits at a time, since it is called several times for each message (offsets,
 * lengths). */
struct slice number_digits(uint64_t number, char room[NUMBER_DIGITS])
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    size_t at = NUMBER_DIGITS;

    for (; number >= 10; number /= 100) {
        at -= 2;
        memcpy(room + at, pairs + number % 100 * 2, 2);
    }
    if (number > 0 || at == NUMBER_DIGITS)
        room[--at] = (char)('0' + number);
    return slice_of(room + at, NUMBER_DIGITS - at);
}

enum err number_parse(struct slice text, uint64_t max, uint64_t *out)
{
    uint64_t number = 0;

    if (text.size == 0)
        return ERR_INVALID;
    for (size_t i = 0; i < text.size; i++) {
        uint64_t digit = (uint64_t)(unsigned char)text.data[i] - '0';

        if (text.data[i] < '0' || text.data[i] > '9')
            return ERR_INVALID;
        if (number > max / 10 || number * 10 > max - (digit < max ? digit : max))
            return ERR_TOO_LARGE;
        number = number * 10 + digit;
    }
    if (number > max)
        return ERR_TOO_LARGE;
    *out = number;
    return OK;
}

int number_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

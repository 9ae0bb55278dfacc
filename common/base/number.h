/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_NUMBER_H
#define BELFRY_COMMON_BASE_NUMBER_H

/* Writes and parses unsigned decimal numbers. */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdint.h>

#define NUMBER_DIGITS 20 /* decimal digits of 2^64 - 1 */

/* Writes the decimal digits at the end of `room` and returns them. */
struct slice number_digits(uint64_t number, char room[NUMBER_DIGITS]);

/* Returns the value of a hexadecimal digit of either case, or -1. */
int number_hex_digit(char c);

/* Parses digits only, without a sign. Returns ERR_INVALID, or ERR_TOO_LARGE above `max`. */
MUST_CHECK enum err number_parse(struct slice text, uint64_t max, uint64_t *out);

#endif

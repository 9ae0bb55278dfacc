/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_NUMBER_H
#define BELFRY_COMMON_BASE_NUMBER_H

/* Numbers as text: decimal ones, and those that came from outside. */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdint.h>

#define NUMBER_DIGITS 20 /* of 2^64 - 1 */

/* The decimal digits, at the end of `room`. */
struct slice number_digits(uint64_t number, char room[NUMBER_DIGITS]);

/* The value of a hexadecimal digit of either case; -1: it is none. */
int number_hex_digit(char c);

/* A decimal number without sign, at most `max`. ERR_INVALID or ERR_TOO_LARGE. */
MUST_CHECK enum err number_parse(struct slice text, uint64_t max, uint64_t *out);

#endif

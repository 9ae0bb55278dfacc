/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_PROCESS_CLOCK_POSIX_H
#define BELFRY_COMMON_PROCESS_CLOCK_POSIX_H

/* The wall clock, for shells only: cores are given the time. It may jump, back too. */

#include <stdint.h>

/* Unix time in milliseconds. */
uint64_t clock_unix_ms(void);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_PROCESS_CLOCK_POSIX_H
#define BELFRY_COMMON_PROCESS_CLOCK_POSIX_H

/* Reads the wall clock, which may jump forward and back. For shells only: cores get the time as an
 * argument. */

#include <stdint.h>

/* Returns Unix time in milliseconds. */
uint64_t clock_unix_ms(void);

#endif

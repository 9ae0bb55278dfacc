/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/process/clock_posix.h"

#include <time.h>

uint64_t clock_unix_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

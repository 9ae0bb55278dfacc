/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/moment_posix.h"

#include <stddef.h>
#include <time.h>

void moment_seed(struct moment *m, uint64_t random)
{
    m->random = random | 1; /* xorshift never leaves 0 */
}

void moment_refresh(struct moment *m)
{
    time_t now = time(NULL);
    struct tm utc;

    if (gmtime_r(&now, &utc) == NULL ||
        strftime(m->date, sizeof m->date, "%a, %d %b %Y %H:%M:%S GMT", &utc) == 0)
        m->date[0] = '\0';
}

/* xorshift64* */
uint32_t moment_random(struct moment *m)
{
    m->random ^= m->random >> 12;
    m->random ^= m->random << 25;
    m->random ^= m->random >> 27;
    return (uint32_t)((m->random * 2685821657736338717u) >> 32);
}

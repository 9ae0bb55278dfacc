/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_MOMENT_POSIX_H
#define BELFRY_EDGE_SHELL_MOMENT_POSIX_H

/* What a response needs of the moment: a Date, and chance that spreads clients (no secrets). Pure data. */

#include <stdint.h>

struct moment {
    uint64_t random;
    char date[32]; /* for the Date header; "" when it can't be told */
};

void moment_seed(struct moment *m, uint64_t random);

/* Looks at the clock; call it a few times a second. */
void moment_refresh(struct moment *m);

uint32_t moment_random(struct moment *m);

#endif

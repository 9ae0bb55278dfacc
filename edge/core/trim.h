/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_TRIM_H
#define BELFRY_EDGE_CORE_TRIM_H

/* Records that an operator has removed from the log leave the memory too. */

#include <stdint.h>

struct edge;

/* Forgets the records before `oldest`: an operator has removed them from the log. */
void trim_before(struct edge *e, uint64_t oldest);

#endif

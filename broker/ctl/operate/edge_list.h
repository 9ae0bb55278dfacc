/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_OPERATE_EDGE_LIST_H
#define BELFRY_BROKER_CTL_OPERATE_EDGE_LIST_H

/* Reads the list of edges in the broker's reply to "stats". Pure. */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stddef.h>

/* An edge that the broker knows. */
struct edge_list_entry {
    char name[64];
    char incarnation[24];
};

/* Reads the edges; the caller frees *out with mem_free(). Returns ERR_MALFORMED if there is no list
 * of edges. */
MUST_CHECK enum err edge_list_read(struct slice stats, struct edge_list_entry **out,
                                   size_t *out_count);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_OPERATE_CLIENTS_LIST_H
#define BELFRY_BROKER_CTL_OPERATE_CLIENTS_LIST_H

/* The open streams of several edges in one list, shown as a table or as JSON. Pure; opaque. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clients_list;

struct clients_list *clients_list_create(void);
void clients_list_destroy(struct clients_list *list); /* NULL is allowed */
size_t clients_list_count(const struct clients_list *list);

/* Adds a page of an edge's streams. *out_next is the number after which the next page begins, or 0
 * if this page was the last one. Returns ERR_MALFORMED if the text is not such a page. */
MUST_CHECK enum err clients_list_add(struct clients_list *list, const char *edge, struct slice json,
                                     uint64_t *out_next);

/* Appends a JSON array, or a table; `now_s` is Unix time in seconds. Returns ERR_TOO_LARGE. */
MUST_CHECK enum err clients_list_write(const struct clients_list *list, bool json, uint64_t now_s,
                                       struct buf *out);

#endif

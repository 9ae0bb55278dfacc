/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_WATCH_TOPICS_H
#define BELFRY_BROKER_CTL_WATCH_TOPICS_H

/* `belfry topics [--sort name|records|last] [--limit N] [--after NAME] [--json] [--broker
 * ADDRESS]` */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

#define TOPICS_PAGE 1000 /* as many as a broker gives at once */

enum topics_sort { TOPICS_BY_NAME, TOPICS_BY_RECORDS, TOPICS_BY_LAST };

int topics_main(int argc, char **argv);

/* A list that grows page by page; opaque. */
struct topics_list;

struct topics_list *topics_list_create(void);
void topics_list_destroy(struct topics_list *list); /* takes NULL */

/* Adds a broker's reply to "topics". *out_more: there are others after the last one, whose name
 * then replaces the text of `out_last`. ERR_MALFORMED. */
MUST_CHECK enum err topics_list_add(struct topics_list *list, struct slice json, bool *out_more,
                                    struct buf *out_last);

/* Sorts (the most first, but names from A on), keeps `limit` of them (0: all), and appends them as
 * a table or as JSON. */
MUST_CHECK enum err topics_list_write(struct topics_list *list, enum topics_sort sort, size_t limit,
                                      bool json, struct buf *out);

#endif

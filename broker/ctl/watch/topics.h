/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_WATCH_TOPICS_H
#define BELFRY_BROKER_CTL_WATCH_TOPICS_H

/* `belfry topics`: the topics that have records. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

#define TOPICS_PAGE 1000 /* maximum that a broker returns at a time */

enum topics_sort { TOPICS_BY_NAME, TOPICS_BY_RECORDS, TOPICS_BY_LAST };

/* argv[0] is the command's name. Returns the exit status (broker/ctl/lib/cli.h). */
int topics_main(int argc, char **argv);

/* The topics collected so far; opaque. */
struct topics_list;

struct topics_list *topics_list_create(void);
void topics_list_destroy(struct topics_list *list); /* NULL is allowed */

/* Adds a page, the broker's reply to "topics". Sets *out_more if there are more, and replaces the
 * text of `out_last` with the name of the page's last topic. Returns ERR_MALFORMED. */
MUST_CHECK enum err topics_list_add(struct topics_list *list, struct slice json, bool *out_more,
                                    struct buf *out_last);

/* Sorts the topics (names ascending, numbers descending) and appends the first `limit` (0 = all) as
 * a table or as JSON. Returns ERR_TOO_LARGE. */
MUST_CHECK enum err topics_list_write(struct topics_list *list, enum topics_sort sort, size_t limit,
                                      bool json, struct buf *out);

#endif

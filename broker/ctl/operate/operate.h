/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_OPERATE_OPERATE_H
#define BELFRY_BROKER_CTL_OPERATE_OPERATE_H

/* What the commands have in common by which an operator looks into edges and changes something:
 * `clients`, `disconnect`, `drain`, `undrain`, `log-level`, `trim`. */

#include "broker/ctl/lib/cli.h"
#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int clients_main(int argc, char **argv);
int disconnect_main(int argc, char **argv);
int drain_main(int argc, char **argv);
int undrain_main(int argc, char **argv);
int log_level_main(int argc, char **argv);
int trim_main(int argc, char **argv);

#define OPERATE_YES_OPTION(target)                                                                 \
    {.name = "yes",                                                                                \
     .type = OPTION_FLAG,                                                                          \
     .help = "Do not ask first.",                                                                  \
     .field = offsetof(target, yes)}
#define OPERATE_EDGE_OPTION(target)                                                                \
    {.name = "edge",                                                                               \
     .type = OPTION_STRING,                                                                        \
     .value = "EDGE",                                                                              \
     .help = "Only on this edge (its name or incarnation).",                                       \
     .field = offsetof(target, edge)}

/* An edge that the broker knows. */
struct edge_list_entry {
    char name[64];
    char incarnation[24];
};

/* ---- edge_list.c ---- */

/* The edges in the answer to "stats". ERR_MALFORMED. */
MUST_CHECK enum err edge_list_read(struct slice stats, struct edge_list_entry **out,
                                   size_t *out_count);

/* A member of an answer: false when it is missing or of another kind. The text is cut to fit. */
bool edge_list_number(struct slice json, const char *key, uint64_t *out);
bool edge_list_text(struct slice json, const char *key, char *out, size_t size);

/* ---- clients_list.c: streams of several edges in one list ---- */

struct clients_list;

struct clients_list *clients_list_create(void);
void clients_list_destroy(struct clients_list *list); /* takes NULL */
size_t clients_list_count(const struct clients_list *list);

/* Adds an edge's page. *out_next: what to go on after, 0 = this was the last one. ERR_MALFORMED. */
MUST_CHECK enum err clients_list_add(struct clients_list *list, const char *edge, struct slice json,
                                     uint64_t *out_next);

/* Appends a JSON array, or a table; `now_s` is Unix time. ERR_TOO_LARGE. */
MUST_CHECK enum err clients_list_write(const struct clients_list *list, bool json, uint64_t now_s,
                                       struct buf *out);

#endif

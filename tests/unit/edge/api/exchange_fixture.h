/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_TESTS_UNIT_EDGE_API_EXCHANGE_FIXTURE_H
#define BELFRY_TESTS_UNIT_EDGE_API_EXCHANGE_FIXTURE_H

/* HTTP requests, one after the other, against a core for which the test plays the broker. */

#include "edge/api/exchange.h"

#include "tests/unit/edge/core/edge_fixture.h"

#define WORLD_HEADERS 4

struct world {
    struct fixture *f;
    struct exchange_config config;
    struct exchange_context context;
    struct exchange_now now;
    struct address peer;
    struct http_message message;
    struct http_header headers[WORLD_HEADERS];
    size_t header_count;  /* headers of the next request */
    struct buf out;       /* the response, which ends with a NUL */
    struct exchange x;    /* the last request */
    struct client client; /* the owner of streams */
};

/* Joins the log at `head`, with a configuration that the test may change. Takes ownership of the
 * fixture. */
struct world *world_open(struct fixture *f, uint64_t head);

/* A cmocka teardown. The test must have closed its streams. */
int world_close(void **state);

/* Adds a header to the next request. */
void world_header(struct world *w, const char *name, const char *value);

/* Starts an exchange with the headers that were added. */
enum exchange_result world_ask(struct world *w, const char *method, const char *target,
                               const char *body);

/* Passes on a reply of the core to the pending query, then frees the query. */
enum exchange_result world_reply(struct world *w, const struct edge_action *action);

/* Writes the response of the publish request, which must be done, then frees the request. */
void world_published(struct world *w);

/* Check the response. */
void world_expect(const struct world *w, const char *text);
void world_expect_status(const struct world *w, int status);

#endif

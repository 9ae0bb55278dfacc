/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_TESTS_UNIT_EDGE_API_EXCHANGE_FIXTURE_H
#define BELFRY_TESTS_UNIT_EDGE_API_EXCHANGE_FIXTURE_H

/* One HTTP request after another against a core whose broker the test plays, and what comes of it. */

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
    size_t header_count;  /* of the next request */
    struct buf out;       /* the response, and a NUL */
    struct exchange x;    /* of the last request */
    struct client client; /* the owner of streams */
};

/* Joins the log at `head`, with a configuration that a test may change. Takes the fixture over. */
struct world *world_open(struct fixture *f, uint64_t head);

/* A cmocka teardown. Streams must be closed. */
int world_close(void **state);

/* Adds a header to the next request. */
void world_header(struct world *w, const char *name, const char *value);

enum exchange_result world_ask(struct world *w, const char *method, const char *target,
                               const char *body);

/* Passes on what the core has answered to the pending query, which is over then. */
enum exchange_result world_reply(struct world *w, const struct edge_action *action);

/* Writes the response of the publish, which is done, and is over then. */
void world_published(struct world *w);

/* Look at the response. */
void world_expect(const struct world *w, const char *text);
void world_expect_status(const struct world *w, int status);

#endif

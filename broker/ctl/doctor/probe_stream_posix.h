/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_DOCTOR_PROBE_STREAM_POSIX_H
#define BELFRY_BROKER_CTL_DOCTOR_PROBE_STREAM_POSIX_H

/* A stream as `belfry doctor` opens it, and the small requests beside it. */

#include "broker/ctl/lib/http_client_posix.h"
#include "broker/ctl/lib/sse_reader.h"
#include "common/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define PROBE_TOPIC_SIZE 1100

/* How our requests go. */
struct probe_route {
    const struct http_client *client;
    char topic[PROBE_TOPIC_SIZE];         /* where we publish */
    bool token_in_query;                  /* the header does not come through */
    char reason[HTTP_CLIENT_REASON_SIZE]; /* of what failed last */
};

struct probe_stream {
    struct http_exchange exchange;
    struct sse_reader events;
};

struct probe_stream_spec {
    const char *topic;
    const char *headers;       /* beside Accept; NULL: none */
    const char *last_event_id; /* in the query; NULL: none */
    const char *name;          /* for presence; NULL: none */
};

/* Its head has come, whatever it says. ERR_TIMEOUT after DOCTOR_WAIT_MS, or why there is none. */
MUST_CHECK enum err probe_stream_open(struct probe_route *route,
                                      const struct probe_stream_spec *spec,
                                      struct probe_stream *out);
void probe_stream_close(struct probe_stream *s);

/* The next event. ERR_TIMEOUT, ERR_CLOSED. */
MUST_CHECK enum err probe_stream_event(struct probe_stream *s, uint64_t deadline,
                                       struct sse_event *out);

/* Bytes, whatever they are. ERR_TIMEOUT, ERR_CLOSED. */
MUST_CHECK enum err probe_stream_bytes(struct probe_stream *s, uint64_t deadline);

/* Publishes to our topic; returns the status, 0 without an answer. Why it was refused is in
 * route->reason. */
int probe_publish(struct probe_route *route, const char *data, size_t size, bool ephemeral);

/* How many are present in a topic; -1: not known. */
int64_t probe_presence(struct probe_route *route, const char *topic);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_DOCTOR_PROBE_STREAM_POSIX_H
#define BELFRY_BROKER_CTL_DOCTOR_PROBE_STREAM_POSIX_H

/* Opens the streams and sends the small requests of `belfry doctor`. */

#include "broker/ctl/lib/http_client_posix.h"
#include "broker/ctl/lib/sse_reader.h"
#include "common/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define PROBE_TOPIC_SIZE 1100

/* How requests reach the hub, and why the last one failed. */
struct probe_route {
    const struct http_client *client;
    char topic[PROBE_TOPIC_SIZE];         /* topic of publishes */
    bool token_in_query;                  /* streams send it there: the header does not arrive */
    char reason[HTTP_CLIENT_REASON_SIZE]; /* reason of the last failure */
};

struct probe_stream {
    struct http_exchange exchange;
    struct sse_reader events;
};

struct probe_stream_spec {
    const char *topic;
    const char *headers;       /* further headers, or NULL */
    const char *last_event_id; /* for the query, or NULL */
    const char *name;          /* name for presence, or NULL */
};

/* Opens a stream and reads the head, of any status. Returns ERR_TIMEOUT after DOCTOR_WAIT_MS, or
 * another error. */
MUST_CHECK enum err probe_stream_open(struct probe_route *route,
                                      const struct probe_stream_spec *spec,
                                      struct probe_stream *out);
void probe_stream_close(struct probe_stream *s);

/* Reads the next event. Returns ERR_TIMEOUT or ERR_CLOSED. */
MUST_CHECK enum err probe_stream_event(struct probe_stream *s, uint64_t deadline,
                                       struct sse_event *out);

/* Reads any data. Returns ERR_TIMEOUT or ERR_CLOSED. */
MUST_CHECK enum err probe_stream_bytes(struct probe_stream *s, uint64_t deadline);

/* Publishes to route->topic. Returns the status, or 0 without a response; then, or if the publish
 * was refused, route->reason is the reason. */
int probe_publish(struct probe_route *route, const char *data, size_t size, bool ephemeral);

/* Returns the number of members present in a topic, or -1 if it is not known. */
int64_t probe_presence(struct probe_route *route, const char *topic);

#endif

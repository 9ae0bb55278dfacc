/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_DOCTOR_PROBE_POSIX_H
#define BELFRY_BROKER_CTL_DOCTOR_PROBE_POSIX_H

/* Measures the facts for `belfry doctor` over real connections. Each function fills in its part of
 * the facts. They must be called in the order of their declarations. */

#include "broker/ctl/doctor/diagnosis.h"
#include "broker/ctl/doctor/probe_stream_posix.h"
#include "broker/ctl/lib/http_client_posix.h"
#include "common/base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct probe {
    struct probe_route route;
    struct doctor_facts *facts;
    char ghost_topic[PROBE_TOPIC_SIZE]; /* for struct doctor_ghost */
    char nonce[24];                     /* part of everything that is published */
    uint64_t idle_ms;                   /* how long probe_idle() watches */
    bool has_stream; /* streams open and events arrive, so that the rest can be measured */
};

/* If `topic` is "", chooses a topic. Returns ERR_TOO_LARGE if the topic is too long. */
MUST_CHECK enum err probe_init(struct probe *p, const struct http_client *client, const char *topic,
                               uint64_t idle_ms, struct doctor_facts *facts);

/* Sends a request. Returns an error, with a reason in route.reason, if there is no response. */
MUST_CHECK enum err probe_reach(struct probe *p);

void probe_token(struct probe *p);
void probe_head(struct probe *p);
void probe_timing(struct probe *p);
void probe_resume(struct probe *p);
void probe_crowd(struct probe *p);
void probe_body(struct probe *p);

/* Watches a silent stream, and checks whether the hub notices that another stream was closed. */
void probe_idle(struct probe *p);

#endif

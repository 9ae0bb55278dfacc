/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_DOCTOR_PROBE_POSIX_H
#define BELFRY_BROKER_CTL_DOCTOR_PROBE_POSIX_H

/* What `belfry doctor` tries out over a real connection; each function fills in its part of the
 * facts. Called in the order in which they stand here. */

#include "broker/ctl/doctor/diagnosis.h"
#include "broker/ctl/doctor/probe_stream_posix.h"
#include "broker/ctl/lib/http_client_posix.h"
#include "common/base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct probe {
    struct probe_route route;
    struct doctor_facts *facts;
    char ghost_topic[PROBE_TOPIC_SIZE];
    char nonce[24]; /* in all that we publish */
    uint64_t idle_ms;
    bool has_stream; /* streams open, and events come: the rest can be tried */
};

/* `topic` "": one of our own. ERR_TOO_LARGE. */
MUST_CHECK enum err probe_init(struct probe *p, const struct http_client *client, const char *topic,
                               uint64_t idle_ms, struct doctor_facts *facts);

/* Is there anybody? An error, with a reason, when nobody answers. */
MUST_CHECK enum err probe_reach(struct probe *p);

void probe_token(struct probe *p);
void probe_head(struct probe *p);
void probe_timing(struct probe *p);
void probe_resume(struct probe *p);
void probe_crowd(struct probe *p);
void probe_body(struct probe *p);

/* Watches a silent stream, and whether one that was left is noticed. */
void probe_idle(struct probe *p);

#endif

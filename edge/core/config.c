/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/config.h"

void edge_config_init(struct edge_config *config)
{
    *config = (struct edge_config){.name = "edge",
                                   .address = "",
                                   .software = "belfry/" BELFRY_VERSION,
                                   .tail_bytes = 64u << 20,
                                   .warm_records = 10000,
                                   .hole_bytes = 16u << 20,
                                   .heartbeat_ms = 15000,
                                   .deadline_ms = 5000,
                                   .pending_bytes = 64u << 20,
                                   .pending_count = 65536,
                                   .streams = 1000000,
                                   .stream_topics = 100,
                                   .replay_pages = 128,
                                   .replay_bytes = 256u << 10,
                                   .record_bytes = 1u << 20,
                                   .resend_ms = 300};
}

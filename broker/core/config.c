/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/config.h"

void broker_config_init(struct broker_config *config)
{
    *config = (struct broker_config){.record_bytes = 1u << 20,
                                     .batch_bytes = 1u << 20,
                                     .batch_records = 8192,
                                     .queue_bytes = 64u << 20,
                                     .edges = 1024,
                                     .reads = 4096,
                                     .read_bytes = 1u << 20,
                                     .software = "belfry/" BELFRY_VERSION,
                                     .log_level = LOG_INFO};
}

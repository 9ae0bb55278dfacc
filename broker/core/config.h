/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_CONFIG_H
#define BELFRY_BROKER_CORE_CONFIG_H

/* The broker's limits, and what it sends to edges and operators of itself. */

#include "common/base/hash.h"
#include "common/process/log.h"

#include <stdint.h>

struct broker_config {
    uint64_t record_bytes;  /* a body may not be larger (default 1 MiB) */
    uint64_t batch_bytes;   /* a batch closes at this size (default 1 MiB) */
    uint32_t batch_records; /* and at this count (default 8192) */
    uint64_t
        queue_bytes;     /* what waits while a batch is stored; beyond it publishes are dropped, and
                               the edges send them again (default 64 MiB) */
    uint32_t edges;      /* table size; further edges are refused (default 1024) */
    uint32_t reads;      /* reads in the making; further ones are answered ERR_UNAVAILABLE
                               (default 4096) */
    uint64_t read_bytes; /* a page of records is not larger (default 1 MiB) */
    uint64_t topic_records; /* sent to the edges: see journal_config */
    uint64_t topic_ms;
    struct hash_key hash_key;
    const char *software;     /* "belfry/0.1.0" */
    enum log_level log_level; /* the shell's; operators ask for it (default LOG_INFO) */
};

/* The defaults above. */
void broker_config_init(struct broker_config *config);

#endif

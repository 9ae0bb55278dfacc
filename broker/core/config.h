/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_CONFIG_H
#define BELFRY_BROKER_CORE_CONFIG_H

/* The broker's limits, and what it sends to edges and operators about itself. */

#include "common/base/hash.h"
#include "common/process/log.h"

#include <stdint.h>

struct broker_config {
    uint64_t record_bytes;  /* maximum size of a body (default 1 MiB) */
    uint64_t batch_bytes;   /* a batch closes at this size (default 1 MiB), at least 1 */
    uint32_t batch_records; /* or at this number of records (default 8192), at least 1 */

    /* Maximum size of the publishes that wait for the disk. Beyond it publishes are dropped, and
     * the edges send them again (default 64 MiB). */
    uint64_t queue_bytes;

    uint32_t edges;         /* maximum number of edges (default 1024), at least 1 */
    uint32_t reads;         /* maximum number of reads in progress (default 4096) */
    uint64_t read_bytes;    /* maximum size of a page of records (default 1 MiB) */
    uint64_t topic_records; /* limits per topic (struct journal_config), sent to the edges */
    uint64_t topic_ms;
    struct hash_key hash_key; /* for the roster's tables, whose keys clients choose */
    const char *software;     /* name and version of the broker, "belfry/0.1.0" */
    enum log_level log_level; /* initial level of the shell's log (default LOG_INFO) */
};

/* Sets the defaults above. Other fields are 0. */
void broker_config_init(struct broker_config *config);

#endif

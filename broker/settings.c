/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/settings.h"

#include "common/process/log.h"
#include "common/wire/wire.h"

#include <stdio.h>

#define FIELD(name) offsetof(struct settings, name)

/* A BATCH frame holds a batch that was closed by one more record: record-bytes + batch-bytes and 24
 * bytes of numbers per record. That is below WIRE_FRAME_SIZE_MAX (16 MiB):
 * 4 + 8 MiB + 65,536 * 24 B = 13.5 MiB. */
#define RECORD_BYTES_MAX (4u << 20)
#define BATCH_BYTES_MAX (8u << 20)
#define BATCH_RECORDS_MAX 65536

static const struct option options[] = {
    {.name = "data",
     .type = OPTION_STRING,
     .fallback = "./belfry-data",
     .value = "DIR",
     .help = "Directory of the log; created if missing.",
     .field = FIELD(data)},
    {.name = "bind",
     .type = OPTION_STRING,
     .value = "ADDRESS",
     .help = "Address for the edges: ipc://DIR or tcp://HOST:PORT (and the next two ports) "
             "[ipc://<data>/run]",
     .field = FIELD(bind)},
    {.name = "ops",
     .type = OPTION_STRING,
     .value = "HOST:PORT",
     .help = "Serve /healthz, /readyz and /metrics at this address.",
     .field = FIELD(ops)},
    {.name = "durability",
     .type = OPTION_CHOICE,
     .fallback = "full",
     .choices = "full|normal|memory",
     .help = "What commits survive: full = power loss, normal = a crash, memory = nothing.",
     .field = FIELD(durability)},
    {.name = "retention-age",
     .type = OPTION_DURATION,
     .fallback = "30d",
     .unit_required = true,
     .help = "Age at which records are removed (0 = never).",
     .field = FIELD(retention_ms)},
    {.name = "retention-bytes",
     .type = OPTION_BYTES,
     .fallback = "1GiB",
     .help = "Maximum bytes of records; the oldest are removed (0 = unlimited).",
     .field = FIELD(retention_bytes)},
    {.name = "topic-max-records",
     .type = OPTION_NUMBER,
     .help = "Number of a topic's newest records that reads return (0 = all).",
     .field = FIELD(topic_records)},
    {.name = "topic-max-age",
     .type = OPTION_DURATION,
     .unit_required = true,
     .help = "Maximum age of a topic's records that reads return (0 = unlimited).",
     .field = FIELD(topic_ms)},
    {.name = "segment-records",
     .type = OPTION_NUMBER,
     .max = 1u << 20,
     .help = "Records per segment, the unit of retention (0 = default).",
     .field = FIELD(segment_records)},
    {.name = "record-bytes",
     .type = OPTION_BYTES,
     .fallback = "1MiB",
     .min = 1024,
     .max = RECORD_BYTES_MAX,
     .help = "Maximum bytes of a record.",
     .field = FIELD(record_bytes)},
    {.name = "batch-bytes",
     .type = OPTION_BYTES,
     .fallback = "1MiB",
     .min = 4096,
     .max = BATCH_BYTES_MAX,
     .help = "Maximum bytes per transaction.",
     .field = FIELD(batch_bytes)},
    {.name = "batch-records",
     .type = OPTION_NUMBER,
     .fallback = "8192",
     .min = 1,
     .max = BATCH_RECORDS_MAX,
     .help = "Maximum records per transaction.",
     .field = FIELD(batch_records)},
    {.name = "queue-bytes",
     .type = OPTION_BYTES,
     .fallback = "64MiB",
     .min = 65536,
     .help = "Maximum bytes of publishes that wait for the disk; beyond it edges retry.",
     .field = FIELD(queue_bytes)},
    {.name = "edges",
     .type = OPTION_NUMBER,
     .fallback = "1024",
     .min = 1,
     .max = 65536,
     .help = "Maximum number of edges; further ones are refused.",
     .field = FIELD(edges)},
    {.name = "reads",
     .type = OPTION_NUMBER,
     .fallback = "4096",
     .min = 1,
     .max = 1u << 20,
     .help = "Maximum number of reads in progress; beyond it edges retry.",
     .field = FIELD(reads)},
    {.name = "log-level",
     .type = OPTION_CHOICE,
     .fallback = "info",
     .choices = LOG_LEVELS,
     .help = "Minimum level to log.",
     .field = FIELD(log_level)},
    {.name = "log-format",
     .type = OPTION_CHOICE,
     .fallback = "logfmt",
     .choices = LOG_FORMATS,
     .help = "Format of log lines.",
     .field = FIELD(log_format)},
    {.name = "version",
     .type = OPTION_FLAG,
     .help = "Show the version and the commit that it was built from.",
     .field = FIELD(version)},
};

static const struct option_table table = {
    .program = "belfry-broker",
    .summary =
        "Gives each message its offset in the log, stores it and broadcasts it to all edges.",
    .options = options,
    .count = sizeof(options) / sizeof(options[0]),
};

const struct option_table *settings_table(void)
{
    return &table;
}

void settings_journal(const struct settings *settings, struct journal_config *out)
{
    *out = (struct journal_config){
        .directory = settings->data,
        .durability = (enum durability)settings->durability,
        .retention_ms = settings->retention_ms,
        .retention_bytes = settings->retention_bytes,
        .topic_records = settings->topic_records,
        .topic_ms = settings->topic_ms,
        .segment_records = (uint32_t)settings->segment_records,
    };
}

void settings_broker(const struct settings *settings, struct broker_config *out)
{
    broker_config_init(out);
    out->record_bytes = settings->record_bytes;
    out->batch_bytes = settings->batch_bytes;
    out->batch_records = (uint32_t)settings->batch_records;
    out->queue_bytes = settings->queue_bytes;
    out->edges = (uint32_t)settings->edges;
    out->reads = (uint32_t)settings->reads;
    out->topic_records = settings->topic_records;
    out->topic_ms = settings->topic_ms;
}

enum err settings_bind(const struct settings *settings, char out[SETTINGS_BIND_SIZE])
{
    char text[SETTINGS_BIND_SIZE];
    int size;

    if (settings->bind[0] != '\0')
        size = snprintf(text, sizeof(text), "%s", settings->bind);
    else
        size = snprintf(text, sizeof(text), "ipc://%s/run", settings->data);
    if (size < 0 || size >= SETTINGS_BIND_SIZE)
        return ERR_TOO_LARGE;
    memcpy(out, text, (size_t)size + 1);
    return OK;
}

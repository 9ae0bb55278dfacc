/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_SETTINGS_H
#define BELFRY_BROKER_SETTINGS_H

/* belfry-broker's options, and the configurations that are made from them. Pure. */

#include "broker/core/broker.h"
#include "broker/journal/journal.h"
#include "common/process/options.h"

#include <stdbool.h>
#include <stdint.h>

#define SETTINGS_BIND_SIZE 512

/* The values of the options, one field per option. The help texts in settings.c explain them. */
struct settings {
    const char *data;
    const char *bind; /* "" = ipc://<data>/run */
    const char *ops;  /* "" = none */
    int durability;   /* enum durability */
    uint64_t retention_ms;
    uint64_t retention_bytes;
    uint64_t topic_records;
    uint64_t topic_ms;
    uint64_t segment_records;
    uint64_t record_bytes;
    uint64_t batch_bytes;
    uint64_t batch_records;
    uint64_t queue_bytes;
    uint64_t edges;
    uint64_t reads;
    int log_level;  /* enum log_level */
    int log_format; /* enum log_format */
    bool version;
};

/* Returns the table of options. */
const struct option_table *settings_table(void);

/* Each makes a module's configuration, whose strings are those of `settings`. */
void settings_journal(const struct settings *settings, struct journal_config *out);
void settings_broker(const struct settings *settings, struct broker_config *out);

/* Writes the base address of the sockets (--bind, or its default). ERR_TOO_LARGE. */
MUST_CHECK enum err settings_bind(const struct settings *settings, char out[SETTINGS_BIND_SIZE]);

#endif

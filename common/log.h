/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_LOG_H
#define BELFRY_COMMON_LOG_H

/* The log that operators read (the record log is another thing): one event a line on standard error,
 *
 *   2026-11-20T07:33:00.123Z info edge.ready head=1843 epoch=k3f9x2
 *
 * with a stable event name (`area.what`) and logfmt pairs; values with spaces, quotes or control
 * characters are quoted. Only shells log, cores return errors. Never a token or a message body.
 *
 * Threads: a line is one write(2); any thread may log. */

#include "common/slice.h"

#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log {
    enum log_level level; /* what is below is not written */
    int fd;
};

struct log_field {
    const char *key;
    struct slice text; /* when data is not NULL */
    uint64_t number;   /* otherwise */
};

#define LOG_TEXT(name, slice_value) ((struct log_field){.key = (name), .text = (slice_value)})
#define LOG_STR(name, string) ((struct log_field){.key = (name), .text = slice_str(string)})
#define LOG_NUM(name, value) ((struct log_field){.key = (name), .number = (value)})

/* log_event(log, LOG_INFO, "edge.ready", LOG_NUM("head", head), LOG_STR("epoch", text)); */
#define log_event(log, level, event, ...)                                                          \
    log_write((log), (level), (event), (const struct log_field[]){__VA_ARGS__},                    \
              sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

void log_write(const struct log *log, enum log_level level, const char *event,
               const struct log_field *fields, size_t count);

#endif

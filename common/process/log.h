/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_PROCESS_LOG_H
#define BELFRY_COMMON_PROCESS_LOG_H

/* Writes the operators' log (not the log of records): one event per line on standard error.
 *
 *   time=2026-11-20T07:33:00.123Z level=info event=edge.ready head=1843 epoch=k3f9x2
 *   {"time":"2026-11-20T07:33:00.123Z","level":"info","event":"edge.ready","head":1843,…}
 *
 * The event has a stable name (`area.what`). In logfmt, empty values and values with spaces,
 * quotes, backslashes, equals signs or control characters are quoted. Only shells log; cores return
 * errors. A token or a message body is never logged.
 *
 * log.c formats the line (pure), log_posix.c writes it.
 *
 * Threads: any thread may log, since a line is one write(2). Only the thread that owns the log sets
 * its level. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

#define LOG_LEVELS "debug|info|warn|error" /* for tables of options, in the order of the enum */
#define LOG_FORMATS "logfmt|json"

#define LOG_TIME_SIZE 25 /* "2026-11-20T07:33:00.123Z" and its NUL */

/* Bytes of a line. The first field that does not fit is omitted, with all fields after it. */
#define LOG_LINE_MAX 4096

#define LOG_VALUE_MAX 1024u /* bytes of a value; the rest is cut off */

struct log {
    enum log_level level; /* minimum level that is written */
    enum log_format format;
    int fd; /* descriptor that the lines are written to */
};

struct log_field {
    const char *key;
    struct slice text; /* the value, unless it is absent */
    uint64_t number;   /* the value if `text` is absent */
};

#define LOG_TEXT(name, slice_value) ((struct log_field){.key = (name), .text = (slice_value)})
#define LOG_STR(name, string) ((struct log_field){.key = (name), .text = slice_str(string)})
#define LOG_NUM(name, value) ((struct log_field){.key = (name), .number = (value)})

/* Logs an event:
 * log_event(log, LOG_INFO, "edge.ready", LOG_NUM("head", head), LOG_STR("epoch", text)); */
#define log_event(log, level, event, ...)                                                          \
    log_write((log), (level), (event), (const struct log_field[]){__VA_ARGS__},                    \
              sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

/* Writes a line, unless `level` is below the minimum level. */
void log_write(const struct log *log, enum log_level level, const char *event,
               const struct log_field *fields, size_t count);

/* Changes the level of a running process, and logs `log.level` with the old and the new one. */
void log_set_level(struct log *log, enum log_level level);

/* Returns "debug", "info", "warn" or "error"; static. */
const char *log_level_text(enum log_level level);

/* Parses one of these words; returns ERR_INVALID for any other text. */
MUST_CHECK enum err log_level_parse(struct slice text, enum log_level *out);

/* Appends a complete line, including its end. `out` must have room for LOG_LINE_MAX bytes. */
void log_line(struct buf *out, enum log_format format, const char time[LOG_TIME_SIZE],
              enum log_level level, const char *event, const struct log_field *fields,
              size_t count);

#endif

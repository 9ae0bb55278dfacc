/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/process/log.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static void format_time(char out[LOG_TIME_SIZE])
{
    char day[20];
    struct timespec now;
    struct tm utc;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    (void)strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(out, LOG_TIME_SIZE, "%s.%03dZ", day, (int)(now.tv_nsec / 1000000));
}

void log_write(const struct log *log, enum log_level level, const char *event,
               const struct log_field *fields, size_t count)
{
    char time[LOG_TIME_SIZE];
    struct buf line;
    ssize_t written;

    if (level < log->level)
        return;
    format_time(time);
    buf_init(&line, LOG_LINE_MAX);
    log_line(&line, log->format, time, level, event, fields, count);
    /* A failure to write the log cannot be reported anywhere. */
    written = write(log->fd, line.data, line.size);
    (void)written;
    buf_clear(&line);
}

void log_set_level(struct log *log, enum log_level level)
{
    enum log_level before = log->level;

    if (level == before)
        return;
    log->level = level;
    log_event(log, level > LOG_INFO ? level : LOG_INFO, "log.level",
              LOG_STR("to", log_level_text(level)), LOG_STR("from", log_level_text(before)));
}

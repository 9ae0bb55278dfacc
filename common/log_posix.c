/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/log.h"

#include "common/buf.h"
#include "common/utf8.h"

#include <time.h>
#include <unistd.h>

/* A line that is longer is cut: what clients can size (names, addresses) is far below. */
#define LINE_SIZE_MAX 4096
#define VALUE_SIZE_MAX 1024

static const char *level_name(enum log_level level)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};

    return names[level];
}

static void write_time(struct buf *line)
{
    struct timespec now;
    struct tm utc;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    buf_printf(line, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ", utc.tm_year + 1900, utc.tm_mon + 1,
               utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, now.tv_nsec / 1000000);
}

/* Bytes above ASCII may stay when they are UTF-8 and none of the control characters U+0080 to U+009F,
 * which some terminals obey. */
static bool is_readable(struct slice text)
{
    for (size_t i = 0; i + 1 < text.size; i++) {
        if ((unsigned char)text.data[i] == 0xc2 && (unsigned char)text.data[i + 1] < 0xa0)
            return false;
    }
    return utf8_valid(text);
}

static bool is_plain(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c <= ' ' || c == '"' || c == '\\' || c == '=' || c == 0x7f)
            return false;
    }
    return text.size > 0 && is_readable(text);
}

static void write_quoted(struct buf *line, struct slice text)
{
    unsigned char highest = is_readable(text) ? 0xff : 0x7e;

    buf_char(line, '"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '\n')
            buf_str(line, "\\n");
        else if (c < ' ' || c == 0x7f || c > highest)
            buf_printf(line, "\\x%02x", c);
        else if (c == '"' || c == '\\')
            buf_printf(line, "\\%c", c);
        else
            buf_char(line, (char)c);
    }
    buf_char(line, '"');
}

static void write_field(struct buf *line, const struct log_field *field)
{
    struct slice text = field->text;

    buf_printf(line, " %s=", field->key);
    if (text.size > VALUE_SIZE_MAX)
        text.size = VALUE_SIZE_MAX;
    if (text.data == NULL)
        buf_u64(line, field->number);
    else if (is_plain(text))
        buf_slice(line, text);
    else
        write_quoted(line, text);
}

void log_write(const struct log *log, enum log_level level, const char *event,
               const struct log_field *fields, size_t count)
{
    struct buf line;
    ssize_t written;

    if (level < log->level)
        return;
    /* One byte is kept for the line's end. */
    buf_init(&line, LINE_SIZE_MAX - 1);
    write_time(&line);
    buf_printf(&line, " %s %s", level_name(level), event);
    for (size_t i = 0; i < count; i++) {
        size_t before = line.size;
        write_field(&line, &fields[i]);
        if (!buf_ok(&line)) {
            line.size = before;
            break;
        }
    }
    line.failed = false;
    line.limit = LINE_SIZE_MAX;
    buf_char(&line, '\n');
    /* A log that can't be written is nothing we could tell anybody. */
    written = write(log->fd, line.data, line.size);
    (void)written;
    buf_clear(&line);
}

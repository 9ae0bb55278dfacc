/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/process/log.h"

#include "common/base/utf8.h"

#include <assert.h>

static const char *const level_names[] = {"debug", "info", "warn", "error"};

#define LEVELS (sizeof level_names / sizeof level_names[0])

const char *log_level_text(enum log_level level)
{
    return level_names[level];
}

enum err log_level_parse(struct slice text, enum log_level *out)
{
    for (size_t i = 0; i < LEVELS; i++) {
        if (slice_equal(text, slice_str(level_names[i]))) {
            *out = (enum log_level)i;
            return OK;
        }
    }
    return ERR_INVALID;
}

/* Returns true if the text is UTF-8 without the control characters U+0080 to U+009F, which some
 * terminals obey. */
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

/* Writes text that is not readable (is_readable()) as a JSON string with one character per byte,
 * whose code point is the value of the byte. */
static void write_json(struct buf *line, struct slice text)
{
    buf_char(line, '"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < ' ' || c >= 0x7f)
            buf_printf(line, "\\u%04x", c);
        else if (c == '"' || c == '\\')
            buf_printf(line, "\\%c", c);
        else
            buf_char(line, (char)c);
    }
    buf_char(line, '"');
}

/* Returns the longest prefix of at most `limit` bytes that does not split a character. */
static struct slice cut(struct slice text, size_t limit)
{
    if (text.size <= limit)
        return text;
    while (limit > 0 && ((unsigned char)text.data[limit] & 0xc0) == 0x80)
        limit--;
    return slice_of(text.data, limit);
}

static void write_value(struct buf *line, enum log_format format, const struct log_field *field)
{
    struct slice text = cut(field->text, LOG_VALUE_MAX);

    if (text.data == NULL)
        buf_u64(line, field->number);
    else if (format == LOG_LOGFMT && is_plain(text))
        buf_slice(line, text);
    else if (format == LOG_LOGFMT)
        write_quoted(line, text);
    else if (is_readable(text))
        buf_json_string(line, text);
    else
        write_json(line, text);
}

static void write_field(struct buf *line, enum log_format format, const struct log_field *field)
{
    buf_printf(line, format == LOG_JSON ? ",\"%s\":" : " %s=", field->key);
    write_value(line, format, field);
}

void log_line(struct buf *out, enum log_format format, const char time[LOG_TIME_SIZE],
              enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
    const char *end = format == LOG_JSON ? "}\n" : "\n";
    size_t limit = out->limit;

    assert(buf_ok(out) && limit - out->size >= LOG_LINE_MAX);
    out->limit = limit - strlen(end); /* reserves room for the end of the line */
    buf_printf(out,
               format == LOG_JSON ? "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\""
                                  : "time=%s level=%s event=%s",
               time, log_level_text(level), event);
    for (size_t i = 0; i < count; i++) {
        size_t before = out->size;

        write_field(out, format, &fields[i]);
        if (!buf_ok(out)) {
            out->size = before;
            break;
        }
    }
    out->failed = false;
    out->limit = limit;
    buf_str(out, end);
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/stats.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define CELL_SIZE 96

enum cell_kind { CELL_TEXT, CELL_NUMBER, CELL_BYTES, CELL_TIME, CELL_MICROSECONDS, CELL_FRACTION };

struct column {
    const char *title;
    const char *key;
    enum cell_kind kind;
};

static const struct column columns[] = {
    {"EDGE", "name", CELL_TEXT},         {"INCARNATION", "incarnation", CELL_TEXT},
    {"ADDRESS", "address", CELL_TEXT},   {"SOFTWARE", "software", CELL_TEXT},
    {"SEEN", "last_seen_ms", CELL_TIME}, {"CONNECTIONS", "connections", CELL_NUMBER},
    {"STREAMS", "streams", CELL_NUMBER}, {"DELIVERED", "delivered", CELL_NUMBER},
    {"LAG", "lag", CELL_NUMBER},         {"FETCHES", "fetches", CELL_NUMBER},
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void bytes_text(double bytes, char out[CELL_SIZE])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;

    while (bytes >= 1024 && unit < 4) {
        bytes /= 1024;
        unit++;
    }
    snprintf(out, CELL_SIZE, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
}

static void time_text(double ms, char out[CELL_SIZE])
{
    uint64_t seconds = (uint64_t)(ms / 1000);
    uint64_t days = seconds / 86400;
    uint64_t hours = seconds / 3600 % 24;
    uint64_t minutes = seconds / 60 % 60;

    if (days > 0)
        snprintf(out, CELL_SIZE, "%" PRIu64 "d %" PRIu64 "h", days, hours);
    else if (hours > 0)
        snprintf(out, CELL_SIZE, "%" PRIu64 "h %" PRIu64 "m", hours, minutes);
    else if (minutes > 0)
        snprintf(out, CELL_SIZE, "%" PRIu64 "m %" PRIu64 "s", minutes, seconds % 60);
    else
        snprintf(out, CELL_SIZE, "%.1f s", ms / 1000);
}

static void microseconds_text(double us, char out[CELL_SIZE])
{
    if (us < 1000)
        snprintf(out, CELL_SIZE, "%.0f us", us);
    else
        snprintf(out, CELL_SIZE, "%.1f ms", us / 1000);
}

static size_t character_size(unsigned char lead)
{
    return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* An edge calls itself what it likes: no control characters (U+0000 to U+001F, U+007F to U+009F) reach the
 * terminal, and what is too long is cut between characters. jansson has checked that it is UTF-8. */
static void clean_text(const char *text, char out[CELL_SIZE])
{
    size_t size = 0;

    while (*text != '\0') {
        unsigned char c = (unsigned char)*text;
        size_t step = character_size(c);
        bool control = c < ' ' || c == 0x7f || (c == 0xc2 && (unsigned char)text[1] < 0xa0);

        if (size + step >= CELL_SIZE)
            break;
        memcpy(out + size, control ? "?" : text, control ? 1 : step);
        size += control ? 1 : step;
        text += step;
    }
    out[size] = '\0';
}

static void cell(const json_t *object, const char *key, enum cell_kind kind, char out[CELL_SIZE])
{
    const json_t *value = json_object_get(object, key);
    double number = json_number_value(value);

    if (kind == CELL_TEXT ? !json_is_string(value) : !json_is_number(value)) {
        snprintf(out, CELL_SIZE, "-");
        return;
    }
    switch (kind) {
    case CELL_TEXT:
        clean_text(json_string_value(value), out);
        break;
    case CELL_NUMBER:
        snprintf(out, CELL_SIZE, "%.0f", number);
        break;
    case CELL_BYTES:
        bytes_text(number, out);
        break;
    case CELL_TIME:
        time_text(number, out);
        break;
    case CELL_MICROSECONDS:
        microseconds_text(number, out);
        break;
    case CELL_FRACTION:
        snprintf(out, CELL_SIZE, "%.1f", number);
        break;
    }
}

/* What one sees of UTF-8, near enough: characters that are not continuation bytes. */
static size_t width(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static void pad(struct buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_char(out, ' ');
}

/* Text to the left, figures to the right; nothing after the last. */
static void write_row(struct buf *out, const size_t widths[COLUMNS], const char (*cells)[CELL_SIZE])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        size_t rest = widths[i] - width(cells[i]);
        bool right = columns[i].kind != CELL_TEXT;

        if (i > 0)
            pad(out, 2);
        if (right)
            pad(out, rest);
        buf_str(out, cells[i]);
        if (!right && i + 1 < COLUMNS)
            pad(out, rest);
    }
    buf_char(out, '\n');
}

static void edge_cells(const json_t *edge, char cells[COLUMNS][CELL_SIZE])
{
    for (size_t i = 0; i < COLUMNS; i++)
        cell(edge, columns[i].key, columns[i].kind, cells[i]);
}

static void edges_table(const json_t *edges, struct buf *out)
{
    char cells[COLUMNS][CELL_SIZE];
    size_t widths[COLUMNS];
    size_t count = json_array_size(edges);

    if (count == 0) {
        buf_str(out, "\nno edges\n");
        return;
    }
    for (size_t i = 0; i < COLUMNS; i++)
        widths[i] = strlen(columns[i].title);
    for (size_t row = 0; row < count; row++) {
        edge_cells(json_array_get(edges, row), cells);
        for (size_t i = 0; i < COLUMNS; i++)
            widths[i] = width(cells[i]) > widths[i] ? width(cells[i]) : widths[i];
    }
    for (size_t i = 0; i < COLUMNS; i++)
        snprintf(cells[i], CELL_SIZE, "%s", columns[i].title);
    buf_char(out, '\n');
    write_row(out, widths, (const char(*)[CELL_SIZE])cells);
    for (size_t row = 0; row < count; row++) {
        edge_cells(json_array_get(edges, row), cells);
        write_row(out, widths, (const char(*)[CELL_SIZE])cells);
    }
}

/* "before" value "after" */
static void write_value(struct buf *out, const char *before, const json_t *object, const char *key,
                        enum cell_kind kind, const char *after)
{
    char text[CELL_SIZE];

    cell(object, key, kind, text);
    buf_str(out, before);
    buf_str(out, text);
    buf_str(out, after);
}

static void write_broker(const json_t *root, struct buf *out)
{
    const json_t *commit = json_object_get(root, "commit_us");

    write_value(out, "broker   ", root, "software", CELL_TEXT, ", ");
    write_value(out, "up ", root, "uptime_ms", CELL_TIME, "\n");
    write_value(out, "log      epoch ", root, "epoch", CELL_TEXT, ", ");
    write_value(out, "term ", root, "term", CELL_NUMBER, ", ");
    write_value(out, "offsets ", root, "oldest", CELL_NUMBER, " ");
    write_value(out, "to ", root, "head", CELL_NUMBER, "\n");
    write_value(out, "stored   ", root, "records", CELL_NUMBER, " records, ");
    write_value(out, "", root, "record_bytes", CELL_BYTES, " (");
    write_value(out, "", root, "file_bytes", CELL_BYTES, " on disk)\n");
    write_value(out, "rate     ", root, "publishes_per_second", CELL_FRACTION, " publishes/s\n");
    write_value(out, "commits  ", root, "commits", CELL_NUMBER, " of ");
    write_value(out, "", root, "records_per_commit", CELL_FRACTION, " records, ");
    write_value(out, "p50 ", commit, "p50", CELL_MICROSECONDS, ", ");
    write_value(out, "p99 ", commit, "p99", CELL_MICROSECONDS, ", ");
    write_value(out, "", root, "failed_commits", CELL_NUMBER, " failed\n");
    write_value(out, "counts   duplicates ", root, "duplicates", CELL_NUMBER, ", ");
    write_value(out, "refused ", root, "refused", CELL_NUMBER, ", ");
    write_value(out, "dropped ", root, "dropped", CELL_NUMBER, ", ");
    write_value(out, "malformed ", root, "malformed", CELL_NUMBER, "\n");
}

enum err stats_table(struct slice json, struct buf *out)
{
    json_t *root = json_loadb(json.data, json.size, JSON_REJECT_DUPLICATES, NULL);

    if (!json_is_object(root)) {
        json_decref(root);
        return ERR_MALFORMED;
    }
    write_broker(root, out);
    edges_table(json_object_get(root, "edges"), out);
    json_decref(root);
    return buf_ok(out) ? OK : ERR_TOO_LARGE;
}

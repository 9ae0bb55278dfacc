/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Shows the broker's counters and edges as text. */

#include "broker/ctl/watch/stats.h"

#include "broker/ctl/lib/json_read.h"
#include "broker/ctl/lib/json_table.h"

#include <jansson.h>
#include <stdbool.h>

static void edges_table(const json_t *root, struct buf *out)
{
    static const struct json_column columns[] = {
        {"EDGE", "name", JSON_COLUMN_TEXT},
        {"INCARNATION", "incarnation", JSON_COLUMN_TEXT},
        {"ADDRESS", "address", JSON_COLUMN_TEXT},
        {"SOFTWARE", "software", JSON_COLUMN_TEXT},
        {"SEEN", "last_seen_ms", JSON_COLUMN_DURATION},
        {"CONNECTIONS", "connections", JSON_COLUMN_NUMBER},
        {"STREAMS", "streams", JSON_COLUMN_NUMBER},
        {"DELIVERED", "delivered", JSON_COLUMN_NUMBER},
        {"LAG", "lag", JSON_COLUMN_NUMBER},
        {"FETCHES", "fetches", JSON_COLUMN_NUMBER},
        {"CANARY", "canary_p50_us", JSON_COLUMN_MICROSECONDS},
    };
    const json_t *edges = json_object_get(root, "edges");

    if (json_array_size(edges) == 0)
        buf_str(out, "no edges\n");
    else
        json_table_write(edges, columns, sizeof columns / sizeof columns[0], out);
}

/* Appends a value between two texts. */
static void write_value(struct buf *out, const char *before, const json_t *object, const char *key,
                        enum json_column_kind kind, const char *after)
{
    buf_str(out, before);
    json_table_cell(object, key, kind, out);
    buf_str(out, after);
}

static void write_broker(const json_t *root, struct buf *out)
{
    const json_t *commit = json_object_get(root, "commit_us");

    write_value(out, "broker   ", root, "software", JSON_COLUMN_TEXT, ", ");
    write_value(out, "up ", root, "uptime_ms", JSON_COLUMN_DURATION, "\n");
    write_value(out, "log      epoch ", root, "epoch", JSON_COLUMN_TEXT, ", ");
    write_value(out, "term ", root, "term", JSON_COLUMN_NUMBER, ", ");
    write_value(out, "offsets ", root, "oldest", JSON_COLUMN_NUMBER, " ");
    write_value(out, "to ", root, "head", JSON_COLUMN_NUMBER, "\n");
    write_value(out, "stored   ", root, "records", JSON_COLUMN_NUMBER, " records, ");
    write_value(out, "", root, "record_bytes", JSON_COLUMN_BYTES, " (");
    write_value(out, "", root, "file_bytes", JSON_COLUMN_BYTES, " on disk)\n");
    write_value(out, "rate     ", root, "publishes_per_second", JSON_COLUMN_FRACTION,
                " publishes/s\n");
    write_value(out, "commits  ", root, "commits", JSON_COLUMN_NUMBER, " of ");
    write_value(out, "", root, "records_per_commit", JSON_COLUMN_FRACTION, " records, ");
    write_value(out, "p50 ", commit, "p50", JSON_COLUMN_MICROSECONDS, ", ");
    write_value(out, "p99 ", commit, "p99", JSON_COLUMN_MICROSECONDS, ", ");
    write_value(out, "", root, "failed_commits", JSON_COLUMN_NUMBER, " failed\n");
    write_value(out, "counts   duplicates ", root, "duplicates", JSON_COLUMN_NUMBER, ", ");
    write_value(out, "refused ", root, "refused", JSON_COLUMN_NUMBER, ", ");
    write_value(out, "dropped ", root, "dropped", JSON_COLUMN_NUMBER, ", ");
    write_value(out, "malformed ", root, "malformed", JSON_COLUMN_NUMBER, "\n");
}

enum err stats_table(struct slice json, struct buf *out)
{
    json_t *root = NULL;
    enum err err = json_read_object(json, &root);

    if (err != OK)
        return err;
    write_broker(root, out);
    buf_char(out, '\n');
    edges_table(root, out);
    json_decref(root);
    return buf_ok(out) ? OK : ERR_TOO_LARGE;
}

enum err stats_edges(struct slice json, struct buf *out)
{
    json_t *root = NULL;
    enum err err = json_read_object(json, &root);

    if (err != OK)
        return err;
    edges_table(root, out);
    json_decref(root);
    return buf_ok(out) ? OK : ERR_TOO_LARGE;
}

enum err stats_edges_json(struct slice json, struct buf *out)
{
    json_t *root = NULL;
    enum err err = json_read_object(json, &root);

    if (err != OK)
        return err;
    if (json_is_array(json_object_get(root, "edges")))
        json_table_dump(json_object_get(root, "edges"), out);
    else
        buf_str(out, "[]\n");
    json_decref(root);
    return buf_ok(out) ? OK : ERR_TOO_LARGE;
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/watch/stats.h"

#include "broker/ctl/lib/json_cell.h"

#include <jansson.h>
#include <stdbool.h>

static void edges_table(const json_t *root, struct buf *out)
{
    static const struct cell_column columns[] = {
        {"EDGE", "name", CELL_TEXT},
        {"INCARNATION", "incarnation", CELL_TEXT},
        {"ADDRESS", "address", CELL_TEXT},
        {"SOFTWARE", "software", CELL_TEXT},
        {"SEEN", "last_seen_ms", CELL_DURATION},
        {"CONNECTIONS", "connections", CELL_NUMBER},
        {"STREAMS", "streams", CELL_NUMBER},
        {"DELIVERED", "delivered", CELL_NUMBER},
        {"LAG", "lag", CELL_NUMBER},
        {"FETCHES", "fetches", CELL_NUMBER},
        {"CANARY", "canary_p50_us", CELL_MICROSECONDS},
    };
    const json_t *edges = json_object_get(root, "edges");

    if (json_array_size(edges) == 0)
        buf_str(out, "no edges\n");
    else
        cell_table(edges, columns, sizeof columns / sizeof columns[0], out);
}

/* "before" value "after" */
static void write_value(struct buf *out, const char *before, const json_t *object, const char *key,
                        enum cell_kind kind, const char *after)
{
    buf_str(out, before);
    cell_text(object, key, kind, out);
    buf_str(out, after);
}

static void write_broker(const json_t *root, struct buf *out)
{
    const json_t *commit = json_object_get(root, "commit_us");

    write_value(out, "broker   ", root, "software", CELL_TEXT, ", ");
    write_value(out, "up ", root, "uptime_ms", CELL_DURATION, "\n");
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
    json_t *root = NULL;
    enum err err = cell_parse(json, &root);

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
    enum err err = cell_parse(json, &root);

    if (err != OK)
        return err;
    edges_table(root, out);
    json_decref(root);
    return buf_ok(out) ? OK : ERR_TOO_LARGE;
}

enum err stats_edges_json(struct slice json, struct buf *out)
{
    json_t *root = NULL;
    enum err err = cell_parse(json, &root);

    if (err != OK)
        return err;
    if (json_is_array(json_object_get(root, "edges")))
        cell_json(json_object_get(root, "edges"), out);
    else
        buf_str(out, "[]\n");
    json_decref(root);
    return buf_ok(out) ? OK : ERR_TOO_LARGE;
}

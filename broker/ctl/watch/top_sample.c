/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Reads a sample of `belfry top` from the broker's replies. */

#include "broker/ctl/watch/top.h"

#include "broker/ctl/lib/json_read.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static double number_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void text_of(const json_t *object, const char *key, char *out, size_t size)
{
    struct slice text = json_read_text(object, key);

    (void)snprintf(out, size, "%s", text.data == NULL ? "-" : text.data);
}

static void read_edge(const json_t *edge, struct top_edge *out)
{
    text_of(edge, "name", out->name, sizeof out->name);
    text_of(edge, "address", out->address, sizeof out->address);
    text_of(edge, "incarnation", out->incarnation, sizeof out->incarnation);
    out->streams = number_of(edge, "streams");
    out->delivered = number_of(edge, "delivered");
    out->published = number_of(edge, "published");
    out->lag = number_of(edge, "lag");
    out->fetches = number_of(edge, "fetches");
    out->seen_ms = number_of(edge, "last_seen_ms");
}

static void read_broker(const json_t *root, struct top_sample *out)
{
    const json_t *commit = json_object_get(root, "commit_us");

    text_of(root, "software", out->software, sizeof out->software);
    text_of(root, "epoch", out->epoch, sizeof out->epoch);
    out->term = number_of(root, "term");
    out->uptime_ms = number_of(root, "uptime_ms");
    out->head = number_of(root, "head");
    out->oldest = number_of(root, "oldest");
    out->record_bytes = number_of(root, "record_bytes");
    out->file_bytes = number_of(root, "file_bytes");
    out->stored = number_of(root, "stored");
    out->rate = number_of(root, "publishes_per_second");
    out->p50_us = number_of(commit, "p50");
    out->p99_us = number_of(commit, "p99");
    out->failed_commits = number_of(root, "failed_commits");
    out->duplicates = number_of(root, "duplicates");
    out->refused = number_of(root, "refused");
    out->dropped = number_of(root, "dropped");
    out->malformed = number_of(root, "malformed");
}

enum err top_read_stats(struct slice json, struct top_sample *out)
{
    json_t *root = NULL;
    const json_t *edges;
    enum err err = json_read_object(json, &root);

    if (err != OK)
        return err;
    read_broker(root, out);
    edges = json_object_get(root, "edges");
    out->edge_count = 0;
    for (size_t i = 0; i < json_array_size(edges) && i < TOP_EDGES_MAX; i++)
        read_edge(json_array_get(edges, i), &out->edges[out->edge_count++]);
    json_decref(root);
    return OK;
}

enum err top_read_topics(struct slice json, struct top_sample *out)
{
    json_t *root = NULL;
    const json_t *topics;
    enum err err = json_read_object(json, &root);

    if (err != OK)
        return err;
    topics = json_object_get(root, "topics");
    out->more_topics = json_is_true(json_object_get(root, "more"));
    out->topic_count = 0;
    for (size_t i = 0; i < json_array_size(topics) && i < TOP_TOPICS_MAX; i++) {
        struct top_topic *topic = &out->topics[out->topic_count++];

        text_of(json_array_get(topics, i), "topic", topic->name, sizeof topic->name);
        topic->records = number_of(json_array_get(topics, i), "records");
    }
    json_decref(root);
    return OK;
}

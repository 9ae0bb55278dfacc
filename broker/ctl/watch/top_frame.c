/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Computes the rates of `belfry top` and writes its screen or JSON. */

#include "broker/ctl/watch/top.h"

#include "broker/ctl/lib/table.h"
#include "broker/ctl/lib/text.h"
#include "common/base/slice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_BYTES_MAX (1u << 20)
#define HEAD_LINES 6 /* lines before the tables */
#define TOPIC_NAME_MAX 48

static double per_second(double before, double now, double ms)
{
    return now > before && ms > 0 ? (now - before) * 1000 / ms : 0;
}

static double passed_ms(const struct top_sample *before, const struct top_sample *now)
{
    return before == NULL ? 0 : (double)(now->taken_ms - before->taken_ms);
}

/* Finds the same edge in the sample before by its incarnation, so that a restarted edge begins at
 * 0. */
static const struct top_edge *find_edge(const struct top_sample *sample,
                                        const struct top_edge *edge)
{
    for (size_t i = 0; sample != NULL && i < sample->edge_count; i++) {
        if (strcmp(sample->edges[i].incarnation, edge->incarnation) == 0)
            return &sample->edges[i];
    }
    return NULL;
}

static double deliveries(const struct top_sample *before, const struct top_sample *now,
                         const struct top_edge *edge)
{
    const struct top_edge *old = find_edge(before, edge);

    return old == NULL ? 0 : per_second(old->delivered, edge->delivered, passed_ms(before, now));
}

static double publishes(const struct top_sample *before, const struct top_sample *now,
                        const struct top_edge *edge)
{
    const struct top_edge *old = find_edge(before, edge);

    return old == NULL ? 0 : per_second(old->published, edge->published, passed_ms(before, now));
}

struct top_rates top_rates(const struct top_sample *before, const struct top_sample *now)
{
    struct top_rates rates = {.publishes = now->rate};

    /* A restarted broker counts from 0. */
    if (before != NULL && now->uptime_ms >= before->uptime_ms)
        rates.publishes = per_second(before->stored, now->stored, passed_ms(before, now));
    for (size_t i = 0; i < now->edge_count; i++) {
        rates.deliveries += deliveries(before, now, &now->edges[i]);
        rates.streams += now->edges[i].streams;
    }
    return rates;
}

/* ---- sorting ---- */

static int descending(double a, double b)
{
    return a < b ? 1 : -(a > b);
}

static int edge_by_name(const void *a, const void *b)
{
    return strcmp(((const struct top_edge *)a)->name, ((const struct top_edge *)b)->name);
}

static int edge_by_streams(const void *a, const void *b)
{
    int order =
        descending(((const struct top_edge *)a)->streams, ((const struct top_edge *)b)->streams);

    return order != 0 ? order : edge_by_name(a, b);
}

static int edge_by_lag(const void *a, const void *b)
{
    int order = descending(((const struct top_edge *)a)->lag, ((const struct top_edge *)b)->lag);

    return order != 0 ? order : edge_by_name(a, b);
}

struct busy_topic {
    const char *name;
    double records;
    double rate;
};

static int topic_by_rate(const void *a, const void *b)
{
    const struct busy_topic *x = a;
    const struct busy_topic *y = b;
    int order = descending(x->rate, y->rate);

    if (order == 0)
        order = descending(x->records, y->records);
    return order != 0 ? order : strcmp(x->name, y->name);
}

static int topic_by_name(const void *a, const void *b)
{
    return strcmp(((const struct top_topic *)a)->name, ((const struct top_topic *)b)->name);
}

/* ---- the frame ---- */

static void put_head(const struct top_sample *before, const struct top_sample *now, struct buf *out)
{
    struct top_rates rates = top_rates(before, now);
    char a[TEXT_SIZE];
    char b[TEXT_SIZE];
    char c[TEXT_SIZE];

    text_duration(now->uptime_ms, a);
    buf_str(out, "broker   ");
    text_clean(out, slice_str(now->software));
    buf_printf(out, ", up %s, log ", a);
    text_clean(out, slice_str(now->epoch));
    buf_printf(out, " term %.0f\n", now->term);
    text_bytes(now->record_bytes, a);
    text_bytes(now->file_bytes, b);
    buf_printf(out, "log      offsets %.0f to %.0f, %s (%s on disk)\n", now->oldest, now->head, a,
               b);
    text_count(rates.publishes, a);
    text_count(rates.deliveries, b);
    text_count(rates.streams, c);
    buf_printf(out, "rates    publishes %s/s, deliveries %s/s, streams %s, edges %zu\n", a, b, c,
               now->edge_count);
    text_microseconds(now->p50_us, a);
    text_microseconds(now->p99_us, b);
    buf_printf(out, "commits  p50 %s, p99 %s, failed %.0f\n", a, b, now->failed_commits);
    buf_printf(out, "counts   duplicates %.0f, refused %.0f, dropped %.0f, malformed %.0f\n\n",
               now->duplicates, now->refused, now->dropped, now->malformed);
}

static void add_count(struct table *t, double count)
{
    char text[TEXT_SIZE];

    text_count(count, text);
    table_add(t, slice_str(text));
}

static void put_edges(struct top_sample *before, struct top_sample *now, enum top_sort sort,
                      struct buf *out)
{
    static const struct table_column columns[] = {
        {"EDGE", false},       {"ADDRESS", false}, {"STREAMS", true}, {"DELIVERED/S", true},
        {"PUBLISHED/S", true}, {"LAG", true},      {"FETCHES", true}, {"SEEN", true},
    };
    struct table table;
    char text[TEXT_SIZE];

    qsort(now->edges, now->edge_count, sizeof now->edges[0],
          sort == TOP_BY_NAME  ? edge_by_name
          : sort == TOP_BY_LAG ? edge_by_lag
                               : edge_by_streams);
    table_init(&table, columns, sizeof columns / sizeof columns[0], TABLE_BYTES_MAX);
    for (size_t i = 0; i < now->edge_count; i++) {
        const struct top_edge *edge = &now->edges[i];

        table_add(&table, slice_str(edge->name));
        table_add(&table, slice_str(edge->address));
        add_count(&table, edge->streams);
        add_count(&table, deliveries(before, now, edge));
        add_count(&table, publishes(before, now, edge));
        add_count(&table, edge->lag);
        add_count(&table, edge->fetches);
        text_duration(edge->seen_ms, text);
        table_add(&table, slice_str(text));
    }
    table_write(&table, out);
    table_clear(&table);
}

/* Compares the topics of both samples by name. Returns their number. */
static size_t busy_topics(struct top_sample *before, struct top_sample *now, struct busy_topic *out)
{
    double ms = passed_ms(before, now);

    if (before != NULL)
        qsort(before->topics, before->topic_count, sizeof before->topics[0], topic_by_name);
    for (size_t i = 0; i < now->topic_count; i++) {
        const struct top_topic *topic = &now->topics[i];
        const struct top_topic *old = NULL;

        if (before != NULL && before->topic_count > 0)
            old = bsearch(topic, before->topics, before->topic_count, sizeof *topic, topic_by_name);
        out[i] = (struct busy_topic){topic->name, topic->records, 0};
        if (before != NULL)
            out[i].rate = per_second(old == NULL ? 0 : old->records, topic->records, ms);
    }
    qsort(out, now->topic_count, sizeof *out, topic_by_rate);
    return now->topic_count;
}

static void put_topics(struct top_sample *before, struct top_sample *now, size_t most,
                       struct buf *out)
{
    static const struct table_column columns[] = {
        {"TOPIC", false}, {"RECORDS", true}, {"STORED/S", true}};
    struct busy_topic topics[TOP_TOPICS_MAX];
    struct table table;
    size_t count = busy_topics(before, now, topics);

    table_init(&table, columns, sizeof columns / sizeof columns[0], TABLE_BYTES_MAX);
    for (size_t i = 0; i < count && i < most; i++) {
        table_add(&table, text_cut(slice_str(topics[i].name), TOPIC_NAME_MAX));
        add_count(&table, topics[i].records);
        add_count(&table, topics[i].rate);
    }
    buf_char(out, '\n');
    table_write(&table, out);
    table_clear(&table);
    if (now->more_topics)
        buf_printf(out, "(only the first %d topics by name)\n", TOP_TOPICS_MAX);
}

/* Appends the lines that fit on the screen. */
static void put_lines(struct slice text, size_t width, size_t height, struct buf *out)
{
    for (size_t line = 0; text.size > 0 && (height == 0 || line < height); line++) {
        const char *end = memchr(text.data, '\n', text.size);
        size_t size = end == NULL ? text.size : (size_t)(end - text.data);
        struct slice one = slice_of(text.data, size);

        buf_slice(out, width == 0 ? one : text_cut(one, width));
        buf_char(out, '\n');
        size += end != NULL;
        text = slice_of(text.data + size, text.size - size);
    }
}

void top_frame(struct top_sample *before, struct top_sample *now, enum top_sort sort, size_t width,
               size_t height, struct buf *out)
{
    /* Topics get the lines that the heading and the edges leave, at least five. */
    size_t used = HEAD_LINES + 1 + now->edge_count + 3;
    size_t topics = height == 0 ? 10 : height > used + 5 ? height - used : 5;
    struct buf text;

    buf_init(&text, (size_t)4 * TABLE_BYTES_MAX);
    put_head(before, now, &text);
    put_edges(before, now, sort, &text);
    put_topics(before, now, topics, &text);
    put_lines(buf_all(&text), width, height, out);
    if (!buf_ok(&text))
        out->failed = true;
    buf_clear(&text);
}

void top_json(const struct top_sample *before, const struct top_sample *now, struct buf *out)
{
    struct top_rates rates = top_rates(before, now);

    buf_str(out, "{\"epoch\":");
    buf_json_string(out, slice_str(now->epoch));
    buf_printf(
        out,
        ",\"head\":%.0f,\"oldest\":%.0f,\"streams\":%.0f,\"publishes_per_second\":%.1f,"
        "\"deliveries_per_second\":%.1f,\"commit_us\":{\"p50\":%.0f,\"p99\":%.0f},\"edges\":[",
        now->head, now->oldest, rates.streams, rates.publishes, rates.deliveries, now->p50_us,
        now->p99_us);
    for (size_t i = 0; i < now->edge_count; i++) {
        const struct top_edge *edge = &now->edges[i];

        buf_str(out, i == 0 ? "{\"name\":" : ",{\"name\":");
        buf_json_string(out, slice_str(edge->name));
        buf_printf(out,
                   ",\"streams\":%.0f,\"lag\":%.0f,\"deliveries_per_second\":%.1f,"
                   "\"publishes_per_second\":%.1f}",
                   edge->streams, edge->lag, deliveries(before, now, edge),
                   publishes(before, now, edge));
    }
    buf_str(out, "]}\n");
}

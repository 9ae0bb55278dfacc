/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Measures the journal through the interface broker/journal/journal.h:
 *
 *   journal_bench DIRECTORY [RECORDS [BATCH [TOPICS [SEGMENT [full|normal|memory]]]]]
 *
 * It appends RECORDS records of 200 bytes of data over TOPICS topics, BATCH per commit, with
 * maintenance after each commit as in the broker, then reads them like edges do. The directory
 * must exist, but must not contain a belfry.db. Nothing is checked here; the figures are for
 * people. */

#include "broker/journal/journal.h"
#include "common/wire/wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DATA_SIZE 200
#define PAGE_BYTES (1u << 20)

struct bench {
    struct journal_config config;
    struct journal *journal;
    struct journal_reader *reader;
    struct wire_decoder *decoder;
    struct batch batch;
    struct journal_page page;
    uint64_t records;
    uint64_t batch_size;
    uint64_t topics;
    uint64_t random;
};

static void must(enum err err, const char *what)
{
    if (err == OK)
        return;
    (void)fprintf(stderr, "%s: %s\n", what, err_text(err));
    exit(1);
}

static double seconds(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t unix_ms(void)
{
    return (uint64_t)(seconds(CLOCK_REALTIME) * 1e3);
}

static uint64_t next_random(struct bench *b)
{
    b->random = b->random * 6364136223846793005u + 1442695040888963407u;
    return b->random >> 33;
}

static int by_value(const void *left, const void *right)
{
    const double *a = left;
    const double *b = right;

    return *a < *b ? -1 : *a > *b;
}

static void print_times(const char *what, double *times, size_t count)
{
    if (count == 0)
        return;
    qsort(times, count, sizeof *times, by_value);
    (void)printf("%-22s p50 %8.3f  p99 %8.3f  p99.9 %8.3f  max %8.3f ms  (%zu)\n", what,
                 times[count / 2] * 1e3, times[count * 99 / 100] * 1e3,
                 times[count * 999 / 1000] * 1e3, times[count - 1] * 1e3, count);
}

static void fill(struct bench *b, uint64_t count)
{
    static char data[DATA_SIZE];
    struct buf body;

    memset(data, 'x', sizeof data);
    buf_init(&body, 1 << 20);
    batch_reset(&b->batch);
    for (uint64_t i = 0; i < count; i++) {
        char topic[32];
        struct slice topics[RECORD_TOPICS_MAX];
        struct slice name = slice_of(topic, (size_t)snprintf(topic, sizeof topic, "room/%" PRIu64,
                                                             next_random(b) % b->topics));
        struct record record = {
            .origin = 1, .seq = 1, .topic_count = 1, .topics = &name, .data = {data, sizeof data}};
        buf_reset(&body);
        wire_encode_body(&body, &record);
        must(wire_decode_body(b->decoder, buf_all(&body), topics, &record), "decode");
        must(batch_add(&b->batch, &record, buf_all(&body), unix_ms()), "batch_add");
    }
    batch_set_edge(&b->batch, 1, b->records, unix_ms());
    buf_clear(&body);
}

static void append_all(struct bench *b)
{
    size_t commits = (size_t)((b->records + b->batch_size - 1) / b->batch_size);
    double *times = calloc(commits, sizeof *times);
    double *steps = calloc(commits * 8 + 1024, sizeof *steps);
    double appending = 0;
    double cpu = 0;
    double maintaining = 0;
    double maintaining_cpu = 0;
    size_t step_count = 0;

    if (times == NULL || steps == NULL)
        exit(1);
    for (size_t i = 0; i < commits; i++) {
        double start;
        double start_cpu;
        bool more = true;
        fill(b, b->batch_size);
        start = seconds(CLOCK_MONOTONIC);
        start_cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
        must(journal_append(b->journal, &b->batch), "append");
        times[i] = seconds(CLOCK_MONOTONIC) - start;
        cpu += seconds(CLOCK_THREAD_CPUTIME_ID) - start_cpu;
        appending += times[i];
        while (more && step_count < commits * 8 + 1024) {
            start = seconds(CLOCK_MONOTONIC);
            start_cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
            must(journal_maintain(b->journal, unix_ms(), &more), "maintain");
            maintaining_cpu += seconds(CLOCK_THREAD_CPUTIME_ID) - start_cpu;
            steps[step_count] = seconds(CLOCK_MONOTONIC) - start;
            maintaining += steps[step_count];
            if (steps[step_count] > 5e-5)
                step_count++;
        }
    }
    (void)printf("append                 %8.1f k/s, %.2f us CPU per record\n",
                 (double)b->records / appending / 1e3, cpu / (double)b->records * 1e6);
    (void)printf("with maintenance       %8.1f k/s, %.2f us CPU per record\n",
                 (double)b->records / (appending + maintaining) / 1e3,
                 (cpu + maintaining_cpu) / (double)b->records * 1e6);
    print_times("commit", times, commits);
    print_times("maintenance step", steps, step_count);
    free(times);
    free(steps);
}

/* Reads all matching records, page by page. */
static void read_all(struct bench *b, const char *what, const struct slice *selectors, size_t count)
{
    struct journal_query query = {.until = UINT64_MAX,
                                  .max_bytes = PAGE_BYTES,
                                  .now_ms = unix_ms(),
                                  .selectors = selectors,
                                  .selector_count = count};
    double start = seconds(CLOCK_MONOTONIC);
    double worst = 0;
    double taken;
    uint64_t records = 0;
    uint64_t pages = 0;

    do {
        double page = seconds(CLOCK_MONOTONIC);
        must(journal_read(b->reader, &query, &b->page), "read");
        page = seconds(CLOCK_MONOTONIC) - page;
        worst = page > worst ? page : worst;
        records += b->page.count;
        pages++;
        query.after = b->page.next;
    } while (b->page.next < b->page.head);
    taken = seconds(CLOCK_MONOTONIC) - start;
    (void)printf("read %-17s %8.1f k/s, %" PRIu64 " records, %" PRIu64
                 " pages, %.1f ms in total, slowest page %.2f ms\n",
                 what, (double)records / taken / 1e3, records, pages, taken * 1e3, worst * 1e3);
}

static void read_topics(struct bench *b, uint64_t count)
{
    char names[64][32];
    struct slice selectors[64];
    char what[32];

    for (uint64_t i = 0; i < count; i++)
        selectors[i] = slice_of(
            names[i], (size_t)snprintf(names[i], sizeof names[i], "room/%" PRIu64, i % b->topics));
    (void)snprintf(what, sizeof what, "%" PRIu64 " topics", count);
    read_all(b, what, selectors, (size_t)count);
}

static void latest(struct bench *b, const char *what, const char *topic)
{
    struct slice selector = slice_str(topic);
    struct journal_query query = {
        .until = UINT64_MAX, .now_ms = unix_ms(), .selectors = &selector, .selector_count = 1};
    double start = seconds(CLOCK_MONOTONIC);

    for (int i = 0; i < 100; i++)
        must(journal_latest(b->reader, &query, 50, &b->page), "latest");
    (void)printf("latest 50, %-11s %8.1f us\n", what, (seconds(CLOCK_MONOTONIC) - start) * 1e4);
}

static void open_journal(struct bench *b, const char *what)
{
    char reason[JOURNAL_REASON_SIZE];
    double start = seconds(CLOCK_MONOTONIC);
    enum err err = journal_open(&b->config, &b->journal, reason);

    if (err != OK)
        (void)fprintf(stderr, "%s\n", reason);
    must(err, "open");
    (void)printf("%-22s %8.1f ms\n", what, (seconds(CLOCK_MONOTONIC) - start) * 1e3);
    must(journal_reader_open(b->journal, &b->reader), "reader");
}

static void close_journal(struct bench *b)
{
    journal_reader_close(b->reader);
    journal_close(b->journal);
}

/* Removes every segment except the newest. */
static void retire(struct bench *b)
{
    double *steps = calloc(1 << 20, sizeof *steps);
    double start = seconds(CLOCK_MONOTONIC);
    double cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
    size_t count = 0;
    bool more = true;

    if (steps == NULL)
        exit(1);
    while (more && count < 1 << 20) {
        double step = seconds(CLOCK_MONOTONIC);
        must(journal_maintain(b->journal, unix_ms() + 100000000, &more), "maintain");
        steps[count++] = seconds(CLOCK_MONOTONIC) - step;
    }
    (void)printf("retire                 %8.1f k/s, %.2f us CPU per record\n",
                 (double)b->records / (seconds(CLOCK_MONOTONIC) - start) / 1e3,
                 (seconds(CLOCK_THREAD_CPUTIME_ID) - cpu) / (double)b->records * 1e6);
    print_times("retention step", steps, count);
    free(steps);
}

static enum durability durability_of(const char *name)
{
    if (strcmp(name, "normal") == 0)
        return DURABILITY_NORMAL;
    return strcmp(name, "memory") == 0 ? DURABILITY_MEMORY : DURABILITY_FULL;
}

static uint64_t argument(int argc, char **argv, int i, uint64_t fallback)
{
    return argc > i ? strtoull(argv[i], NULL, 10) : fallback;
}

int main(int argc, char **argv)
{
    struct bench b = {.random = 1};
    struct journal_state state;

    if (argc < 2) {
        (void)fprintf(stderr, "usage: journal_bench DIRECTORY [RECORDS [BATCH [TOPICS [SEGMENT "
                              "[full|normal|memory]]]]]\n");
        return 2;
    }
    b.config.directory = argv[1];
    b.records = argument(argc, argv, 2, 500000);
    b.batch_size = argument(argc, argv, 3, 1000);
    b.topics = argument(argc, argv, 4, 1000);
    b.config.segment_records = (uint32_t)argument(argc, argv, 5, 0);
    b.config.durability = durability_of(argc > 6 ? argv[6] : "full");
    b.decoder = wire_decoder_create();
    batch_init(&b.batch);
    journal_page_init(&b.page);

    open_journal(&b, "open, new");
    append_all(&b);
    journal_state(b.journal, &state);
    (void)printf("stored                 %" PRIu64
                 " records, %.1f bytes per record in the files, bodies "
                 "%.1f\n",
                 state.records, (double)state.file_bytes / (double)state.records,
                 (double)state.record_bytes / (double)state.records);
    read_all(&b, "everything", NULL, 0);
    read_topics(&b, 1);
    read_topics(&b, 10);
    read_topics(&b, 64);
    latest(&b, "a topic", "room/0");
    latest(&b, "unknown", "room/none");
    if (b.config.durability != DURABILITY_MEMORY) {
        close_journal(&b);
        b.config.retention_ms = 1000;
        open_journal(&b, "open again");
    }
    retire(&b);
    close_journal(&b);
    journal_page_clear(&b.page);
    batch_clear(&b.batch);
    wire_decoder_destroy(b.decoder);
    return 0;
}

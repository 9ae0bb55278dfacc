/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* See load.h. A run: open the streams, warm up, measure, wait for the last delivery, check,
 * report. */

#include "load.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        abort();
    return memory;
}

static void load_init(struct load *l)
{
    const struct settings *settings = &l->settings;
    l->epoll = epoll_create1(0);
    l->streams = zeroed(settings->streams, sizeof *l->streams);
    l->publishers = zeroed(settings->publishers, sizeof *l->publishers);
    l->topics = zeroed(settings->topics, sizeof *l->topics);
    l->buffer = zeroed(1, LOAD_READ_SIZE + LOAD_DATA_MAX + 64);
    l->behind.stream.fd = -1;
    if (settings->storm)
        l->ids = zeroed(settings->streams, sizeof *l->ids);
    if (settings->topics <= LOAD_PROGRESS_TOPICS)
        l->progress = zeroed((size_t)settings->topics * LOAD_PROGRESS_SIZE, sizeof *l->progress);
    for (uint32_t i = 0; i < settings->streams; i++) {
        l->streams[i] =
            (struct stream){.kind = WATCHED_STREAM, .fd = -1, .topic = i % settings->topics};
        l->topics[i % settings->topics].streams++;
    }
    for (uint32_t i = 0; i < settings->topics; i++)
        l->topics[i].published = settings->expect;
}

static void load_free(struct load *l)
{
    streams_close(l);
    publishers_close(l);
    free(l->streams);
    free(l->ids);
    free(l->publishers);
    free(l->topics);
    free(l->progress);
    free(l->buffer);
    close(l->epoll);
}

static void open_all(struct load *l)
{
    for (size_t i = 0; i < l->settings.process_count; i++)
        l->settings.processes[i].pss_before = process_pss(l->settings.processes[i].pid);
    phase_begin(l);
    l->expected = (uint64_t)l->settings.streams * l->settings.expect;
    streams_open(l);
    while (!l->broken && l->delivered < l->expected)
        load_turn(l, 100);
    phase_end(l, PHASE_OPEN);
    publishers_open(l);
}

/* Every stream gets at least one message, so that each has been used once before memory is
 * measured. */
static void warm_up(struct load *l)
{
    phase_begin(l);
    load_publish(l, l->settings.warmup, UINT64_MAX);
    for (size_t i = 0; i < l->settings.process_count; i++)
        l->settings.processes[i].pss_idle = process_pss(l->settings.processes[i].pid);
    if (l->settings.stalled && !l->broken) {
        streams_stall(l);
        phase_begin(l);
        load_publish(l, l->settings.stalled_burst, UINT64_MAX);
    }
}

static void measure(struct load *l)
{
    const struct settings *settings = &l->settings;
    if (settings->behind)
        behind_open(l);
    memset(&l->reply, 0, sizeof l->reply);
    l->recording = true;
    phase_begin(l);
    uint64_t until = l->started_ns + (uint64_t)(settings->seconds * 1e9);
    if (settings->messages)
        load_publish(l, settings->messages, UINT64_MAX);
    else
        load_publish(l, UINT64_MAX, until);
    phase_end(l, PHASE_MEASURE);
    l->recording = false;
    l->messages = l->published;
    for (size_t i = 0; i < settings->process_count; i++)
        l->settings.processes[i].pss_end = process_pss(settings->processes[i].pid);
}

static void run(struct load *l)
{
    const struct settings *settings = &l->settings;
    open_all(l);
    if (!l->broken)
        warm_up(l);
    if (!l->broken && settings->idle > 0)
        phase_idle(l);
    if (!l->broken)
        measure(l);
    if (!l->broken && settings->storm)
        phase_storm(l);
    if (!l->broken && settings->stalled)
        phase_catch_up(l);
}

int main(int argc, char **argv)
{
    struct load *l = zeroed(1, sizeof *l);
    settings_parse(&l->settings, argc, argv);
    load_init(l);
    run(l);
    const char *wrong = l->broken;
    if (!wrong && l->failed && !l->settings.any_status)
        wrong = "a publish was refused";
    if (!wrong && !l->settings.any_status)
        wrong = streams_verify(l);
    report(l, wrong);
    load_free(l);
    free(l);
    return wrong ? 1 : 0;
}

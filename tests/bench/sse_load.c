/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* See load.h. The run: open the streams, warm up, measure, wait for the last delivery, check, report. */

#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_MAX 1024

static void *zeroed(size_t count, size_t size)
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
}

static void load_free(struct load *l)
{
    streams_close(l);
    publishers_close(l);
    free(l->streams);
    free(l->publishers);
    free(l->topics);
    free(l->buffer);
    close(l->epoll);
}

/* How long the phase lasts: so many messages, or until a time. */
struct phase {
    uint64_t messages; /* UINT64_MAX = no limit */
    uint64_t until_ns; /* UINT64_MAX = no limit */
};

static bool phase_publishes(const struct load *l, const struct phase *phase, uint64_t now)
{
    return l->published < phase->messages && now < phase->until_ns;
}

/* Whether one more message may go out. */
static bool window_open(const struct load *l, uint64_t now)
{
    const struct settings *settings = &l->settings;
    uint64_t each = (settings->streams + settings->topics - 1) / settings->topics;
    if (l->published - l->replied >= settings->inflight)
        return false;
    if (l->expected - l->delivered > (settings->inflight - 1) * each)
        return false;
    if (settings->rate <= 0)
        return true;
    return (double)(now - l->started_ns) * settings->rate / 1e9 >= (double)l->published;
}

static int wait_ms(const struct load *l)
{
    if (l->settings.rate <= 0)
        return 100;
    double due = (double)l->started_ns + (double)l->published * 1e9 / l->settings.rate;
    double ms = (due - (double)clock_now_ns()) / 1e6;
    return ms < 0 ? 0 : ms > 100 ? 100 : (int)ms;
}

static void load_turn(struct load *l, int timeout)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(l->epoll, events, EVENTS_MAX, timeout);
    for (int i = 0; i < count && !l->broken; i++) {
        enum watched_kind *kind = events[i].data.ptr;
        if (*kind == WATCHED_STREAM)
            stream_readable(l, events[i].data.ptr);
        else
            publisher_ready(l, events[i].data.ptr, events[i].events);
    }
    if (l->delivered > l->expected && !l->broken)
        l->broken = "a stream got a message twice";
    uint64_t now = clock_now_ns();
    if (count > 0)
        l->progress_ns = now;
    else if ((double)(now - l->progress_ns) > l->settings.deadline * 1e9)
        l->broken = "nothing came within the deadline";
}

static void load_reset(struct load *l)
{
    l->published = l->replied = l->delivered = l->expected = 0;
    memset(&l->delivery, 0, sizeof l->delivery);
    memset(&l->reply, 0, sizeof l->reply);
    l->started_ns = l->progress_ns = clock_now_ns();
}

/* Publishes for the phase's length, then waits until all has been answered and delivered. */
static void load_phase(struct load *l, const struct phase *phase)
{
    bool publishing = true;
    while (!l->broken) {
        uint64_t now = clock_now_ns();
        publishing = publishing && phase_publishes(l, phase, now);
        while (publishing && window_open(l, now) && publisher_send(l))
            publishing = phase_publishes(l, phase, now);
        publishers_flush(l);
        if (!publishing && l->replied == l->published && l->delivered >= l->expected)
            return;
        load_turn(l, publishing ? wait_ms(l) : 100);
    }
}

static void open_all(struct load *l)
{
    for (size_t i = 0; i < l->settings.process_count; i++) {
        struct process *process = &l->settings.processes[i];
        process->pss_before = process_pss(process->pid);
        process->cpu_start_ns = process_cpu_ns(process->pid);
    }
    streams_open(l);
    for (size_t i = 0; i < l->settings.process_count; i++) {
        struct process *process = &l->settings.processes[i];
        process->cpu_open_ns = process_cpu_ns(process->pid) - process->cpu_start_ns;
    }
    publishers_open(l);
}

static void measure(struct load *l)
{
    const struct settings *settings = &l->settings;
    for (size_t i = 0; i < settings->process_count; i++) {
        struct process *process = &l->settings.processes[i];
        process->pss_after = process_pss(process->pid);
        process->cpu_start_ns = process_cpu_ns(process->pid);
    }
    load_reset(l);
    struct phase phase = {
        .messages = settings->messages ? settings->messages : UINT64_MAX,
        .until_ns =
            settings->messages ? UINT64_MAX : l->started_ns + (uint64_t)(settings->seconds * 1e9),
    };
    load_phase(l, &phase);
    for (size_t i = 0; i < settings->process_count; i++) {
        struct process *process = &l->settings.processes[i];
        process->cpu_ns = process_cpu_ns(process->pid) - process->cpu_start_ns;
    }
}

static void report_percentiles(const char *name, const struct histogram *h)
{
    printf(", \"%s_us\": {\"p50\": %.1f, \"p99\": %.1f, \"p999\": %.1f, \"max\": %.1f}", name,
           (double)histogram_percentile(h, 50) / 1e3, (double)histogram_percentile(h, 99) / 1e3,
           (double)histogram_percentile(h, 99.9) / 1e3, (double)histogram_percentile(h, 100) / 1e3);
}

static void report(const struct load *l, uint64_t elapsed_ns, const char *wrong)
{
    const struct settings *settings = &l->settings;
    double seconds = (double)elapsed_ns / 1e9;
    printf("{\"ok\": %s", wrong ? "false" : "true");
    if (wrong)
        printf(", \"wrong\": \"%s\"", wrong);
    printf(", \"streams\": %u, \"messages\": %llu, \"deliveries\": %llu, \"failed\": %llu, "
           "\"seconds\": %.6f",
           settings->streams, (unsigned long long)l->published, (unsigned long long)l->delivered,
           (unsigned long long)l->failed, seconds);
    report_percentiles("delivery", &l->delivery);
    report_percentiles("reply", &l->reply);
    printf(", \"processes\": {");
    for (size_t i = 0; i < settings->process_count; i++) {
        const struct process *process = &settings->processes[i];
        printf("%s\"%s\": {\"cpu_s\": %.6f, \"open_cpu_s\": %.6f, \"pss_before\": %llu, "
               "\"pss_after\": %llu}",
               i ? ", " : "", process->name, (double)process->cpu_ns / 1e9,
               (double)process->cpu_open_ns / 1e9, (unsigned long long)process->pss_before,
               (unsigned long long)process->pss_after);
    }
    printf("}}\n");
}

int main(int argc, char **argv)
{
    struct load *l = zeroed(1, sizeof *l);
    settings_parse(&l->settings, argc, argv);
    load_init(l);
    open_all(l);
    load_reset(l);
    /* At least one message goes to every stream, so that all have been used once when memory is read. */
    struct phase warmup = {.messages = l->settings.warmup, .until_ns = UINT64_MAX};
    load_phase(l, &warmup);
    if (!l->broken)
        measure(l);
    uint64_t elapsed = clock_now_ns() - l->started_ns;
    const char *wrong = l->broken;
    if (!wrong && l->failed)
        wrong = "a publish was refused";
    if (!wrong)
        wrong = streams_verify(l);
    report(l, elapsed, wrong);
    load_free(l);
    free(l);
    return wrong ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "load.h"

#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_MAX 1024

void phase_begin(struct load *l)
{
    for (size_t i = 0; i < l->settings.process_count; i++)
        l->settings.processes[i].cpu_start_ns = process_cpu_ns(l->settings.processes[i].pid);
    l->published = l->replied = l->delivered = l->expected = 0;
    l->started_ns = l->progress_ns = clock_now_ns();
}

void phase_end(struct load *l, enum phase_kind kind)
{
    struct phase_figures *figures = &l->phases[kind];
    figures->done = true;
    figures->ns = clock_now_ns() - l->started_ns;
    figures->delivered = l->delivered;
    for (size_t i = 0; i < l->settings.process_count; i++) {
        const struct process *process = &l->settings.processes[i];
        uint64_t now = process_cpu_ns(process->pid);
        /* The clock of a killed process can no longer be read. */
        figures->cpu_ns[i] = now > process->cpu_start_ns ? now - process->cpu_start_ns : 0;
    }
}

/* Returns true if another request may be sent. */
static bool window_open(const struct load *l, uint64_t now)
{
    const struct settings *settings = &l->settings;
    uint64_t inflight = (uint64_t)settings->inflight * settings->batch;
    uint64_t streams = settings->streams - (l->streams[0].stalled ? settings->stalled : 0);
    uint64_t each = (streams + settings->topics - 1) / settings->topics;
    if (l->published - l->replied + settings->batch > inflight)
        return false;
    if (l->expected - l->delivered > (inflight - settings->batch) * each)
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

void load_turn(struct load *l, int timeout_ms)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(l->epoll, events, EVENTS_MAX, timeout_ms);
    for (int i = 0; i < count && !l->broken; i++) {
        enum watched_kind *kind = events[i].data.ptr;
        if (*kind == WATCHED_STREAM)
            stream_readable(l, events[i].data.ptr);
        else if (*kind == WATCHED_BEHIND)
            behind_readable(l);
        else
            publisher_ready(l, events[i].data.ptr, events[i].events);
    }
    uint64_t now = clock_now_ns();
    if (count > 0)
        l->progress_ns = now;
    else if ((double)(now - l->progress_ns) > l->settings.deadline * 1e9 && !l->broken)
        l->broken = "no progress within the deadline";
}

static bool load_over(const struct load *l)
{
    return l->replied == l->published && l->delivered >= l->expected && l->behind.stream.fd < 0;
}

void load_publish(struct load *l, uint64_t messages, uint64_t until_ns)
{
    l->publishing = true;
    while (!l->broken) {
        uint64_t now = clock_now_ns();
        while (l->publishing && (l->publishing = l->published < messages && now < until_ns) &&
               window_open(l, now) && publisher_send(l)) {
        }
        publishers_flush(l);
        if (!l->publishing && load_over(l))
            break;
        load_turn(l, l->publishing ? wait_ms(l) : 100);
        if (l->delivered > l->expected && !l->broken)
            l->broken = "a stream got a message twice";
    }
}

void phase_idle(struct load *l)
{
    phase_begin(l);
    uint64_t until = l->started_ns + (uint64_t)(l->settings.idle * 1e9);
    while (!l->broken && clock_now_ns() < until) {
        load_turn(l, 10);
        l->progress_ns = clock_now_ns();
    }
    phase_end(l, PHASE_IDLE);
}

/* ---- streams that stall or reconnect ---- */

void streams_stall(struct load *l)
{
    for (uint32_t i = 0; i < l->settings.stalled && !l->broken; i++) {
        l->streams[i].stalled = true;
        l->topics[l->streams[i].topic].streams--;
        stream_unwatch(l, &l->streams[i]);
    }
}

void phase_catch_up(struct load *l)
{
    phase_begin(l);
    for (uint32_t i = 0; i < l->settings.stalled && !l->broken; i++) {
        struct stream *s = &l->streams[i];
        s->stalled = false;
        l->topics[s->topic].streams++;
        l->expected += l->topics[s->topic].published - s->delivered;
        stream_watch(l, s);
    }
    while (!l->broken && l->delivered < l->expected)
        load_turn(l, 100);
    phase_end(l, PHASE_CATCH_UP);
}

static void streams_lose(struct load *l)
{
    l->may_lose = true;
    if (l->settings.storm_pid && kill(l->settings.storm_pid, SIGKILL) != 0)
        l->broken = "the process could not be killed";
    for (uint32_t i = 0; i < l->settings.streams && !l->settings.storm_pid; i++) {
        close(l->streams[i].fd);
        l->lost++;
    }
    l->progress_ns = clock_now_ns();
    while (!l->broken && l->lost < l->settings.streams)
        load_turn(l, 100);
    l->may_lose = false;
}

/* The phase lasts from the first reconnecting stream until the last one has all messages it
 * missed. */
void phase_storm(struct load *l)
{
    phase_begin(l);
    streams_lose(l);
    for (uint32_t i = 0; i < l->settings.topics; i++)
        l->topics[i].streams = 0;
    load_publish(l, l->settings.missed, UINT64_MAX);
    phase_begin(l);
    for (uint32_t i = 0; i < l->settings.streams; i++) {
        const struct stream *s = &l->streams[i];
        l->topics[s->topic].streams++;
        l->expected += l->topics[s->topic].published - s->delivered;
    }
    streams_open(l);
    while (!l->broken && l->delivered < l->expected)
        load_turn(l, 100);
    phase_end(l, PHASE_STORM);
}

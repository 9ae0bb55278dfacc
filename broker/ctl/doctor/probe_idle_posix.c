/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Watches a silent stream, and whether a closed stream leaves presence. */

#include "broker/ctl/doctor/probe_posix.h"

#include "broker/ctl/lib/cli_posix.h"

#include <assert.h>
#include <poll.h>

#define GHOST_SEEN_MS 3000 /* maximum time until presence shows a stream */
#define GHOST_GONE_MS 9000 /* presence lists a member for 5 s after its stream was closed */
#define GHOST_LOOK_MS 500
#define STEP_MS 250

struct ghost {
    struct probe *probe;
    uint64_t left_ms; /* time when the client left; 0 = none, or the result is known */
    uint64_t next_ms; /* time of the next check */
};

/* Opens a stream, waits until presence shows it, and closes it. */
static void ghost_begin(struct ghost *g)
{
    struct probe *p = g->probe;
    const struct probe_stream_spec spec = {.topic = p->ghost_topic, .name = "belfry-doctor"};
    uint64_t deadline = cli_now_ms() + GHOST_SEEN_MS;
    struct probe_stream stream;
    int64_t count = 0;

    if (probe_stream_open(&p->route, &spec, &stream) != OK)
        return;
    p->facts->ghost.tried = true;
    while (count == 0 && cli_now_ms() < deadline) {
        count = probe_presence(&p->route, p->ghost_topic);
        if (count == 0 && probe_stream_bytes(&stream, cli_now_ms() + STEP_MS) == ERR_CLOSED)
            break;
    }
    p->facts->ghost.seen = count > 0;
    probe_stream_close(&stream);
    g->left_ms = count > 0 ? cli_now_ms() : 0;
}

static void ghost_look(struct ghost *g)
{
    struct doctor_ghost *facts = &g->probe->facts->ghost;
    uint64_t now = cli_now_ms();

    if (g->left_ms == 0 || now < g->next_ms)
        return;
    g->next_ms = now + GHOST_LOOK_MS;
    facts->gone = probe_presence(&g->probe->route, g->probe->ghost_topic) == 0;
    facts->after_ms = cli_now_ms() - g->left_ms;
    if (facts->gone || facts->after_ms >= GHOST_GONE_MS)
        g->left_ms = 0;
}

static void watch(struct probe *p, struct probe_stream *stream, uint64_t last, struct ghost *g)
{
    struct doctor_idle *i = &p->facts->idle;
    uint64_t start = last;

    while (!i->cut && (i->watched_ms < p->idle_ms || g->left_ms != 0)) {
        uint64_t now = cli_now_ms();
        enum err err = probe_stream_bytes(stream, now + STEP_MS);

        now = cli_now_ms();
        i->watched_ms = now - start;
        if (now - last > i->silence_ms)
            i->silence_ms = now - last;
        if (err == OK) {
            i->signs++;
            last = now;
        } else if (err != ERR_TIMEOUT) {
            i->cut = true;
            i->silent_ms = now - last;
        }
        ghost_look(g);
        cli_progress("watching a silent stream: %u of %u s", (unsigned)(i->watched_ms / 1000),
                     (unsigned)(p->idle_ms / 1000));
    }
    while (g->left_ms != 0) {
        (void)poll(NULL, 0, STEP_MS);
        ghost_look(g);
    }
}

void probe_idle(struct probe *p)
{
    const struct probe_stream_spec spec = {.topic = p->route.topic};
    struct doctor_idle *i = &p->facts->idle;
    struct ghost g = {.probe = p};
    struct probe_stream stream;
    struct sse_event event;
    uint64_t last;

    assert(p->facts->head.tried); /* probe_head() was called before */
    if (p->facts->head.status != 200 || probe_stream_open(&p->route, &spec, &stream) != OK)
        return;
    /* Skip the first events, which are not heartbeats. */
    do
        last = cli_now_ms();
    while (probe_stream_event(&stream, last + STEP_MS, &event) == OK);
    i->tried = true;
    i->wanted_ms = p->idle_ms;
    if (p->has_stream)
        ghost_begin(&g);
    watch(p, &stream, last, &g);
    probe_stream_close(&stream);
}

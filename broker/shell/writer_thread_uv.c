/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/shell/writer_thread_uv.h"

#include "common/base/mem.h"
#include "common/process/clock_posix.h"
#include "common/process/worker_uv.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct writer_thread {
    struct journal *journal; /* used by the thread only */
    struct writer_thread_events events;
    void *context;
    void (*closed)(void *context);
    struct worker *worker;
    uv_timer_t timer;
    unsigned open; /* number of parts not closed yet: worker and timer */
    bool closing;

    /* The jobs, at most one of each kind at a time. A job belongs to the thread while its `out` is
     * set. */
    struct append_job {
        struct worker_job job;
        bool out;
        struct batch *batch;
        enum err result;
        uint64_t commit_us;
        struct journal_state state;
    } append;
    struct upkeep_job {
        struct worker_job job;
        bool out;
        bool more;
        enum err result;
        struct journal_state state;
    } upkeep;

    struct trim_job {
        struct worker_job job;
        bool out;
        uint64_t before;
        uint64_t before_ms;
        bool dry_run;
        enum err result;
        uint64_t oldest;
        struct journal_state state;
    } trim;

    bool upkeep_due;
    unsigned batches; /* batches appended since the last step of upkeep */
    uint64_t bytes;   /* size of their bodies */
};

/* Copies the state without its edges, whose memory the next job may change. */
static void state_copy(const struct journal *journal, struct journal_state *out)
{
    journal_state(journal, out);
    out->edges = NULL;
    out->edge_count = 0;
}

static void run_append(struct writer_thread *w)
{
    uint64_t start = uv_hrtime();

    w->append.result = journal_append(w->journal, w->append.batch);
    w->append.commit_us = (uv_hrtime() - start) / 1000;
    state_copy(w->journal, &w->append.state);
}

static void run_upkeep(struct writer_thread *w)
{
    w->upkeep.more = false;
    w->upkeep.result = journal_maintain(w->journal, clock_unix_ms(), &w->upkeep.more);
    state_copy(w->journal, &w->upkeep.state);
}

static void run_trim(struct writer_thread *w)
{
    w->trim.result = journal_trim(w->journal, w->trim.before, w->trim.before_ms, w->trim.dry_run,
                                  &w->trim.oldest);
    state_copy(w->journal, &w->trim.state);
}

static void run(struct worker_job *job, void *context)
{
    struct writer_thread *w = context;

    if (job == &w->append.job)
        run_append(w);
    else if (job == &w->trim.job)
        run_trim(w);
    else
        run_upkeep(w);
}

static void done(struct worker_job *job, void *context)
{
    struct writer_thread *w = context;

    if (job == &w->append.job) {
        w->append.out = false;
        w->batches++;
        w->bytes += w->append.batch->bytes;
        if (w->batches >= WRITER_BATCHES_MAX || w->bytes >= WRITER_BYTES_MAX)
            w->upkeep_due = true;
        w->events.appended(w->context, w->append.batch, w->append.result, &w->append.state,
                           w->append.commit_us);
        return;
    }
    if (job == &w->trim.job) {
        w->trim.out = false;
        w->upkeep_due = true; /* the trimmed records are to be deleted */
        w->events.trimmed(w->context, w->trim.result, w->trim.oldest, &w->trim.state);
        return;
    }
    w->upkeep.out = false;
    /* After a failed step the timer makes the next one due. */
    w->upkeep_due = w->upkeep.result == OK && w->upkeep.more;
    w->events.maintained(w->context, w->upkeep.result, &w->upkeep.state);
}

static void on_timer(uv_timer_t *timer)
{
    struct writer_thread *w = timer->data;

    w->upkeep_due = true;
    writer_thread_idle(w);
}

enum err writer_thread_create(struct uv_loop_s *loop, struct journal *journal,
                              const struct writer_thread_events *events, void *context,
                              struct writer_thread **out)
{
    static const struct worker_calls calls = {run, done};
    struct writer_thread *w = mem_alloc(sizeof(*w));
    enum err err = worker_create(loop, &calls, w, &w->worker);

    if (err != OK) {
        mem_free(w);
        return err;
    }
    w->journal = journal;
    w->events = *events;
    w->context = context;
    w->open = 2;
    w->upkeep_due = true;
    (void)uv_timer_init(loop, &w->timer);
    w->timer.data = w;
    (void)uv_timer_start(&w->timer, on_timer, WRITER_UPKEEP_MS, WRITER_UPKEEP_MS);
    *out = w;
    return OK;
}

void writer_thread_append(struct writer_thread *w, struct batch *batch)
{
    assert(!w->append.out && !w->closing);
    w->append.out = true;
    w->append.batch = batch;
    worker_submit(w->worker, &w->append.job);
}

void writer_thread_trim(struct writer_thread *w, uint64_t before, uint64_t before_ms, bool dry_run)
{
    assert(!w->trim.out && !w->closing);
    w->trim.out = true;
    w->trim.before = before;
    w->trim.before_ms = before_ms;
    w->trim.dry_run = dry_run;
    worker_submit(w->worker, &w->trim.job);
}

void writer_thread_idle(struct writer_thread *w)
{
    if (!w->upkeep_due || w->upkeep.out || w->closing)
        return;
    if (w->append.out && w->batches < WRITER_BATCHES_MAX)
        return;
    w->batches = 0;
    w->bytes = 0;
    w->upkeep.out = true;
    worker_submit(w->worker, &w->upkeep.job);
}

static void part_closed(struct writer_thread *w)
{
    void (*closed)(void *context) = w->closed;
    void *context = w->context;

    if (--w->open > 0)
        return;
    mem_free(w);
    if (closed != NULL)
        closed(context);
}

static void on_worker_closed(void *context)
{
    part_closed(context);
}

static void on_timer_closed(uv_handle_t *handle)
{
    part_closed(handle->data);
}

void writer_thread_close(struct writer_thread *w, void (*closed)(void *context))
{
    assert(!w->closing);
    w->closing = true;
    w->closed = closed;
    worker_close(w->worker, on_worker_closed);
    uv_close((uv_handle_t *)&w->timer, on_timer_closed);
}

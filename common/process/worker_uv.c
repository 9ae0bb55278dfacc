/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/process/worker_uv.h"

#include "common/base/mem.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct worker {
    struct worker_calls calls;
    void *context;
    void (*closed)(void *context);
    uv_thread_t thread;
    uv_async_t wake; /* wakes the loop when `out` has a job or the thread ends */
    bool closing;    /* used by the loop only */

    uv_mutex_t mutex; /* protects what follows */
    uv_cond_t more;   /* `in` has a job, or `stop` is set */
    struct list in;
    struct list out;
    bool stop;
    bool ended;
};

/* Waits for the next job. Returns NULL if there are no more jobs and `stop` is set. */
static struct worker_job *next_job(struct worker *w)
{
    struct list *node;

    uv_mutex_lock(&w->mutex);
    while (list_empty(&w->in) && !w->stop)
        uv_cond_wait(&w->more, &w->mutex);
    node = list_shift(&w->in);
    uv_mutex_unlock(&w->mutex);
    return node == NULL ? NULL : LIST_ENTRY(node, struct worker_job, link);
}

/* Unlocks before waking the loop: a thread that is woken while the mutex is locked would block at
 * once, which costs two context switches. */
static void hand_back(struct worker *w, struct worker_job *job)
{
    uv_mutex_lock(&w->mutex);
    list_push(&w->out, &job->link);
    uv_mutex_unlock(&w->mutex);
    (void)uv_async_send(&w->wake);
}

static void report_ended(struct worker *w)
{
    uv_mutex_lock(&w->mutex);
    w->ended = true;
    /* While locked: once the loop sees `ended`, it may close the handle. */
    (void)uv_async_send(&w->wake);
    uv_mutex_unlock(&w->mutex);
}

static void thread_main(void *argument)
{
    struct worker *w = argument;

    for (;;) {
        struct worker_job *job = next_job(w);
        if (job == NULL)
            break;
        w->calls.run(job, w->context);
        hand_back(w, job);
    }
    report_ended(w);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct worker *w = handle->data;
    void (*closed)(void *context) = w->closed;
    void *context = w->context;

    mem_free(w);
    if (closed != NULL)
        closed(context);
}

static void finish(struct worker *w)
{
    (void)uv_thread_join(&w->thread);
    uv_cond_destroy(&w->more);
    uv_mutex_destroy(&w->mutex);
    uv_close((uv_handle_t *)&w->wake, on_handle_closed);
}

static void on_wake(uv_async_t *handle)
{
    struct worker *w = handle->data;
    struct list *node;
    bool ended;

    /* One job at a time: done() may call worker_submit(), which locks. */
    do {
        uv_mutex_lock(&w->mutex);
        node = list_shift(&w->out);
        ended = w->ended && list_empty(&w->out);
        uv_mutex_unlock(&w->mutex);
        if (node != NULL)
            w->calls.done(LIST_ENTRY(node, struct worker_job, link), w->context);
    } while (node != NULL && !ended);
    if (ended)
        finish(w);
}

static void on_never_started(uv_handle_t *handle)
{
    mem_free(handle->data);
}

enum err worker_create(struct uv_loop_s *loop, const struct worker_calls *calls, void *context,
                       struct worker **out)
{
    struct worker *w = mem_alloc(sizeof(*w));

    w->calls = *calls;
    w->context = context;
    list_init(&w->in);
    list_init(&w->out);
    if (uv_async_init(loop, &w->wake, on_wake) != 0) {
        mem_free(w);
        return ERR_IO;
    }
    w->wake.data = w;
    if (uv_mutex_init(&w->mutex) != 0)
        goto close_handle;
    if (uv_cond_init(&w->more) != 0)
        goto destroy_mutex;
    if (uv_thread_create(&w->thread, thread_main, w) != 0)
        goto destroy_cond;
    *out = w;
    return OK;

destroy_cond:
    uv_cond_destroy(&w->more);
destroy_mutex:
    uv_mutex_destroy(&w->mutex);
close_handle:
    uv_close((uv_handle_t *)&w->wake, on_never_started);
    return ERR_IO;
}

void worker_submit(struct worker *w, struct worker_job *job)
{
    assert(!w->closing);
    uv_mutex_lock(&w->mutex);
    list_push(&w->in, &job->link);
    uv_mutex_unlock(&w->mutex);
    uv_cond_signal(&w->more);
}

void worker_close(struct worker *w, void (*closed)(void *context))
{
    assert(!w->closing);
    w->closing = true;
    w->closed = closed;
    uv_mutex_lock(&w->mutex);
    w->stop = true;
    uv_cond_signal(&w->more);
    uv_mutex_unlock(&w->mutex);
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/shell/reader_thread_uv.h"

#include "common/base/mem.h"
#include "common/process/worker_uv.h"

#include <stddef.h>
#include <uv.h>

struct reader_thread {
    struct journal_reader *journal; /* used by the thread only */
    struct worker *worker;
    void (*done)(void *context, struct broker_read *read);
    void (*closed)(void *context);
    void *context;
};

struct read_task {
    struct worker_job job;
    struct broker_read *read;
};

static struct read_task *task_of(struct worker_job *job)
{
    return (struct read_task *)(void *)((char *)job - offsetof(struct read_task, job));
}

static void run(struct worker_job *job, void *context)
{
    struct reader_thread *r = context;
    struct broker_read *read = task_of(job)->read;

    switch (read->type) {
    case BROKER_READ_PAGE:
        read->result = journal_read(r->journal, &read->query, &read->page);
        break;
    case BROKER_READ_LATEST:
        read->result = journal_latest(r->journal, &read->query, read->count, &read->page);
        break;
    case BROKER_READ_TOPICS:
        read->result = journal_topics(r->journal, read->name, (size_t)read->count, &read->page,
                                      read->topics, &read->topic_count);
        break;
    case BROKER_READ_FIND:
        read->result = journal_find(r->journal, read->name, &read->found);
        break;
    }
}

static void done(struct worker_job *job, void *context)
{
    struct reader_thread *r = context;
    struct read_task *task = task_of(job);
    struct broker_read *read = task->read;

    mem_free(task);
    r->done(r->context, read);
}

enum err reader_thread_create(struct uv_loop_s *loop, struct journal *journal,
                              void (*done_callback)(void *context, struct broker_read *read),
                              void *context, struct reader_thread **out)
{
    static const struct worker_calls calls = {run, done};
    struct reader_thread *r = mem_alloc(sizeof(*r));
    enum err err = journal_reader_open(journal, &r->journal);

    if (err != OK)
        goto free_reader;
    err = worker_create(loop, &calls, r, &r->worker);
    if (err != OK)
        goto close_journal;
    r->done = done_callback;
    r->context = context;
    *out = r;
    return OK;

close_journal:
    journal_reader_close(r->journal);
free_reader:
    mem_free(r);
    return err;
}

void reader_thread_submit(struct reader_thread *r, struct broker_read *read)
{
    struct read_task *task = mem_alloc(sizeof(*task));

    task->read = read;
    worker_submit(r->worker, &task->job);
}

static void on_closed(void *context)
{
    struct reader_thread *r = context;
    void (*closed)(void *context) = r->closed;
    void *closed_context = r->context;

    journal_reader_close(r->journal);
    mem_free(r);
    if (closed != NULL)
        closed(closed_context);
}

void reader_thread_close(struct reader_thread *r, void (*closed)(void *context))
{
    r->closed = closed;
    worker_close(r->worker, on_closed);
}

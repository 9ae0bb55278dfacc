/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/reads.h"

#include "common/base/mem.h"

#include <assert.h>
#include <string.h>

/* A read with the memory of its selectors behind it. */
struct read_job {
    struct broker_read read; /* first: the shell knows only this */
    struct list link;
    struct slice selectors[]; /* then their bytes */
};

void reads_init(struct reads *r)
{
    *r = (struct reads){0};
    list_init(&r->waiting);
}

void reads_clear(struct reads *r)
{
    struct broker_read *read;

    while ((read = reads_next(r)) != NULL)
        reads_free(r, read);
}

void reads_check(const struct reads *r)
{
    assert(r->waiting_count <= r->count);
    assert(list_empty(&r->waiting) == (r->waiting_count == 0));
}

/* Copies the selectors: the frame's bytes go when the call returns. */
struct broker_read *reads_create(const struct slice *selectors, size_t count)
{
    size_t bytes = 0;
    struct read_job *job;
    char *text;

    for (size_t i = 0; i < count; i++)
        bytes += selectors[i].size;
    job = mem_try(sizeof *job + count * sizeof *selectors + bytes);
    if (job == NULL)
        return NULL;
    memset(job, 0, sizeof *job);
    list_init(&job->link);
    text = (char *)(job->selectors + count);
    for (size_t i = 0; i < count; i++) {
        memcpy(text, selectors[i].data, selectors[i].size);
        job->selectors[i] = slice_of(text, selectors[i].size);
        text += selectors[i].size;
    }
    job->read.query.selectors = job->selectors;
    job->read.query.selector_count = count;
    journal_page_init(&job->read.page);
    return &job->read;
}

void reads_start(struct reads *r, struct broker_read *read)
{
    list_push(&r->waiting, &LIST_ENTRY(read, struct read_job, read)->link);
    r->waiting_count++;
    r->count++;
}

struct broker_read *reads_next(struct reads *r)
{
    struct list *link = list_shift(&r->waiting);

    if (link == NULL)
        return NULL;
    r->waiting_count--;
    return &LIST_ENTRY(link, struct read_job, link)->read;
}

void reads_free(struct reads *r, struct broker_read *read)
{
    struct read_job *job = LIST_ENTRY(read, struct read_job, read);

    assert(r->count > r->waiting_count);
    journal_page_clear(&read->page);
    mem_free(read->topics);
    mem_free(job);
    r->count--;
}

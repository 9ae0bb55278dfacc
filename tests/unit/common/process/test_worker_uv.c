/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/process/worker_uv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <uv.h>

#include <cmocka.h>

#define JOBS 2000

struct job {
    struct worker_job job;
    unsigned input;
    unsigned output;
    uv_thread_t ran_on;
};

struct fixture {
    uv_loop_t loop;
    struct worker *worker;
    struct job *jobs;
    unsigned run;  /* written by the worker */
    unsigned done; /* written by the loop */
    unsigned again;
    bool close_when_done;
    bool closed;
};

static struct job *job_of(struct worker_job *job)
{
    return (struct job *)(void *)job;
}

static void run(struct worker_job *job, void *context)
{
    struct fixture *f = context;

    job_of(job)->output = job_of(job)->input * 2;
    job_of(job)->ran_on = uv_thread_self();
    f->run++;
}

static void on_closed(void *context)
{
    struct fixture *f = context;

    f->closed = true;
}

static void done(struct worker_job *job, void *context)
{
    struct fixture *f = context;
    uv_thread_t here = uv_thread_self();

    assert_int_equal(job_of(job)->input, f->done);
    assert_int_equal(job_of(job)->output, f->done * 2);
    assert_false(uv_thread_equal(&here, &job_of(job)->ran_on));
    f->done++;
    if (f->again > 0) {
        f->again--;
        job_of(job)->input = f->done;
        worker_submit(f->worker, job);
    } else if (f->close_when_done) {
        worker_close(f->worker, on_closed);
    }
}

static int setup(void **state)
{
    static const struct worker_calls calls = {run, done};
    struct fixture *f = calloc(1, sizeof(*f));

    f->jobs = calloc(JOBS, sizeof(*f->jobs));
    uv_loop_init(&f->loop);
    assert_int_equal(worker_create(&f->loop, &calls, f, &f->worker), OK);
    *state = f;
    return 0;
}

/* The loop ends once the worker has closed its handle. */
static void finish(struct fixture *f, unsigned jobs)
{
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_true(f->closed);
    assert_int_equal(f->done, jobs);
    assert_int_equal(f->run, jobs);
    assert_int_equal(uv_loop_close(&f->loop), 0);
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    free(f->jobs);
    free(f);
    return 0;
}

static void test_nothing(void **state)
{
    struct fixture *f = *state;

    worker_close(f->worker, on_closed);
    assert_false(f->closed);
    finish(f, 0);
}

static void test_close_finishes_what_is_queued(void **state)
{
    struct fixture *f = *state;

    for (unsigned i = 0; i < JOBS; i++) {
        f->jobs[i].input = i;
        worker_submit(f->worker, &f->jobs[i].job);
    }
    worker_close(f->worker, on_closed);
    assert_int_equal(f->done, 0);
    finish(f, JOBS);
}

static void test_submit_again_from_done(void **state)
{
    struct fixture *f = *state;

    f->again = JOBS;
    f->close_when_done = true;
    worker_submit(f->worker, &f->jobs[0].job);
    finish(f, JOBS + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_close_finishes_what_is_queued, setup, teardown),
        cmocka_unit_test_setup_teardown(test_submit_again_from_done, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

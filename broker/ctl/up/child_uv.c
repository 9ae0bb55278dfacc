/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/up/child_uv.h"

#include "broker/ctl/up/up_plan.h"
#include "common/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define READ_SIZE 4096
#define READS_PER_TURN 16 /* 64 KiB, then other children are read */
#define READS_AT_END 256  /* 1 MiB, the maximum size of a pipe */

enum state {
    CHILD_IDLE,    /* not running, and will not be started */
    CHILD_RUNNING, /* started, not ready yet */
    CHILD_READY,
    CHILD_ENDING,  /* the process ended; its handles are closing */
    CHILD_WAITING, /* will be restarted */
    CHILD_STATES
};

struct child {
    struct child_plan plan;
    const struct child_events *events;
    void *context;
    struct uv_loop_s *loop;
    enum state state;
    bool stopped; /* do not restart it */
    uv_process_t process;
    uv_poll_t output;
    uv_timer_t restart;
    int output_fd;    /* read end of the pipe, -1 = none */
    unsigned closing; /* number of open handles of this run */
    uint64_t started_ms;
    uint64_t backoff_ms;
    struct child_end end;
    size_t line_size;
    char line[CHILD_LINE_MAX];
};

/* ---- state --------------------------------------------------------------------------------- */

static void move(struct child *c, enum state to)
{
    static const bool allowed[CHILD_STATES][CHILD_STATES] = {
        [CHILD_IDLE] = {[CHILD_RUNNING] = true},
        [CHILD_RUNNING] = {[CHILD_READY] = true, [CHILD_ENDING] = true},
        [CHILD_READY] = {[CHILD_ENDING] = true},
        [CHILD_ENDING] = {[CHILD_IDLE] = true, [CHILD_WAITING] = true},
        [CHILD_WAITING] = {[CHILD_RUNNING] = true, [CHILD_IDLE] = true},
    };

    assert(allowed[c->state][to]);
    c->state = to;
}

struct child *child_create(struct uv_loop_s *loop, const struct child_plan *plan,
                           const struct child_events *events, void *context)
{
    struct child *c = mem_alloc(sizeof(*c));

    c->plan = *plan;
    c->events = events;
    c->context = context;
    c->loop = loop;
    c->output_fd = -1;
    c->restart.data = c;
    uv_timer_init(loop, &c->restart); /* cannot fail */
    return c;
}

void child_destroy(struct child *c)
{
    assert(c == NULL || uv_is_closing((uv_handle_t *)&c->restart));
    mem_free(c);
}

/* ---- its output ---------------------------------------------------------------------------- */

static void take_output(struct child *c, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != '\n')
            c->line[c->line_size++] = bytes[i];
        if (bytes[i] == '\n' || c->line_size == CHILD_LINE_MAX) {
            c->events->line(c->context, c, slice_of(c->line, c->line_size));
            c->line_size = 0;
        }
    }
}

/* Returns false at the end of the output. */
static bool read_output(struct child *c, unsigned reads)
{
    char bytes[READ_SIZE];

    while (reads-- > 0) {
        ssize_t size = read(c->output_fd, bytes, sizeof(bytes));

        if (size > 0)
            take_output(c, bytes, (size_t)size);
        else if (size == 0 || errno != EINTR)
            return size < 0 && errno == EAGAIN;
    }
    return true;
}

static void output_readable(uv_poll_t *handle, int status, int events)
{
    struct child *c = handle->data;

    (void)events;
    if (status != 0 || !read_output(c, READS_PER_TURN))
        uv_poll_stop(handle);
}

/* ---- its end ------------------------------------------------------------------------------- */

static void restart_now(uv_timer_t *timer)
{
    child_start(timer->data);
}

static void run_over(struct child *c)
{
    uint64_t ran_ms = uv_now(c->loop) - c->started_ms;

    if (c->output_fd >= 0)
        close(c->output_fd);
    c->output_fd = -1;
    c->end.again = !c->stopped;
    if (c->stopped) {
        move(c, CHILD_IDLE);
    } else {
        c->backoff_ms = up_backoff(c->backoff_ms, ran_ms);
        c->end.again_in_ms = c->backoff_ms;
        move(c, CHILD_WAITING);
        uv_timer_start(&c->restart, restart_now, c->backoff_ms, 0);
    }
    c->events->ended(c->context, c, &c->end);
}

static void handle_closed(uv_handle_t *handle)
{
    struct child *c = handle->data;

    if (--c->closing == 0)
        run_over(c);
}

static void close_handle(struct child *c, uv_handle_t *handle)
{
    handle->data = c;
    c->closing++;
    uv_close(handle, handle_closed);
}

/* Reads the rest of the output. All of it is in the pipe now, and no other process writes there. */
static void process_ended(uv_process_t *process, int64_t status, int signal)
{
    struct child *c = process->data;

    c->end = (struct child_end){
        .status = (int)status, .signal = signal, .ready = c->state == CHILD_READY};
    move(c, CHILD_ENDING);
    read_output(c, READS_AT_END);
    if (c->line_size > 0)
        take_output(c, "\n", 1);
    close_handle(c, (uv_handle_t *)&c->output);
    close_handle(c, (uv_handle_t *)process);
}

/* ---- its start ----------------------------------------------------------------------------- */

static int spawn(struct child *c, int output)
{
    uv_stdio_container_t stdio[UP_LISTEN_FD + 1] = {{.flags = UV_IGNORE}};
    uv_process_options_t options = {.file = c->plan.argv[0],
                                    .args = c->plan.argv,
                                    .env = c->plan.environment,
                                    .exit_cb = process_ended,
                                    .flags = UV_PROCESS_DETACHED,
                                    .stdio = stdio,
                                    .stdio_count = 3};

    stdio[1] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = output};
    stdio[2] = stdio[1];
    if (c->plan.listen_fd >= 0) {
        stdio[UP_LISTEN_FD] =
            (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = c->plan.listen_fd};
        options.stdio_count = UP_LISTEN_FD + 1;
    }
    c->process.data = c;
    return uv_spawn(c->loop, &c->process, &options);
}

static void over_now(uv_timer_t *timer)
{
    run_over(timer->data);
}

/* Reports the failed start from the loop, not from within child_start(). No handle is open. */
static void run_failed(struct child *c, int failed)
{
    c->end = (struct child_end){.reason = uv_strerror(failed)};
    move(c, CHILD_ENDING);
    uv_timer_start(&c->restart, over_now, 0, 0);
}

/* Opens the pipe for the child's output. Sets *out to the write end. */
static int open_output(struct child *c, int *out)
{
    uv_file ends[2];
    int failed = uv_pipe(ends, UV_NONBLOCK_PIPE, 0);

    if (failed != 0)
        return failed;
    c->output.data = c;
    failed = uv_poll_init(c->loop, &c->output, ends[0]);
    if (failed != 0) {
        close(ends[0]);
        close(ends[1]);
        return failed;
    }
    c->output_fd = ends[0];
    *out = ends[1];
    return 0;
}

void child_start(struct child *c)
{
    int output;
    int failed;

    move(c, CHILD_RUNNING);
    c->started_ms = uv_now(c->loop);
    failed = open_output(c, &output);
    if (failed != 0) {
        run_failed(c, failed);
        return;
    }
    failed = spawn(c, output);
    close(output);
    if (failed != 0) {
        c->end = (struct child_end){.reason = uv_strerror(failed)};
        move(c, CHILD_ENDING);
        close_handle(c, (uv_handle_t *)&c->output);
        close_handle(c,
                     (uv_handle_t *)&c->process); /* uv_spawn() initializes it even if it fails */
        return;
    }
    uv_poll_start(&c->output, UV_READABLE, output_readable);
}

/* -------------------------------------------------------------------------------------------- */

void child_set_ready(struct child *c)
{
    if (c->state == CHILD_RUNNING)
        move(c, CHILD_READY);
}

void child_stop(struct child *c)
{
    c->stopped = true;
    if (c->state == CHILD_RUNNING || c->state == CHILD_READY)
        uv_process_kill(&c->process, SIGTERM);
    if (c->state == CHILD_WAITING) {
        uv_timer_stop(&c->restart);
        move(c, CHILD_IDLE);
    }
}

void child_kill(struct child *c)
{
    if (c->state == CHILD_RUNNING || c->state == CHILD_READY)
        uv_process_kill(&c->process, SIGKILL);
}

void child_close(struct child *c)
{
    assert(!child_running(c) && c->state != CHILD_WAITING);
    uv_close((uv_handle_t *)&c->restart, NULL);
}

bool child_running(const struct child *c)
{
    return c->state == CHILD_RUNNING || c->state == CHILD_READY || c->state == CHILD_ENDING;
}

bool child_ready(const struct child *c)
{
    return c->state == CHILD_READY;
}

int child_pid(const struct child *c)
{
    return c->state == CHILD_RUNNING || c->state == CHILD_READY ? c->process.pid : 0;
}

const char *child_name(const struct child *c)
{
    return c->plan.name;
}

unsigned child_number(const struct child *c)
{
    return c->plan.number;
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#define _GNU_SOURCE /* environ */

#include "broker/ctl/up/up.h"

#include "broker/ctl/lib/cli_posix.h"
#include "broker/ctl/up/child_output_posix.h"
#include "broker/ctl/up/child_uv.h"
#include "broker/ctl/up/notify_posix.h"
#include "broker/ctl/up/up_plan.h"
#include "broker/ctl/up/up_resources.h"
#include "common/base/mem.h"
#include "common/process/process_posix.h"

#include <assert.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define CHILDREN_MAX (1 + UP_EDGES_MAX)
#define BROKER 0 /* index of the broker in children; edge i has index i */
#define KILL_AFTER_MS 5000
#define CHILD_OUTPUT_RETRY_MS 50
/* timeout(1) and some shells send a signal to the process and to its group. Two signals within this
 * time count as one. */
#define TWICE_MS 500
#define MESSAGE_SIZE 512
#define OWN_VARIABLES 2

enum stage {
    UP_START_BROKER,
    UP_START_EDGES,
    UP_RUNNING,
    UP_STOP_EDGES,
    UP_STOP_BROKER,
    UP_OVER,
};

struct up {
    struct up_options options;
    struct up_resources resources;
    struct child_output output;
    uv_loop_t loop;
    enum stage stage;
    int status; /* exit status of the process */
    unsigned count;
    struct up_command commands[CHILDREN_MAX];
    struct child *children[CHILDREN_MAX];
    char names[CHILDREN_MAX][16];
    char **environment; /* environ, with $NOTIFY_SOCKET and $BELFRY_SUPERVISED */
    char variables[OWN_VARIABLES][64];
    int notify_fd;
    uv_poll_t notify;
    uv_signal_t signals[3];
    uint64_t stopping_since_ms;
    uv_timer_t kill_timer; /* runs until children that do not end are killed */
    uv_timer_t retry;      /* runs until the next attempt to write waiting lines */
};

/* ---- messages ------------------------------------------------------------------------------ */

static void retry_output(uv_timer_t *timer)
{
    struct up *u = timer->data;

    if (!child_output_flush(&u->output))
        uv_timer_start(timer, retry_output, CHILD_OUTPUT_RETRY_MS, 0);
}

static void show(struct up *u, const char *name, unsigned colour, struct slice line)
{
    child_output_line(&u->output, name, colour, line);
    if (u->output.waiting.size > 0 && u->stage != UP_OVER &&
        !uv_is_active((uv_handle_t *)&u->retry))
        uv_timer_start(&u->retry, retry_output, CHILD_OUTPUT_RETRY_MS, 0);
}

static void log_message(struct up *u, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void log_message(struct up *u, const char *format, ...)
{
    char message[MESSAGE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    show(u, "up", 0, slice_str(message));
}

static void announce(struct up *u)
{
    struct buf line;

    buf_init(&line, MESSAGE_SIZE);
    buf_str(&line, "belfry is up: http://");
    up_address(&line, u->options.host, u->options.port);
    buf_str(&line, "/\n");
    fwrite(line.data, 1, line.size, stdout);
    fflush(stdout);
    buf_clear(&line);
    process_notify("READY=1");
}

/* ---- the end ------------------------------------------------------------------------------- */

static bool any_running(const struct up *u, unsigned first, unsigned last)
{
    for (unsigned i = first; i <= last; i++)
        if (child_running(u->children[i]))
            return true;
    return false;
}

static void all_over(struct up *u)
{
    u->stage = UP_OVER;
    for (unsigned i = 0; i < u->count; i++)
        child_close(u->children[i]);
    for (size_t i = 0; i < sizeof(u->signals) / sizeof(u->signals[0]); i++)
        uv_close((uv_handle_t *)&u->signals[i], NULL);
    uv_close((uv_handle_t *)&u->notify, NULL);
    uv_close((uv_handle_t *)&u->kill_timer, NULL);
    uv_close((uv_handle_t *)&u->retry, NULL);
}

static void kill_all(struct up *u)
{
    for (unsigned i = 0; i < u->count; i++) {
        if (child_pid(u->children[i]) == 0 || (u->stage == UP_STOP_EDGES && i == BROKER))
            continue;
        log_message(u, "%s does not end; killing it", child_name(u->children[i]));
        child_kill(u->children[i]);
    }
}

static void kill_time(uv_timer_t *timer)
{
    kill_all(timer->data);
}

/* Continues to stop: the broker when no edge is left, the supervisor when no child is left. */
static void stop_on(struct up *u)
{
    if (u->stage == UP_STOP_EDGES && !any_running(u, 1, u->count - 1)) {
        u->stage = UP_STOP_BROKER;
        child_stop(u->children[BROKER]);
        uv_timer_start(&u->kill_timer, kill_time, KILL_AFTER_MS, 0);
    }
    if (u->stage == UP_STOP_BROKER && !any_running(u, BROKER, u->count - 1))
        all_over(u);
}

/* Stops the edges first. They keep their descriptors of the public port. */
static void stop(struct up *u, int status)
{
    u->status = status;
    u->stage = UP_STOP_EDGES;
    u->stopping_since_ms = uv_now(&u->loop);
    process_notify("STOPPING=1");
    up_resources_close_port(&u->resources);
    for (unsigned i = 1; i < u->count; i++)
        child_stop(u->children[i]);
    uv_timer_start(&u->kill_timer, kill_time, KILL_AFTER_MS, 0);
    stop_on(u);
}

static void on_stop_signal(uv_signal_t *handle, int number)
{
    struct up *u = handle->data;

    (void)number;
    if (u->stage < UP_STOP_EDGES) {
        log_message(u, "stopping");
        stop(u, 0);
    } else if (uv_now(&u->loop) - u->stopping_since_ms >= TWICE_MS) {
        u->stage = u->stage == UP_STOP_EDGES ? UP_STOP_BROKER : u->stage;
        for (unsigned i = 0; i < u->count; i++)
            child_stop(u->children[i]);
        kill_all(u);
    }
}

/* ---- children ------------------------------------------------------------------------------ */

static void child_line(void *context, const struct child *c, struct slice line)
{
    show(context, child_name(c), child_number(c) + 1, line);
}

static void describe_end(const struct child_end *end, char *out, size_t size)
{
    if (end->reason != NULL)
        snprintf(out, size, "cannot be started: %s", end->reason);
    else if (end->signal != 0)
        snprintf(out, size, "was killed by signal %d", end->signal);
    else
        snprintf(out, size, "ended with status %d", end->status);
}

static void child_ended(void *context, const struct child *c, const struct child_end *end)
{
    struct up *u = context;
    char how[128];

    describe_end(end, how, sizeof(how));
    if (u->stage < UP_RUNNING && !end->ready && end->signal == 0) {
        log_message(u, "%s did not become ready: it %s; its messages are above", child_name(c),
                    how);
        stop(u, 1);
    } else if (end->again) {
        log_message(u, "%s %s; restarting in %llu ms", child_name(c), how,
                    (unsigned long long)end->again_in_ms);
    } else if (end->reason != NULL || end->signal != 0 || end->status != 0) {
        log_message(u, "%s %s", child_name(c), how);
    }
    stop_on(u);
}

static bool edges_ready(const struct up *u)
{
    for (unsigned i = 1; i < u->count; i++)
        if (!child_ready(u->children[i]))
            return false;
    return true;
}

static void became_ready(struct up *u, struct child *c)
{
    child_set_ready(c);
    if (u->stage == UP_RUNNING) {
        log_message(u, "%s is ready again", child_name(c));
    } else if (u->stage == UP_START_BROKER && child_number(c) == BROKER) {
        u->stage = UP_START_EDGES;
        for (unsigned i = 1; i < u->count; i++)
            child_start(u->children[i]);
    } else if (u->stage == UP_START_EDGES && edges_ready(u)) {
        u->stage = UP_RUNNING;
        announce(u);
    }
}

static void notified(uv_poll_t *handle, int status, int events)
{
    struct up *u = handle->data;
    bool ready;
    int pid;

    (void)status;
    (void)events;
    while (notify_receive(u->notify_fd, &pid, &ready) == OK)
        for (unsigned i = 0; i < u->count && ready; i++)
            if (pid > 0 && pid == child_pid(u->children[i]) && !child_ready(u->children[i]))
                became_ready(u, u->children[i]);
}

/* ---- the start ----------------------------------------------------------------------------- */

static const struct child_events events = {.line = child_line, .ended = child_ended};

static void make_environment(struct up *u, const char *address)
{
    size_t count = 0;
    size_t kept = 0;

    while (environ[count] != NULL)
        count++;
    u->environment = mem_alloc((count + OWN_VARIABLES + 1) * sizeof(char *));
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], "NOTIFY_SOCKET=", 14) != 0 &&
            strncmp(environ[i], "BELFRY_SUPERVISED=", 18) != 0)
            u->environment[kept++] = environ[i];
    snprintf(u->variables[0], sizeof(u->variables[0]), "NOTIFY_SOCKET=%s", address);
    snprintf(u->variables[1], sizeof(u->variables[1]), "BELFRY_SUPERVISED=%d", (int)getpid());
    for (size_t i = 0; i < OWN_VARIABLES; i++)
        u->environment[kept++] = u->variables[i];
}

static enum err make_commands(struct up *u, char reason[UP_REASON_SIZE])
{
    const char *programs = u->resources.programs;
    enum err err =
        up_command_broker(&u->options, programs, u->resources.data, &u->commands[BROKER]);

    snprintf(u->names[BROKER], sizeof(u->names[BROKER]), "broker");
    for (unsigned i = 1; i < u->count && err == OK; i++) {
        snprintf(u->names[i], sizeof(u->names[i]), "edge-%u", i);
        err = up_command_edge(&u->options, programs, u->resources.data, i, &u->commands[i]);
    }
    if (err != OK)
        snprintf(reason, UP_REASON_SIZE, "cannot make the command lines: %s", err_text(err));
    return err;
}

static void make_children(struct up *u)
{
    for (unsigned i = 0; i < u->count; i++) {
        struct child_plan plan = {.name = u->names[i],
                                  .number = i,
                                  .argv = u->commands[i].argv,
                                  .environment = u->environment,
                                  .listen_fd = i == BROKER ? -1 : u->resources.public_fd};

        u->children[i] = child_create(&u->loop, &plan, &events, u);
    }
}

/* Starts the handles of the loop. The loop ends when all_over() has closed them. */
static void watch(struct up *u)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        u->signals[i].data = u;
        uv_signal_init(&u->loop, &u->signals[i]);
        uv_signal_start(&u->signals[i], on_stop_signal, numbers[i]);
    }
    u->notify.data = u;
    uv_poll_init(&u->loop, &u->notify, u->notify_fd);
    uv_poll_start(&u->notify, UV_READABLE, notified);
    u->kill_timer.data = u;
    uv_timer_init(&u->loop, &u->kill_timer);
    u->retry.data = u;
    uv_timer_init(&u->loop, &u->retry);
}

static void run(struct up *u)
{
    signal(SIGPIPE, SIG_IGN);
    child_output_init(&u->output, STDERR_FILENO, (int)strlen(u->names[u->count - 1]));
    uv_loop_init(&u->loop);
    make_children(u);
    watch(u);
    child_start(u->children[BROKER]);
    uv_run(&u->loop, UV_RUN_DEFAULT);
    child_output_flush(&u->output);
    for (unsigned i = 0; i < u->count; i++)
        child_destroy(u->children[i]);
    uv_loop_close(&u->loop);
    child_output_clear(&u->output);
}

static enum err prepare(struct up *u, char reason[UP_REASON_SIZE])
{
    char address[NOTIFY_ADDRESS_SIZE];
    enum err err = up_resources_claim(&u->options, &u->resources, reason);

    if (err != OK)
        return err;
    u->count = 1 + (unsigned)u->options.edges;
    err = make_commands(u, reason);
    if (err != OK)
        return err;
    err = notify_open(&u->notify_fd, address);
    if (err != OK) {
        snprintf(reason, UP_REASON_SIZE, "cannot open the socket for the children's messages");
        return err;
    }
    make_environment(u, address);
    return OK;
}

static int show_help(void)
{
    const struct cli_command command = {
        .table = up_option_table,
        .examples = "  belfry up\n"
                    "  belfry up --port 9000 --edges 4 --data /var/lib/belfry\n"
                    "  belfry up --broker-option retention-age=7d --edge-option heartbeat=10s\n"};
    struct buf text;
    int status;

    buf_init(&text, 65536);
    cli_help(&command, &text);
    status = cli_show(&command, &text, CLI_OK);
    buf_clear(&text);
    return status;
}

static enum err take_options(struct up_options *o, int argc, char **argv, bool *out_help,
                             char reason[OPTIONS_REASON_SIZE])
{
    int operands = 0;
    enum err err;

    options_defaults(&up_option_table, o);
    err = options_environment(&up_option_table, o, environ, reason);
    if (err == OK)
        err = cli_look(&up_option_table, argc, argv, out_help, reason);
    if (err == OK && !*out_help)
        err = options_arguments(&up_option_table, o, argc, argv, &operands, out_help, reason);
    if (err == OK && !*out_help && operands > 0) {
        snprintf(reason, OPTIONS_REASON_SIZE, "unexpected argument \"%.200s\"", argv[0]);
        err = ERR_INVALID;
    }
    if (err == OK && !*out_help)
        err = up_options_check(o, reason);
    return err;
}

static void clear(struct up *u)
{
    for (unsigned i = 0; i < CHILDREN_MAX; i++)
        up_command_clear(&u->commands[i]);
    mem_free(u->environment);
    if (u->notify_fd >= 0)
        close(u->notify_fd);
    up_resources_release(&u->resources);
    mem_free(u);
}

static int refuse(int status, const char *reason)
{
    fprintf(stderr, "belfry up: %s\n", reason);
    return status;
}

int up_main(int argc, char **argv)
{
    char reason[UP_REASON_SIZE];
    struct up *u = mem_alloc(sizeof(*u));
    bool wants_help = false;
    int status;

    u->resources = (struct up_resources){.lock_fd = -1, .public_fd = -1};
    u->notify_fd = -1;
    if (take_options(&u->options, argc, argv, &wants_help, reason) != OK) {
        status = refuse(CLI_USAGE, reason);
    } else if (wants_help) {
        status = show_help();
    } else if (prepare(u, reason) != OK) {
        status = refuse(CLI_FAILED, reason);
    } else {
        run(u);
        status = u->status;
    }
    clear(u);
    return status;
}

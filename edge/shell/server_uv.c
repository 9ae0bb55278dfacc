/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/server_uv.h"

#include "common/base/mem.h"
#include "common/http/ops_server_uv.h"
#include "common/process/clock_posix.h"
#include "common/process/process_posix.h"
#include "edge/shell/conn_set_uv.h"
#include "edge/shell/core_log_posix.h"
#include "edge/shell/drain_uv.h"
#include "edge/shell/health_uv.h"
#include "edge/shell/http_date_posix.h"
#include "edge/shell/jitter.h"
#include "edge/shell/listener_set_uv.h"
#include "edge/shell/operator_command_uv.h"
#include "edge/shell/uplink_uv.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#define ADDRESS_SIZE 300

/* Descriptors reserved for other uses than connections: the broker's sockets (libzmq aborts if it
 * cannot get one), listeners, the operations port, the loop. */
#define FILES_RESERVED 128

#define SWEEP_MS 250
#define PAUSE_LOG_MS 10000

struct server {
    uv_loop_t loop;
    const struct server_config *config;
    struct log log; /* operators can change its level */
    struct edge_config core;
    struct edge *edge;
    struct conn_set *conns;
    struct token_verifier *keys; /* or NULL */
    struct limits *limits;       /* or NULL */
    struct uplink *uplink;
    struct ops *ops;
    struct listener_set listeners;
    size_t connections_max;

    uv_prepare_t prepare; /* executes the core's actions, once per turn of the loop */
    uv_timer_t tick;      /* deadline of the core */
    uv_timer_t sweep;     /* timeouts of connections, date, keys */
    uv_signal_t sigterm;
    uv_signal_t sigint;
    uv_signal_t sighup;
    bool handles; /* these six handles are in the loop */
    struct drain *drain;

    struct http_counters http;
    struct jitter jitter;
    char date[HTTP_DATE_SIZE];
    char name[ADDRESS_SIZE];
    char address[ADDRESS_SIZE];
    bool ready_notified;
    bool stopping;
    uint64_t pause_logged; /* time of the last log line about a pause of a listener; 0: none */
};

/* ---- what connections need ---- */

static const char *get_date(void *context)
{
    struct server *s = context;

    return s->date;
}

static uint64_t get_unix_ms(void *context)
{
    (void)context;
    return clock_unix_ms();
}

static uint32_t get_random(void *context)
{
    struct server *s = context;

    return jitter_next(&s->jitter);
}

/* ---- the core's actions ---- */

static void log_report(struct server *s, const struct edge_report *report)
{
    core_log_write(&s->log, s->edge, report);
    if (report->type == EDGE_REPORT_READY && !s->ready_notified) {
        s->ready_notified = true;
        process_notify("READY=1");
    }
}

static void send_frame(struct server *s, const struct edge_action *a)
{
    enum err err = uplink_send(s->uplink, a->send.socket, &a->send.frame);

    if (err != OK)
        log_event(&s->log, LOG_DEBUG, "edge.send_failed", LOG_STR("error", err_text(err)));
}

static void run_command(struct server *s, const struct edge_action *a)
{
    operator_command_execute(
        &(struct operator_command_config){.edge = s->edge,
                                          .incarnation = s->core.incarnation,
                                          .conns = s->conns,
                                          .drain = s->drain,
                                          .log = &s->log,
                                          .window_ms = s->config->drain_window_ms},
        a);
}

static void execute(struct server *s, const struct edge_action *a)
{
    switch (a->type) {
    case EDGE_SEND:
        send_frame(s, a);
        break;
    case EDGE_LOG:
        log_report(s, &a->log.report);
        break;
    case EDGE_WRITE:
    case EDGE_TEXT:
    case EDGE_CLOSE:
    case EDGE_PUBLISHED:
    case EDGE_REPLY:
    case EDGE_PAGE:
        conn_execute(a);
        break;
    case EDGE_SESSION:
        conn_set_session(s->conns, a);
        break;
    case EDGE_COMMAND:
        run_command(s, a);
        break;
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct server *s = timer->data;

    edge_set_unix(s->edge, clock_unix_ms());
    edge_set_micros(s->edge, uv_hrtime() / 1000);
    edge_tick(s->edge, uv_now(&s->loop));
}

static void set_tick(struct server *s)
{
    uint64_t now = uv_now(&s->loop);
    uint64_t deadline = edge_deadline(s->edge);

    (void)uv_timer_start(&s->tick, on_tick, deadline > now ? deadline - now : 0, 0);
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct server *s = prepare->data;
    struct edge_action action;

    do {
        while (edge_next(s->edge, &action))
            execute(s, &action);
    } while (conn_set_reap(s->conns));
    set_tick(s);
}

/* ---- frames of the broker ---- */

static void on_frame(void *context, const struct wire_frame *frame)
{
    struct server *s = context;

    if (s->stopping)
        return;
    edge_set_micros(s->edge, uv_hrtime() / 1000);
    edge_received(s->edge, uv_now(&s->loop), frame);
}

static void on_bad_frame(void *context, enum err err)
{
    struct server *s = context;

    if (!s->stopping && edge_malformed(s->edge, err))
        log_event(&s->log, LOG_WARN, "edge.malformed_frame", LOG_STR("error", err_text(err)));
}

/* ---- listeners ---- */

static bool has_room(void *context)
{
    struct server *s = context;
    struct conn_set_counts counts = conn_set_count(s->conns);

    return counts.open + counts.closing < s->connections_max;
}

static void on_accepted(void *context, int fd)
{
    struct server *s = context;

    conn_open(s->conns, fd);
}

static void on_paused(void *context, enum err err)
{
    struct server *s = context;
    uint64_t now = uv_now(&s->loop);

    s->http.accept_pauses++;
    if (s->pause_logged != 0 && now - s->pause_logged < PAUSE_LOG_MS)
        return;
    s->pause_logged = now;
    log_event(&s->log, LOG_WARN, "edge.accept_paused", LOG_STR("error", err_text(err)),
              LOG_NUM("connections", conn_set_count(s->conns).open),
              LOG_NUM("connections_max", s->connections_max));
}

static enum err open_listeners(struct server *s, char reason[SERVER_REASON_SIZE])
{
    const struct listener_set_config config = {
        .each = {.fd = s->config->listen_fd,
                 .reuse_port = s->config->reuse_port,
                 .send_buffer = s->config->send_buffer,
                 .room = has_room,
                 .accepted = on_accepted,
                 .paused = on_paused,
                 .context = s},
        .addresses = s->config->listen,
        .public = s->config->public || token_verifier_wanted(&s->config->keys),
    };

    return listener_set_open(&s->listeners, &s->loop, &config, reason);
}

/* ---- the operations port ---- */

static void respond_ops(void *context, struct slice path, struct ops_response *response)
{
    const struct server *s = context;
    const struct health health = {
        .edge = s->edge,
        .conns = s->conns,
        .keys = s->keys,
        .limits = s->limits,
        .http = &s->http,
        .software = s->core.software,
        .connections_max = s->connections_max,
        .draining = drain_begun(s->drain),
        .stopping = s->stopping,
    };

    health_respond(&health, path, response);
}

/* ---- keys ---- */

/* Reads the keys again if they may have changed. If the new ones are not valid, the old ones
 * stay. */
static void refresh_keys(struct server *s, bool force)
{
    char reason[KEY_SOURCES_REASON_SIZE];
    bool changed = false;

    if (s->keys == NULL)
        return;
    if (token_verifier_refresh(s->keys, force, &changed, reason) != OK)
        log_event(&s->log, LOG_ERROR, "edge.keys_refused", LOG_STR("reason", reason));
    else if (changed)
        log_event(&s->log, LOG_INFO, "edge.keys_changed", LOG_STR("file", s->config->keys.file));
}

static enum err make_keys(struct server *s, const struct hash_key *hash_key,
                          char reason[SERVER_REASON_SIZE])
{
    if (!token_verifier_wanted(&s->config->keys))
        return OK;
    return token_verifier_create(&s->config->keys, hash_key, &s->keys, reason);
}

static enum err make_limits(struct server *s, const struct hash_key *hash_key,
                            char reason[SERVER_REASON_SIZE])
{
    (void)snprintf(reason, SERVER_REASON_SIZE, "not enough memory for the limits");
    if (!limits_wanted(&s->config->limits))
        return OK;
    return limits_create(&s->config->limits, hash_key, &s->limits);
}

/* ---- shutdown ---- */

/* Closes everything that is in the loop; then uv_run() returns. */
static void server_stop(struct server *s)
{
    void *const handles[] = {&s->prepare, &s->tick, &s->sweep, &s->sigterm, &s->sigint, &s->sighup};

    if (s->stopping)
        return;
    s->stopping = true;
    listener_set_close(&s->listeners);
    if (s->conns != NULL)
        conn_set_close_all(s->conns);
    ops_close(s->ops, NULL);
    uplink_close(s->uplink);
    if (!s->handles)
        return;
    drain_close(s->drain);
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++)
        uv_close(handles[i], NULL);
}

static void on_drained(void *context)
{
    server_stop(context);
}

static void server_drain(struct server *s)
{
    process_notify("STOPPING=1");
    listener_set_finish(&s->listeners);
    drain_begin(s->drain, true);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct server *s = handle->data;

    if (number == SIGHUP) {
        refresh_keys(s, true);
        return;
    }
    if (number == SIGTERM && !drain_is_last(s->drain)) {
        server_drain(s);
        return;
    }
    log_event(&s->log, LOG_INFO, "edge.stopped",
              LOG_STR("signal", number == SIGINT ? "SIGINT" : "SIGTERM"));
    server_stop(s);
}

/* ---- start ---- */

static void on_sweep(uv_timer_t *timer)
{
    struct server *s = timer->data;

    refresh_keys(s, false);
    http_date_write(s->date);
    conn_set_sweep(s->conns);
    edge_count_connections(s->edge, conn_set_count(s->conns).open);
}

static void make_connections(struct server *s)
{
    const struct conn_context context = {
        .exchange = {.edge = s->edge,
                     .access = {.verify = s->keys == NULL ? NULL : token_verifier_verify,
                                .context = s->keys},
                     .limits = s->limits,
                     .counters = &s->http},
        .date = get_date,
        .unix_ms = get_unix_ms,
        .random = get_random,
        .context = s,
    };

    s->conns = conn_set_create(&s->loop, &s->config->conn, &context);
}

static enum err make_core(struct server *s, char reason[SERVER_REASON_SIZE])
{
    struct {
        uint64_t incarnation;
        uint64_t random;
        struct hash_key key;
    } seeds;
    enum err err;

    (void)snprintf(reason, SERVER_REASON_SIZE, "cannot get random numbers from the system");
    if (uv_random(NULL, NULL, &seeds, sizeof seeds, 0, NULL) != 0)
        return ERR_IO;
    err = make_keys(s, &seeds.key, reason);
    if (err == OK)
        err = make_limits(s, &seeds.key, reason);
    if (err != OK)
        return err;
    jitter_seed(&s->jitter, seeds.random);
    (void)snprintf(s->address, sizeof s->address, "%s", listener_address(s->listeners.all[0]));
    (void)snprintf(s->name, sizeof s->name, "%.200s",
                   s->config->name[0] != '\0' ? s->config->name : s->address);
    s->core = s->config->edge;
    s->core.incarnation = seeds.incarnation;
    s->core.hash_key = seeds.key;
    s->core.name = s->name;
    s->core.address = s->address;
    s->core.software = "belfry/" BELFRY_VERSION;
    s->edge = edge_create(&s->core, uv_now(&s->loop));
    edge_set_unix(s->edge, clock_unix_ms());
    make_connections(s);
    return OK;
}

static void start_handles(struct server *s)
{
    const struct drain_config drain = {.edge = s->edge,
                                       .conns = s->conns,
                                       .log = &s->log,
                                       .window_ms = s->config->drain_window_ms,
                                       .drained = on_drained,
                                       .context = s};

    (void)uv_prepare_init(&s->loop, &s->prepare);
    (void)uv_timer_init(&s->loop, &s->tick);
    (void)uv_timer_init(&s->loop, &s->sweep);
    s->drain = drain_create(&s->loop, &drain);
    (void)uv_signal_init(&s->loop, &s->sigterm);
    (void)uv_signal_init(&s->loop, &s->sigint);
    (void)uv_signal_init(&s->loop, &s->sighup);
    s->prepare.data = s;
    s->tick.data = s;
    s->sweep.data = s;
    s->sigterm.data = s;
    s->sigint.data = s;
    s->sighup.data = s;
    s->handles = true;
    (void)uv_prepare_start(&s->prepare, on_prepare);
    (void)uv_timer_start(&s->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    (void)uv_signal_start(&s->sigterm, on_signal, SIGTERM);
    (void)uv_signal_start(&s->sigint, on_signal, SIGINT);
    (void)uv_signal_start(&s->sighup, on_signal, SIGHUP);
}

static enum err server_start(struct server *s, char reason[SERVER_REASON_SIZE])
{
    const struct uplink_events events = {on_frame, on_bad_frame};
    enum err err = open_listeners(s, reason);

    if (err == OK)
        err = make_core(s, reason);
    if (err == OK && s->config->ops.host[0] != '\0')
        err = ops_create(&s->loop, &s->config->ops, respond_ops, s, &s->ops, reason);
    if (err == OK)
        err = uplink_create(&s->loop, s->config->broker, &events, s, &s->uplink, reason);
    if (err == OK)
        start_handles(s);
    return err;
}

static void log_start(struct server *s)
{
    for (size_t i = 0; i < s->listeners.count; i++)
        log_event(&s->log, LOG_INFO, "edge.listening",
                  LOG_STR("address", listener_address(s->listeners.all[i])));
    log_event(&s->log, LOG_INFO, "edge.started", LOG_STR("name", s->name),
              LOG_STR("broker", s->config->broker), LOG_NUM("connections_max", s->connections_max),
              LOG_NUM("connection_bytes", conn_size()));
}

enum err server_run(const struct server_config *config, char reason[SERVER_REASON_SIZE])
{
    struct server *s = mem_alloc(sizeof *s);
    enum err err;

    s->config = config;
    s->log = config->log;
    s->connections_max =
        config->files > 2 * FILES_RESERVED ? config->files - FILES_RESERVED : FILES_RESERVED;
    if (uv_loop_init(&s->loop) != 0) {
        (void)snprintf(reason, SERVER_REASON_SIZE,
                       "cannot create an event loop; is the limit of descriptors too low?");
        mem_free(s);
        return ERR_IO;
    }
    http_date_write(s->date);
    err = server_start(s, reason);
    if (err == OK)
        log_start(s);
    else
        server_stop(s);
    (void)uv_run(&s->loop, UV_RUN_DEFAULT);
    conn_set_destroy(s->conns);
    edge_destroy(s->edge);
    limits_destroy(s->limits);
    token_verifier_destroy(s->keys);
    (void)uv_loop_close(&s->loop);
    mem_free(s);
    return err;
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/shell/server_uv.h"

#include "broker/shell/metrics.h"
#include "broker/shell/reader_thread_uv.h"
#include "broker/shell/sockets_uv.h"
#include "broker/shell/writer_thread_uv.h"
#include "common/base/mem.h"
#include "common/http/ops_server_uv.h"
#include "common/process/clock_posix.h"
#include "common/process/process_metrics.h"
#include "common/process/process_posix.h"

#include <assert.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

/* Time for which a failed append makes the broker unready. After it the broker is ready again, even
 * if no append has succeeded: edges that wait for its readiness would otherwise never send the next
 * publish. */
#define UNREADY_MS 5000

/* In a turn of the loop, frames and finished jobs only change the core's state. Before the loop
 * sleeps, on_pump() carries out the core's actions. */
struct server {
    struct log log;
    uv_loop_t loop;
    struct journal *journal;
    struct broker *broker;
    struct sockets *sockets;
    struct writer_thread *writer;
    struct reader_thread *reader;
    uv_prepare_t pump;
    uv_timer_t tick;
    uv_signal_t signals[2];
    struct ops *ops;        /* may be NULL */
    uint64_t tick_due;      /* time at which the timer fires, on the loop's clock; 0 = not set */
    bool leader;            /* see struct journal_state */
    enum err append_result; /* of the last append */
    uint64_t append_ms;     /* time at which it returned */
    bool upkeep_fails;      /* the last step of upkeep failed */
    bool trim_dry_run;      /* the trim in progress changes nothing */
    bool stopping;          /* a signal came */
    bool closing;           /* server_close() was called */
};

struct report_text {
    enum log_level level;
    const char *event;
};

static struct report_text report_text(enum broker_report_type type)
{
    switch (type) {
    case BROKER_REPORT_EDGE_JOINED:
        return (struct report_text){LOG_INFO, "edge.joined"};
    case BROKER_REPORT_EDGE_GONE:
        return (struct report_text){LOG_WARN, "edge.gone"};
    case BROKER_REPORT_EDGE_NAME_CLASH:
        return (struct report_text){LOG_WARN, "edge.name_clash"};
    case BROKER_REPORT_EDGE_REFUSED:
        return (struct report_text){LOG_WARN, "edge.refused"};
    case BROKER_REPORT_FOREIGN_EPOCH:
        return (struct report_text){LOG_WARN, "edge.foreign_epoch"};
    case BROKER_REPORT_BAD_PUBLISH:
        return (struct report_text){LOG_WARN, "edge.bad_publish"};
    case BROKER_REPORT_APPEND_FAILED:
        return (struct report_text){LOG_ERROR, "journal.append_failed"};
    case BROKER_REPORT_APPEND_RECOVERED:
        return (struct report_text){LOG_INFO, "journal.append_recovered"};
    case BROKER_REPORT_QUEUE_FULL:
        return (struct report_text){LOG_WARN, "publish.queue_full"};
    }
    return (struct report_text){LOG_WARN, "broker.note"};
}

static void log_report(const struct server *s, const struct broker_report *report)
{
    struct report_text text = report_text(report->type);
    struct log_field fields[3];
    char incarnation[17];
    size_t count = 0;

    snprintf(incarnation, sizeof(incarnation), "%016llx", (unsigned long long)report->incarnation);
    if (report->name[0] != '\0')
        fields[count++] = LOG_STR("edge", report->name);
    if (report->incarnation != 0)
        fields[count++] = LOG_STR("incarnation", incarnation);
    if (report->code != OK)
        fields[count++] = LOG_STR("why", err_text(report->code));
    log_write(&s->log, text.level, text.event, fields, count);
}

/* ---- events ---- */

static void on_frame(void *context, const struct control_peer *peer, const struct wire_frame *frame)
{
    struct server *s = context;

    /* Frames are ignored, or peers that keep sending requests could delay the end without limit. */
    if (s->stopping)
        return;
    broker_received(s->broker, uv_now(&s->loop), clock_unix_ms(), peer, frame);
}

static void on_bad_frame(void *context, const struct control_peer *peer, enum err err)
{
    struct server *s = context;
    char name[2 * CONTROL_PEER_SIZE_MAX + 1] = "unknown";

    if (!broker_malformed(s->broker, peer, err))
        return;
    for (int i = 0; peer != NULL && i < peer->size; i++)
        snprintf(name + (size_t)i * 2, 3, "%02x", (unsigned char)peer->bytes[i]);
    log_event(&s->log, LOG_WARN, "frame.malformed",
              LOG_STR("socket", peer == NULL ? "publish" : "control"), LOG_STR("peer", name),
              LOG_STR("why", err_text(err)));
}

static void on_appended(void *context, struct batch *batch, enum err result,
                        const struct journal_state *state, uint64_t commit_us)
{
    struct server *s = context;

    s->leader = state->leader;
    s->append_result = result;
    s->append_ms = uv_now(&s->loop);
    broker_appended(s->broker, uv_now(&s->loop), batch, result, state, commit_us);
}

static void on_maintained(void *context, enum err result, const struct journal_state *state)
{
    struct server *s = context;

    if (result != OK && !s->upkeep_fails)
        log_event(&s->log, LOG_ERROR, "journal.upkeep_failed", LOG_STR("why", err_text(result)));
    s->upkeep_fails = result != OK;
    s->leader = state->leader;
    broker_maintained(s->broker, uv_now(&s->loop), state);
}

static void on_trimmed(void *context, enum err result, uint64_t oldest,
                       const struct journal_state *state)
{
    struct server *s = context;

    if (result == OK && !s->trim_dry_run)
        log_event(&s->log, LOG_INFO, "journal.trimmed", LOG_NUM("oldest", oldest),
                  LOG_NUM("records", state->records));
    else if (result != OK && result != ERR_UNKNOWN)
        log_event(&s->log, LOG_ERROR, "journal.trim_failed", LOG_STR("why", err_text(result)));
    s->leader = state->leader;
    broker_trimmed(s->broker, uv_now(&s->loop), result, oldest, state);
}

static void on_read_done(void *context, struct broker_read *read)
{
    struct server *s = context;

    if (read->result != OK)
        log_event(&s->log, LOG_ERROR, "journal.read_failed",
                  LOG_STR("why", err_text(read->result)));
    broker_read_done(s->broker, uv_now(&s->loop), read);
}

static void on_tick(uv_timer_t *timer)
{
    struct server *s = timer->data;

    s->tick_due = 0;
    broker_tick(s->broker, uv_now(&s->loop), clock_unix_ms());
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct server *s = handle->data;

    if (s->stopping)
        return;
    s->stopping = true;
    log_event(&s->log, LOG_INFO, "broker.stopping", LOG_NUM("signal", (uint64_t)number));
    process_notify("STOPPING=1");
    broker_stop(s->broker);
}

/* ---- the operations port ---- */

/* Returns the reason why publishes cannot be stored, or NULL. */
static const char *why_unready(const struct server *s)
{
    if (s->stopping)
        return "stopping";
    if (!s->leader)
        return "another broker has the log";
    if (s->append_result != OK && uv_now(&s->loop) - s->append_ms < UNREADY_MS)
        return err_text(s->append_result);
    return NULL;
}

static void write_metrics(const struct server *s, bool ready, struct ops_response *response)
{
    struct metrics m;

    response->status = 200;
    response->type = METRICS_TYPE;
    metrics_init(&m, &response->body);
    metrics_build(&m, "belfry-broker", "belfry/" BELFRY_VERSION);
    broker_metrics(&m, s->broker, ready);
    process_metrics(&m);
}

static void on_ops(void *context, struct slice path, struct ops_response *response)
{
    const struct server *s = context;
    const char *why = why_unready(s);

    if (slice_equal(path, SLICE("/healthz"))) {
        response->status = 200;
        buf_str(&response->body, "ok\n");
    } else if (slice_equal(path, SLICE("/readyz"))) {
        response->status = why == NULL ? 200 : 503;
        buf_printf(&response->body, "%s\n", why == NULL ? "ready" : why);
    } else if (slice_equal(path, SLICE("/metrics"))) {
        write_metrics(s, why == NULL, response);
    }
}

/* ---- actions ---- */

static void broadcast(struct server *s, const struct wire_frame *frame)
{
    enum err err = sockets_broadcast(s->sockets, frame);

    /* The edges notice the hole and fetch the records. */
    if (err != OK)
        log_event(&s->log, LOG_ERROR, "broadcast.failed", LOG_STR("why", err_text(err)));
}

static void send_reply(struct server *s, const struct control_peer *peer,
                       const struct wire_frame *frame)
{
    enum err err = sockets_answer(s->sockets, peer, frame);

    /* The peer retries, or no longer exists. */
    if (err != OK)
        log_event(&s->log, LOG_DEBUG, "answer.failed", LOG_STR("why", err_text(err)));
}

static void act(struct server *s, const struct broker_action *action)
{
    switch (action->type) {
    case BROKER_APPEND:
        writer_thread_append(s->writer, action->append.batch);
        break;
    case BROKER_BROADCAST:
        broadcast(s, &action->broadcast.frame);
        break;
    case BROKER_REPLY:
        send_reply(s, &action->reply.peer, &action->reply.frame);
        break;
    case BROKER_READ:
        reader_thread_submit(s->reader, action->read.job);
        break;
    case BROKER_TRIM:
        s->trim_dry_run = action->trim.command->dry_run;
        writer_thread_trim(s->writer, action->trim.command->before, action->trim.command->before_ms,
                           action->trim.command->dry_run);
        break;
    case BROKER_LOG_LEVEL:
        log_set_level(&s->log, action->log_level.level);
        break;
    case BROKER_LOG:
        log_report(s, &action->log.report);
        break;
    }
}

static void set_tick(struct server *s)
{
    uint64_t due = broker_deadline(s->broker);
    uint64_t now = uv_now(&s->loop);

    if (due == s->tick_due)
        return;
    s->tick_due = due;
    (void)uv_timer_start(&s->tick, on_tick, due > now ? due - now : 0, 0);
}

static void server_close(struct server *s);

static void on_pump(uv_prepare_t *handle)
{
    struct server *s = handle->data;
    struct broker_action action;

    while (broker_next(s->broker, &action))
        act(s, &action);
    writer_thread_idle(s->writer);
    set_tick(s);
    if (s->stopping && broker_idle(s->broker))
        server_close(s);
}

/* ---- start and end ---- */

static void server_close(struct server *s)
{
    assert(!s->closing);
    s->closing = true;
    uv_close((uv_handle_t *)&s->pump, NULL);
    uv_close((uv_handle_t *)&s->tick, NULL);
    uv_close((uv_handle_t *)&s->signals[0], NULL);
    uv_close((uv_handle_t *)&s->signals[1], NULL);
    ops_close(s->ops, NULL);
    sockets_close(s->sockets, NULL);
    reader_thread_close(s->reader, NULL);
    writer_thread_close(s->writer, NULL);
}

static void start_handles(struct server *s)
{
    static const int numbers[] = {SIGTERM, SIGINT};

    (void)uv_prepare_init(&s->loop, &s->pump);
    s->pump.data = s;
    (void)uv_prepare_start(&s->pump, on_pump);
    (void)uv_timer_init(&s->loop, &s->tick);
    s->tick.data = s;
    for (int i = 0; i < 2; i++) {
        (void)uv_signal_init(&s->loop, &s->signals[i]);
        s->signals[i].data = s;
        (void)uv_signal_start(&s->signals[i], on_signal, numbers[i]);
    }
}

/* Starts the sockets, the operations port and the threads. The sockets come first, so that an
 * address in use is noticed before anything else starts. */
static enum err start_parts(struct server *s, const struct server_config *config,
                            char reason[SERVER_REASON_SIZE])
{
    static const struct sockets_events sockets_events = {on_frame, on_bad_frame};
    static const struct writer_thread_events writer_thread_events = {on_appended, on_maintained,
                                                                     on_trimmed};
    enum err err = sockets_create(&s->loop, config->bind, &sockets_events, s, &s->sockets, reason);

    if (err != OK)
        return err;
    if (config->ops.host[0] != '\0') {
        err = ops_create(&s->loop, &config->ops, on_ops, s, &s->ops, reason);
        if (err != OK)
            goto close_sockets;
    }
    snprintf(reason, SERVER_REASON_SIZE, "cannot start the threads of the journal");
    err = reader_thread_create(&s->loop, s->journal, on_read_done, s, &s->reader);
    if (err != OK)
        goto close_ops;
    err = writer_thread_create(&s->loop, s->journal, &writer_thread_events, s, &s->writer);
    if (err != OK)
        goto close_reader;
    return OK;

close_reader:
    reader_thread_close(s->reader, NULL);
close_ops:
    ops_close(s->ops, NULL);
close_sockets:
    sockets_close(s->sockets, NULL);
    return err;
}

static void announce(const struct server *s, const struct server_config *config,
                     const struct journal_state *state)
{
    log_event(&s->log, LOG_INFO, "broker.ready", LOG_STR("bind", config->bind),
              LOG_TEXT("epoch", epoch_slice(&state->epoch)), LOG_NUM("term", state->term),
              LOG_NUM("head", state->head), LOG_NUM("oldest", state->oldest),
              LOG_NUM("records", state->records));
    process_notify("READY=1");
}

/* Runs the server with the journal open. */
static enum err run(struct server *s, const struct server_config *config,
                    char reason[SERVER_REASON_SIZE])
{
    struct broker_config broker = config->broker;
    struct journal_state state;
    enum err err;

    broker.log_level = config->log.level;
    if (uv_random(NULL, NULL, &broker.hash_key, sizeof broker.hash_key, 0, NULL) != 0) {
        (void)snprintf(reason, SERVER_REASON_SIZE, "cannot get random numbers from the system");
        return ERR_IO;
    }
    journal_state(s->journal, &state);
    s->leader = state.leader;
    s->broker = broker_create(&broker, &state, uv_now(&s->loop), clock_unix_ms());
    err = start_parts(s, config, reason);
    if (err == OK) {
        start_handles(s);
        announce(s, config, &state);
    }
    /* The loop runs after a failure too: handles that are closing need their callbacks. */
    (void)uv_run(&s->loop, UV_RUN_DEFAULT);
    broker_destroy(s->broker);
    if (err == OK)
        log_event(&s->log, LOG_INFO, "broker.stopped",
                  LOG_TEXT("epoch", epoch_slice(&state.epoch)));
    return err;
}

enum err server_run(const struct server_config *config, char reason[SERVER_REASON_SIZE])
{
    struct server *s = mem_alloc(sizeof(*s));
    enum err err;

    s->log = config->log;
    if (uv_loop_init(&s->loop) != 0) {
        snprintf(reason, SERVER_REASON_SIZE,
                 "cannot create an event loop; check the limit of open files");
        mem_free(s);
        return ERR_TOO_MANY;
    }
    err = journal_open(&config->journal, &s->journal, reason);
    if (err == OK) {
        err = run(s, config, reason);
        journal_close(s->journal);
    }
    (void)uv_loop_close(&s->loop);
    mem_free(s);
    return err;
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/operator_command_uv.h"

#include "edge/shell/client_list_uv.h"

#include <assert.h>
#include <inttypes.h>

/* Maximum size of a reply, which is what the broker passes on. A page of clients ends at
 * CLIENT_FILTER_LIST_BYTES plus one client. */
#define REPLY_MAX (1u << 20)

static enum err list_clients(const struct operator_command_config *o, const struct edge_action *a,
                             struct buf *out, const char **out_reason)
{
    struct client_filter filter;
    struct client_page page;
    enum err err = client_filter_read_list(a->command.arguments, a->command.argument_count, &filter,
                                           out_reason);

    if (err != OK)
        return err;
    buf_str(out, "{\"clients\":[");
    client_list_write(o->conns, o->incarnation, &filter, out, &page);
    buf_char(out, ']');
    if (page.next > 0)
        buf_printf(out, ",\"next\":%" PRIu64, page.next);
    buf_char(out, '}');
    return OK;
}

static enum err disconnect(const struct operator_command_config *o, const struct edge_action *a,
                           struct buf *out, const char **out_reason)
{
    struct client_filter filter;
    struct client_page page;
    enum err err = client_filter_read_disconnect(o->incarnation, a->command.arguments,
                                                 a->command.argument_count, &filter, out_reason);

    if (err != OK)
        return err;
    client_list_disconnect(o->conns, &filter, &page);
    if (filter.client > 0 && page.count == 0) {
        *out_reason = "no such client, or it has disconnected";
        return ERR_NOT_FOUND;
    }
    if (page.count > 0)
        log_event(o->log, LOG_INFO, "edge.disconnected", LOG_NUM("streams", page.count));
    buf_printf(out, "{\"disconnected\":%zu,\"upto\":%" PRIu64, page.count, page.upto);
    if (page.next > 0)
        buf_printf(out, ",\"next\":%" PRIu64, page.next);
    buf_char(out, '}');
    return OK;
}

static enum err change_drain(const struct operator_command_config *o, bool begin, struct buf *out,
                             const char **out_reason)
{
    if (begin) {
        drain_begin(o->drain, false);
    } else if (!drain_undo(o->drain)) {
        *out_reason = "the edge is shutting down; this cannot be undone";
        return ERR_CLOSED;
    }
    buf_printf(out, "{\"draining\":%s,\"streams\":%zu,\"window_ms\":%" PRIu64 "}",
               drain_begun(o->drain) ? "true" : "false", conn_set_count(o->conns).streams,
               o->window_ms);
    return OK;
}

static enum err change_level(const struct operator_command_config *o, const struct edge_action *a,
                             struct buf *out, const char **out_reason)
{
    enum log_level before = o->log->level;
    enum log_level level = before;

    *out_reason = "level: must be " LOG_LEVELS;
    if (a->command.argument_count > 1 ||
        (a->command.argument_count == 1 && log_level_parse(a->command.arguments[0], &level) != OK))
        return ERR_INVALID;
    log_set_level(o->log, level);
    buf_printf(out, "{\"level\":\"%s\",\"before\":\"%s\"}", log_level_text(level),
               log_level_text(before));
    return OK;
}

void operator_command_execute(const struct operator_command_config *o, const struct edge_action *a)
{
    const char *reason = "";
    enum err err = ERR_INVALID;
    struct buf text;

    assert(a->type == EDGE_COMMAND);
    buf_init(&text, REPLY_MAX);
    switch (a->command.command) {
    case EDGE_CLIENTS:
        err = list_clients(o, a, &text, &reason);
        break;
    case EDGE_DISCONNECT:
        err = disconnect(o, a, &text, &reason);
        break;
    case EDGE_DRAIN:
    case EDGE_UNDRAIN:
        err = change_drain(o, a->command.command == EDGE_DRAIN, &text, &reason);
        break;
    case EDGE_LOG_LEVEL:
        err = change_level(o, a, &text, &reason);
        break;
    }
    if (err == OK && !buf_ok(&text)) {
        err = ERR_TOO_LARGE;
        reason = "the reply is too large";
    }
    edge_command_reply(o->edge, a->command.request, err,
                       err == OK ? buf_all(&text) : slice_str(reason));
    buf_clear(&text);
}

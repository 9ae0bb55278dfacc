/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Handles requests that open a stream. */

#include "edge/api/handle.h"

#include "common/base/json_text.h"
#include "common/base/mem.h"
#include "common/topic/selector.h"

/* Retry delay of a client that is turned away, or whose edge is shutting down. It is random, so
 * that clients do not all reconnect at once. */
#define TURNED_AWAY_MS_MIN 1000
#define TURNED_AWAY_MS_MAX 5000

#define NAME_SIZE_MAX 256 /* maximum size of the name that a subscriber gives itself */

static void write_retry(struct buf *out, uint32_t random, uint32_t low_ms, uint32_t high_ms)
{
    buf_str(out, "retry: ");
    buf_u64(out, low_ms + random % (high_ms - low_ms + 1));
    buf_str(out, "\n\n");
}

void handle_stream_write_retry(struct buf *out, uint32_t random)
{
    write_retry(out, random, TURNED_AWAY_MS_MIN, TURNED_AWAY_MS_MAX);
}

static void write_head(struct api_call *call)
{
    struct response r = api_call_response(call);

    call->x->keep_alive = false;
    response_stream(call->x->out, r.extra);
}

/* EventSource does not reconnect after a status other than 200, so the client gets an empty stream
 * with a retry delay. */
static enum exchange_result turn_away(struct api_call *call)
{
    write_head(call);
    handle_stream_write_retry(call->x->out, call->now->random);
    return EXCHANGE_RESPONDED;
}

static struct slice find_last_event_id(const struct api_call *call, const struct form *query)
{
    static const char *const names[] = {"last_event_id", "lastEventID", "lastEventId",
                                        "Last-Event-ID"};
    struct slice id = http_header(call->x->message, "Last-Event-ID");

    for (size_t i = 0; i < sizeof names / sizeof names[0] && id.size == 0; i++)
        id = form_find(query, names[i]);
    return id;
}

static bool is_on(const struct form *query, const char *name)
{
    return slice_equal(form_find(query, name), SLICE("1"));
}

/* Finds the name of the subscriber: the token's subject, else the name that the client gives
 * itself. If there are keys, such a name gets the prefix ~, since it might be the subject of
 * somebody else. `text` holds it. Returns an error text, or NULL. */
static const char *find_member(const struct api_call *call, const struct form *query,
                               char text[NAME_SIZE_MAX + 1], struct subscribe *spec)
{
    struct slice name = form_find(query, "name");

    if (name.size > NAME_SIZE_MAX || (name.size > 0 && selector_check(name) != OK))
        return "name: must be 1 to 256 bytes of UTF-8 without control characters";
    if (slice_starts(name, SLICE("urn:uuid:")))
        return "name: must not begin with urn:uuid:, which is reserved for names that the edge "
               "assigns";
    spec->member = access_subject(call->access.grants);
    if (spec->member.size > 0 || name.size == 0)
        return NULL;
    spec->member = name;
    if (!call->access.open) {
        text[0] = '~';
        memcpy(text + 1, name.data, name.size);
        spec->member = slice_of(text, name.size + 1);
    }
    return NULL;
}

enum err handle_stream_open(struct api_call *call, const struct subscribe *spec)
{
    const struct exchange_context *context = call->context;
    struct limits_client client = api_call_client(call);
    struct limits_lease *lease = NULL;
    enum err err;

    if (context->limits != NULL && !limits_stream(context->limits, &client, &lease))
        return ERR_BUSY;
    err = edge_subscribe(context->edge, call->now->ms, spec, call->x->owner, &call->x->stream);
    if (err == OK)
        call->x->lease = lease;
    else if (lease != NULL)
        limits_release(context->limits, lease);
    return err;
}

enum exchange_result handle_stream_begin(struct api_call *call, const struct subscribe *spec)
{
    uint32_t fifth = call->config->retry_ms / 5;
    enum err err;

    if (call->method == METHOD_HEAD) {
        write_head(call);
        return EXCHANGE_RESPONDED;
    }
    err = handle_stream_open(call, spec);
    if (err == ERR_INVALID || err == ERR_TOO_LARGE)
        return api_call_problem(call, 400,
                                "the topics or the Last-Event-ID of the stream are not valid");
    if (err != OK)
        return turn_away(call);
    write_head(call);
    write_retry(call->x->out, call->now->random, call->config->retry_ms - fifth,
                call->config->retry_ms + fifth);
    edge_blocked(call->context->edge, call->x->stream);
    return EXCHANGE_STREAM;
}

/* Returns true if the id may be a publisher's id, since it is not an event id of this log.
 * *out_ours: it may also be an event id of an earlier log. */
static bool is_foreign(const struct api_call *call, struct slice id, bool *out_ours)
{
    struct edge_status status;
    struct epoch epoch;
    uint64_t offset;

    *out_ours = event_id_parse(id, &epoch, &offset) == OK;
    edge_status(call->context->edge, &status);
    return id.size > 0 && id.size <= RECORD_ID_SIZE_MAX &&
           (!*out_ours || !epoch_equal(epoch, status.epoch));
}

/* Asks the broker for the offset of a publisher's id. Without a reply the client retries with the
 * same id. */
static enum exchange_result find_first(struct api_call *call, const struct subscribe *spec)
{
    bool ours;
    enum err err;

    if (!is_foreign(call, spec->last_event_id, &ours))
        return handle_stream_begin(call, spec);
    err = pending_query_command(call->context->edge, call->now->ms, call->x->owner, SLICE("find"),
                                &spec->last_event_id, 1, &call->x->pending);
    if (err == OK)
        return EXCHANGE_WAITS;
    return ours ? handle_stream_begin(call, spec) : turn_away(call);
}

static enum exchange_result subscribe_with(struct api_call *call, const struct form *query,
                                           struct slice *selectors)
{
    struct subscribe spec = {.selectors = selectors,
                             .grants = call->access.grants,
                             .open = call->access.open,
                             .hello = is_on(query, "hello"),
                             .presence = is_on(query, "presence")};
    struct slice text = form_find(query, "history");
    uint64_t history = 0;
    char member[NAME_SIZE_MAX + 1];
    const char *error = api_call_selectors(call, query, selectors, &spec.selector_count);

    if (error == NULL && text.size > 0 && number_parse(text, EXCHANGE_HISTORY_MAX, &history) != OK)
        error = "history: must be a number from 0 to 10000";
    if (error == NULL)
        error = find_member(call, query, member, &spec);
    if (error != NULL)
        return api_call_problem(call, 400, error);
    if (call->method == METHOD_HEAD) {
        write_head(call);
        return EXCHANGE_RESPONDED;
    }
    spec.history = (uint32_t)history;
    spec.last_event_id = call->found_id;
    spec.expires_ms =
        access_expiry(call->access.grants, call->now->ms, call->now->unix_ms, call->now->random);
    if (spec.last_event_id.data == NULL)
        spec.last_event_id = find_last_event_id(call, query);
    return call->x->pending == NULL ? find_first(call, &spec) : handle_stream_begin(call, &spec);
}

enum exchange_result handle_stream(struct api_call *call)
{
    struct form query;
    struct slice *selectors;
    enum exchange_result result = EXCHANGE_RESPONDED;

    if (!api_call_query(call, &query))
        return EXCHANGE_RESPONDED;
    selectors = mem_alloc((call->config->stream_topics + 1) * sizeof *selectors);
    if (api_call_admit(call, &query, ACCESS_LISTEN, false))
        result = subscribe_with(call, &query, selectors);
    mem_free(selectors);
    form_clear(&query);
    return result;
}

static uint64_t found_offset(struct slice answer)
{
    uint64_t offset = 0;
    struct buf text;

    buf_init(&text, 32);
    if (!json_text_member(answer, "offset", &text) ||
        number_parse(buf_all(&text), UINT64_MAX, &offset) != OK)
        offset = 0;
    buf_clear(&text);
    return offset;
}

bool handle_stream_found(struct api_call *call, const struct edge_action *action,
                         char id[EVENT_ID_SIZE])
{
    uint64_t offset = action->reply.result == OK ? found_offset(action->reply.text) : 0;
    struct edge_status status;

    if (action->reply.result != OK && action->reply.result != ERR_NOT_FOUND)
        return false;
    if (offset > 0) {
        edge_status(call->context->edge, &status);
        call->found_id = slice_of(id, event_id_format(status.epoch, offset, id));
    }
    return true;
}

enum exchange_result handle_stream_reply(struct api_call *call, const struct edge_action *action)
{
    char id[EVENT_ID_SIZE];

    return handle_stream_found(call, action, id) ? handle_stream(call) : turn_away(call);
}

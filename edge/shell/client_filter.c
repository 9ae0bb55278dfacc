/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/client_filter.h"

#include "common/base/number.h"
#include "common/topic/selector.h"
#include "common/wire/session_id.h"

/* Reads the argument at the index `at`, a number. If it is missing or empty, sets *out to the
 * fallback. */
static enum err read_number(const struct slice *arguments, size_t count, size_t at,
                            uint64_t fallback, uint64_t *out)
{
    if (at >= count || arguments[at].size == 0) {
        *out = fallback;
        return OK;
    }
    return number_parse(arguments[at], UINT64_MAX, out);
}

enum err client_filter_read_list(const struct slice *arguments, size_t count,
                                 struct client_filter *out, const char **out_reason)
{
    *out = (struct client_filter){.upto = UINT64_MAX};
    *out_reason = "wrong number or form of arguments";
    if (count > 3 || read_number(arguments, count, 1, 0, &out->after) != OK ||
        read_number(arguments, count, 2, CLIENT_FILTER_LIST_MAX, &out->limit) != OK)
        return ERR_INVALID;
    *out_reason = "limit: must be a number from 1 to 1000";
    if (out->limit == 0 || out->limit > CLIENT_FILTER_LIST_MAX)
        return ERR_INVALID;
    *out_reason = "topic: too long";
    if (count > 0 && arguments[0].size > SELECTOR_SIZE_MAX)
        return ERR_INVALID;
    if (count > 0)
        out->topic = arguments[0];
    return OK;
}

static enum err read_client(uint64_t incarnation, struct slice id, struct client_filter *out,
                            const char **out_reason)
{
    uint64_t of = 0;

    *out_reason = "client: must be an id as shown by belfry clients";
    if (session_id_parse(id, &of, &out->client) != OK || out->client == 0)
        return ERR_INVALID;
    *out_reason = "no such client, or it has disconnected";
    return of == incarnation ? OK : ERR_NOT_FOUND;
}

enum err client_filter_read_disconnect(uint64_t incarnation, const struct slice *arguments,
                                       size_t count, struct client_filter *out,
                                       const char **out_reason)
{
    *out = (struct client_filter){.limit = CLIENT_FILTER_DISCONNECT_MAX};
    *out_reason = "wrong number or form of arguments";
    if (count < 2 || count > 4 || arguments[1].size == 0 || arguments[1].size > SELECTOR_SIZE_MAX ||
        read_number(arguments, count, 2, 0, &out->after) != OK ||
        read_number(arguments, count, 3, UINT64_MAX, &out->upto) != OK)
        return ERR_INVALID;
    if (slice_equal(arguments[0], SLICE("client")))
        return read_client(incarnation, arguments[1], out, out_reason);
    if (slice_equal(arguments[0], SLICE("member")))
        out->member = arguments[1];
    else if (slice_equal(arguments[0], SLICE("topic")))
        out->topic = arguments[1];
    else
        return ERR_INVALID;
    return OK;
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/access/credentials.h"

static struct slice bearer(struct slice header)
{
    static const struct slice scheme = SLICE_INIT("Bearer ");

    if (header.size <= scheme.size ||
        !slice_equal_nocase(slice_of(header.data, scheme.size), scheme))
        return SLICE("");
    return slice_trim(slice_of(header.data + scheme.size, header.size - scheme.size));
}

/* Browsers send one Cookie header; an HTTP/2 proxy may have split it. */
static bool find_cookie(const struct http_message *message, const char *name, struct slice *out)
{
    for (size_t i = 0; i < message->header_count; i++) {
        struct slice rest = message->headers[i].value;
        struct slice pair;

        if (!slice_equal_nocase(message->headers[i].name, SLICE("Cookie")))
            continue;
        while (slice_next(&rest, ';', &pair)) {
            struct slice left;

            pair = slice_trim(pair);
            if (slice_next(&pair, '=', &left) && pair.data != NULL &&
                slice_equal(slice_trim(left), slice_str(name))) {
                *out = pair;
                return true;
            }
        }
    }
    return false;
}

struct credentials credentials_find(const struct http_message *message, const struct form *query,
                                    const char *cookie_name)
{
    struct slice header = http_header(message, "Authorization");
    struct slice field = {NULL, 0};
    struct slice cookie;

    if (header.data != NULL)
        return (struct credentials){CREDENTIALS_HEADER, bearer(header)};
    if (query != NULL)
        field = form_find(query, "authorization");
    if (field.data != NULL)
        return (struct credentials){CREDENTIALS_QUERY, field};
    if (cookie_name[0] != '\0' && find_cookie(message, cookie_name, &cookie))
        return (struct credentials){CREDENTIALS_COOKIE, cookie};
    return (struct credentials){CREDENTIALS_NONE, {NULL, 0}};
}

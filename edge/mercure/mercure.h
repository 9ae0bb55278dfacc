/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_MERCURE_MERCURE_H
#define BELFRY_EDGE_MERCURE_MERCURE_H

/* The Mercure protocol: what its requests mean, in both dialects at once. Pure.
 *
 *   legacy   draft-dunglas-mercure-07, which most clients speak: topic=, lastEventID, the claim `mercure`
 *   modern   draft 08: match=, match_exact=, last_event_id, authorization_details
 *
 * A subscription's dialect is that of its parameters (a name that begins with "match" is modern); that of a
 * publish is that of its token. The names do not collide, so nobody has to choose. */

#include "common/base/buf.h"
#include "common/base/slice.h"
#include "common/http/http_parser.h"
#include "edge/access/access.h"
#include "edge/core/edge.h"
#include "edge/http/request.h"
#include "edge/publish/publish_body.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MERCURE_PATH "/.well-known/mercure"
#define MERCURE_METADATA_PATH "/.well-known/oauth-protected-resource/.well-known/mercure"
#define MERCURE_COOKIE                                                                             \
    "__Secure-mercure_access_token" /* the modern one; the older is the operator's choice */

#define MERCURE_REASON_SIZE 160

enum mercure_dialect { MERCURE_LEGACY, MERCURE_MODERN };

/* RFC 6750, 3.1 */
enum mercure_code {
    MERCURE_NO_CODE,
    MERCURE_INVALID_REQUEST,
    MERCURE_INVALID_TOKEN,
    MERCURE_INSUFFICIENT_SCOPE,
};

struct mercure_refusal {
    int status;
    enum mercure_code code;
    char detail[ACCESS_DETAIL_SIZE]; /* one line */
};

/* Fills it in; false, for the caller to return. */
bool mercure_refuse(struct mercure_refusal *out, int status, enum mercure_code code,
                    const char *detail);

/* ---- who asks ---- */

enum mercure_dialect mercure_dialect_of(const struct form *query);

/* Who a subscriber is: a token that is there must be valid. False: why not. */
bool mercure_admit_subscriber(const struct access_rules *rules, uint64_t unix_ms,
                              const struct http_message *message, const struct form *query,
                              enum mercure_dialect dialect, struct access *out,
                              struct mercure_refusal *out_refusal);

/* The same for a publisher, whose token must speak of publishing. *out_dialect is set in any case. */
bool mercure_admit_publisher(const struct access_rules *rules, uint64_t unix_ms,
                             const struct http_message *message, const struct form *query,
                             struct access *out, enum mercure_dialect *out_dialect,
                             struct mercure_refusal *out_refusal);

/* ---- subscribing ---- */

/* What a request listens to. */
struct mercure_selectors {
    struct slice *list; /* in: room for `max` of them; out: see common/topic/selector.h */
    size_t max;
    size_t count;
    struct buf marked; /* the caller's: bytes of the selectors that are not the query's own */
    char reason[MERCURE_REASON_SIZE];
};

/* The topics that the query asks for. False: the complaint says what is wrong. `hub_url`: of URL patterns. */
bool mercure_read_selectors(const struct form *query, enum mercure_dialect dialect,
                            struct slice hub_url, struct mercure_selectors *out);

/* The place that the client names: its Last-Event-ID, else the query's. Absent: none; empty, in the modern
 * dialect: from now on, but say where that is. */
struct slice mercure_cursor(const struct http_message *message, const struct form *query,
                            enum mercure_dialect dialect);

/* What a cursor stands for. */
enum mercure_cursor_kind {
    MERCURE_CURSOR_NONE,     /* none was named */
    MERCURE_CURSOR_EARLIEST, /* "earliest" */
    MERCURE_CURSOR_KNOWN,    /* a place of this log */
    MERCURE_CURSOR_GONE, /* a place of this log, but records behind it are not there any more; or beyond its head */
    MERCURE_CURSOR_FOREIGN, /* maybe an id that a publisher has given: the broker knows */
};
enum mercure_cursor_kind mercure_cursor_kind(struct slice cursor, const struct edge_status *status);

/* The id of the record before the first one that the stream will get: "earliest" when there is none, or nobody
 * knows. `text` is room for it. */
struct slice mercure_cursor_header(struct slice cursor, enum mercure_cursor_kind place,
                                   const struct edge_status *status, char text[EVENT_ID_SIZE]);

/* Appends a stream's head. `extra`: more header lines, or NULL; `cursor`: for the cursor headers, or absent. */
void mercure_write_head(struct buf *out, const char *extra, struct slice cursor);

/* ---- publishing ---- */

/* Reads a form into a fresh publish, whose bytes are the form's then. Returns 0, or a status with p->reason set. */
int mercure_read_form(struct publish_body *p, struct slice content_type, struct slice body);

/* Whether the record may be published with these rights, and has a form that the dialect takes. 0 or a status,
 * with the refusal set. */
int mercure_check_publish(struct publish_body *p, const struct access *access,
                          enum mercure_dialect dialect, size_t data_max,
                          struct mercure_refusal *out_refusal);

/* Whether the topic is the hub's own. */
bool mercure_reserved(struct slice topic, enum mercure_dialect dialect);

/* ---- errors and metadata ---- */

/* Appends "https://example.org", as the client knows this host; nothing when its Host can't be in a URL. */
void mercure_write_origin(const struct http_message *message, struct buf *out);

/* Appends the WWW-Authenticate line of a refusal; nothing for a status that has none. */
void mercure_write_challenge(const struct http_message *message,
                             const struct mercure_refusal *refusal, struct buf *out);

/* Appends the protected resource's metadata (RFC 9728). `subscriptions`: they are shown. */
void mercure_write_metadata(struct slice origin, bool subscriptions, struct buf *out);

#endif

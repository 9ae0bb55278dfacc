/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_MERCURE_MERCURE_H
#define BELFRY_EDGE_MERCURE_MERCURE_H

/* The Mercure protocol: reads its requests, in both dialects. Pure.
 *
 *   legacy   draft-dunglas-mercure-07, as in most clients: topic=, lastEventID, claim `mercure`
 *   modern   draft-dunglas-mercure-08: match=, match_exact=, last_event_id, authorization_details
 *
 * The parameters decide the dialect of a subscription (a name that begins with "match" is
 * modern), the token that of a publish. The names that the dialects use do not collide, so nobody
 * has to choose. */

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
    "__Secure-mercure_access_token" /* of the modern dialect; the operator names the other one */

#define MERCURE_REASON_SIZE 160

enum mercure_dialect { MERCURE_LEGACY, MERCURE_MODERN };

/* Error codes of RFC 6750, section 3.1 */
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

/* Fills in the refusal. Returns false, for the caller to return. */
bool mercure_refuse(struct mercure_refusal *out, int status, enum mercure_code code,
                    const char *detail);

/* ---- access ---- */

/* Returns the dialect of a subscription. */

enum mercure_dialect mercure_dialect_of(const struct form *query);

/* Checks a subscriber's token: if there is one, it must be valid. Returns false, with the refusal
 * set, if the request is not allowed. */
bool mercure_admit_subscriber(const struct access_rules *rules, uint64_t unix_ms,
                              const struct http_message *message, const struct form *query,
                              enum mercure_dialect dialect, struct access *out,
                              struct mercure_refusal *out_refusal);

/* Checks a publisher's token, which must have grants to publish. *out_dialect is always set. */
bool mercure_admit_publisher(const struct access_rules *rules, uint64_t unix_ms,
                             const struct http_message *message, const struct form *query,
                             struct access *out, enum mercure_dialect *out_dialect,
                             struct mercure_refusal *out_refusal);

/* ---- subscribing ---- */

/* The selectors that a request subscribes to. */
struct mercure_selectors {
    struct slice *list; /* of the caller: room for `max` selectors (common/topic/selector.h) */
    size_t max;
    size_t count;
    struct buf marked; /* of the caller: bytes of marked selectors, which are not in the query */
    char reason[MERCURE_REASON_SIZE];
};

/* Reads the selectors of the query. Returns false, with the reason set, if one is not valid.
 * `hub_url` is the base of URL patterns. */
bool mercure_read_selectors(const struct form *query, enum mercure_dialect dialect,
                            struct slice hub_url, struct mercure_selectors *out);

/* Returns the position from which the client resumes: its Last-Event-ID, otherwise the query's.
 * Absent: none. Empty, in the modern dialect: start now, but report the current position. */
struct slice mercure_cursor(const struct http_message *message, const struct form *query,
                            enum mercure_dialect dialect);

/* What a cursor refers to. */
enum mercure_cursor_kind {
    MERCURE_CURSOR_NONE,     /* not given, or empty */
    MERCURE_CURSOR_EARLIEST, /* "earliest" */
    MERCURE_CURSOR_KNOWN,    /* a position of this log */
    MERCURE_CURSOR_GONE,    /* of this log, but later records no longer exist; or beyond its head */
    MERCURE_CURSOR_FOREIGN, /* perhaps an id of a publisher, which only the broker knows */
};
/* Returns what the cursor refers to. */
enum mercure_cursor_kind mercure_cursor_kind(struct slice cursor, const struct edge_status *status);

/* Returns the value of the cursor headers: the id of the record before the first one that the
 * stream will get, or "earliest" if there is no such record or its id is unknown. `place` is the
 * kind of the cursor. The result may point into `text`. */
struct slice mercure_cursor_header(struct slice cursor, enum mercure_cursor_kind place,
                                   const struct edge_status *status, char text[EVENT_ID_SIZE]);

/* Appends the head of a stream. `extra`: more header lines, or NULL. `cursor`: for the headers
 * Last-Event-ID and Mercure-Last-Event-ID, or absent. */
void mercure_write_head(struct buf *out, const char *extra, struct slice cursor);

/* ---- publishing ---- */

/* Reads a form into a fresh `p`, which then owns the form's bytes. Returns 0, or a status with
 * p->reason set. */
int mercure_read_form(struct publish_body *p, struct slice content_type, struct slice body);

/* Checks whether these rights allow the record, and the dialect allows its form. Returns 0, or a
 * status with the refusal set. */
int mercure_check_publish(struct publish_body *p, const struct access *access,
                          enum mercure_dialect dialect, size_t data_max,
                          struct mercure_refusal *out_refusal);

/* Returns whether the topic is reserved for the hub. */
bool mercure_reserved(struct slice topic, enum mercure_dialect dialect);

/* ---- errors and metadata ---- */

/* Appends the origin by which the client knows this hub ("https://example.org"); nothing if the
 * request's Host is not valid in a URL. */
void mercure_write_origin(const struct http_message *message, struct buf *out);

/* Appends the WWW-Authenticate line of a refusal that has the status 401 or a code. */
void mercure_write_challenge(const struct http_message *message,
                             const struct mercure_refusal *refusal, struct buf *out);

/* Appends the metadata of the protected resource (RFC 9728). `subscriptions`: the hub has the
 * subscription API. */
void mercure_write_metadata(struct slice origin, bool subscriptions, struct buf *out);

#endif

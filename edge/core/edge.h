/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_EDGE_H
#define BELFRY_EDGE_CORE_EDGE_H

/* The edge's core: it follows the broker's log, fans it out to the streams, and carries publishes to the
 * broker until they come back in the log.
 *
 * A state machine like the broker's core: the shell hands it events and then drains the actions with
 * edge_next() until there are none. It does no I/O and knows no clock; times are milliseconds of a
 * clock that never goes back. One thread.
 *
 *   HTTP subscribe ──> edge_subscribe() ──> stream ──> EDGE_WRITE, EDGE_TEXT, EDGE_CLOSE
 *   HTTP publish ───> edge_publish() ──> EDGE_SEND (PUBLISH) …  EDGE_PUBLISHED
 *   ZeroMQ ─────────> edge_received() ──> tail ──> marked streams ──> EDGE_WRITE                      */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/topic/subscriber_uuid.h"
#include "common/wire/record.h"
#include "common/wire/wire.h"
#include "edge/core/action.h"
#include "edge/core/config.h"
#include "edge/core/edge_types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct edge;
struct edge_counters;
struct grants;
struct edge *edge_create(const struct edge_config *config, uint64_t now_ms);
void edge_destroy(struct edge *e); /* takes NULL; streams and requests are gone with it, untold */

/* ---- what the shell tells ---- */

/* A frame from the broadcast or the control socket. */
void edge_received(struct edge *e, uint64_t now_ms, const struct wire_frame *frame);

/* A frame that could not be decoded. Returns true the first time since the last good frame: then the
 * shell logs it. */
bool edge_malformed(struct edge *e, enum err err);

/* Time passes. Call it when edge_deadline() is reached (late is harmless). */
void edge_tick(struct edge *e, uint64_t now_ms);

/* The wall clock, for what expires; say it with each tick. Without it nothing expires. */
void edge_set_unix(struct edge *e, uint64_t unix_ms);
uint64_t edge_deadline(const struct edge *e);

/* Takes a publish: topics, id, type, data, retry_ms and flags of `record`; all is copied. The outcome comes
 * as EDGE_PUBLISHED with `request`, which must not be NULL, exactly once, unless edge_forget() is called
 * before. ERR_TOO_LARGE; ERR_INVALID: the id is a place in this very log; ERR_UNAVAILABLE: the edge has no log yet, or too many publishes wait. The
 * record must have passed record_check(). */
MUST_CHECK enum err edge_publish(struct edge *e, uint64_t now_ms, const struct record *record,
                                 void *request);

/* The same for records that are stored all or none (record.group is set here): all are taken or none. At most
 * EDGE_GROUP_MAX records, and together at most EDGE_GROUP_BYTES of bodies (ERR_TOO_LARGE). None may be ephemeral. */
MUST_CHECK enum err edge_publish_group(struct edge *e, uint64_t now_ms,
                                       const struct record *records, size_t count,
                                       void *const *requests);

/* The client of this request is gone: no EDGE_PUBLISHED for it any more. The publish goes on. */
void edge_forget(struct edge *e, const void *request);

/* The topic of the streams that are told of the broker's figures (edge/core/stats_feed.c): nobody can guess it. */
void edge_stats_topic(const struct edge *e, char out[EDGE_STATS_TOPIC_SIZE]);

/* Opens a stream. `owner` is the shell's (the connection); the actions name it. ERR_TOO_MANY (streams or
 * selectors), ERR_UNAVAILABLE: the edge has no log yet, ERR_CLOSED: the edge drains. The shell answers
 * these with 200, retry and a close: EventSource gives up for ever on any other status. */
MUST_CHECK enum err edge_subscribe(struct edge *e, uint64_t now_ms, const struct subscribe *spec,
                                   void *owner, struct stream **out);

/* The connection is gone. The stream is freed. */
void edge_unsubscribe(struct edge *e, struct stream *s);

/* A member for a stream that has none: "urn:uuid:…", which nobody can guess. */
void edge_draw_member(struct edge *e, char out[SUBSCRIBER_UUID_TEXT_SIZE]);

/* ---- changing a live stream ---- */

/* True when the session's stream is, or was, this edge's. ERR_INVALID when the text is no session. */
MUST_CHECK enum err edge_session_local(const struct edge *e, struct slice session, bool *out_local);

/* ERR_NOT_FOUND: no such stream (any more). ERR_TOO_MANY: selectors. ERR_INVALID: none would be left. */
MUST_CHECK enum err edge_session_change(struct edge *e, uint64_t now_ms, struct slice session,
                                        const struct session_change *change);

/* The grants of the session's stream (borrowed, may be NULL); ERR_NOT_FOUND. */
MUST_CHECK enum err edge_session_grants(const struct edge *e, struct slice session,
                                        struct grants **out);

/* Answers an EDGE_SESSION or an EDGE_COMMAND. */
void edge_command_reply(struct edge *e, uint64_t request, enum err code, struct slice text);

/* ---- asking the broker ---- */

/* A command of the broker's (broker/core/handle_command.c): "topics" [after, limit], "presence" [topic, after, limit],
 * "subscriptions" [selector, subscriber, after, limit], "find" [publisher's id], "session" [session, body, token],
 * "stats" []. The answer comes as EDGE_REPLY, exactly once unless edge_forget()
 * is called before. ERR_UNAVAILABLE: no broker now, or too many ask. */
MUST_CHECK enum err edge_query(struct edge *e, uint64_t now_ms, struct slice command,
                               const struct slice *arguments, size_t count, void *request);

/* The page comes as EDGE_PAGE. Private and expired records are in it: see edge_may_show(). ERR_UNAVAILABLE,
 * ERR_TOO_MANY (selectors). */
MUST_CHECK enum err edge_history(struct edge *e, uint64_t now_ms, const struct history *spec,
                                 void *request);

/* Whether an entry of a page may be shown: it is not expired, and it is not private or one of its topics is
 * granted (`open`: all are). */
bool edge_may_show(const struct edge *e, const struct record *record, uint64_t time_ms,
                   const struct grants *grants, bool open);
/* Answers an EDGE_WRITE, before the next edge_next(): so many of its bytes went to the socket. Fewer than
 * all: the stream is left alone until edge_writable(). */
void edge_wrote(struct edge *e, uint64_t now_ms, struct stream *s, size_t bytes);

/* The stream's socket may be written again; also said once after the response head is out. */
void edge_writable(struct edge *e, struct stream *s);

/* The owner has bytes of its own to write first (a response head): no EDGE_WRITE before
 * edge_writable(). */
void edge_blocked(struct edge *e, struct stream *s);

/* No new streams from now on (edge_subscribe() says ERR_CLOSED), and not ready. Publishes go on. The shell
 * closes the open streams over a window of its own choice. */
void edge_drain(struct edge *e);

/* Takes it back. */
void edge_undrain(struct edge *e);

/* True when a load balancer may send clients here: the log is followed, the broker's beacons are fresh, the
 * way up has been proven and the tail is warm. Otherwise *out_why is one line. */
bool edge_ready(const struct edge *e, const char **out_why);

void edge_status(const struct edge *e, struct edge_status *out);

/* Returns the epoch of the log that the edge follows. */
struct epoch edge_epoch(const struct edge *e);

/* The same clock as now_ms, finer, for what is measured in microseconds; say it with frames, requests and ticks. Without it
 * milliseconds have to do. */
void edge_set_micros(struct edge *e, uint64_t now_us);

/* What is counted beside the figures (edge/core/counters.h). */
void edge_counters(const struct edge *e, struct edge_counters *out);

/* Where the streams stand now: looks at each of them, 15,000 in about a millisecond. */
void edge_census(const struct edge *e, struct edge_census *out);

/* For the figures that go to the broker each second. */
void edge_count_connections(struct edge *e, uint64_t connections);

/* ---- actions ---- */

/* Returns the next action for the shell (edge/core/action.h). Returns false when there is none. */
bool edge_next(struct edge *e, struct edge_action *out);

/* Asserts the invariants; tests call it after every event. */
void edge_check(const struct edge *e);

#endif

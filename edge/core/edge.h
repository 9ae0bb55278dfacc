/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_EDGE_H
#define BELFRY_EDGE_CORE_EDGE_H

/* The edge's core: follows the broker's log, fans it out to streams, and carries publishes. A
 * publish is carried until it comes back in the log.
 *
 * A state machine like the broker's core: the shell passes it events, and then takes the actions
 * with edge_next() until there are none. It does no I/O and has no clock; times are milliseconds
 * of a clock that never goes back. One thread.
 *
 *   HTTP subscribe ──> edge_subscribe() ──> stream ──> EDGE_WRITE, EDGE_TEXT, EDGE_CLOSE
 *   HTTP publish ───> edge_publish() ──> EDGE_SEND (PUBLISH) …  EDGE_PUBLISHED
 *   ZeroMQ ─────────> edge_received() ──> tail ──> marked streams ──> EDGE_WRITE */

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

/* NULL is allowed. Frees all streams and pending requests without notifying their owners. */
void edge_destroy(struct edge *e);

/* ---- frames, and time ---- */

/* Takes a frame from the broadcast or the control socket. */
void edge_received(struct edge *e, uint64_t now_ms, const struct wire_frame *frame);

/* Counts a frame that could not be decoded. Returns true for the first one since the last good
 * frame: the shell then logs it. */
bool edge_malformed(struct edge *e, enum err err);

/* Does what is due. The shell calls it when edge_deadline() is reached; calling it late is
 * harmless. */
void edge_tick(struct edge *e, uint64_t now_ms);
uint64_t edge_deadline(const struct edge *e);

/* Sets the wall clock, by which records expire. The shell calls it with each tick; without it
 * nothing expires. */
void edge_set_unix(struct edge *e, uint64_t unix_ms);

/* Sets the time in microseconds, on the clock of now_ms. Publishes and canaries are measured with
 * it. The shell calls it with frames, requests and ticks; without it now_ms is used. */
void edge_set_micros(struct edge *e, uint64_t now_us);

/* Stops taking new streams (edge_subscribe() returns ERR_CLOSED), and is no longer ready.
 * Publishes go on. The shell closes the open streams over a period that it chooses. */
void edge_drain(struct edge *e);

/* Ends edge_drain(). */
void edge_undrain(struct edge *e);

/* Returns true when a load balancer may send clients here: the log is followed, the broker's
 * beacons are fresh, the way to the broker has been proven and the tail is warm. Otherwise
 * *out_why is one line. */
bool edge_ready(const struct edge *e, const char **out_why);

/* ---- publishes ---- */

/* Takes a publish: topics, id, type, data, retry_ms and flags of `record`, which must have
 * passed record_check(). Everything is copied. The outcome comes exactly once, as EDGE_PUBLISHED
 * with `request`, which must not be NULL, unless edge_forget() is called before.
 * ERR_TOO_LARGE: the encoded body. ERR_INVALID: the id is a position in this very log.
 * ERR_UNAVAILABLE: the edge has no log yet, or too many publishes wait. ERR_NO_MEMORY. */
MUST_CHECK enum err edge_publish(struct edge *e, uint64_t now_ms, const struct record *record,
                                 void *request);

/* Does the same for a group, which is taken and stored completely or not at all (record.group is
 * set here). At most EDGE_GROUP_MAX records, with at most EDGE_GROUP_BYTES of bodies in
 * total (ERR_TOO_LARGE). None may be ephemeral. */
MUST_CHECK enum err edge_publish_group(struct edge *e, uint64_t now_ms,
                                       const struct record *records, size_t count,
                                       void *const *requests);

/* Forgets a request whose client has disconnected: it no longer gets EDGE_PUBLISHED, EDGE_REPLY
 * or EDGE_PAGE. A publish is still carried out. */
void edge_forget(struct edge *e, const void *request);

/* ---- streams ---- */

/* Opens a stream. `owner` belongs to the shell (the connection); actions carry it. ERR_TOO_MANY:
 * streams or selectors. ERR_UNAVAILABLE: the edge has no log yet, or cannot judge the id.
 * ERR_CLOSED: the edge drains. ERR_NO_MEMORY. The shell answers these with 200, retry and a close:
 * EventSource gives up for good on any other status. */
MUST_CHECK enum err edge_subscribe(struct edge *e, uint64_t now_ms, const struct subscribe *spec,
                                   void *owner, struct stream **out);

/* Frees a stream whose connection is closed. */
void edge_unsubscribe(struct edge *e, struct stream *s);

/* Reports how many bytes of an EDGE_WRITE went to the socket; must be called before the next
 * edge_next(). If bytes are left, the stream gets no bytes to write before edge_writable(). */
void edge_wrote(struct edge *e, uint64_t now_ms, struct stream *s, size_t bytes);

/* Reports that the stream's socket may be written again. A new stream needs it too, once its
 * response head has been written. */
void edge_writable(struct edge *e, struct stream *s);

/* Reports that the owner has bytes of its own to write first (a response head): the stream gets no
 * EDGE_WRITE before edge_writable(). */
void edge_blocked(struct edge *e, struct stream *s);

/* Makes a member for a stream that has none: "urn:uuid:…", which nobody can guess. */
void edge_draw_member(struct edge *e, char out[SUBSCRIBER_UUID_TEXT_SIZE]);

/* Writes the topic of the streams that get the broker's statistics. Nobody can guess it. */
void edge_stats_topic(const struct edge *e, char out[EDGE_STATS_TOPIC_SIZE]);

/* ---- sessions: changing a live stream ---- */

/* Finds out if the session was made by this edge; its stream may have ended. ERR_INVALID: the
 * text is not a session. */
MUST_CHECK enum err edge_session_local(const struct edge *e, struct slice session, bool *out_local);

/* Changes the session's stream. ERR_NOT_FOUND: the stream does not exist, or has ended.
 * ERR_TOO_MANY: selectors. ERR_INVALID: no selector would be left. ERR_UNAVAILABLE: half an event
 * is sent; try again. */
MUST_CHECK enum err edge_session_change(struct edge *e, uint64_t now_ms, struct slice session,
                                        const struct session_change *change);

/* Returns the grants of the session's stream (borrowed, may be NULL), or ERR_NOT_FOUND. */
MUST_CHECK enum err edge_session_grants(const struct edge *e, struct slice session,
                                        struct grants **out);

/* ---- queries and commands ---- */

/* Sends the broker a command (broker/core/handle_command.c): "topics" [after, limit], "presence"
 * [topic, after, limit], "subscriptions" [selector, subscriber, after, limit], "find"
 * [publisher's id], "session" [session, body, token], "stats" []. The answer comes exactly once,
 * as EDGE_REPLY with `request`, which must not be NULL, unless edge_forget() is called before.
 * ERR_UNAVAILABLE: no broker at the moment, or too many queries wait. */
MUST_CHECK enum err edge_query(struct edge *e, uint64_t now_ms, struct slice command,
                               const struct slice *arguments, size_t count, void *request);

/* Asks for a page of the log, which comes as EDGE_PAGE. It has private and expired records too: see
 * edge_may_show(). ERR_UNAVAILABLE: as for edge_query(). ERR_TOO_MANY: selectors. */
MUST_CHECK enum err edge_history(struct edge *e, uint64_t now_ms, const struct history *spec,
                                 void *request);

/* Returns true if an entry of a page may be shown: it has not expired, and it is not private or
 * one of its topics is granted (`open`: all are). */
bool edge_may_show(const struct edge *e, const struct record *record, uint64_t time_ms,
                   const struct grants *grants, bool open);

/* Answers an EDGE_SESSION or an EDGE_COMMAND. */
void edge_command_reply(struct edge *e, uint64_t request, enum err code, struct slice text);

/* ---- state and counters ---- */

void edge_status(const struct edge *e, struct edge_status *out);

/* Returns the epoch of the log that the edge follows. */
struct epoch edge_epoch(const struct edge *e);

/* Copies the counters that edge_status() does not have (edge/core/counters.h). */
void edge_counters(const struct edge *e, struct edge_counters *out);

/* Counts the streams by state, and by number of records behind the head. It examines each: 15,000
 * take about a millisecond. */
void edge_census(const struct edge *e, struct edge_census *out);

/* Sets the number of connections, for the metrics that go to the broker each second. */
void edge_count_connections(struct edge *e, uint64_t connections);

/* ---- actions ---- */

/* Returns the next action for the shell (edge/core/action.h). Returns false when there is none. */
bool edge_next(struct edge *e, struct edge_action *out);

/* Asserts the invariants; tests call it after every event. */
void edge_check(const struct edge *e);

#endif

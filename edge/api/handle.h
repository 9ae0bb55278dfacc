/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_HANDLE_H
#define BELFRY_EDGE_API_HANDLE_H

/* The handlers of the routes (edge/api/route.c). handle_x() handles a request. If it returns
 * EXCHANGE_WAITS with a pending query, handle_x_reply() handles the core's reply. Pure. */

#include "edge/api/api_call.h"
#include "edge/api/exchange_types.h"

struct mercure_refusal;

/* handle_stream.c */
enum exchange_result handle_stream(struct api_call *call);
enum exchange_result handle_stream_reply(struct api_call *call, const struct edge_action *action);

/* Opens a stream and begins its response. If that is not possible now, responds with an empty
 * stream that makes the client retry later. */
enum exchange_result handle_stream_begin(struct api_call *call, const struct subscribe *spec);

/* Opens a stream within the client's limits and sets call->x->stream and its lease. ERR_BUSY: the
 * client has the maximum number of streams. Other errors are those of edge_subscribe(). */
MUST_CHECK enum err handle_stream_open(struct api_call *call, const struct subscribe *spec);

/* Sets call->found_id from the broker's reply to "find"; `id` holds its bytes. An unknown id is
 * left to the core, which reports a gap to the stream. Returns false if the broker did not reply:
 * the client must retry. */
bool handle_stream_found(struct api_call *call, const struct edge_action *action,
                         char id[EVENT_ID_SIZE]);

/* Does the work of exchange_write_retry(). */
void handle_stream_write_retry(struct buf *out, uint32_t random);

/* handle_publish.c */
enum exchange_result handle_publish(struct api_call *call);

/* Responds if the outcome is known, and destroys the publish request; otherwise leaves it to the
 * exchange. */
enum exchange_result handle_publish_request(struct api_call *call, struct publish_request *p);

/* handle_listings.c */
enum exchange_result handle_history(struct api_call *call);
enum exchange_result handle_history_reply(struct api_call *call, const struct edge_action *action);
enum exchange_result handle_topics(struct api_call *call);
enum exchange_result handle_presence(struct api_call *call);

/* Responds with the broker's reply, which is JSON. */
enum exchange_result handle_json_reply(struct api_call *call, const struct edge_action *action);

/* handle_subscription_change.c */
enum exchange_result handle_subscription_change(struct api_call *call);
enum exchange_result handle_subscription_change_reply(struct api_call *call,
                                                      const struct edge_action *action);

/* Executes an EDGE_SESSION, which is another edge's request, and hands its outcome to the core. */
void handle_subscription_change_command(const struct exchange_context *context,
                                        const struct exchange_now *now,
                                        const struct edge_action *action);

/* handle_file.c: paths without a route, and the operator's page */
enum exchange_result handle_file(struct api_call *call);

/* handle_file.c: redirects the `type` URI of a problem to its explanation */
enum exchange_result handle_problem(struct api_call *call);

/* handle_file.c: OPTIONS *, which concerns the server itself */
enum exchange_result handle_server(struct api_call *call);

/* handle_mercure.c */
enum exchange_result handle_mercure(struct api_call *call);
enum exchange_result handle_mercure_reply(struct api_call *call, const struct edge_action *action);
enum exchange_result handle_mercure_metadata(struct api_call *call);

/* Respond with an error as Mercure's clients expect it: one line of text. */
enum exchange_result handle_mercure_text(struct api_call *call, int status, const char *detail);
enum exchange_result handle_mercure_refusal(struct api_call *call,
                                            const struct mercure_refusal *refusal);

/* handle_mercure_subscriptions.c */
enum exchange_result handle_mercure_subscriptions(struct api_call *call);
enum exchange_result handle_mercure_subscriptions_reply(struct api_call *call,
                                                        const struct edge_action *action);

/* handle_admin.c */
enum exchange_result handle_admin_events(struct api_call *call);
enum exchange_result handle_admin_command(struct api_call *call);
enum exchange_result handle_admin_reply(struct api_call *call, const struct edge_action *action);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_HANDLE_H
#define BELFRY_EDGE_API_HANDLE_H

/* The handlers that the table of routes names (edge/api/route.c). Pure. handle_x() takes a request; where it returns
 * EXCHANGE_WAITS with a pending query, handle_x_reply() takes what the core answers. */

#include "edge/api/api_call.h"
#include "edge/api/exchange_types.h"

struct mercure_refusal;

/* handle_stream.c */
enum exchange_result handle_stream(struct api_call *call);
enum exchange_result handle_stream_reply(struct api_call *call, const struct edge_action *action);

/* Opens a stream and begins its response; one that can't be had now is a response that sends the client away, to come
 * back. */
enum exchange_result handle_stream_begin(struct api_call *call, const struct subscribe *spec);

/* Opens a stream within the client's limits: call->x->stream and its lease. ERR_BUSY: it has as many as it may have;
 * otherwise as edge_subscribe(). */
MUST_CHECK enum err handle_stream_open(struct api_call *call, const struct subscribe *spec);

/* Takes the place that "find" gave for the stream's Last-Event-ID: call->found, in `id`. An id that nobody knows is the
 * core's to judge, which tells the stream so. False: there was no answer; the client must come back. */
bool handle_stream_found(struct api_call *call, const struct edge_action *action,
                         char id[EVENT_ID_SIZE]);

/* exchange_write_retry() */
void handle_stream_write_retry(struct buf *out, uint32_t random);

/* handle_publish.c */
enum exchange_result handle_publish(struct api_call *call);

/* Answers a publish whose outcome is known; otherwise the exchange has it until then. */
enum exchange_result handle_publish_request(struct api_call *call, struct publish_request *p);

/* handle_listings.c */
enum exchange_result handle_history(struct api_call *call);
enum exchange_result handle_history_reply(struct api_call *call, const struct edge_action *action);
enum exchange_result handle_topics(struct api_call *call);
enum exchange_result handle_presence(struct api_call *call);

/* Responds with the broker's answer, which is JSON. */
enum exchange_result handle_json_reply(struct api_call *call, const struct edge_action *action);

/* handle_subscription_change.c */
enum exchange_result handle_subscription_change(struct api_call *call);
enum exchange_result handle_subscription_change_reply(struct api_call *call,
                                                      const struct edge_action *action);

/* Does an EDGE_SESSION, another edge's request, and hands its outcome to the core. */
void handle_subscription_change_command(const struct exchange_context *context,
                                        const struct exchange_now *now,
                                        const struct edge_action *action);

/* handle_file.c: any path that is not in the table, and the operator's page */
enum exchange_result handle_file(struct api_call *call);

/* handle_file.c: the `type` of a problem, which leads to its explanation */
enum exchange_result handle_problem(struct api_call *call);

/* handle_file.c: OPTIONS of the server as a whole */
enum exchange_result handle_server(struct api_call *call);

/* handle_mercure.c */
enum exchange_result handle_mercure(struct api_call *call);
enum exchange_result handle_mercure_reply(struct api_call *call, const struct edge_action *action);
enum exchange_result handle_mercure_metadata(struct api_call *call);

/* Errors as Mercure's clients know them: one line of text. */
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

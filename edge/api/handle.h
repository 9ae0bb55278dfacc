/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_HANDLE_H
#define BELFRY_EDGE_API_HANDLE_H

/* The handlers that the table of routes names (edge/api/route.c). Pure. handle_x() takes a request; where it returns
 * EXCHANGE_WAITS with an asking, handle_x_answered() takes what the core answers. */

#include "edge/api/answer.h"
#include "edge/api/exchange_parts.h"

/* handle_stream.c */
enum exchange_result handle_stream(struct call *call);
enum exchange_result handle_stream_answered(struct call *call, const struct edge_action *action);

/* handle_publish.c */
enum exchange_result handle_publish(struct call *call);

/* handle_page.c */
enum exchange_result handle_history(struct call *call);
enum exchange_result handle_history_answered(struct call *call, const struct edge_action *action);
enum exchange_result handle_topics(struct call *call);
enum exchange_result handle_presence(struct call *call);

/* Responds with the broker's answer, which is JSON. */
enum exchange_result handle_json_answered(struct call *call, const struct edge_action *action);

/* handle_session.c */
enum exchange_result handle_session(struct call *call);
enum exchange_result handle_session_answered(struct call *call, const struct edge_action *action);

/* Does an EDGE_SESSION, another edge's request, and hands its outcome to the core. */
void handle_session_request(const struct exchange_context *context, const struct exchange_now *now,
                            const struct edge_action *action);

/* handle_file.c: any path that is not in the table, and the operator's page */
enum exchange_result handle_file(struct call *call);

/* handle_file.c: the `type` of a problem, which leads to its explanation */
enum exchange_result handle_problem(struct call *call);

/* handle_file.c: OPTIONS of the server as a whole */
enum exchange_result handle_server(struct call *call);

/* handle_mercure.c */
enum exchange_result handle_mercure(struct call *call);
enum exchange_result handle_mercure_answered(struct call *call, const struct edge_action *action);
enum exchange_result handle_mercure_metadata(struct call *call);

/* handle_subscriptions.c */
enum exchange_result handle_subscriptions(struct call *call);
enum exchange_result handle_subscriptions_answered(struct call *call,
                                                   const struct edge_action *action);

/* handle_admin.c */
enum exchange_result handle_admin_events(struct call *call);
enum exchange_result handle_admin_command(struct call *call);
enum exchange_result handle_admin_answered(struct call *call, const struct edge_action *action);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_OPERATE_OPERATOR_POSIX_H
#define BELFRY_BROKER_CTL_OPERATE_OPERATOR_POSIX_H

/* Asking an operator, and asking edges for one. */

#include "broker/ctl/lib/request_posix.h"
#include "broker/ctl/operate/operator.h"

/* May it be done? `question` without its mark. With `yes` it may; otherwise somebody on the
 * terminal has to say so, and where there is none it may not. False: *out_status is the exit
 * status, and why was said. */
bool operator_confirm(const struct cli_command *command, bool yes, int *out_status,
                      const char *question, ...) __attribute__((format(printf, 4, 5)));

/* Asks an edge, by its name or incarnation. As request_ask(). */
MUST_CHECK enum err operator_ask(struct request_link *link, const char *edge, const char *command,
                                 const struct slice *arguments, size_t count, struct buf *out,
                                 char reason[REQUEST_REASON_SIZE]);

/* The edges that are there, or just the one that is called so; `called` may be "". ERR_NOT_FOUND
 * and what request_ask() says. *out is to be freed with mem_free(). */
MUST_CHECK enum err operator_edges(struct request_link *link, const char *called,
                                   struct operator_edge **out, size_t *out_count,
                                   char reason[REQUEST_REASON_SIZE]);

#endif

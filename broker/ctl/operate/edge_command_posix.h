/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_OPERATE_EDGE_COMMAND_POSIX_H
#define BELFRY_BROKER_CTL_OPERATE_EDGE_COMMAND_POSIX_H

/* Asking an operator, and asking edges for one. */

#include "broker/ctl/lib/broker_client_posix.h"
#include "broker/ctl/lib/cli.h"
#include "broker/ctl/operate/edge_list.h"

#include <stdbool.h>
#include <stddef.h>

/* May it be done? `question` without its mark. With `yes` it may; otherwise somebody on the
 * terminal has to say so, and where there is none it may not. False: *out_status is the exit
 * status, and why was said. */
bool edge_command_confirm(const struct cli_command *command, bool yes, int *out_status,
                          const char *question, ...) __attribute__((format(printf, 4, 5)));

/* Asks an edge, by its name or incarnation. As broker_client_command(). */
MUST_CHECK enum err edge_command_send(struct broker_client *client, const char *edge,
                                      const char *command, const struct slice *arguments,
                                      size_t count, struct buf *out,
                                      char reason[BROKER_CLIENT_REASON_SIZE]);

/* The edges that are there, or just the one that is called so; `called` may be "". ERR_NOT_FOUND
 * and what broker_client_command() says. *out is to be freed with mem_free(). */
MUST_CHECK enum err edge_command_targets(struct broker_client *client, const char *called,
                                         struct edge_list_entry **out, size_t *out_count,
                                         char reason[BROKER_CLIENT_REASON_SIZE]);

#endif

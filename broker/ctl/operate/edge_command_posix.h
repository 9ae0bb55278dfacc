/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_OPERATE_EDGE_COMMAND_POSIX_H
#define BELFRY_BROKER_CTL_OPERATE_EDGE_COMMAND_POSIX_H

/* Asks the operator for confirmation, and sends commands to edges. */

#include "broker/ctl/lib/broker_client_posix.h"
#include "broker/ctl/lib/cli.h"
#include "broker/ctl/operate/edge_list.h"

#include <stdbool.h>
#include <stddef.h>

/* Returns whether the operator confirms. `question` has no question mark. `yes` confirms without
 * asking; without a terminal there is no confirmation. If it returns false, the reason has been
 * printed and *out_status is the exit status. */
bool edge_command_confirm(const struct cli_command *command, bool yes, int *out_status,
                          const char *question, ...) __attribute__((format(printf, 4, 5)));

/* Sends a command to an edge, given by its name or incarnation. Takes at most 6 arguments.
 * Otherwise like broker_client_command(). */
MUST_CHECK enum err edge_command_send(struct broker_client *client, const char *edge,
                                      const char *command, const struct slice *arguments,
                                      size_t count, struct buf *out,
                                      char reason[BROKER_CLIENT_REASON_SIZE]);

/* Lists the edges, or only the one with this name or incarnation; "" means all. The caller frees
 * *out with mem_free(). Returns ERR_NOT_FOUND if there is no such edge, or an error of
 * broker_client_command(). */
MUST_CHECK enum err edge_command_targets(struct broker_client *client, const char *name,
                                         struct edge_list_entry **out, size_t *out_count,
                                         char reason[BROKER_CLIENT_REASON_SIZE]);

#endif

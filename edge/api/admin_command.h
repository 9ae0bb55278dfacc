/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_ADMIN_COMMAND_H
#define BELFRY_EDGE_API_ADMIN_COMMAND_H

/* An operator's command: the body of POST /admin/commands. Pure. */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

#define ADMIN_COMMAND_ARGUMENTS_MAX 6
#define ADMIN_COMMAND_REASON_SIZE 96

struct admin_command {
    struct slice command;
    struct slice arguments[ADMIN_COMMAND_ARGUMENTS_MAX];
    size_t count;
    void *document; /* owns the bytes of the slices */
};

/* Reads {"command": text, "arguments": [text, …]}. ERR_INVALID: `reason` is one line. After a
 * success the caller clears *out. */
MUST_CHECK enum err admin_command_read(struct slice json, struct admin_command *out,
                                       char reason[ADMIN_COMMAND_REASON_SIZE]);
void admin_command_clear(struct admin_command *command);

/* Returns true if the command may come over HTTP: "stats", "topics", "presence", "trim",
 * "log-level", and "edge" [name, command, …] with "clients", "disconnect", "drain", "undrain",
 * "log-level". */
bool admin_command_allowed(const struct admin_command *command);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/operate/edge_command_posix.h"

#include "broker/ctl/lib/cli_posix.h"
#include "common/base/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ARGUMENTS_MAX 8

static bool read_yes(void)
{
    char line[16] = "";

    if (fgets(line, sizeof line, stdin) == NULL)
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return strcmp(line, "y") == 0 || strcmp(line, "Y") == 0 || strcmp(line, "yes") == 0;
}

bool edge_command_confirm(const struct cli_command *command, bool yes, int *out_status,
                          const char *question, ...)
{
    va_list arguments;

    if (yes)
        return true;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        *out_status = cli_fail(command, CLI_USAGE,
                               "cannot ask for confirmation without a terminal; use --yes");
        return false;
    }
    va_start(arguments, question);
    (void)vfprintf(stderr, question, arguments);
    va_end(arguments);
    (void)fputs("? (y/N) ", stderr);
    (void)fflush(stderr);
    if (read_yes())
        return true;
    *out_status = cli_fail(command, CLI_FAILED, "nothing was done");
    return false;
}

enum err edge_command_send(struct broker_client *client, const char *edge, const char *command,
                           const struct slice *arguments, size_t count, struct buf *out,
                           char reason[BROKER_CLIENT_REASON_SIZE])
{
    struct slice all[ARGUMENTS_MAX] = {slice_str(edge), slice_str(command)};

    assert(2 + count <= ARGUMENTS_MAX);
    for (size_t i = 0; i < count; i++)
        all[2 + i] = arguments[i];
    return broker_client_command(client, "edge", all, 2 + count, out, reason);
}

/* Keeps the edges with this name or incarnation, and returns their number. */
static size_t keep_named(struct edge_list_entry *edges, size_t count, const char *name)
{
    size_t kept = 0;

    if (name[0] == '\0')
        return count;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(edges[i].name, name) == 0 || strcmp(edges[i].incarnation, name) == 0)
            edges[kept++] = edges[i];
    }
    return kept;
}

/* Returns the broker's error for an edge that is not in its list; the error lists the edges. */
static enum err no_such_edge(struct broker_client *client, const char *name,
                             char reason[BROKER_CLIENT_REASON_SIZE])
{
    struct buf out;
    enum err err;

    buf_init(&out, BROKER_CLIENT_TEXT_MAX);
    err = edge_command_send(client, name, "clients", NULL, 0, &out, reason);
    buf_clear(&out);
    if (err != OK)
        return err;
    (void)snprintf(reason, BROKER_CLIENT_REASON_SIZE,
                   "the edge \"%.64s\" has just connected; try again", name);
    return ERR_UNAVAILABLE;
}

enum err edge_command_targets(struct broker_client *client, const char *name,
                              struct edge_list_entry **out, size_t *out_count,
                              char reason[BROKER_CLIENT_REASON_SIZE])
{
    struct edge_list_entry *edges = NULL;
    size_t count = 0;
    struct buf json;
    enum err err;

    buf_init(&json, BROKER_CLIENT_TEXT_MAX);
    err = broker_client_command(client, "stats", NULL, 0, &json, reason);
    if (err == OK) {
        err = edge_list_read(buf_all(&json), &edges, &count);
        if (err != OK)
            (void)snprintf(reason, BROKER_CLIENT_REASON_SIZE,
                           "the broker's reply has no list of edges");
    }
    buf_clear(&json);
    if (err != OK)
        return err;
    count = keep_named(edges, count, name);
    if (count == 0 && name[0] != '\0') {
        mem_free(edges);
        return no_such_edge(client, name, reason);
    }
    *out = edges;
    *out_count = count;
    return OK;
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/operate/operator_posix.h"

#include "broker/ctl/lib/cli_posix.h"
#include "common/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ARGUMENTS_MAX 8

static bool says_yes(void)
{
    char line[16] = "";

    if (fgets(line, sizeof line, stdin) == NULL)
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return strcmp(line, "y") == 0 || strcmp(line, "Y") == 0 || strcmp(line, "yes") == 0;
}

bool operator_confirm(const struct cli_command *command, bool yes, int *out_status,
                      const char *question, ...)
{
    va_list arguments;

    if (yes)
        return true;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        *out_status = cli_fail(command, CLI_USAGE,
                               "there is no terminal to ask on; --yes does it without asking");
        return false;
    }
    va_start(arguments, question);
    (void)vfprintf(stderr, question, arguments);
    va_end(arguments);
    (void)fputs("? (y/N) ", stderr);
    (void)fflush(stderr);
    if (says_yes())
        return true;
    *out_status = cli_fail(command, CLI_FAILED, "nothing was done");
    return false;
}

enum err operator_ask(struct request_link *link, const char *edge, const char *command,
                      const struct slice *arguments, size_t count, struct buf *out,
                      char reason[REQUEST_REASON_SIZE])
{
    struct slice all[ARGUMENTS_MAX] = {slice_str(edge), slice_str(command)};

    for (size_t i = 0; i < count; i++)
        all[2 + i] = arguments[i];
    return request_ask(link, "edge", all, 2 + count, out, reason);
}

/* Keeps those that are called so; the broker is asked all the same when none is, for it says which
 * there are. */
static size_t keep_called(struct operator_edge *edges, size_t count, const char *called)
{
    size_t kept = 0;

    if (called[0] == '\0')
        return count;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(edges[i].name, called) == 0 || strcmp(edges[i].incarnation, called) == 0)
            edges[kept++] = edges[i];
    }
    return kept;
}

static enum err no_such_edge(struct request_link *link, const char *called,
                             char reason[REQUEST_REASON_SIZE])
{
    struct buf out;
    enum err err;

    buf_init(&out, REQUEST_TEXT_MAX);
    err = operator_ask(link, called, "clients", NULL, 0, &out, reason);
    buf_clear(&out);
    if (err != OK)
        return err;
    (void)snprintf(reason, REQUEST_REASON_SIZE, "the edge \"%.64s\" has just come; try again",
                   called);
    return ERR_UNAVAILABLE;
}

enum err operator_edges(struct request_link *link, const char *called, struct operator_edge **out,
                        size_t *out_count, char reason[REQUEST_REASON_SIZE])
{
    struct operator_edge *edges = NULL;
    size_t count = 0;
    struct buf json;
    enum err err;

    buf_init(&json, REQUEST_TEXT_MAX);
    err = request_ask(link, "stats", NULL, 0, &json, reason);
    if (err == OK) {
        err = operator_read_edges(buf_all(&json), &edges, &count);
        if (err != OK)
            (void)snprintf(reason, REQUEST_REASON_SIZE, "the broker's answer names no edges");
    }
    buf_clear(&json);
    if (err != OK)
        return err;
    count = keep_called(edges, count, called);
    if (count == 0 && called[0] != '\0') {
        mem_free(edges);
        return no_such_edge(link, called, reason);
    }
    *out = edges;
    *out_count = count;
    return OK;
}

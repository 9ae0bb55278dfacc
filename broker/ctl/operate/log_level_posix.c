/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* `belfry log-level`: shows or changes what running processes log. */

#include "broker/ctl/operate/operate.h"

#include "broker/ctl/lib/cli_posix.h"
#include "broker/ctl/lib/json_read.h"
#include "broker/ctl/lib/table.h"
#include "broker/ctl/operate/edge_command_posix.h"
#include "common/base/mem.h"
#include "common/process/log.h"

#include <string.h>

#define WORD_SIZE 16

struct log_level_options {
    const char *broker;
    bool json;
};

static const struct option options[] = {
    CLI_BROKER_OPTION(struct log_level_options),
    CLI_JSON_OPTION(struct log_level_options),
};

static const struct cli_command command = {
    .table = {.program = "belfry log-level",
              .summary =
                  "Shows or changes the log level of running processes, until they end. WHO "
                  "is `broker` or an\nedge; the default is all of them. LEVEL is " LOG_LEVELS ".",
              .operands = "[WHO] [LEVEL]",
              .options = options,
              .count = sizeof(options) / sizeof(options[0])},
    .examples = "  belfry log-level\n"
                "  belfry log-level debug\n"
                "  belfry log-level edge-1 warn\n",
    .operands_max = 2,
};

/* The request and its results. */
struct levels {
    const struct log_level_options *options;
    struct broker_client *client;
    const char *level; /* level to set; NULL = only show */
    struct table table;
    struct buf text;
    int status;
};

static bool is_level(const char *word)
{
    enum log_level level;

    return log_level_parse(slice_str(word), &level) == OK;
}

static void add(struct levels *l, const char *who, struct slice answer)
{
    char level[WORD_SIZE] = "-";
    char before[WORD_SIZE] = "-";

    if (!json_read_text_of(answer, "level", level, sizeof level) ||
        !json_read_text_of(answer, "before", before, sizeof before) || !is_level(level) ||
        !is_level(before)) {
        l->status = cli_fail(&command, CLI_FAILED, "%s: unexpected reply", who);
        return;
    }
    if (l->options->json) {
        buf_str(&l->text, l->text.size == 1 ? "{\"who\":" : ",{\"who\":");
        buf_json_string(&l->text, slice_str(who));
        buf_printf(&l->text, ",\"level\":\"%s\",\"before\":\"%s\"}", level, before);
        return;
    }
    table_add(&l->table, slice_str(who));
    table_add(&l->table, slice_str(level));
    if (l->level != NULL)
        table_add(&l->table, slice_str(before));
}

/* Sets or reads the level of one process. `edge` is an edge's incarnation, or "" for the broker. */
static void change(struct levels *l, const char *who, const char *edge)
{
    const struct slice level = slice_str(l->level == NULL ? "" : l->level);
    size_t count = l->level == NULL ? 0 : 1;
    char reason[BROKER_CLIENT_REASON_SIZE];
    struct buf answer;
    enum err err;

    buf_init(&answer, BROKER_CLIENT_TEXT_MAX);
    if (edge[0] == '\0')
        err = broker_client_command(l->client, "log-level", &level, count, &answer, reason);
    else
        err = edge_command_send(l->client, edge, "log-level", &level, count, &answer, reason);
    if (err == OK)
        add(l, who, buf_all(&answer));
    else
        l->status = cli_fail(&command, CLI_FAILED, "%s", reason);
    buf_clear(&answer);
}

static void change_edges(struct levels *l, const char *called)
{
    char reason[BROKER_CLIENT_REASON_SIZE];
    struct edge_list_entry *edges = NULL;
    size_t count = 0;

    if (edge_command_targets(l->client, called, &edges, &count, reason) != OK) {
        l->status = cli_fail(&command, CLI_FAILED, "%s", reason);
        return;
    }
    for (size_t i = 0; i < count; i++)
        change(l, edges[i].name, edges[i].incarnation);
    mem_free(edges);
}

static void show(struct levels *l)
{
    if (l->options->json)
        buf_str(&l->text, "]\n");
    else if (l->table.cells > 0)
        table_write(&l->table, &l->text);
    l->status = cli_show(&command, &l->text, l->status);
}

int log_level_main(int argc, char **argv)
{
    static const struct table_column columns[] = {
        {"WHO", false}, {"LEVEL", false}, {"BEFORE", false}};
    char reason[BROKER_CLIENT_REASON_SIZE];
    struct log_level_options o;
    struct levels l = {.options = &o};
    const char *who = "";
    int operands;

    if (!cli_begin(&command, &o, argc, argv, &operands, &l.status))
        return l.status;
    if (operands > 0 && (operands == 2 || is_level(argv[operands - 1])))
        l.level = argv[operands - 1];
    if (operands == 2 || (operands == 1 && l.level == NULL))
        who = argv[0];
    if (l.level != NULL && !is_level(l.level))
        return cli_fail(&command, CLI_USAGE, "LEVEL must be " LOG_LEVELS);
    if (broker_client_open(o.broker, &l.client, reason) != OK)
        return cli_fail(&command, CLI_FAILED, "%s", reason);
    table_init(&l.table, columns, l.level == NULL ? 2 : 3, 1u << 20);
    buf_init(&l.text, 1u << 20);
    if (o.json)
        buf_char(&l.text, '[');
    l.status = CLI_OK;
    if (who[0] == '\0' || strcmp(who, "broker") == 0)
        change(&l, "broker", "");
    if (l.status == CLI_OK && strcmp(who, "broker") != 0)
        change_edges(&l, who);
    show(&l);
    buf_clear(&l.text);
    table_clear(&l.table);
    broker_client_close(l.client);
    return l.status;
}

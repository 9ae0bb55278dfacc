/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/up/up_plan.h"

#include "common/process/log.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define FIELD(name) offsetof(struct up_options, name)
#define COMMAND_SIZE_MAX 65536 /* the kernel allows 128 kB per argument */

static const struct option options[] = {
    {.name = "port",
     .type = OPTION_NUMBER,
     .fallback = "8080",
     .min = 1,
     .max = 65535,
     .value = "PORT",
     .help = "Public port, shared by all edges; edge i also listens on PORT+i.",
     .field = FIELD(port)},
    {.name = "edges",
     .type = OPTION_NUMBER,
     .fallback = "2",
     .min = 1,
     .max = UP_EDGES_MAX,
     .value = "N",
     .help = "Number of edges.",
     .field = FIELD(edges)},
    {.name = "host",
     .type = OPTION_STRING,
     .fallback = "127.0.0.1",
     .value = "ADDRESS",
     .help = "Address of all ports.",
     .field = FIELD(host)},
    {.name = "data",
     .type = OPTION_STRING,
     .fallback = "./belfry-data",
     .value = "DIRECTORY",
     .help = "Data directory for the log; created if missing.",
     .field = FIELD(data)},
    {.name = "durability",
     .type = OPTION_CHOICE,
     .fallback = "full",
     .choices = "full|normal|memory",
     .help = "When a publish counts as stored; see belfry-broker --help.",
     .field = FIELD(durability)},
    {.name = "log-level",
     .type = OPTION_CHOICE,
     .fallback = "info",
     .choices = LOG_LEVELS,
     .help = "Minimum level to log, for broker and edges.",
     .field = FIELD(log_level)},
    {.name = "broker-option",
     .type = OPTION_STRING,
     .fallback = "",
     .value = "NAME=VALUE,...",
     .help = "Further options for the broker.",
     .field = FIELD(broker_option)},
    {.name = "edge-option",
     .type = OPTION_STRING,
     .fallback = "",
     .value = "NAME=VALUE,...",
     .help = "Further options for each edge.",
     .field = FIELD(edge_option)},
};

const struct option_table up_option_table = {
    .program = "belfry up",
    .summary = "Runs one broker and its edges on this machine until Ctrl-C.",
    .options = options,
    .count = sizeof(options) / sizeof(options[0]),
};

/* Checks that both kinds of command line can be made. */
static enum err check_lists(const struct up_options *o, char reason[OPTIONS_REASON_SIZE])
{
    struct up_command command;
    const char *option = "broker-option";
    enum err err = up_command_broker(o, "", "", &command);

    if (err == OK) {
        up_command_clear(&command);
        option = "edge-option";
        err = up_command_edge(o, "", "", 1, &command);
    }
    if (err != OK) {
        snprintf(reason, OPTIONS_REASON_SIZE, "--%s: %s", option,
                 err == ERR_INVALID ? "must be a list like NAME=VALUE,NAME=VALUE"
                                    : "too many options");
        return ERR_INVALID;
    }
    up_command_clear(&command);
    return OK;
}

enum err up_options_check(const struct up_options *o, char reason[OPTIONS_REASON_SIZE])
{
    uint64_t last = o->port + UP_OPS_PORTS + o->edges;

    if (o->host[0] == '\0' || o->data[0] == '\0') {
        snprintf(reason, OPTIONS_REASON_SIZE, "--host and --data must not be empty");
        return ERR_INVALID;
    }
    if (last > 65535) {
        snprintf(reason, OPTIONS_REASON_SIZE,
                 "--port %llu is too high: the last operations port would be %llu, above 65535",
                 (unsigned long long)o->port, (unsigned long long)last);
        return ERR_INVALID;
    }
    return check_lists(o, reason);
}

void up_address(struct buf *out, const char *host, uint64_t port)
{
    if (strchr(host, ':') != NULL)
        buf_printf(out, "[%s]:", host);
    else
        buf_printf(out, "%s:", host);
    buf_u64(out, port);
}

static void argument(struct up_command *c, const char *prefix, const char *rest)
{
    buf_str(&c->text, prefix);
    buf_str(&c->text, rest);
    buf_char(&c->text, '\0');
    c->count++;
}

static void argument_address(struct up_command *c, const char *name, const char *host,
                             uint64_t port)
{
    argument(c, name, "");
    up_address(&c->text, host, port);
    buf_char(&c->text, '\0');
    c->count++;
}

static void argument_number(struct up_command *c, const char *prefix, uint64_t number)
{
    buf_str(&c->text, prefix);
    buf_u64(&c->text, number);
    buf_char(&c->text, '\0');
    c->count++;
}

/* Adds --a=1 --b=2 for "a=1,b=2". */
static enum err more_arguments(struct up_command *c, const char *list)
{
    while (*list != '\0') {
        size_t size = strcspn(list, ",");

        if (size == 0 || *list == '=' || *list == '-')
            return ERR_INVALID;
        buf_str(&c->text, "--");
        buf_slice(&c->text, slice_of(list, size));
        buf_char(&c->text, '\0');
        c->count++;
        list += size;
        list += *list == ',' ? 1 : 0;
    }
    return OK;
}

bool up_edge_option(const struct up_options *o, const char *name)
{
    const char *list = o->edge_option;

    while (*list != '\0') {
        size_t size = strcspn(list, ",");

        if (strcspn(list, ",=") == strlen(name) && strncmp(list, name, strlen(name)) == 0)
            return true;
        list += size;
        list += *list == ',' ? 1 : 0;
    }
    return false;
}

/* Fills argv with pointers into the text, which is complete and no longer moves. */
static enum err finish(struct up_command *c, enum err err)
{
    size_t at = 0;

    if (err == OK && c->count > UP_ARGUMENTS_MAX)
        err = ERR_TOO_MANY;
    if (err == OK && !buf_ok(&c->text))
        err = ERR_NO_MEMORY;
    if (err != OK) {
        up_command_clear(c);
        return err;
    }
    for (size_t i = 0; i < c->count; i++) {
        c->argv[i] = c->text.data + at;
        at += strlen(c->argv[i]) + 1;
    }
    c->argv[c->count] = NULL;
    return OK;
}

static void begin(struct up_command *c, const char *programs, const char *name)
{
    *c = (struct up_command){.count = 0};
    buf_init(&c->text, COMMAND_SIZE_MAX);
    buf_str(&c->text, programs);
    argument(c, "/", name);
}

static void common_arguments(struct up_command *c, const struct up_options *o)
{
    argument(c, "--log-level=", log_level_text((enum log_level)o->log_level));
}

enum err up_command_broker(const struct up_options *o, const char *programs, const char *data,
                           struct up_command *out)
{
    static const char *const durabilities[] = {"full", "normal", "memory"};

    begin(out, programs, "belfry-broker");
    argument(out, "--data", "");
    argument(out, data, "");
    argument(out, "--bind", "");
    buf_str(&out->text, "ipc://");
    argument(out, data, "/run");
    argument_address(out, "--ops", o->host, o->port + UP_OPS_PORTS);
    argument(out, "--durability=", durabilities[o->durability]);
    common_arguments(out, o);
    return finish(out, more_arguments(out, o->broker_option));
}

enum err up_command_edge(const struct up_options *o, const char *programs, const char *data,
                         unsigned number, struct up_command *out)
{
    assert(number >= 1 && number <= UP_EDGES_MAX);
    begin(out, programs, "belfry-edge");
    argument(out, "--broker", "");
    buf_str(&out->text, "ipc://");
    argument(out, data, "/run");
    argument(out, "--name", "");
    argument_number(out, "edge-", number);
    argument_address(out, "--listen", o->host, o->port + number);
    argument_number(out, "--listen-fd=", UP_LISTEN_FD);
    argument_address(out, "--ops", o->host, o->port + UP_OPS_PORTS + number);
    argument(out, "--drain-window=300ms", "");
    common_arguments(out, o);
    return finish(out, more_arguments(out, o->edge_option));
}

void up_command_clear(struct up_command *command)
{
    buf_clear(&command->text);
    command->count = 0;
    command->argv[0] = NULL;
}

uint64_t up_backoff(uint64_t previous_ms, uint64_t ran_ms)
{
    if (previous_ms == 0 || ran_ms >= UP_BACKOFF_FORGET_MS)
        return UP_BACKOFF_FIRST_MS;
    return previous_ms * 2 < UP_BACKOFF_LAST_MS ? previous_ms * 2 : UP_BACKOFF_LAST_MS;
}

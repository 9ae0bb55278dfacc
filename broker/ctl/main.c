/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* belfry: the command line tool. The first argument is a command, which has its own options. */

#include "broker/ctl/doctor/doctor.h"
#include "broker/ctl/hub/history.h"
#include "broker/ctl/hub/publish.h"
#include "broker/ctl/hub/subscribe.h"
#include "broker/ctl/operate/operate.h"
#include "broker/ctl/store/backup.h"
#include "broker/ctl/store/check.h"
#include "broker/ctl/token/keygen.h"
#include "broker/ctl/token/token.h"
#include "broker/ctl/up/up.h"
#include "broker/ctl/version.h"
#include "broker/ctl/watch/audit.h"
#include "broker/ctl/watch/stats.h"
#include "broker/ctl/watch/tail.h"
#include "broker/ctl/watch/top.h"
#include "broker/ctl/watch/topics.h"
#include "common/process/version.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the name */
    const char *help;
};

/* In the order in which users need them. */
static const struct command commands[] = {
    {"up", up_main, "Runs a broker and edges on this machine."},
    {"publish", publish_main, "Publishes a message."},
    {"subscribe", subscribe_main, "Shows the events of a stream."},
    {"history", history_main, "Shows a page of stored records."},
    {"stats", stats_main, "Shows the broker's counters and its edges."},
    {"top", top_main, "Shows rates, edges and topics, updated live."},
    {"edges", edges_main, "Shows the edges of the broker."},
    {"topics", topics_main, "Shows the topics that have records."},
    {"tail", tail_main, "Shows the newest records, then new ones."},
    {"clients", clients_main, "Shows the open streams."},
    {"disconnect", disconnect_main, "Ends streams."},
    {"drain", drain_main, "Takes an edge out of service."},
    {"undrain", undrain_main, "Puts an edge back into service."},
    {"log-level", log_level_main, "Shows or changes log levels."},
    {"trim", trim_main, "Permanently removes the oldest records."},
    {"doctor", doctor_main, "Tests streaming through your proxies and suggests fixes."},
    {"backup", backup_main, "Copies the log to a file, also while the broker runs."},
    {"restore", restore_main, "Replaces the log with a backup."},
    {"audit", audit_main, "Checks that the counters of a running system agree."},
    {"check", check_main, "Checks a database for damage."},
    {"keygen", keygen_main, "Makes a key for tokens."},
    {"token", token_main, "Makes or explains a token."},
    {"version", version_main, "Shows the version and the commit."},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int show_help(void)
{
    (void)printf(
        "Usage: belfry COMMAND [OPTION...]\nRuns, uses and monitors Belfry.\n\nCommands:\n");
    for (size_t i = 0; i < COMMANDS; i++)
        (void)printf("  %-11s%s\n", commands[i].name, commands[i].help);
    (void)printf("  %-11s%s\n  %-11s%s\n\nbelfry COMMAND --help shows the options of a command, "
                 "with examples.\n",
                 "--help", "Shows this help.", "--version", "Shows the version and the commit.");
    return 0;
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    }
    return NULL;
}

static bool is_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0 ||
           strcmp(argument, "help") == 0;
}

/* belfry help, belfry help COMMAND */
static int help(int argc, char **argv)
{
    char option[] = "--help";
    const struct command *command = argc > 2 ? find(argv[2]) : NULL;
    char *arguments[] = {argc > 2 ? argv[2] : NULL, option, NULL};

    return command == NULL ? show_help() : command->run(2, arguments);
}

int main(int argc, char **argv)
{
    const struct command *command;

    if (argc < 2) {
        (void)fprintf(stderr, "belfry: command is missing; belfry --help shows the commands\n");
        return 2;
    }
    if (is_help(argv[1]))
        return help(argc, argv);
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("belfry %s\n", version_text);
        return 0;
    }
    command = find(argv[1]);
    if (command != NULL)
        return command->run(argc - 1, argv + 1);
    (void)fprintf(stderr, "belfry: unknown command \"%.200s\"; belfry --help shows the commands\n",
                  argv[1]);
    return 2;
}

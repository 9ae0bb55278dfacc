/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* belfry: the operator's command. The first argument says what to do; each command takes its own options. */

#include "broker/ctl/stats.h"
#include "broker/ctl/token.h"
#include "broker/ctl/up.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the name */
    const char *help;
};

static const struct command commands[] = {
    {"up", up_main, "Runs a broker and edges on this machine."},
    {"stats", stats_main, "Shows what the broker counts, and the edges that it knows."},
    {"token", token_main, "Makes a token, or explains one."},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int show_help(void)
{
    (void)printf("Usage: belfry COMMAND [OPTION...]\nRuns and watches Belfry.\n\nCommands:\n");
    for (size_t i = 0; i < COMMANDS; i++)
        (void)printf("  %-10s%s\n", commands[i].name, commands[i].help);
    (void)printf("  %-10s%s\n  %-10s%s\n\nbelfry COMMAND --help shows a command's options.\n",
                 "--help", "Shows this.", "--version", "Shows the version.");
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        (void)fprintf(stderr, "belfry: what to do? belfry --help shows the commands\n");
        return 2;
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    }
    if (strcmp(argv[1], "--help") == 0)
        return show_help();
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("belfry %s\n", BELFRY_VERSION);
        return 0;
    }
    (void)fprintf(stderr, "belfry: unknown command \"%.200s\"; belfry --help shows the commands\n",
                  argv[1]);
    return 2;
}

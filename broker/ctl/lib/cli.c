/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/cli.h"

#include "common/base/slice.h"

#include <stdio.h>
#include <string.h>

/* Returns whether this option takes the next argument as its value. */
static bool takes_next(const struct option_table *table, const char *argument)
{
    if (strncmp(argument, "--", 2) != 0 || strchr(argument, '=') != NULL)
        return false;
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->options[i].name, argument + 2) == 0)
            return table->options[i].type != OPTION_FLAG;
    }
    return false;
}

enum err cli_look(const struct option_table *table, int argc, char *const *argv, bool *out_help,
                  char reason[OPTIONS_REASON_SIZE])
{
    *out_help = false;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (takes_next(table, argv[i])) {
            i++;
        } else if (strcmp(argv[i], "-h") == 0) {
            *out_help = true;
            return OK;
        } else if (argv[i][0] == '-' && argv[i][1] != '-' && argv[i][1] != '\0') {
            (void)snprintf(
                reason, OPTIONS_REASON_SIZE,
                "unknown option %.60s (options have two dashes; put an argument that begins "
                "with a dash after --)",
                argv[i]);
            return ERR_INVALID;
        }
    }
    return OK;
}

enum err cli_count(const struct cli_command *command, int count, char *const *operands,
                   char reason[OPTIONS_REASON_SIZE])
{
    const char *wanted = command->table.operands;

    if (count < command->operands_min)
        (void)snprintf(reason, OPTIONS_REASON_SIZE, "%s is missing; %.60s --help shows examples",
                       wanted == NULL ? "an argument" : wanted, command->table.program);
    else if (command->operands_max >= 0 && count > command->operands_max)
        (void)snprintf(reason, OPTIONS_REASON_SIZE, "unexpected argument \"%.200s\"",
                       operands[command->operands_max]);
    else
        return OK;
    return ERR_INVALID;
}

bool cli_from_environment(const char *variable)
{
    static const char *const names[] = {"BROKER", "URL",     "TOKEN", "TOKEN_FILE",
                                        "DATA",   "CA_FILE", "JSON"};
    struct slice name = {variable, strcspn(variable, "=")};

    if (!slice_starts(name, SLICE("BELFRY_")))
        return false;
    name = slice_of(name.data + 7, name.size - 7);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_equal(name, slice_str(names[i])))
            return true;
    }
    return false;
}

void cli_help(const struct cli_command *command, struct buf *out)
{
    options_help(&command->table, out);
    if (command->examples == NULL)
        return;
    buf_str(out, "\nExamples:\n");
    buf_str(out, command->examples);
}

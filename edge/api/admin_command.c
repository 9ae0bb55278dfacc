/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/admin_command.h"

#include <jansson.h>
#include <stdio.h>

static enum err fail(char reason[ADMIN_COMMAND_REASON_SIZE], const char *words)
{
    (void)snprintf(reason, ADMIN_COMMAND_REASON_SIZE, "%s", words);
    return ERR_INVALID;
}

static struct slice text_of(const json_t *string)
{
    return slice_of(json_string_value(string), json_string_length(string));
}

static enum err take(const json_t *root, struct admin_command *out,
                     char reason[ADMIN_COMMAND_REASON_SIZE])
{
    const json_t *command = json_object_get(root, "command");
    const json_t *arguments = json_object_get(root, "arguments");

    if (!json_is_object(root))
        return fail(reason, "the body must be a JSON object");
    if (!json_is_string(command))
        return fail(reason, "command: must be a string");
    if (arguments != NULL && !json_is_array(arguments))
        return fail(reason, "arguments: must be an array of strings");
    if (json_array_size(arguments) > ADMIN_COMMAND_ARGUMENTS_MAX)
        return fail(reason, "arguments: too many (at most 6)");
    out->command = text_of(command);
    for (size_t i = 0; i < json_array_size(arguments); i++) {
        const json_t *argument = json_array_get(arguments, i);

        if (!json_is_string(argument))
            return fail(reason, "arguments: must be an array of strings");
        out->arguments[out->count++] = text_of(argument);
    }
    return OK;
}

enum err admin_command_read(struct slice json, struct admin_command *out,
                            char reason[ADMIN_COMMAND_REASON_SIZE])
{
    struct admin_command command = {.count = 0};
    json_t *root =
        json_loadb(json.data == NULL ? "" : json.data, json.size, JSON_REJECT_DUPLICATES, NULL);
    enum err err = take(root, &command, reason);

    command.document = root;
    if (err == OK)
        *out = command;
    else
        admin_command_clear(&command);
    return err;
}

void admin_command_clear(struct admin_command *command)
{
    json_decref(command->document);
    *command = (struct admin_command){.count = 0};
}

static bool is_among(struct slice text, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(text, slice_str(names[i])))
            return true;
    }
    return false;
}

bool admin_command_allowed(const struct admin_command *command)
{
    static const char *const broker[] = {"stats", "topics", "presence", "trim", "log-level"};
    static const char *const edge[] = {"clients", "disconnect", "drain", "undrain", "log-level"};

    if (slice_equal(command->command, SLICE("edge")))
        return command->count >= 2 &&
               is_among(command->arguments[1], edge, sizeof edge / sizeof edge[0]);
    return is_among(command->command, broker, sizeof broker / sizeof broker[0]);
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/admin.h"

#include <jansson.h>
#include <stdio.h>

static enum err fail(char reason[ADMIN_REASON_SIZE], const char *words)
{
    (void)snprintf(reason, ADMIN_REASON_SIZE, "%s", words);
    return ERR_INVALID;
}

static struct slice text_of(const json_t *string)
{
    return slice_of(json_string_value(string), json_string_length(string));
}

static enum err take(const json_t *root, struct admin_command *out, char reason[ADMIN_REASON_SIZE])
{
    const json_t *command = json_object_get(root, "command");
    const json_t *arguments = json_object_get(root, "arguments");

    if (!json_is_object(root))
        return fail(reason, "the body must be a JSON object");
    if (!json_is_string(command))
        return fail(reason, "command: must be a string");
    if (arguments != NULL && !json_is_array(arguments))
        return fail(reason, "arguments: must be an array of strings");
    if (json_array_size(arguments) > ADMIN_ARGUMENTS_MAX)
        return fail(reason, "arguments: too many");
    out->command = text_of(command);
    for (size_t i = 0; i < json_array_size(arguments); i++) {
        const json_t *argument = json_array_get(arguments, i);

        if (!json_is_string(argument))
            return fail(reason, "arguments: must be an array of strings");
        out->arguments[out->count++] = text_of(argument);
    }
    return OK;
}

enum err admin_read_json(struct slice json, struct admin_command *out,
                         char reason[ADMIN_REASON_SIZE])
{
    struct admin_command command = {.count = 0};
    json_t *root =
        json_loadb(json.data == NULL ? "" : json.data, json.size, JSON_REJECT_DUPLICATES, NULL);
    enum err err = take(root, &command, reason);

    command.document = root;
    if (err == OK)
        *out = command;
    else
        admin_clear(&command);
    return err;
}

void admin_clear(struct admin_command *command)
{
    json_decref(command->document);
    *command = (struct admin_command){.count = 0};
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/commands.h"

#include "common/base/mem.h"

#include <assert.h>

void commands_init(struct commands *c)
{
    c->given = NULL;
    list_init(&c->incoming);
    list_init(&c->answers);
}

static void free_all(struct list *commands)
{
    struct list *node;

    while ((node = list_shift(commands)) != NULL)
        mem_free(LIST_ENTRY(node, struct command, link));
}

void commands_clear(struct commands *c)
{
    free_all(&c->incoming);
    free_all(&c->answers);
    commands_drop_given(c);
}

void commands_check(const struct commands *c)
{
    for (struct list *i = c->incoming.next; i != &c->incoming; i = i->next)
        assert(LIST_ENTRY(i, struct command, link)->count <= COMMAND_PARTS_MAX);
    for (struct list *i = c->answers.next; i != &c->answers; i = i->next)
        assert(LIST_ENTRY(i, struct command, link)->count == 1);
    assert(c->given == NULL || list_empty(&c->given->link));
}

struct command *commands_create(uint64_t request, enum err code, const struct slice *texts,
                                size_t count)
{
    size_t bytes = 0;
    struct command *command;

    assert(count <= COMMAND_PARTS_MAX);
    for (size_t i = 0; i < count; i++)
        bytes += texts[i].size;
    command = mem_try(sizeof *command + bytes);
    if (command == NULL)
        return NULL;
    *command = (struct command){.request = request, .code = code, .count = count};
    list_init(&command->link);
    bytes = 0;
    for (size_t i = 0; i < count; i++) {
        if (texts[i].size > 0)
            memcpy(command->text + bytes, texts[i].data, texts[i].size);
        command->parts[i] = slice_of(command->text + bytes, texts[i].size);
        bytes += texts[i].size;
    }
    return command;
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/roster_page.h"

#include "common/base/mem.h"

#include <jansson.h>

void roster_page_clear(struct roster_page *page)
{
    buf_clear(&page->bytes);
    mem_free(page->entries);
    page->entries = NULL;
    page->count = 0;
}

/* Returns a copy, or an absent slice if it is not a string. The buffer has room for the complete
 * source text, which is at least as long as its strings, so it does not move and slices into it
 * stay valid. */
static struct slice copy_string(struct buf *bytes, const json_t *string)
{
    size_t start = bytes->size;

    if (!json_is_string(string))
        return (struct slice){NULL, 0};
    buf_append(bytes, json_string_value(string), json_string_length(string));
    return slice_of(bytes->data + start, bytes->size - start);
}

static enum err take_entries(const json_t *list, struct roster_page *page)
{
    size_t count = json_array_size(list);

    page->entries = mem_try((count + 1) * sizeof *page->entries);
    if (page->entries == NULL)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        struct roster_entry *entry = &page->entries[page->count++];

        entry->selector = copy_string(&page->bytes, json_object_get(item, "selector"));
        entry->subscriber = copy_string(&page->bytes, json_object_get(item, "subscriber"));
        entry->payload = copy_string(&page->bytes, json_object_get(item, "payload"));
        if (entry->selector.size == 0 || entry->subscriber.size == 0)
            return ERR_MALFORMED;
    }
    return OK;
}

static enum err take(const json_t *root, struct slice text, struct roster_page *page)
{
    const json_t *list = json_object_get(root, "subscriptions");

    if (!json_is_array(list))
        return ERR_MALFORMED;
    if (buf_reserve(&page->bytes, text.size) == NULL)
        return ERR_NO_MEMORY;
    page->version = copy_string(&page->bytes, json_object_get(root, "version"));
    page->next = copy_string(&page->bytes, json_object_get(root, "next"));
    return page->version.size == 0 ? ERR_MALFORMED : take_entries(list, page);
}

enum err roster_page_read(struct slice text, struct roster_page *out)
{
    struct roster_page page = {.entries = NULL};
    json_error_t error;
    json_t *root = json_loadb(text.data == NULL ? "" : text.data, text.size,
                              JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    enum err err;

    buf_init(&page.bytes, text.size);
    err = take(root, text, &page);
    json_decref(root);
    if (err == OK)
        *out = page;
    else
        roster_page_clear(&page);
    return err;
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/grants.h"

#include "common/base/mem.h"

#include <assert.h>

struct grant_text {
    struct grant_text *next;
    char bytes[];
};

struct grants *grants_create(struct slice base)
{
    struct grants *g = mem_alloc(sizeof *g);

    g->refs = 1;
    g->exp_ms = GRANTS_FOREVER;
    g->bytes = sizeof *g;
    if (base.size <= SELECTOR_BASE_MAX && grants_copy_text(g, base, &g->base) != OK)
        g->base = (struct slice){0};
    return g;
}

struct grants *grants_ref(struct grants *g)
{
    assert(g->refs > 0);
    g->refs++;
    return g;
}

void grants_unref(struct grants *g)
{
    if (g == NULL || --g->refs > 0)
        return;
    for (size_t kind = 0; kind < GRANT_KINDS; kind++) {
        for (size_t i = 0; i < g->lists[kind].count; i++)
            matcher_free(&g->lists[kind].grants[i].matcher);
        mem_free(g->lists[kind].grants);
    }
    while (g->texts != NULL) {
        struct grant_text *text = g->texts;

        g->texts = text->next;
        mem_free(text);
    }
    mem_free(g);
}

enum err grants_copy_text(struct grants *g, struct slice text, struct slice *out)
{
    struct grant_text *kept;

    if (text.data == NULL) {
        *out = text;
        return OK;
    }
    kept = mem_try(sizeof *kept + text.size);
    if (kept == NULL)
        return ERR_NO_MEMORY;
    memcpy(kept->bytes, text.data, text.size);
    kept->next = g->texts;
    g->texts = kept;
    g->bytes += sizeof *kept + text.size;
    *out = slice_of(kept->bytes, text.size);
    return OK;
}

/* Adds the mark that the kind of match needs, and compiles the selector. */
static enum err compile(struct grants *g, struct grant *grant, struct slice text)
{
    enum err err = selector_check(text);
    struct slice kept;
    struct buf marked;

    if (err != OK)
        return err;
    buf_init(&marked, SELECTOR_SIZE_MAX);
    if (grant->match == GRANT_SELECTOR)
        buf_slice(&marked, text);
    else if (grant->match == GRANT_EXACT)
        selector_write_exact(text, &marked);
    else
        selector_write_urlpattern(g->base, text, &marked);
    err = buf_ok(&marked) ? grants_copy_text(g, buf_all(&marked), &kept) : ERR_NO_MEMORY;
    buf_clear(&marked);
    if (err != OK)
        return err;
    grant->selector = slice_of(kept.data + kept.size - text.size, text.size);
    g->bytes += 2 * kept.size; /* about the size of a compiled selector */
    return matcher_compile(kept, &grant->matcher);
}

static enum err make_room(struct grants *g, struct grant_list *list)
{
    size_t room = list->room == 0 ? 4 : list->room * 2;
    struct grant *more;

    if (list->count == GRANTS_MAX)
        return ERR_TOO_MANY;
    if (list->count < list->room)
        return OK;
    more = mem_try_resize(list->grants, room * sizeof *more);
    if (more == NULL)
        return ERR_NO_MEMORY;
    g->bytes += (room - list->room) * sizeof *more;
    list->grants = more;
    list->room = room;
    return OK;
}

enum err grants_add(struct grants *g, enum grant_kind kind, enum grant_match match,
                    struct slice selector, struct slice payload)
{
    struct grant_list *list = &g->lists[kind];
    struct grant grant = {.match = match, .payload = payload};
    enum err err = make_room(g, list);

    assert(g->refs == 1); /* not shared yet */
    if (err == OK)
        err = compile(g, &grant, selector);
    if (err != OK)
        return err;
    list->claimed = true;
    list->grants[list->count++] = grant;
    return OK;
}

/* Returns the first grant that matches the topic, or NULL. */
static const struct grant *find(const struct grants *g, enum grant_kind kind, struct slice topic)
{
    const struct grant_list *list = &g->lists[kind];
    struct candidate candidate; /* large: only what matching needs is set */
    uint64_t steps = 0;

    candidate.base_size = 0;
    candidate_set(&candidate, topic);
    for (size_t i = 0; i < list->count; i++) {
        if (matcher_matches(&list->grants[i].matcher, &candidate, &steps))
            return &list->grants[i];
    }
    return NULL;
}

bool grants_publish(const struct grants *g, struct slice topic)
{
    return find(g, GRANT_PUBLISH, topic) != NULL;
}

bool grants_subscribe(const struct grants *g, struct slice topic)
{
    return find(g, GRANT_SUBSCRIBE, topic) != NULL;
}

struct slice grants_payload(const struct grants *g, struct slice selector)
{
    struct selector parts;
    const struct grant *grant =
        selector_parse(selector, &parts) == OK ? find(g, GRANT_SUBSCRIBE, parts.text) : NULL;

    return grant != NULL && grant->payload.data != NULL ? grant->payload : g->payload;
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/grants.h"

#include "common/mem.h"
#include "common/selector.h"

#include <assert.h>

struct grant_text {
    struct grant_text *next;
    char bytes[];
};

struct grants *grants_create(const struct grant_patterns *patterns)
{
    struct grants *g = mem_alloc(sizeof *g);

    g->refs = 1;
    g->exp_ms = GRANTS_FOREVER;
    g->patterns = patterns;
    g->bytes = sizeof *g;
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
    while (g->texts != NULL) {
        struct grant_text *text = g->texts;

        g->texts = text->next;
        mem_free(text);
    }
    for (size_t kind = 0; kind < GRANT_KINDS; kind++)
        mem_free(g->lists[kind].grants);
    mem_free(g);
}

enum err grants_keep(struct grants *g, struct slice text, struct slice *out)
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

static enum err check(const struct grants *g, enum grant_match match, struct slice selector)
{
    enum err err = selector_check(selector);

    if (err == OK && match == GRANT_URLPATTERN && g->patterns != NULL &&
        !selector_is_all(selector) && !g->patterns->valid(selector))
        err = ERR_INVALID;
    return err;
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
    enum err err = check(g, match, selector);

    if (err == OK)
        err = make_room(g, list);
    if (err == OK)
        err = grants_keep(g, selector, &grant.selector);
    if (err != OK)
        return err;
    list->claimed = true;
    list->grants[list->count++] = grant;
    return OK;
}

static bool matches(const struct grants *g, const struct grant *grant, struct slice topic)
{
    switch (grant->match) {
    case GRANT_SELECTOR:
        return selector_matches(grant->selector, topic);
    case GRANT_EXACT:
        return selector_is_all(grant->selector) || slice_equal(grant->selector, topic);
    case GRANT_URLPATTERN:
        return selector_is_all(grant->selector) ||
               (g->patterns != NULL && g->patterns->matches(grant->selector, topic));
    }
    return false;
}

/* The first grant for the topic, or NULL. */
static const struct grant *find(const struct grants *g, enum grant_kind kind, struct slice topic)
{
    const struct grant_list *list = &g->lists[kind];

    for (size_t i = 0; i < list->count; i++) {
        if (matches(g, &list->grants[i], topic))
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
    const struct grant *grant = find(g, GRANT_SUBSCRIBE, selector);

    return grant != NULL && grant->payload.data != NULL ? grant->payload : g->payload;
}

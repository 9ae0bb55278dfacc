/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/topic/matcher.h"

#include <string.h>

/* Approximate cost of parsing a URL, as a number of examined bytes. */
#define URL_STEPS 512

static enum err compile_pattern(const struct selector *selector, struct matcher *out)
{
    const char *reason = NULL;
    struct url base;
    enum err err = url_parse(selector->base, NULL, &base);

    return err == OK ? urlpattern_compile(selector->text, &base, &out->pattern, &reason) : err;
}

enum err matcher_compile(struct slice selector, struct matcher *out)
{
    struct selector parts;
    enum err err = selector_parse(selector, &parts);

    *out = (struct matcher){.kind = SELECTOR_EXACT, .text = parts.text, .base = parts.base};
    if (err == OK && parts.kind == SELECTOR_TEMPLATE)
        err = uri_template_compile(parts.text, &out->template);
    else if (err == OK && parts.kind == SELECTOR_URLPATTERN)
        err = compile_pattern(&parts, out);
    if (err == OK)
        out->kind = parts.kind;
    return err;
}

void matcher_free(struct matcher *m)
{
    if (m->kind == SELECTOR_TEMPLATE)
        uri_template_free(&m->template);
    else if (m->kind == SELECTOR_URLPATTERN)
        urlpattern_free(&m->pattern);
    m->kind = SELECTOR_EXACT;
    m->text = (struct slice){0};
}

struct slice matcher_head(const struct matcher *m)
{
    if (m->kind == SELECTOR_EXACT)
        return m->text;
    return m->kind == SELECTOR_TEMPLATE ? m->template.head : (struct slice){0};
}

void candidate_set(struct candidate *c, struct slice topic)
{
    c->topic = topic;
    c->tried = false;
}

static bool same_base(const struct candidate *c, struct slice base)
{
    return c->base_size == base.size && memcmp(c->base_text, base.data, base.size) == 0;
}

/* Returns the topic as a URL resolved against the base, or NULL. */
static const struct url *url_of(struct candidate *c, struct slice base, uint64_t *steps)
{
    if (!same_base(c, base)) {
        c->tried = false;
        c->base_size = 0;
        if (url_parse(base, NULL, &c->base) != OK)
            return NULL;
        memcpy(c->base_text, base.data, base.size);
        c->base_size = base.size;
    }
    if (!c->tried) {
        *steps += URL_STEPS;
        c->tried = true;
        c->is_url = url_parse(c->topic, &c->base, &c->url) == OK;
    }
    return c->is_url ? &c->url : NULL;
}

bool matcher_matches(const struct matcher *m, struct candidate *c, uint64_t *steps)
{
    const struct url *url;

    if (m->kind == SELECTOR_TEMPLATE)
        return uri_template_matches(&m->template, c->topic, steps);
    if (m->kind != SELECTOR_URLPATTERN)
        return m->kind == SELECTOR_ALL || slice_equal(m->text, c->topic);
    url = url_of(c, m->base, steps);
    return url != NULL && urlpattern_matches(&m->pattern, url, steps);
}

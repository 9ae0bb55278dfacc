/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* The first line is a selector and a URL pattern, the second a topic and a URL, the third a list of
 * networks. Compiled and uncompiled matching must agree, matching must stay within its bound, and
 * formatted text must parse again. */

#include "common/base/mem.h"
#include "common/http/address.h"
#include "common/topic/matcher.h"
#include "common/topic/selector.h"
#include "common/topic/url_parts.h"
#include "common/topic/urlpattern.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

/* Copies the text into a block of its own, so that a read beyond its end is noticed. */
static struct slice own_line(struct slice *rest)
{
    const char *end = rest->size > 0 ? memchr(rest->data, '\n', rest->size) : NULL;
    size_t size = end != NULL ? (size_t)(end - rest->data) : rest->size;
    size_t used = end != NULL ? size + 1 : size;
    char *copy = mem_alloc(size);

    if (size > 0)
        memcpy(copy, rest->data, size);
    *rest = slice_of(rest->data + used, rest->size - used);
    return slice_of(copy, size);
}

/* Applies all rules of selectors, without a matcher. */
static bool selector_matches(struct slice selector, struct slice topic)
{
    struct uri_template t;
    uint64_t steps = 0;
    bool found;

    if (uri_template_compile(selector, &t) != OK) {
        must(selector_kind(selector) != SELECTOR_TEMPLATE);
        return selector_is_all(selector) || slice_equal(selector, topic);
    }
    must(selector_kind(selector) == SELECTOR_TEMPLATE);
    found = uri_template_matches(&t, topic, &steps);
    must(steps <= (selector.size + 1) * (topic.size + 1));
    uri_template_free(&t);
    return found;
}

static void try_selector(struct slice selector, struct slice topic)
{
    (void)selector_matches(selector, topic);
    must(selector_matches(selector, selector));
}

static bool marked_matches(struct slice marked, struct slice topic)
{
    struct candidate candidate;
    struct selector parts;
    struct matcher m;
    uint64_t steps = 0;
    bool found;

    if (selector_parse(marked, &parts) != OK || matcher_compile(marked, &m) != OK)
        return false;
    candidate.base_size = 0;
    candidate_set(&candidate, topic);
    found = matcher_matches(&m, &candidate, &steps);
    must(matcher_matches(&m, &candidate, &steps) == found);
    matcher_free(&m);
    return found;
}

/* Checks selectors written with and without a mark. */
static void try_marked(struct slice selector, struct slice topic)
{
    struct selector parts;
    struct buf marked;

    (void)marked_matches(selector, topic); /* which may have any mark */
    if (selector_check(selector) != OK)
        return;
    must(marked_matches(selector, topic) == selector_matches(selector, topic));
    buf_init(&marked, SELECTOR_SIZE_MAX);
    selector_write_exact(selector, &marked);
    must(marked_matches(buf_all(&marked), topic) ==
         (selector_is_all(selector) || slice_equal(selector, topic)));
    buf_reset(&marked);
    selector_write_urlpattern(SLICE("https://hub.example/x"), selector, &marked);
    must(selector_parse(buf_all(&marked), &parts) == OK && slice_equal(parts.text, selector));
    (void)marked_matches(buf_all(&marked), topic);
    buf_clear(&marked);
}

/* A parsed URL must parse again, with the same parts. */
static void try_url(const struct url *url)
{
    static const char *const before[] = {"", ":", ":", "", "?", "#"};
    const struct slice parts[] = {url->scheme, url->host,  url->port,
                                  url->path,   url->query, url->fragment};
    char text[URL_SIZE_MAX];
    struct url_out out = {text, 0, sizeof text};
    struct url again;
    bool fits = true;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct slice mark = slice_str(i == 1 && url->has_host ? "://" : before[i]);

        if (i == 1 || parts[i].size > 0)
            fits = fits && url_put(&out, mark);
        fits = fits && url_put(&out, parts[i]);
    }
    /* A path that starts with // cannot be written without a host. */
    if (!fits || !url->has_host)
        return;
    must(url_parse(slice_of(text, out.used), NULL, &again) == OK);
    must(slice_equal(again.scheme, url->scheme) && slice_equal(again.host, url->host));
    must(slice_equal(again.port, url->port) && slice_equal(again.path, url->path));
    must(slice_equal(again.query, url->query) && slice_equal(again.fragment, url->fragment));
}

static void try_urlpattern(struct slice pattern, struct slice topic)
{
    const char *reason = NULL;
    struct urlpattern p;
    struct url base;
    struct url url;
    uint64_t steps = 0;
    bool is_url;

    must(url_parse(SLICE("https://hub.example/.well-known/mercure"), NULL, &base) == OK);
    is_url = url_parse(topic, &base, &url) == OK;
    if (is_url)
        try_url(&url);
    if (urlpattern_compile(pattern, &base, &p, &reason) != OK) {
        must(reason != NULL && reason[0] != '\0');
        return;
    }
    if (is_url)
        (void)urlpattern_matches(&p, &url, &steps);
    must(steps <= (uint64_t)16 * (pattern.size + 64) * (3 * topic.size + 128));
    urlpattern_free(&p);
}

static void try_networks(struct slice text, struct slice header)
{
    struct networks networks;
    struct address address;
    struct address again;
    char written[ADDRESS_TEXT_MAX];

    if (networks_parse(text, &networks) != OK)
        return;
    for (size_t i = 0; i < networks.count; i++) {
        size_t size = address_format(&networks.all[i].address, written);

        must(address_parse(slice_of(written, size), &again) == OK);
        must(address_equal(&again, &networks.all[i].address));
        must(networks_have(&networks, &again));
        address = forwarded_client(header, &again, &networks);
        (void)address_client(&address);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice_of(data, size);
    struct slice selector = own_line(&rest);
    struct slice topic = own_line(&rest);
    struct slice networks = own_line(&rest);

    try_selector(selector, topic);
    try_marked(selector, topic);
    try_urlpattern(selector, topic);
    try_networks(networks, topic);
    mem_free((char *)(uintptr_t)selector.data);
    mem_free((char *)(uintptr_t)topic.data);
    mem_free((char *)(uintptr_t)networks.data);
    return 0;
}

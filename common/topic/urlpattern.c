/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/topic/urlpattern.h"

#include "common/base/mem.h"
#include "common/topic/url_parts.h"

#include <string.h>

/* Bytes of the texts of all parts: the base's path and a pattern, each byte as %XX, prefixes
 * twice. */
#define TEXT_MAX (20 * 1024)

/* States of the constructor string parser. The first ones are the components. */
enum state {
    STATE_HASH = URLPATTERN_HASH,
    STATE_INIT = URLPATTERN_COMPONENTS,
    STATE_AUTHORITY,
    STATE_USER,
    STATE_DONE,
};

struct compiler {
    struct slice text;
    const struct url *base;
    const char **reason;
    struct pattern_token tokens[URLPATTERN_SIZE_MAX + 1];
    size_t token_count;

    /* splitting */
    int state;    /* enum state, or a component */
    size_t index; /* current token */
    size_t step;  /* number of tokens by which the index moves after this turn */
    size_t start; /* the token that the current component starts with */
    int brackets; /* open ones in the host; when compiling: not 0 for an IPv6 address */
    bool given[URLPATTERN_COMPONENTS];
    struct slice components[URLPATTERN_COMPONENTS];

    /* compiling */
    int component;
    bool special;        /* the protocol may be a special one */
    struct slice scheme; /* the protocol if it is fixed, otherwise empty */
    struct pattern_parts parts;
    unsigned char ends[URLPATTERN_COMPONENTS];
    char joined[PATTERN_SIZE_MAX];
    char out[TEXT_MAX];
};

/* ---- compiling a component ----------------------------------------------------------------- */

static bool encode_address(struct slice text, struct url_out *out)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];

        if (c == '\0' || strchr("0123456789abcdefABCDEF:[]", c) == NULL)
            return false;
        if (c >= 'A' && c <= 'F')
            c = (char)(c - 'A' + 'a');
        if (!url_put(out, slice_of(&c, 1)))
            return false;
    }
    return true;
}

/* The reason why encode() returns false, for each component. */
static const char *const refusals[] = {
    "no scheme before a colon: in a path, write {\\:}",
    "not a host name in ascii",
    "not a port",
    "the path is too long",
    "the query is too long",
    "the fragment is too long",
};

/* Normalizes a piece of text like the same piece of a parsed URL. */
static bool encode(const void *context, struct slice text, struct url_out *out)
{
    const struct compiler *c = context;

    switch (c->component) {
    case URLPATTERN_PROTOCOL:
        return url_put_scheme(out, text);
    case URLPATTERN_HOSTNAME:
        if (c->brackets > 0)
            return encode_address(text, out);
        return c->special ? url_put_domain(out, text) : url_put_host(out, text, false);
    case URLPATTERN_PORT:
        return url_put_port(out, text, c->scheme);
    case URLPATTERN_PATHNAME:
        return c->special ? url_put_path(out, text, false) : url_put_opaque(out, text);
    case URLPATTERN_SEARCH:
        return url_put_query(out, text, c->special);
    default:
        return url_put_fragment(out, text);
    }
}

/* Returns whether the text starts with `c`, perhaps escaped or in a group. */
static bool starts_with(struct slice text, char c)
{
    if (text.size > 1 && (text.data[0] == '{' || text.data[0] == '\\'))
        text = slice_of(text.data + 1, text.size - 1);
    return text.size > 0 && text.data[0] == c;
}

static enum err compile(struct compiler *c, int component, struct slice text)
{
    struct pattern_options options = {
        .encode = encode, .context = c, .refusal = refusals[component]};
    enum err err;

    c->component = component;
    if (component == URLPATTERN_HOSTNAME) {
        options.delimiter = '.';
        c->brackets = starts_with(text, '[');
    } else if (component == URLPATTERN_PATHNAME && c->special) {
        options.delimiter = '/';
        options.prefix = '/';
    }
    err = pattern_parse(text, &options, &c->parts, c->reason);
    c->ends[component] = (unsigned char)c->parts.count;
    return err;
}

static bool matches(const struct pattern_part *parts, const unsigned char *ends, const char *text,
                    int component, struct slice target, uint64_t *steps)
{
    size_t from = component > 0 ? ends[component - 1] : 0;

    return pattern_matches(parts + from, ends[component] - from, text, target, steps);
}

/* Compiles the protocol, on which the reading of the other parts depends. */
static enum err compile_protocol(struct compiler *c, struct slice text)
{
    static const char *const names[] = {"http", "https", "ws", "wss", "ftp", "file"};
    uint64_t steps = 0;
    enum err err = compile(c, URLPATTERN_PROTOCOL, text);

    for (size_t i = 0; err == OK && i < sizeof(names) / sizeof(names[0]); i++)
        c->special = c->special || matches(c->parts.all, c->ends, c->out, URLPATTERN_PROTOCOL,
                                           slice_str(names[i]), &steps);
    if (err == OK && c->parts.count == 1 && c->parts.all[0].wildcard == 0 &&
        c->parts.all[0].modifier == 0)
        c->scheme = slice_of(c->out, c->parts.all[0].prefix);
    return err;
}

/* ---- splitting: WHATWG URL Pattern, 1.6 (constructor string parsing) ----------------------- */

static const struct pattern_token *token(const struct compiler *c, size_t index)
{
    return &c->tokens[index < c->token_count ? index : c->token_count - 1];
}

/* Returns whether the token is this character, and not syntax. */
static bool is_char(const struct compiler *c, size_t index, char value)
{
    const struct pattern_token *t = token(c, index);

    return t->c == value &&
           (t->type == PATTERN_CHAR || t->type == PATTERN_ESCAPED || t->type == PATTERN_INVALID);
}

/* Returns whether the token is a question mark that is not a modifier. */
static bool is_search(const struct compiler *c)
{
    const struct pattern_token *t = token(c, c->index);

    if (is_char(c, c->index, '?'))
        return true;
    if (t->type != PATTERN_MODIFIER || t->c != '?')
        return false;
    if (c->index == 0)
        return true;
    t = token(c, c->index - 1);
    return t->type != PATTERN_NAME && t->type != PATTERN_CLOSE && t->type != PATTERN_STAR;
}

static struct slice component_text(const struct compiler *c)
{
    size_t from = token(c, c->start)->at;

    return slice_of(c->text.data + from, token(c, c->index)->at - from);
}

static void give(struct compiler *c, int component, struct slice text)
{
    c->given[component] = true;
    c->components[component] = text;
}

/* Ends the current component here; components that were skipped are empty. */
static void change(struct compiler *c, int state, size_t skip)
{
    int before = c->state;
    bool authority = before == STATE_AUTHORITY || before == STATE_USER;

    if (before < URLPATTERN_COMPONENTS)
        give(c, before, component_text(c));
    if (before != STATE_INIT && state != STATE_DONE) {
        if ((before == URLPATTERN_PROTOCOL || authority) && state >= URLPATTERN_PORT &&
            state <= STATE_HASH && !c->given[URLPATTERN_HOSTNAME])
            give(c, URLPATTERN_HOSTNAME, SLICE(""));
        if ((before <= URLPATTERN_PORT || authority) &&
            (state == URLPATTERN_SEARCH || state == STATE_HASH) && !c->given[URLPATTERN_PATHNAME])
            give(c, URLPATTERN_PATHNAME, c->special ? SLICE("/") : SLICE(""));
        if ((before <= URLPATTERN_PATHNAME || authority) && state == STATE_HASH &&
            !c->given[URLPATTERN_SEARCH])
            give(c, URLPATTERN_SEARCH, SLICE(""));
    }
    c->state = state;
    c->index += skip;
    c->start = c->index;
    c->step = 0;
}

static void rewind_to(struct compiler *c, int state)
{
    c->state = state;
    c->index = c->start;
    c->step = 0;
}

/* Handles the tokens at which search and hash may start. */
static void split_end(struct compiler *c)
{
    if (c->state < URLPATTERN_SEARCH && is_search(c))
        change(c, URLPATTERN_SEARCH, 1);
    else if (c->state < STATE_HASH && is_char(c, c->index, '#'))
        change(c, STATE_HASH, 1);
}

static enum err split_protocol(struct compiler *c)
{
    enum err err;

    if (!is_char(c, c->index, ':'))
        return OK;
    err = compile_protocol(c, component_text(c));
    if (err != OK)
        return err;
    if (is_char(c, c->index + 1, '/') && is_char(c, c->index + 2, '/'))
        change(c, STATE_AUTHORITY, 3);
    else
        change(c, c->special ? (int)STATE_AUTHORITY : (int)URLPATTERN_PATHNAME, 1);
    return OK;
}

static void split_hostname(struct compiler *c)
{
    if (is_char(c, c->index, '['))
        c->brackets++;
    else if (is_char(c, c->index, ']'))
        c->brackets--;
    else if (is_char(c, c->index, ':') && c->brackets == 0)
        change(c, URLPATTERN_PORT, 1);
    else if (is_char(c, c->index, '/'))
        change(c, URLPATTERN_PATHNAME, 0);
    else
        split_end(c);
}

static enum err split_here(struct compiler *c)
{
    switch (c->state) {
    case STATE_INIT:
        if (is_char(c, c->index, ':'))
            rewind_to(c, URLPATTERN_PROTOCOL);
        return OK;
    case URLPATTERN_PROTOCOL:
        return split_protocol(c);
    case STATE_AUTHORITY:
        if (is_char(c, c->index, '@')) {
            *c->reason = "user names and passwords are not supported";
            return ERR_INVALID;
        }
        if (is_char(c, c->index, '/') || is_char(c, c->index, '#') || is_search(c))
            rewind_to(c, URLPATTERN_HOSTNAME);
        return OK;
    case URLPATTERN_HOSTNAME:
        split_hostname(c);
        return OK;
    default:
        if (c->state == URLPATTERN_PORT && is_char(c, c->index, '/'))
            change(c, URLPATTERN_PATHNAME, 0);
        else
            split_end(c);
        return OK;
    }
}

/* Handles the last token. Returns false if there is more to do. */
static bool split_last(struct compiler *c)
{
    if (c->state == STATE_AUTHORITY) {
        rewind_to(c, URLPATTERN_HOSTNAME);
        return false;
    }
    if (c->state != STATE_INIT) {
        change(c, STATE_DONE, 0);
        return true;
    }
    c->index = c->start;
    if (is_char(c, c->index, '#'))
        change(c, STATE_HASH, 1);
    else if (is_search(c))
        change(c, URLPATTERN_SEARCH, 1);
    else
        change(c, URLPATTERN_PATHNAME, 0);
    return false;
}

static enum err split(struct compiler *c)
{
    int depth = 0;
    enum err err = OK;

    c->state = STATE_INIT;
    while (err == OK && c->index < c->token_count) {
        const struct pattern_token *t = token(c, c->index);

        c->step = 1;
        if (t->type == PATTERN_END) {
            if (split_last(c))
                break;
        } else if (t->type == PATTERN_OPEN) {
            depth++;
        } else if (depth > 0) {
            if (t->type == PATTERN_CLOSE)
                depth--;
        } else {
            err = split_here(c);
        }
        c->index += c->step;
    }
    if (c->given[URLPATTERN_HOSTNAME] && !c->given[URLPATTERN_PORT])
        give(c, URLPATTERN_PORT, SLICE(""));
    return err;
}

/* ---- complete pattern ---------------------------------------------------------------------- */

/* Appends text, with an escape before each character that is syntax in a pattern. */
static bool escape(struct url_out *out, struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (strchr("+*?:{}()\\", text.data[i]) != NULL && !url_put(out, SLICE("\\")))
            return false;
        if (!url_put(out, slice_of(text.data + i, 1)))
            return false;
    }
    return true;
}

/* Returns whether the component comes from the base: the pattern has neither it nor one before
 * it. */
static bool inherit(const struct compiler *c, int component)
{
    for (int i = 0; i <= component; i++) {
        if (c->given[i])
            return false;
    }
    return true;
}

/* Returns a component's pattern string: its own, the base's, or "*". */
static enum err component_pattern(struct compiler *c, int component, struct slice *out_text)
{
    const struct slice base[] = {c->base->scheme, c->base->host,  c->base->port,
                                 c->base->path,   c->base->query, c->base->fragment};
    struct slice own = c->components[component];
    struct slice inherited = base[component];
    struct url_out out = {c->joined, 0, sizeof c->joined};

    if (!c->given[component]) {
        if (!inherit(c, component)) {
            *out_text = SLICE("*");
            return OK;
        }
        own = SLICE("");
    } else if (component == URLPATTERN_PATHNAME && !c->given[URLPATTERN_PROTOCOL] &&
               !starts_with(own, '/')) {
        while (inherited.size > 0 && inherited.data[inherited.size - 1] != '/')
            inherited.size--;
    } else {
        inherited = SLICE("");
    }
    if (!escape(&out, inherited) || !url_put(&out, own)) {
        *c->reason = "the pattern is too long";
        return ERR_TOO_LARGE;
    }
    *out_text = slice_of(c->joined, out.used);
    return OK;
}

static enum err compile_all(struct compiler *c)
{
    int first = c->given[URLPATTERN_PROTOCOL] ? URLPATTERN_HOSTNAME : URLPATTERN_PROTOCOL;
    enum err err = OK;

    for (int i = first; err == OK && i < URLPATTERN_COMPONENTS; i++) {
        struct slice text;

        err = component_pattern(c, i, &text);
        if (err == OK)
            err = i == URLPATTERN_PROTOCOL ? compile_protocol(c, text) : compile(c, i, text);
    }
    return err;
}

static enum err tokenize(struct compiler *c)
{
    size_t at = 0;

    for (;;) {
        struct pattern_token *t = &c->tokens[c->token_count];
        enum err err = pattern_token(c->text, at, t, c->reason);

        if (err != OK)
            return err;
        c->token_count++;
        if (t->type == PATTERN_END)
            return OK;
        at = t->end;
    }
}

static enum err finish(const struct compiler *c, struct urlpattern *out_pattern)
{
    size_t size = c->parts.count * sizeof(c->parts.all[0]);
    struct urlpattern made = {.parts = mem_try(size + c->parts.text.used + 1)};

    if (made.parts == NULL) {
        *c->reason = err_text(ERR_NO_MEMORY);
        return ERR_NO_MEMORY;
    }
    memcpy(made.parts, c->parts.all, size);
    memcpy((char *)made.parts + size, c->out, c->parts.text.used);
    made.text = (const char *)made.parts + size;
    memcpy(made.ends, c->ends, sizeof made.ends);
    *out_pattern = made;
    return OK;
}

enum err urlpattern_compile(struct slice text, const struct url *base,
                            struct urlpattern *out_pattern, const char **out_reason)
{
    struct compiler *c;
    enum err err;

    if (text.size > URLPATTERN_SIZE_MAX) {
        *out_reason = "the pattern is too long";
        return ERR_TOO_LARGE;
    }
    c = mem_alloc(sizeof(*c));
    c->text = text.size > 0 ? text : SLICE("");
    c->base = base;
    c->reason = out_reason;
    c->parts.text = (struct url_out){c->out, 0, sizeof c->out};
    err = tokenize(c);
    if (err == OK)
        err = split(c);
    if (err == OK)
        err = compile_all(c);
    if (err == OK)
        err = finish(c, out_pattern);
    mem_free(c);
    return err;
}

void urlpattern_free(struct urlpattern *p)
{
    mem_free(p->parts);
    *p = (struct urlpattern){.parts = NULL};
}

bool urlpattern_matches(const struct urlpattern *p, const struct url *topic, uint64_t *steps)
{
    const struct slice all[] = {topic->scheme, topic->host,  topic->port,
                                topic->path,   topic->query, topic->fragment};

    /* The path first: it differs most often. */
    if (!matches(p->parts, p->ends, p->text, URLPATTERN_PATHNAME, topic->path, steps))
        return false;
    for (int i = 0; i < URLPATTERN_COMPONENTS; i++) {
        if (i != URLPATTERN_PATHNAME && !matches(p->parts, p->ends, p->text, i, all[i], steps))
            return false;
    }
    return true;
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/topic/pattern_string.h"

#include "common/topic/position_set.h"

#include <string.h>

enum wildcard {
    WILDCARD_NONE,
    WILDCARD_SEGMENT, /* one or more bytes other than the delimiter */
    WILDCARD_ANY,     /* any bytes, or none */
};

static const char nameless[] = "a colon without a name: write \\:";

static bool in_name(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
           (unsigned char)c >= 0x80 || (!first && c >= '0' && c <= '9');
}

static enum err refuse(const char **out_reason, const char *reason)
{
    *out_reason = reason;
    return ERR_INVALID;
}

enum err pattern_token(struct slice text, size_t at, struct pattern_token *out_token,
                       const char **out_reason)
{
    char c = at < text.size ? text.data[at] : '\0';
    size_t end = at + 1;
    enum pattern_token_type type = PATTERN_CHAR;

    if (at == text.size) {
        type = PATTERN_END;
        end = at;
    } else if (c == '*') {
        type = PATTERN_STAR;
    } else if (c == '+' || c == '?') {
        type = PATTERN_MODIFIER;
    } else if (c == '{') {
        type = PATTERN_OPEN;
    } else if (c == '}') {
        type = PATTERN_CLOSE;
    } else if (c == '(') {
        return refuse(out_reason, "regular expressions are not supported");
    } else if (c == '\\') {
        if (end == text.size)
            return refuse(out_reason, "a backslash at the end");
        type = PATTERN_ESCAPED;
        c = text.data[end++];
    } else if (c == ':') {
        while (end < text.size && in_name(text.data[end], end == at + 1))
            end++;
        type = end > at + 1 ? PATTERN_NAME : PATTERN_INVALID;
    }
    *out_token = (struct pattern_token){(unsigned char)type, c, (uint16_t)at, (uint16_t)end};
    return OK;
}

/* ---- parsing ------------------------------------------------------------------------------- */

struct parser {
    struct slice text;
    const struct pattern_options *options;
    struct pattern_parts *parts;
    const char **reason;
    struct pattern_token token; /* the next one */
    struct slice names[PATTERN_PARTS_MAX];
    size_t name_count;
    char pending[PATTERN_SIZE_MAX]; /* text that does not belong to a part yet */
    size_t pending_size;
};

static enum err advance(struct parser *p)
{
    return pattern_token(p->text, p->token.end, &p->token, p->reason);
}

static bool at_text(const struct parser *p)
{
    return p->token.type == PATTERN_CHAR || p->token.type == PATTERN_ESCAPED;
}

static bool at_group(const struct parser *p)
{
    return p->token.type == PATTERN_NAME || p->token.type == PATTERN_STAR;
}

/* Appends a piece of text, encoded, to the parts' text. */
static enum err put(struct parser *p, struct slice text, size_t *out_size)
{
    size_t start = p->parts->text.used;

    if (text.size > 0 && !p->options->encode(p->options->context, text, &p->parts->text))
        return refuse(p->reason, p->options->refusal);
    *out_size = p->parts->text.used - start;
    return OK;
}

static enum err add(struct parser *p, enum wildcard wildcard, char modifier, struct slice prefix,
                    struct slice suffix)
{
    struct pattern_part *part = &p->parts->all[p->parts->count];
    size_t at = p->parts->text.used;
    size_t prefix_size;
    size_t suffix_size = 0;
    enum err err;

    if (p->parts->count == PATTERN_PARTS_MAX) {
        *p->reason = "too many groups";
        return ERR_TOO_MANY;
    }
    err = put(p, prefix, &prefix_size);
    if (err == OK)
        err = put(p, suffix, &suffix_size);
    if (err != OK)
        return err;
    if (!url_put(&p->parts->text, slice_of(p->parts->text.data + at, prefix_size))) {
        *p->reason = "too much text";
        return ERR_TOO_LARGE;
    }
    *part = (struct pattern_part){
        .wildcard = (unsigned char)wildcard,
        .modifier = (unsigned char)modifier,
        .delimiter = p->options->delimiter,
        .at = (uint16_t)at,
        .prefix = (uint16_t)prefix_size,
        .suffix = (uint16_t)suffix_size,
    };
    p->parts->count++;
    return OK;
}

static enum err add_pending(struct parser *p)
{
    enum err err = OK;

    if (p->pending_size > 0)
        err = add(p, WILDCARD_NONE, 0, slice_of(p->pending, p->pending_size), SLICE(""));
    p->pending_size = 0;
    return err;
}

static enum err take_modifier(struct parser *p, char *out_modifier)
{
    *out_modifier = 0;
    if (p->token.type != PATTERN_MODIFIER && p->token.type != PATTERN_STAR)
        return OK;
    *out_modifier = p->token.c;
    return advance(p);
}

/* Reads `:name` or `*`. */
static enum err take_group(struct parser *p, enum wildcard *out_wildcard)
{
    struct slice name = slice_of(p->text.data + p->token.at, p->token.end - (size_t)p->token.at);

    *out_wildcard = p->token.type == PATTERN_STAR ? WILDCARD_ANY : WILDCARD_SEGMENT;
    if (*out_wildcard == WILDCARD_SEGMENT) {
        for (size_t i = 0; i < p->name_count; i++) {
            if (slice_equal(p->names[i], name))
                return refuse(p->reason, "a name is used twice");
        }
        if (p->name_count < PATTERN_PARTS_MAX)
            p->names[p->name_count++] = name;
    }
    return advance(p);
}

/* Reads a group outside braces, with its prefix character if it has one. */
static enum err parse_group(struct parser *p, struct slice prefix)
{
    enum wildcard wildcard;
    char modifier = 0;
    enum err err = add_pending(p);

    if (err == OK)
        err = take_group(p, &wildcard);
    if (err == OK)
        err = take_modifier(p, &modifier);
    return err == OK ? add(p, wildcard, modifier, prefix, SLICE("")) : err;
}

/* Reads text inside braces to the end of the pending text. It stays there if the braces have
 * neither a group nor a modifier, and so mean nothing. */
static enum err take_text(struct parser *p, size_t *size)
{
    while (at_text(p)) {
        enum err err;

        p->pending[p->pending_size + (*size)++] = p->token.c;
        err = advance(p);
        if (err != OK)
            return err;
    }
    return OK;
}

/* Reads {prefix, a name or star or nothing, suffix} and a modifier. */
static enum err parse_braces(struct parser *p)
{
    enum wildcard wildcard = WILDCARD_NONE;
    size_t prefix = 0;
    size_t all;
    size_t before = p->pending_size;
    char modifier = 0;
    enum err err = advance(p);

    if (err == OK)
        err = take_text(p, &prefix);
    if (err == OK && at_group(p))
        err = take_group(p, &wildcard);
    all = prefix;
    if (err == OK)
        err = take_text(p, &all);
    if (err != OK)
        return err;
    if (p->token.type == PATTERN_INVALID)
        return refuse(p->reason, nameless);
    if (p->token.type != PATTERN_CLOSE)
        return refuse(p->reason, "a brace is not closed, or contains two groups");
    err = advance(p);
    if (err == OK)
        err = take_modifier(p, &modifier);
    if (err != OK)
        return err;
    if (wildcard == WILDCARD_NONE && modifier == 0) {
        p->pending_size += all;
        return OK;
    }
    err = add_pending(p);
    if (err != OK || (wildcard == WILDCARD_NONE && all == 0))
        return err;
    return add(p, wildcard, modifier, slice_of(p->pending + before, prefix),
               slice_of(p->pending + before + prefix, all - prefix));
}

static enum err parse_next(struct parser *p)
{
    struct pattern_token token = p->token;
    enum err err;

    if (at_group(p))
        return parse_group(p, SLICE(""));
    if (at_text(p)) {
        err = advance(p);
        if (err != OK)
            return err;
        if (token.type == PATTERN_CHAR && token.c == p->options->prefix && token.c != 0 &&
            at_group(p))
            return parse_group(p, slice_of(&token.c, 1));
        p->pending[p->pending_size++] = token.c;
        return OK;
    }
    if (token.type == PATTERN_OPEN)
        return parse_braces(p);
    if (token.type == PATTERN_INVALID)
        return refuse(p->reason, nameless);
    if (token.type == PATTERN_CLOSE)
        return refuse(p->reason, "a closing brace without an opening one");
    return refuse(p->reason, "a modifier without a group before it");
}

enum err pattern_parse(struct slice text, const struct pattern_options *options,
                       struct pattern_parts *parts, const char **out_reason)
{
    struct parser p = {.text = text, .options = options, .parts = parts, .reason = out_reason};
    enum err err;

    if (text.size > PATTERN_SIZE_MAX) {
        *out_reason = "the pattern is too long";
        return ERR_TOO_LARGE;
    }
    err = advance(&p);
    while (err == OK && p.token.type != PATTERN_END)
        err = parse_next(&p);
    return err == OK ? add_pending(&p) : err;
}

/* ---- matching ------------------------------------------------------------------------------ */

struct run {
    struct slice target;
    /* possible ends of what has been matched so far */
    uint64_t now[POSITION_SET_WORDS(PATTERN_TARGET_MAX)];
    /* the same, including the current text or wildcard */
    uint64_t next[POSITION_SET_WORDS(PATTERN_TARGET_MAX)];
    uint64_t steps;
};

static bool text_at(struct run *r, size_t i, struct slice text)
{
    r->steps += text.size;
    return r->target.size - i >= text.size &&
           (text.size == 0 || memcmp(r->target.data + i, text.data, text.size) == 0);
}

/* Sets `next` to the ends of `text` where it starts at a position in `now`. With `again` the text
 * may repeat. */
static void run_text(struct run *r, struct slice text, bool again)
{
    size_t size = r->target.size;

    position_set_clear(r->next, size);
    for (size_t i = 0;; i++) {
        size_t repeated = again ? position_set_next(r->next, i, size) : size + 1;

        i = position_set_next(r->now, i, size);
        if (repeated < i)
            i = repeated;
        if (i > size)
            break;
        if (text_at(r, i, text))
            position_set_add(r->next, i + text.size);
        r->steps++;
    }
}

/* Sets `next` to the possible ends of a wildcard that starts at a position in `now`. If it may
 * repeat, `joint` (the suffix and the prefix) separates two repetitions; otherwise it is empty. */
static void run_wildcard(struct run *r, const struct pattern_part *part, struct slice joint)
{
    size_t size = r->target.size;
    uint64_t *starts = r->now;
    bool inside = false;

    position_set_clear(r->next, size);
    for (size_t i = position_set_next(starts, 0, size); i <= size; i++) {
        if (part->wildcard == WILDCARD_ANY)
            inside = inside || position_set_has(starts, i);
        if (inside) {
            position_set_add(r->next, i);
            if (joint.size > 0 && text_at(r, i, joint))
                position_set_add(starts, i + joint.size);
        }
        inside = inside || position_set_has(starts, i);
        if (part->wildcard == WILDCARD_SEGMENT && i < size && part->delimiter != 0 &&
            r->target.data[i] == part->delimiter)
            inside = false;
        r->steps++;
    }
}

static void run_part(struct run *r, const struct pattern_part *part, const char *text)
{
    size_t size = r->target.size;
    uint64_t skipped[POSITION_SET_WORDS(PATTERN_TARGET_MAX)];
    struct slice prefix = slice_of(text + part->at, part->prefix);
    struct slice suffix = slice_of(text + part->at + part->prefix, part->suffix);
    bool again = part->modifier == '*' || part->modifier == '+';

    position_set_copy(skipped, r->now, size);
    if (part->prefix > 0 || part->wildcard == WILDCARD_NONE) {
        run_text(r, prefix, again && part->wildcard == WILDCARD_NONE);
        position_set_copy(r->now, r->next, size);
    }
    if (part->wildcard != WILDCARD_NONE) {
        run_wildcard(r, part,
                     again ? slice_of(suffix.data, (size_t)part->suffix + part->prefix)
                           : SLICE(""));
        position_set_copy(r->now, r->next, size);
    }
    if (part->suffix > 0) {
        run_text(r, suffix, false);
        position_set_copy(r->now, r->next, size);
    }
    if (part->modifier == '?' || part->modifier == '*')
        position_set_unite(r->now, skipped, size);
}

bool pattern_matches(const struct pattern_part *parts, size_t count, const char *text,
                     struct slice target, uint64_t *steps)
{
    struct run r;

    if (target.size > PATTERN_TARGET_MAX)
        return false;
    r.target = target;
    r.steps = 0;
    position_set_clear(r.now, target.size);
    position_set_add(r.now, 0);
    for (size_t i = 0; i < count; i++)
        run_part(&r, &parts[i], text);
    *steps += r.steps;
    return position_set_has(r.now, target.size);
}

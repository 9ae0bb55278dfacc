/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/topic/uri_template.h"

#include "common/base/mem.h"
#include "common/base/utf8.h"
#include "common/topic/position_set.h"

#include <assert.h>
#include <string.h>

/* What a byte may be part of. */
#define IN_VALUE 1    /* a value of any operator: an unreserved character, or a comma */
#define IN_NAMED 2    /* a value of + # ; ? & or an exploded variable: the equals sign */
#define IN_RESERVED 4 /* a value of + or #: the other reserved characters */
#define IN_LITERAL 8
#define IN_NAME 16
#define IN_HEX 32

enum {
    U = IN_VALUE | IN_LITERAL,    /* - . ~ and the comma */
    W = U | IN_NAME,              /* letters and _ */
    X = W | IN_HEX,               /* hexadecimal digits */
    Q = IN_NAMED | IN_LITERAL,    /* = */
    R = IN_RESERVED | IN_LITERAL, /* other reserved characters */
    S = IN_RESERVED,              /* the apostrophe: RFC 6570, section 2.1 */
};

/* clang-format off */
static const unsigned char classes[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, R, 0, R, R, 0, R, S, R, R, R, R, U, U, U, R, /*  !"#$%&'()*+,-./ */
    X, X, X, X, X, X, X, X, X, X, R, R, 0, Q, 0, R, /* 0123456789:;<=>? */
    R, X, X, X, X, X, X, W, W, W, W, W, W, W, W, W, /* @ABCDEFGHIJKLMNO */
    W, W, W, W, W, W, W, W, W, W, W, R, 0, R, 0, W, /* PQRSTUVWXYZ[\]^_ */
    0, X, X, X, X, X, X, W, W, W, W, W, W, W, W, W, /* `abcdefghijklmno */
    W, W, W, W, W, W, W, W, W, W, W, 0, 0, 0, U, 0, /* pqrstuvwxyz{|}~ */
};
/* clang-format on */

static bool is(char c, unsigned set)
{
    return (classes[(unsigned char)c] & set) != 0;
}

static bool is_triplet(const char *p, size_t left)
{
    return left >= 3 && p[0] == '%' && is(p[1], IN_HEX) && is(p[2], IN_HEX);
}

/* ---- parsing: RFC 6570, section 2 ---------------------------------------------------------- */

static uint32_t code_point(const unsigned char *p, size_t *out_size)
{
    uint32_t code = p[0] < 0xe0 ? p[0] & 0x1fU : p[0] < 0xf0 ? p[0] & 0x0fU : p[0] & 0x07U;

    *out_size = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    for (size_t i = 1; i < *out_size; i++)
        code = code << 6 | (p[i] & 0x3fU);
    return code;
}

/* ucschar or iprivate (RFC 3987, section 2.2). */
static bool is_ucschar(uint32_t code)
{
    if (code < 0x10000)
        return code >= 0xa0 && (code < 0xfdd0 || code > 0xfdef) && code < 0xfff0;
    return (code & 0xffff) < 0xfffe && (code < 0xe0000 || code >= 0xe1000);
}

/* Reads literal text, which is valid UTF-8. */
static enum err parse_literal(struct slice text, size_t *at)
{
    while (*at < text.size && text.data[*at] != '{') {
        const char *p = text.data + *at;
        size_t size = 1;

        if (is_triplet(p, text.size - *at))
            size = 3;
        else if ((unsigned char)*p >= 0x80) {
            if (!is_ucschar(code_point((const unsigned char *)p, &size)))
                return ERR_INVALID;
        } else if (!is(*p, IN_LITERAL)) {
            return ERR_INVALID;
        }
        *at += size;
    }
    return OK;
}

/* Reads varname [":" max-length / "*"]. A dot must be between two characters of a name. */
static enum err parse_variable(struct slice text, size_t *at, bool *out_exploded)
{
    size_t start = *at;
    bool dot = true;

    for (; *at < text.size; *at += text.data[*at] == '%' ? 3 : 1) {
        if (text.data[*at] == '.' && !dot)
            dot = true;
        else if (is(text.data[*at], IN_NAME) || is_triplet(text.data + *at, text.size - *at))
            dot = false;
        else
            break;
    }
    if (dot || *at == start || *at == text.size)
        return ERR_INVALID;
    *out_exploded = text.data[*at] == '*';
    if (*out_exploded)
        ++*at;
    if (*at < text.size && text.data[*at] == ':' && !*out_exploded) {
        size_t digits = ++*at;

        while (*at < text.size && text.data[*at] >= '0' && text.data[*at] <= '9')
            ++*at;
        if (*at == digits || *at - digits > 4 || text.data[digits] == '0')
            return ERR_INVALID;
    }
    return OK;
}

/* Reads the operator: sets prefix, separator and the set of a first value. */
static enum err parse_operator(struct slice text, size_t *at, struct uri_template_part *part)
{
    char c = *at < text.size ? text.data[*at] : '\0';
    unsigned set = IN_VALUE;

    *part = (struct uri_template_part){.sep = ','};
    if (c != '\0' && strchr("+#./;?&", c) != NULL) {
        ++*at;
        if (c == '+' || c == '#')
            set |= IN_NAMED | IN_RESERVED;
        else
            part->sep = c == '?' ? '&' : (unsigned char)c;
        if (c == ';' || c == '?' || c == '&')
            set |= IN_NAMED;
        part->first = c == '+' ? 0 : (unsigned char)c;
    } else if (!is(c, IN_NAME) && c != '%') {
        return ERR_INVALID;
    }
    part->sets[0] = (unsigned char)set;
    part->sets[1] = (unsigned char)set;
    return OK;
}

static enum err parse_expression(struct slice text, size_t *at, struct uri_template_part *part)
{
    bool first_exploded = false;
    bool exploded = false;
    unsigned variables = 0;

    ++*at; /* the brace */
    if (parse_operator(text, at, part) != OK)
        return ERR_INVALID;
    for (;;) {
        bool now = false;

        if (parse_variable(text, at, &now) != OK)
            return ERR_INVALID;
        if (variables++ == 0)
            first_exploded = now;
        exploded = exploded || now;
        if (*at == text.size || (text.data[*at] != ',' && text.data[*at] != '}'))
            return ERR_INVALID;
        if (text.data[(*at)++] == '}')
            break;
    }
    part->counted = !exploded;
    if (exploded) {
        part->sets[1] |= IN_NAMED;
        part->strength = (part->sets[0] & IN_NAMED) != 0 || first_exploded ? 2 : 1;
    } else {
        part->strength = (uint16_t)variables; /* at most half of URI_TEMPLATE_SIZE_MAX */
    }
    return OK;
}

/* Reads the part at *at, which must be less than text.size. */
static enum err parse_part(struct slice text, size_t *at, struct uri_template_part *part)
{
    size_t start = *at;

    if (text.data[start] == '{')
        return parse_expression(text, at, part);
    *part = (struct uri_template_part){.literal = {text.data + start, 0}};
    if (parse_literal(text, at) != OK)
        return ERR_INVALID;
    part->literal.size = *at - start;
    return OK;
}

/* Counts the parts. Returns OK if the text is a template with an expression. */
static enum err parse(struct slice text, size_t *out_count)
{
    struct uri_template_part part;
    size_t count = 0;
    size_t at = 0;

    if (text.size == 0 || memchr(text.data, '{', text.size) == NULL)
        return ERR_INVALID;
    if (text.size > URI_TEMPLATE_SIZE_MAX)
        return ERR_TOO_LARGE;
    if (!utf8_valid(text))
        return ERR_INVALID;
    for (; at < text.size; count++) {
        enum err err = parse_part(text, &at, &part);
        if (err != OK)
            return err;
    }
    if (count > URI_TEMPLATE_PARTS_MAX)
        return ERR_TOO_LARGE;
    *out_count = count;
    return OK;
}

/* ---- matching ------------------------------------------------------------------------------ */

struct run {
    struct slice topic;
    /* possible ends of the parts so far */
    uint64_t now[POSITION_SET_WORDS(URI_TEMPLATE_SIZE_MAX)];
    /* the same, including the current part */
    uint64_t next[POSITION_SET_WORDS(URI_TEMPLATE_SIZE_MAX)];
    uint64_t steps;
};

static void run_start(struct run *r, struct slice topic)
{
    r->topic = topic;
    r->steps = 0;
    position_set_clear(r->now, topic.size);
    position_set_add(r->now, 0);
}

static void run_literal(struct run *r, struct slice literal)
{
    size_t size = r->topic.size;
    size_t i = position_set_next(r->now, 0, size);

    for (; i <= size && size - i >= literal.size; i = position_set_next(r->now, i + 1, size)) {
        if (memcmp(r->topic.data + i, literal.data, literal.size) == 0)
            position_set_add(r->next, i + literal.size);
        r->steps += literal.size;
    }
}

/* Returns the strength of a value with strength `now` after the byte `c`; 0 if `c` ends it. */
static unsigned value_step(const struct uri_template_part *part, unsigned now, char c)
{
    unsigned by_sep = 0;

    if ((unsigned char)c == part->sep)
        by_sep = part->counted ? now - 1 : 2;
    if (is(c, part->sets[now > 1]))
        return by_sep > now ? by_sep : now;
    return by_sep;
}

static unsigned larger(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

/* Returns the end of the bytes that a value may contain without a change of its strength. */
static size_t value_end(const struct uri_template_part *part, const char *data, size_t i,
                        size_t size)
{
    unsigned set = part->sets[part->strength > 1];

    while (i < size &&
           (is(data[i], set) || (!part->counted && (unsigned char)data[i] == part->sep)))
        i++;
    return i;
}

/* Makes one pass over the topic. The strength (struct uri_template_part) shows what a value may
 * still contain. A stronger value can contain all that a weaker one can, so one number per position
 * is enough, wherever the value started. ahead[k] is the strength k positions on: a byte takes one
 * position, %XX three. Most expressions have only one strength: their values are taken in one
 * go. */
static void run_expression(struct run *r, const struct uri_template_part *part)
{
    const char *data = r->topic.data;
    size_t size = r->topic.size;
    unsigned ahead[3] = {0};
    bool same = part->strength == (part->counted ? 1 : 2);

    for (size_t i = 0; i <= size; i++) {
        unsigned now = ahead[0];

        if ((ahead[0] | ahead[1] | ahead[2]) == 0) {
            i = position_set_next(r->now, i, size);
            if (i > size)
                break;
        }
        ahead[0] = ahead[1];
        ahead[1] = ahead[2];
        ahead[2] = 0;
        r->steps++;
        if (part->first == 0 && position_set_has(r->now, i))
            now = larger(now, part->strength);
        if (now > 0 && same && (ahead[0] | ahead[1]) == 0) {
            size_t end = value_end(part, data, i, size);

            position_set_fill(r->next, i, end);
            r->steps += end - i;
            i = end;
        }
        if (now > 0 || position_set_has(r->now, i))
            position_set_add(r->next, i);
        if (i == size)
            break;
        if (part->first != 0 && (unsigned char)data[i] == part->first &&
            position_set_has(r->now, i))
            ahead[0] = larger(ahead[0], part->strength);
        if (now > 0)
            ahead[0] = larger(ahead[0], value_step(part, now, data[i]));
        if (now > 0 && is_triplet(data + i, size - i))
            ahead[2] = now;
    }
}

/* Returns false if nothing can match from here on. */
static bool run_part(struct run *r, const struct uri_template_part *part)
{
    position_set_clear(r->next, r->topic.size);
    if (part->literal.data != NULL)
        run_literal(r, part->literal);
    else
        run_expression(r, part);
    position_set_copy(r->now, r->next, r->topic.size);
    return position_set_next(r->now, 0, r->topic.size) <= r->topic.size;
}

static bool run_done(const struct run *r)
{
    return position_set_has(r->now, r->topic.size);
}

/* ---- compiled templates -------------------------------------------------------------------- */

bool uri_template_valid(struct slice text)
{
    size_t count;

    return parse(text, &count) == OK;
}

enum err uri_template_compile(struct slice text, struct uri_template *out_template)
{
    struct uri_template t = {.count = 0};
    size_t at = 0;
    char *copy;
    enum err err = parse(text, &t.count);

    if (err != OK)
        return err;
    t.parts = mem_try(t.count * sizeof(t.parts[0]) + text.size);
    if (t.parts == NULL)
        return ERR_NO_MEMORY;
    copy = (char *)(t.parts + t.count);
    memcpy(copy, text.data, text.size);
    t.text = slice_of(copy, text.size);
    for (size_t i = 0; i < t.count; i++) {
        err = parse_part(t.text, &at, &t.parts[i]);
        assert(err == OK);
    }
    t.head = t.parts[0].literal;
    t.tail = t.parts[t.count - 1].literal;
    *out_template = t;
    return OK;
}

void uri_template_free(struct uri_template *t)
{
    mem_free(t->parts);
    *t = (struct uri_template){.count = 0};
}

bool uri_template_matches(const struct uri_template *t, struct slice topic, uint64_t *steps)
{
    struct run run;
    bool alive = true;

    *steps += t->head.size + t->tail.size;
    if (!slice_starts(topic, t->head) || topic.size > URI_TEMPLATE_SIZE_MAX)
        return slice_equal(topic, t->text);
    if (t->tail.size > 0 &&
        (topic.size < t->tail.size ||
         memcmp(topic.data + topic.size - t->tail.size, t->tail.data, t->tail.size) != 0))
        return slice_equal(topic, t->text);
    run_start(&run, topic);
    for (size_t i = 0; alive && i < t->count; i++)
        alive = run_part(&run, &t->parts[i]);
    *steps += run.steps;
    return (alive && run_done(&run)) || slice_equal(topic, t->text);
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/http/http_precheck.h"

#include "common/base/word64.h"

static const char bad_line[] = "the request line is not: method, space, target, space, version";

void http_precheck_init(struct http_precheck *g, const struct http_limits *limits)
{
    *g = (struct http_precheck){.limits = limits};
}

static struct http_problem good(void)
{
    return (struct http_problem){0, NULL};
}

static struct http_problem bad(int status, const char *detail)
{
    return (struct http_problem){status, detail};
}

static struct http_problem line_end(struct http_precheck *g)
{
    struct http_problem problem = good();

    if (g->place == HTTP_PRECHECK_START) {
        if (g->blank)
            problem = bad(400, "more than one empty line before the request line");
        g->blank = true;
    } else if (g->place == HTTP_PRECHECK_LINE) {
        if (g->spaces != 2 || g->last == ' ')
            problem = bad(400, bad_line);
        g->place = HTTP_PRECHECK_HEADERS;
    } else if (g->column == 0) {
        g->place = HTTP_PRECHECK_PASSED;
    }
    g->column = 0;
    g->last = '\0';
    return problem;
}

static struct http_problem request_line(struct http_precheck *g, char c)
{
    g->place = HTTP_PRECHECK_LINE;
    if (g->column >= g->limits->line)
        return bad(414, "the request line is longer than the limit");
    if ((unsigned char)c < 0x20 || c == 0x7f)
        return bad(400, "a control character in the request line");
    if (c == ' ' && (++g->spaces > 2 || g->column == 0 || g->last == ' '))
        return bad(400, bad_line);
    return good();
}

static struct http_problem header(struct http_precheck *g, char c)
{
    if (g->column == 0 && (c == ' ' || c == '\t'))
        return bad(400, "a folded header line (obs-fold)");
    if (g->column == 0 && ++g->lines > g->limits->header_count)
        return bad(431, "more header lines than the limit");
    if (c == '\0')
        return bad(400, "a NUL in a header line");
    if (++g->head_bytes > g->limits->header_bytes)
        return bad(431, "the header lines are longer than the limit");
    return good();
}

static struct http_problem next(struct http_precheck *g, char c)
{
    struct http_problem problem;

    if (g->cr != (c == '\n'))
        return bad(400, "a line that does not end with CR LF");
    g->cr = c == '\r';
    if (c == '\n')
        return line_end(g);
    if (c == '\r')
        return good();
    problem = g->place == HTTP_PRECHECK_HEADERS ? header(g, c) : request_line(g, c);
    g->column++;
    g->last = c;
    return problem;
}

/* ---- complete lines, eight bytes at a time ---- */

/* Returns a word whose lowest set bit is in the first byte below `bound` (at most 0x80). Bits in
 * later bytes may be wrong. */
static uint64_t below(uint64_t word, unsigned char bound)
{
    return (word - WORD64_OF(bound)) & ~word & WORD64_OF(0x80);
}

#define DEL 0x7f

/* Returns the position of the first byte from `at` on that is at most `bound`, or a DEL if `del` is
 * true; bytes.size if there is no such byte. */
static inline size_t find_other(struct slice bytes, size_t at, unsigned char bound, bool del)
{
    const unsigned char *p = (const unsigned char *)bytes.data;

    for (; bytes.size - at >= 8; at += 8) {
        uint64_t word = word64_load(bytes.data + at);
        uint64_t others = below(word, (unsigned char)(bound + 1));

        if (del)
            others |= below(word ^ WORD64_OF(DEL), 1);
        if (others != 0)
            return at + (size_t)__builtin_ctzll(others) / 8;
    }
    while (at < bytes.size && p[at] > bound && !(del && p[at] == DEL))
        at++;
    return at;
}

static bool has_byte(struct slice bytes, size_t at, char c)
{
    return at < bytes.size && bytes.data[at] == c;
}

static bool has_end(struct slice bytes, size_t at)
{
    return has_byte(bytes, at, '\r') && has_byte(bytes, at + 1, '\n');
}

/* Accepts a request line that is complete and valid; returns its size, otherwise 0. */
static size_t take_request_line(struct http_precheck *g, struct slice bytes)
{
    size_t method = find_other(bytes, 0, ' ', true);
    size_t target;
    size_t end;

    if (method == 0 || !has_byte(bytes, method, ' '))
        return 0;
    target = find_other(bytes, method + 1, ' ', true);
    if (target == method + 1 || !has_byte(bytes, target, ' '))
        return 0;
    end = find_other(bytes, target + 1, ' ', true);
    if (end == target + 1 || !has_end(bytes, end) || end > g->limits->line)
        return 0;
    g->place = HTTP_PRECHECK_HEADERS;
    return end + 2;
}

/* Accepts a header line that is complete and valid; returns its size, otherwise 0. */
static size_t take_header_line(struct http_precheck *g, struct slice bytes)
{
    size_t end;

    if ((unsigned char)bytes.data[0] <= ' ' || g->lines >= g->limits->header_count)
        return 0;
    end = find_other(bytes, 0, '\r', false);
    if (!has_end(bytes, end) || end > g->limits->header_bytes - g->head_bytes)
        return 0;
    g->lines++;
    g->head_bytes += end;
    return end + 2;
}

/* Accepts a complete line at once if possible; next() checks the bytes of all others. */
static size_t take_line(struct http_precheck *g, struct slice bytes)
{
    if (g->column > 0 || g->cr)
        return 0;
    return g->place == HTTP_PRECHECK_HEADERS ? take_header_line(g, bytes)
                                             : take_request_line(g, bytes);
}

size_t http_precheck_scan(struct http_precheck *g, struct slice bytes,
                          struct http_problem *out_problem)
{
    size_t i = 0;

    while (i < bytes.size && g->place != HTTP_PRECHECK_PASSED) {
        size_t line = take_line(g, slice_of(bytes.data + i, bytes.size - i));
        struct http_problem problem;

        i += line;
        if (line > 0)
            continue;
        problem = next(g, bytes.data[i]);
        if (problem.status != 0) {
            *out_problem = problem;
            return i;
        }
        i++;
    }
    return i;
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/http_guard.h"

static const char bad_line[] = "the request line is not: method, space, target, space, version";

void http_guard_init(struct http_guard *g, const struct http_limits *limits)
{
    *g = (struct http_guard){.limits = limits};
}

static struct http_problem good(void)
{
    return (struct http_problem){0, NULL};
}

static struct http_problem bad(int status, const char *detail)
{
    return (struct http_problem){status, detail};
}

static struct http_problem line_end(struct http_guard *g)
{
    struct http_problem problem = good();

    if (g->place == HTTP_GUARD_START) {
        if (g->blank)
            problem = bad(400, "more than one empty line before the request line");
        g->blank = true;
    } else if (g->place == HTTP_GUARD_LINE) {
        if (g->spaces != 2 || g->last == ' ')
            problem = bad(400, bad_line);
        g->place = HTTP_GUARD_HEADERS;
    } else if (g->column == 0) {
        g->place = HTTP_GUARD_PASSED;
    }
    g->column = 0;
    g->last = '\0';
    return problem;
}

static struct http_problem request_line(struct http_guard *g, char c)
{
    g->place = HTTP_GUARD_LINE;
    if (g->column >= g->limits->line)
        return bad(414, "the request line is longer than the limit");
    if ((unsigned char)c < 0x20 || c == 0x7f)
        return bad(400, "a control character in the request line");
    if (c == ' ' && (++g->spaces > 2 || g->column == 0 || g->last == ' '))
        return bad(400, bad_line);
    return good();
}

static struct http_problem header(struct http_guard *g, char c)
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

static struct http_problem next(struct http_guard *g, char c)
{
    struct http_problem problem;

    if (g->cr != (c == '\n'))
        return bad(400, "a line that does not end with CR LF");
    g->cr = c == '\r';
    if (c == '\n')
        return line_end(g);
    if (c == '\r')
        return good();
    problem = g->place == HTTP_GUARD_HEADERS ? header(g, c) : request_line(g, c);
    g->column++;
    g->last = c;
    return problem;
}

/* The bytes within a line that need no second look: so many are taken at once. */
static size_t skip_plain(struct http_guard *g, struct slice bytes)
{
    bool headers = g->place == HTTP_GUARD_HEADERS;
    size_t limit = headers ? g->limits->header_bytes - g->head_bytes : g->limits->line - g->column;
    size_t n = 0;

    if (g->column == 0 || g->cr || g->place == HTTP_GUARD_START)
        return 0;
    if (limit > bytes.size)
        limit = bytes.size;
    if (headers) {
        while (n < limit && (unsigned char)bytes.data[n] > '\r')
            n++;
        g->head_bytes += n;
    } else {
        while (n < limit && (unsigned char)bytes.data[n] > ' ' && bytes.data[n] != 0x7f)
            n++;
    }
    g->column += n;
    if (n > 0)
        g->last = bytes.data[n - 1];
    return n;
}

size_t http_guard_scan(struct http_guard *g, struct slice bytes, struct http_problem *out_problem)
{
    size_t i = 0;

    while (i < bytes.size && g->place != HTTP_GUARD_PASSED) {
        struct http_problem problem;

        i += skip_plain(g, slice_of(bytes.data + i, bytes.size - i));
        if (i == bytes.size)
            break;
        problem = next(g, bytes.data[i]);
        if (problem.status != 0) {
            *out_problem = problem;
            return i;
        }
        i++;
    }
    return i;
}

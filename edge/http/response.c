/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/http/response.h"

#include "edge/http/request.h"

struct status {
    int status;
    const char *text;
    const char *problem; /* NULL: not an error */
};

static const struct status statuses[] = {
    {100, "Continue", NULL},
    {200, "OK", NULL},
    {204, "No Content", NULL},
    {303, "See Other", NULL},
    {304, "Not Modified", NULL},
    {400, "Bad Request", "invalid"},
    {401, "Unauthorized", "token"},
    {403, "Forbidden", "denied"},
    {404, "Not Found", "not-found"},
    {405, "Method Not Allowed", "method"},
    {408, "Request Timeout", "slow"},
    {409, "Conflict", "conflict"},
    {410, "Gone", "epoch"},
    {413, "Content Too Large", "too-large"},
    {414, "URI Too Long", "uri-too-long"},
    {415, "Unsupported Media Type", "media-type"},
    {417, "Expectation Failed", "expectation"},
    {429, "Too Many Requests", "rate"},
    {431, "Request Header Fields Too Large", "headers-too-large"},
    {500, "Internal Server Error", "internal"},
    {501, "Not Implemented", "not-implemented"},
    {503, "Service Unavailable", "unavailable"},
    {505, "HTTP Version Not Supported", "version"},
    {507, "Insufficient Storage", "full"},
};

static const struct status *find_status(int status)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        if (statuses[i].status == status)
            return &statuses[i];
    }
    return NULL;
}

const char *status_text(int status)
{
    const struct status *found = find_status(status);

    return found == NULL ? "Error" : found->text;
}

const char *problem_name(int status)
{
    const struct status *found = find_status(status);

    return found == NULL || found->problem == NULL ? "error" : found->problem;
}

bool problem_is_name(struct slice name)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        if (statuses[i].problem != NULL && slice_equal(name, slice_str(statuses[i].problem)))
            return true;
    }
    return false;
}

static void put_status_line(struct buf *out, int status)
{
    buf_str(out, "HTTP/1.1 ");
    buf_u64(out, (uint64_t)status);
    buf_char(out, ' ');
    buf_str(out, status_text(status));
}

/* Writes the head of a response. It runs for each publish, of which printf() would take a third of
 * the instructions. To save calls, each text begins with the end of the previous line. */
static void write_head(struct buf *out, const struct response *r, size_t size)
{
    if (r->status == 200)
        buf_str(out, "HTTP/1.1 200 OK");
    else
        put_status_line(out, r->status);
    if (r->date != NULL) {
        buf_str(out, "\r\nDate: ");
        buf_str(out, r->date);
    }
    if (r->type != NULL) {
        buf_str(out, "\r\nContent-Type: ");
        buf_str(out, r->type);
    }
    if (r->status != 204 && r->status != 304) {
        buf_str(out, "\r\nContent-Length: ");
        buf_u64(out, size);
    }
    if (r->allow != 0) {
        buf_str(out, "\r\nAllow: ");
        methods_write(r->allow, out);
    }
    if (r->retry_secs != 0)
        buf_printf(out, "\r\nRetry-After: %u", (unsigned)r->retry_secs);
    buf_str(out, "\r\n");
    if (r->extra != NULL)
        buf_str(out, r->extra);
    if (r->close)
        buf_str(out, "Connection: close\r\n");
    buf_str(out, "\r\n");
}

void response_write(struct buf *out, const struct response *r)
{
    write_head(out, r, r->body.size);
    if (!r->head_only && r->status != 204 && r->status != 304)
        buf_slice(out, r->body);
}

/* Returns the field of "field: words", or absent. */
static struct slice field_of(const char *detail)
{
    size_t size = strspn(detail, "abcdefghijklmnopqrstuvwxyz_");

    if (size == 0 || strncmp(detail + size, ": ", 2) != 0)
        return (struct slice){NULL, 0};
    return slice_of(detail, size);
}

void problem_document(struct buf *out, const struct problem *problem)
{
    struct slice field = field_of(problem->detail);

    buf_printf(out, "{\"type\":\"/problems/%s\",\"title\":", problem_name(problem->status));
    buf_json_string(out, slice_str(status_text(problem->status)));
    buf_str(out, ",\"status\":");
    buf_u64(out, (uint64_t)problem->status);
    buf_str(out, ",\"detail\":");
    buf_json_string(out, slice_str(problem->detail));
    if (field.size > 0) {
        buf_str(out, ",\"field\":");
        buf_json_string(out, field);
    }
    buf_slice(out, problem->more);
    buf_char(out, '}');
}

void response_problem(struct buf *out, const struct response *response,
                      const struct problem *problem)
{
    struct response r = *response;
    struct buf body;

    buf_init(&body, 4096); /* a detail is one line */
    problem_document(&body, problem);
    buf_char(&body, '\n');
    r.status = problem->status;
    r.type = "application/problem+json";
    r.body = buf_all(&body);
    response_write(out, &r);
    if (!buf_ok(&body))
        out->failed = true;
    buf_clear(&body);
}

void response_stream(struct buf *out, const char *extra)
{
    buf_str(out, "HTTP/1.1 200 OK\r\n"
                 "Content-Type: text/event-stream\r\n"
                 "Cache-Control: no-cache, no-transform\r\n"
                 "X-Accel-Buffering: no\r\n");
    if (extra != NULL)
        buf_str(out, extra);
    buf_str(out, "Connection: close\r\n\r\n");
}

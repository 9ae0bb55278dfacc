/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/response.h"

#include "edge/request.h"

const char *status_text(int status)
{
    static const struct {
        int status;
        const char *text;
    } texts[] = {
        {100, "Continue"},
        {200, "OK"},
        {204, "No Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].status == status)
            return texts[i].text;
    }
    return "Error";
}

static void write_allow(struct buf *out, unsigned methods)
{
    static const struct {
        unsigned method;
        const char *name;
    } names[] = {
        {METHOD_GET, "GET"},
        {METHOD_HEAD, "HEAD"},
        {METHOD_POST, "POST"},
        {METHOD_OPTIONS, "OPTIONS"},
    };
    const char *separator = "Allow: ";

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (methods & names[i].method) {
            buf_str(out, separator);
            buf_str(out, names[i].name);
            separator = ", ";
        }
    }
    buf_str(out, "\r\n");
}

static void write_head(struct buf *out, const struct response *r, size_t size)
{
    buf_str(out, "HTTP/1.1 ");
    buf_u64(out, (uint64_t)r->status);
    buf_char(out, ' ');
    buf_str(out, status_text(r->status));
    buf_str(out, "\r\n");
    if (r->date != NULL)
        buf_printf(out, "Date: %s\r\n", r->date);
    if (r->type != NULL)
        buf_printf(out, "Content-Type: %s\r\n", r->type);
    if (r->status != 204 && r->status != 304)
        buf_printf(out, "Content-Length: %zu\r\n", size);
    if (r->allow != 0)
        write_allow(out, r->allow);
    if (r->retry_secs != 0)
        buf_printf(out, "Retry-After: %u\r\n", (unsigned)r->retry_secs);
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

void problem_document(struct buf *out, int status, const char *detail)
{
    buf_str(out, "{\"type\":\"about:blank\",\"title\":");
    buf_json_string(out, slice_str(status_text(status)));
    buf_str(out, ",\"status\":");
    buf_u64(out, (uint64_t)status);
    buf_str(out, ",\"detail\":");
    buf_json_string(out, slice_str(detail));
    buf_char(out, '}');
}

void response_problem(struct buf *out, const struct response *response, int status,
                      const char *detail)
{
    struct response r = *response;
    struct buf body;

    buf_init(&body, 4096); /* a detail is one line */
    problem_document(&body, status, detail);
    buf_char(&body, '\n');
    r.status = status;
    r.type = "application/problem+json";
    r.body = buf_all(&body);
    response_write(out, &r);
    if (!buf_ok(&body))
        out->failed = true;
    buf_clear(&body);
}

void response_stream(struct buf *out)
{
    buf_str(out, "HTTP/1.1 200 OK\r\n"
                 "Content-Type: text/event-stream\r\n"
                 "Cache-Control: no-cache, no-transform\r\n"
                 "X-Accel-Buffering: no\r\n"
                 "Connection: close\r\n"
                 "\r\n");
}

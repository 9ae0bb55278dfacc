/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/http_request.h"

#include "common/topic/url.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static enum err refuse(char reason[HTTP_TARGET_REASON_SIZE], const char *url, const char *why)
{
    (void)snprintf(reason, HTTP_TARGET_REASON_SIZE, "%.90s: %s", url, why);
    return ERR_INVALID;
}

static void copy(char *out, size_t size, struct slice text)
{
    size_t length = text.size < size ? text.size : size - 1;

    if (length > 0)
        memcpy(out, text.data, length);
    out[length] = '\0';
}

static void fill(const struct url *url, struct http_target *out)
{
    struct slice host = url->host;
    struct slice path = url->path;

    out->tls = slice_equal(url->scheme, SLICE("https"));
    if (url->port.size > 0)
        (void)snprintf(out->authority, sizeof out->authority, "%.*s:%.*s", (int)host.size,
                       host.data, (int)url->port.size, url->port.data);
    else
        copy(out->authority, sizeof out->authority, host);
    if (host.size > 2 && host.data[0] == '[')
        host = slice_of(host.data + 1, host.size - 2);
    copy(out->host, sizeof out->host, host);
    copy(out->port, sizeof out->port,
         url->port.size > 0 ? url->port : slice_str(out->tls ? "443" : "80"));
    while (path.size > 0 && path.data[path.size - 1] == '/')
        path.size--;
    copy(out->path, sizeof out->path, path);
}

enum err http_target_parse(const char *text, struct http_target *out,
                           char reason[HTTP_TARGET_REASON_SIZE])
{
    char full[URL_SIZE_MAX + 8];
    struct url url;
    bool bare = strstr(text, "://") == NULL;

    if (strlen(text) > URL_SIZE_MAX - 8)
        return refuse(reason, text, "too long for a URL");
    (void)snprintf(full, sizeof full, "%s%s", bare ? "http://" : "", text);
    if (text[0] == '\0' || url_parse(slice_str(full), NULL, &url) != OK || !url.has_host ||
        url.host.size == 0)
        return refuse(reason, text, "must be a URL like http://127.0.0.1:8080");
    if (!slice_equal(url.scheme, SLICE("http")) && !slice_equal(url.scheme, SLICE("https")))
        return refuse(reason, text, "the URL must begin with http:// or https://");
    if (url.query.size > 0 || url.fragment.size > 0)
        return refuse(reason, text, "the URL must not contain ? or #");
    if (url.host.size >= HTTP_TARGET_HOST_SIZE || url.path.size >= HTTP_TARGET_PATH_SIZE)
        return refuse(reason, text, "the host or the path is too long");
    fill(&url, out);
    return OK;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static void put_encoded(struct buf *out, struct slice text)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (is_unreserved((char)c)) {
            buf_char(out, (char)c);
        } else {
            buf_char(out, '%');
            buf_char(out, digits[c >> 4]);
            buf_char(out, digits[c & 15]);
        }
    }
}

void http_request_field(struct buf *out, const char *name, struct slice value)
{
    if (out->size > 0)
        buf_char(out, '&');
    put_encoded(out, slice_str(name));
    buf_char(out, '=');
    put_encoded(out, value);
}

/* Returns whether a header can have this value. */
static bool is_header_value(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] <= ' ' || text.data[i] == 0x7f)
            return false;
    }
    return true;
}

static bool ends_line(const char *headers)
{
    size_t size = strlen(headers);

    return size == 0 || (size >= 2 && strcmp(headers + size - 2, "\r\n") == 0);
}

void http_request_write(struct buf *out, const struct http_target *target,
                        const struct http_request *request)
{
    assert(is_header_value(request->token));
    assert(request->headers == NULL || ends_line(request->headers));
    buf_printf(out, "%s %s%s", request->method, target->path, request->path);
    if (request->query.size > 0)
        buf_char(out, '?');
    buf_slice(out, request->query);
    buf_printf(out, " HTTP/1.1\r\nHost: %s\r\nUser-Agent: belfry/%s\r\n", target->authority,
               BELFRY_VERSION);
    if (request->token.size > 0) {
        buf_str(out, "Authorization: Bearer ");
        buf_slice(out, request->token);
        buf_str(out, "\r\n");
    }
    if (request->type != NULL)
        buf_printf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", request->type,
                   request->body.size);
    if (request->headers != NULL)
        buf_str(out, request->headers);
    buf_str(out, "\r\n");
    if (request->type != NULL)
        buf_slice(out, request->body);
}

enum err http_request_token(struct slice text, struct slice *out)
{
    while (text.size > 0 && strchr(" \t\r\n", text.data[text.size - 1]) != NULL)
        text.size--;
    while (text.size > 0 && strchr(" \t\r\n", text.data[0]) != NULL)
        text = slice_of(text.data + 1, text.size - 1);
    if (!is_header_value(text))
        return ERR_INVALID;
    *out = text;
    return OK;
}

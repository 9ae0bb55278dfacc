/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/http/http_parser.h"

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/http/http_precheck.h"

#include <assert.h>
#include <llhttp.h>

struct http_parser {
    llhttp_t parser;
    const struct http_limits *limits;
    struct http_precheck precheck;
    struct buf text; /* the head as received; the message points into it */
    struct buf body;
    struct http_header *headers;
    size_t header_count;
    size_t header_capacity;
    size_t body_fed;   /* bytes after the head, including chunk framing */
    size_t extensions; /* bytes of chunk extensions */
    size_t trailers;   /* bytes of trailer lines */
    bool head_done;
    bool complete;
    struct http_problem problem; /* status 0: none */
    struct http_message message;
};

static int refuse(struct http_parser *h, int status, const char *detail)
{
    if (h->problem.status == 0)
        h->problem = (struct http_problem){status, detail};
    return -1;
}

/* ---- what llhttp calls ---- */

static int on_url(llhttp_t *parser, const char *at, size_t size)
{
    struct http_parser *h = parser->data;

    h->message.target = slice_of(at, size);
    return 0;
}

static int grow_headers(struct http_parser *h)
{
    size_t capacity = h->header_capacity == 0 ? 16 : h->header_capacity * 2;
    struct http_header *headers;

    if (h->header_count < h->header_capacity)
        return 0;
    headers = mem_try_resize(h->headers, capacity * sizeof *headers);
    if (headers == NULL)
        return refuse(h, 431, "no memory for more header lines");
    h->headers = headers;
    h->header_capacity = capacity;
    return 0;
}

static int count_trailer(struct http_parser *h, size_t size)
{
    h->trailers += size;
    return h->trailers > h->limits->trailers
               ? refuse(h, 431, "the trailer lines are longer than the limit")
               : 0;
}

/* Adds a header with an empty value. llhttp gets the complete head at once, so each part of it
 * arrives in one piece. */
static int on_header_field(llhttp_t *parser, const char *at, size_t size)
{
    struct http_parser *h = parser->data;

    if (h->head_done)
        return count_trailer(h, size);
    if (grow_headers(h) != 0)
        return -1;
    /* The value is empty, not absent, if llhttp reports none. */
    h->headers[h->header_count++] =
        (struct http_header){slice_of(at, size), slice_of(at + size, 0)};
    return 0;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static int on_header_value(llhttp_t *parser, const char *at, size_t size)
{
    struct http_parser *h = parser->data;

    if (h->head_done)
        return count_trailer(h, size);
    while (size > 0 && is_space(at[size - 1]))
        size--;
    h->headers[h->header_count - 1].value = slice_of(at, size);
    return 0;
}

/* The headers that determine the end of the body and the host. */
enum known { HOST, CONTENT_LENGTH, TRANSFER_ENCODING, EXPECT, KNOWN };

struct known_header {
    size_t count;
    struct slice value; /* of the first one */
};

static void find_known(const struct http_parser *h, struct known_header out[KNOWN])
{
    static const struct slice names[KNOWN] = {SLICE_INIT("Host"), SLICE_INIT("Content-Length"),
                                              SLICE_INIT("Transfer-Encoding"),
                                              SLICE_INIT("Expect")};

    memset(out, 0, KNOWN * sizeof *out);
    for (size_t i = 0; i < h->header_count; i++) {
        for (size_t k = 0; k < KNOWN; k++) {
            if (slice_equal_nocase(h->headers[i].name, names[k]) && out[k].count++ == 0)
                out[k].value = h->headers[i].value;
        }
    }
}

static bool is_host_character(char c)
{
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return true;
    switch (c) {
    case '-':
    case '.':
    case '_':
    case '~':
    case '%':
    case '!':
    case '$':
    case '&':
    case '\'':
    case '(':
    case ')':
    case '*':
    case '+':
    case ',':
    case ';':
    case '=':
    case ':':
    case '[':
    case ']':
        return true;
    default:
        return false;
    }
}

/* Checks uri-host and port (RFC 3986, section 3.2.2), by their characters only. */
static bool host_valid(struct slice host)
{
    for (size_t i = 0; i < host.size; i++) {
        if (!is_host_character(host.data[i]))
            return false;
    }
    return true;
}

static int check_names(struct http_parser *h)
{
    for (size_t i = 0; i < h->header_count; i++) {
        if (h->headers[i].name.size == 0)
            return refuse(h, 400, "a header line without a name");
    }
    return 0;
}

static int check_host(struct http_parser *h, const struct known_header *host)
{
    if (host->count > 1)
        return refuse(h, 400, "more than one Host");
    if (host->count == 0 && h->message.minor == 1)
        return refuse(h, 400, "no Host");
    if (!host_valid(host->value))
        return refuse(h, 400, "Host is not a host name with an optional port");
    return 0;
}

static int check_transfer_encoding(struct http_parser *h, const struct known_header known[KNOWN])
{
    const struct known_header *coding = &known[TRANSFER_ENCODING];

    if (coding->count == 0)
        return 0;
    if (h->message.minor == 0)
        return refuse(h, 400, "Transfer-Encoding in HTTP/1.0");
    if (known[CONTENT_LENGTH].count > 0)
        return refuse(h, 400, "Transfer-Encoding and Content-Length together");
    if (coding->count > 1)
        return refuse(h, 400, "more than one Transfer-Encoding");
    if (!slice_equal_nocase(coding->value, SLICE("chunked")))
        return refuse(h, 501, "a transfer coding other than chunked");
    return 0;
}

static int check_expect(struct http_parser *h, const struct known_header *expect)
{
    if (h->message.minor == 0 || expect->count == 0)
        return 0;
    if (!slice_equal_nocase(expect->value, SLICE("100-continue")))
        return refuse(h, 417, "an expectation other than 100-continue");
    h->message.expects_continue = true;
    return 0;
}

static int on_headers_complete(llhttp_t *parser)
{
    struct http_parser *h = parser->data;
    struct known_header known[KNOWN];

    h->head_done = true;
    if (parser->http_major != 1 || parser->http_minor > 1)
        return refuse(h, 505, "a version other than HTTP/1.0 and HTTP/1.1");
    h->message.method = slice_str(llhttp_method_name((llhttp_method_t)parser->method));
    h->message.minor = parser->http_minor;
    h->message.keep_alive = llhttp_should_keep_alive(parser) != 0;
    h->message.headers = h->headers;
    h->message.header_count = h->header_count;
    if (parser->method == HTTP_CONNECT)
        return refuse(h, 501, "CONNECT is not implemented");
    find_known(h, known);
    if (check_names(h) != 0 || check_host(h, &known[HOST]) != 0 ||
        check_transfer_encoding(h, known) != 0 || check_expect(h, &known[EXPECT]) != 0)
        return -1;
    if ((parser->flags & F_CONTENT_LENGTH) && parser->content_length > h->limits->body)
        return refuse(h, 413, "the body is larger than the limit");
    return 0;
}

static int on_chunk_header(llhttp_t *parser)
{
    struct http_parser *h = parser->data;

    return parser->content_length > h->limits->body - h->body.size
               ? refuse(h, 413, "the body is larger than the limit")
               : 0;
}

static int on_chunk_extension(llhttp_t *parser, const char *at, size_t size)
{
    struct http_parser *h = parser->data;

    (void)at;
    h->extensions += size;
    return h->extensions > h->limits->chunk_extensions
               ? refuse(h, 400, "the chunk extensions are longer than the limit")
               : 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t size)
{
    struct http_parser *h = parser->data;

    buf_append(&h->body, at, size);
    return buf_ok(&h->body) ? 0 : refuse(h, 413, "the body is larger than the limit");
}

static int on_message_complete(llhttp_t *parser)
{
    struct http_parser *h = parser->data;

    h->complete = true;
    h->message.body = buf_all(&h->body);
    return HPE_PAUSED; /* the rest belongs to the next request */
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_chunk_header = on_chunk_header,
    .on_chunk_extension_name = on_chunk_extension,
    .on_chunk_extension_value = on_chunk_extension,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* ---- the functions of the header ---- */

/* Returns the bytes of all line ends of a head: of the empty line before it, the request line, the
 * header lines, and the empty line after them. */
static size_t line_ends(const struct http_limits *limits)
{
    return 2 * (limits->header_count + 3);
}

static void begin(struct http_parser *h)
{
    llhttp_init(&h->parser, HTTP_REQUEST, &settings);
    h->parser.data = h;
    http_precheck_init(&h->precheck, h->limits);
    buf_reset(&h->text);
    buf_reset(&h->body);
    h->header_count = 0;
    h->body_fed = 0;
    h->extensions = 0;
    h->trailers = 0;
    h->head_done = false;
    h->complete = false;
    h->problem = (struct http_problem){0, NULL};
    h->message = (struct http_message){.minor = 1};
}

struct http_parser *http_parser_create(const struct http_limits *limits)
{
    struct http_parser *h = mem_alloc(sizeof *h);

    h->limits = limits;
    buf_init(&h->text, limits->line + limits->header_bytes + line_ends(limits));
    buf_init(&h->body, limits->body);
    begin(h);
    return h;
}

void http_parser_destroy(struct http_parser *h)
{
    if (h == NULL)
        return;
    buf_clear(&h->text);
    buf_clear(&h->body);
    mem_free(h->headers);
    mem_free(h);
}

void http_parser_next(struct http_parser *h)
{
    assert(h->complete);
    begin(h);
}

static void refuse_as_llhttp(struct http_parser *h, llhttp_errno_t err)
{
    const char *reason = llhttp_get_error_reason(&h->parser);

    if (err == HPE_INVALID_METHOD)
        refuse(h, 501, "an unknown method");
    else if (err == HPE_INVALID_VERSION || err == HPE_PAUSED_H2_UPGRADE)
        refuse(h, 505, "a version other than HTTP/1.0 and HTTP/1.1");
    else
        refuse(h, 400, reason != NULL && reason[0] != '\0' ? reason : "not an HTTP request");
}

/* Feeds llhttp and returns the number of bytes used; errors are in h->problem. */
static size_t run(struct http_parser *h, struct slice bytes)
{
    llhttp_errno_t err = llhttp_execute(&h->parser, bytes.data, bytes.size);

    if (h->complete && (err == HPE_PAUSED || err == HPE_PAUSED_UPGRADE))
        return (size_t)(llhttp_get_error_pos(&h->parser) - bytes.data);
    if (err != HPE_OK)
        refuse_as_llhttp(h, err);
    return bytes.size;
}

/* Parses the head, or the part of it that was received. */
static void run_head(struct http_parser *h)
{
    if (run(h, buf_all(&h->text)) != h->text.size)
        refuse(h, 400, "bytes after the end of the head");
    else if (h->problem.status == 0 && h->head_done != http_precheck_passed(&h->precheck))
        refuse(h, 400, "the end of the head is unclear");
}

/* Checks and collects the bytes of the head, and parses it when it is complete or refused. llhttp
 * has no limits, and accepts obs-fold, two spaces in the request line and HTTP/0.9. So
 * http_precheck checks every byte of a head first. Both must find the end of the head at the same
 * byte. */
static enum http_event feed_head(struct http_parser *h, struct slice bytes, size_t *out_used)
{
    struct http_problem found = {0, NULL};

    *out_used = http_precheck_scan(&h->precheck, bytes, &found);
    buf_append(&h->text, bytes.data, *out_used);
    if (!buf_ok(&h->text))
        refuse(h, 431, "no memory for the head");
    else if (h->text.size > 0 && (found.status != 0 || http_precheck_passed(&h->precheck)))
        run_head(h);
    /* An error that llhttp finds before the byte that http_precheck refuses takes precedence. */
    if (h->problem.status == 0)
        h->problem = found;
    if (h->problem.status != 0)
        return HTTP_EVENT_BAD;
    if (h->complete)
        return HTTP_EVENT_DONE;
    return h->head_done ? HTTP_EVENT_HEAD : HTTP_EVENT_MORE;
}

/* Returns true if the body has far more chunk framing than it can need. A chunk has at least five
 * bytes of framing (a digit and two line ends), and a client may send one byte per chunk. More than
 * that (leading zeros in chunk sizes) has no use. */
static bool framing_excessive(const struct http_parser *h)
{
    size_t allowed = 64 + h->limits->chunk_extensions + h->limits->trailers;

    allowed += 2 * h->limits->header_count; /* line ends and colons of trailers */
    return h->body_fed > allowed + 10 * h->body.size;
}

static enum http_event feed_body(struct http_parser *h, struct slice bytes, size_t *out_used)
{
    size_t used = run(h, bytes);

    *out_used = used;
    h->body_fed += used;
    if (h->problem.status == 0 && framing_excessive(h))
        refuse(h, 400, "more chunk framing than body");
    if (h->problem.status != 0)
        return HTTP_EVENT_BAD;
    return h->complete ? HTTP_EVENT_DONE : HTTP_EVENT_MORE;
}

enum http_event http_parser_feed(struct http_parser *h, struct slice bytes, size_t *out_used)
{
    assert(!h->complete && h->problem.status == 0);
    *out_used = 0;
    if (bytes.size == 0)
        return HTTP_EVENT_MORE;
    return h->head_done ? feed_body(h, bytes, out_used) : feed_head(h, bytes, out_used);
}

const struct http_message *http_parser_message(const struct http_parser *h)
{
    assert(h->head_done && h->problem.status == 0);
    return &h->message;
}

struct http_problem http_parser_problem(const struct http_parser *h)
{
    assert(h->problem.status != 0);
    return h->problem;
}

struct slice http_header_named(const struct http_message *message, struct slice name)
{
    for (size_t i = 0; i < message->header_count; i++) {
        if (slice_equal_nocase(message->headers[i].name, name))
            return message->headers[i].value;
    }
    return (struct slice){NULL, 0};
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_HTTP_REQUEST_H
#define BELFRY_EDGE_HTTP_REQUEST_H

/* What a request's target and form say: method, path, and fields by name. Pure. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/number.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits, so that a route can name a set of them. */
enum method {
    METHOD_GET = 1,
    METHOD_HEAD = 2,
    METHOD_POST = 4,
    METHOD_OPTIONS = 8,
    METHOD_OTHER = 16, /* one that no route takes */
};

enum method method_parse(struct slice name);

/* Appends the methods' names: "GET, HEAD". */
void methods_write(unsigned methods, struct buf *out);

/* A target cut in two. `path` starts with '/', and is as it was sent ("/a%20b"); "*" stands for the
 * server as a whole (OPTIONS). `query` is what follows the first '?', or absent. */
struct target {
    struct slice path;
    struct slice query;
};

/* Takes /path?query, http://host/path?query and *. ERR_INVALID for all else, and for a fragment. */
MUST_CHECK enum err target_parse(struct slice text, struct target *out);

/* Whether percent_decode() would give the text as it is. */
bool percent_plain(struct slice text, bool plus);

/* Appends the text with its %XX decoded, and with '+' as a space when `plus` says so. ERR_INVALID: a
 * '%' without two hex digits (some bytes may have been appended). */
MUST_CHECK enum err percent_decode(struct slice text, bool plus, struct buf *out);

/* Returns whether the character is unreserved (RFC 3986, 2.3), and so is never encoded. */
bool percent_unreserved(char c);

/* Appends the text, with all characters percent-encoded that are not unreserved. */
void percent_encode(struct slice text, struct buf *out);

#define FORM_FIELDS_MAX 1000

struct form_field {
    struct slice name;
    struct slice value;
};

/* Decoded fields of a query or of an application/x-www-form-urlencoded body, in their order; names may
 * repeat. */
struct form {
    struct buf
        bytes; /* what the slices point into; empty when there was nothing to decode: into the text */
    struct form_field *fields;
    size_t count;
};

/* ERR_INVALID (percent-encoding), ERR_TOO_MANY (fields), ERR_NO_MEMORY. Absent text: no fields. *out must
 * be cleared, except after a failure; the text must stay until then. */
MUST_CHECK enum err form_parse(struct slice text, struct form *out);
void form_clear(struct form *form);

/* The value of the first field of that name; absent when there is none (an empty value is not absent). */
struct slice form_field(const struct form *form, struct slice name);

/* The same by a string: a literal's length is then known when this is compiled. */
static inline struct slice form_find(const struct form *form, const char *name)
{
    return form_field(form, slice_str(name));
}

/* Whether a Content-Type is that media type, whatever its parameters: "text/plain; charset=utf-8". */
bool media_type_equal(struct slice content_type, struct slice type);

static inline bool media_type_is(struct slice content_type, const char *type)
{
    return media_type_equal(content_type, slice_str(type));
}

/* Whether a comma-separated header names the token with a weight above 0: "gzip, br;q=0". */
bool accepts(struct slice header, const char *token);

/* Whether an If-None-Match has the tag: a list, compared weakly, or "*" (RFC 9110, 13.1.2). The tag has no comma. */
bool etag_matches(struct slice header, struct slice etag);

#endif

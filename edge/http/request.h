/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_HTTP_REQUEST_H
#define BELFRY_EDGE_HTTP_REQUEST_H

/* Parses the parts of a request: method, path, query and form fields, and some header values.
 * Pure. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/number.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The methods, as bits, so that a route can allow several. */
enum method {
    METHOD_GET = 1,
    METHOD_HEAD = 2,
    METHOD_POST = 4,
    METHOD_OPTIONS = 8,
    METHOD_OTHER = 16, /* any other */
};

/* Returns the method with this name (in upper case), or METHOD_OTHER. */
enum method method_parse(struct slice name);

/* Appends the names of the methods: "GET, HEAD". */
void methods_write(unsigned methods, struct buf *out);

/* The parts of a target. `path` starts with '/' and is not decoded ("/a%20b"); "*" means the server
 * itself (OPTIONS). `query` is what follows the first '?', or absent. */
struct target {
    struct slice path;
    struct slice query;
};

/* Parses /path?query, http://host/path?query (or https) and *. ERR_INVALID for anything else, and
 * for a fragment. */
MUST_CHECK enum err target_parse(struct slice text, struct target *out);

/* Returns whether percent_decode() would append the text unchanged. */
bool percent_plain(struct slice text, bool plus);

/* Appends the text with its %XX decoded, and, if `plus` is set, with '+' as a space.
 * ERR_INVALID: a '%' without two hex digits; some bytes may have been appended. */
MUST_CHECK enum err percent_decode(struct slice text, bool plus, struct buf *out);

/* Returns whether the character is unreserved (RFC 3986, section 2.3), and so is never encoded. */
bool percent_unreserved(char c);

/* Appends the text, with all characters percent-encoded that are not unreserved. */
void percent_encode(struct slice text, struct buf *out);

#define FORM_FIELDS_MAX 1000

struct form_field {
    struct slice name;
    struct slice value;
};

/* Decoded fields of a query or of an application/x-www-form-urlencoded body, in their order.
 * Names may repeat. */
struct form {
    struct buf
        bytes; /* what the slices point into; empty if that is the text (nothing to decode) */
    struct form_field *fields;
    size_t count;
};

/* Parses a query or a form; absent text has no fields. *out must be cleared, and the text must
 * stay until then. ERR_INVALID (percent-encoding), ERR_TOO_MANY (fields), ERR_NO_MEMORY: nothing
 * to clear. */
MUST_CHECK enum err form_parse(struct slice text, struct form *out);
void form_clear(struct form *form);

/* Returns the value of the first field with this name; absent if there is none (an empty value
 * is not absent). */
struct slice form_field(const struct form *form, struct slice name);

/* Does the same for a string: the length of a literal is then known at compile time. */
static inline struct slice form_find(const struct form *form, const char *name)
{
    return form_field(form, slice_str(name));
}

/* Returns whether a Content-Type is this media type, whatever its parameters: "text/plain;
 * charset=utf-8". */
bool media_type_equal(struct slice content_type, struct slice type);

static inline bool media_type_is(struct slice content_type, const char *type)
{
    return media_type_equal(content_type, slice_str(type));
}

/* Returns whether a comma-separated header has the token with a weight above 0: "gzip, br;q=0". */
bool accepts(struct slice header, const char *token);

/* Returns whether an If-None-Match has the tag: a list, compared weakly, or "*" (RFC 9110,
 * 13.1.2). The tag must not contain a comma. */
bool etag_matches(struct slice header, struct slice etag);

#endif

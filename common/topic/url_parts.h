/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOPIC_URL_PARTS_H
#define BELFRY_COMMON_TOPIC_URL_PARTS_H

/* Normalizes single parts of URLs. Each function appends a part as it is in a normalized URL,
 * and returns false if the part is not valid or does not fit. Pure. */

#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

struct url_out {
    char *data;   /* the caller's memory */
    size_t used;  /* bytes written */
    size_t limit; /* bytes of memory */
};

/* Returns whether the scheme is special: http, https, ws, wss, ftp, file. */
bool url_scheme_special(struct slice scheme);

/* Returns the scheme's default port in decimal, or empty. */
struct slice url_default_port(struct slice scheme);

/* Appends the text unchanged. */
bool url_put(struct url_out *out, struct slice text);

bool url_put_scheme(struct url_out *out, struct slice scheme);
bool url_put_host(struct url_out *out, struct slice host, bool special);

/* Appends a piece of a special scheme's host name: in lower case, percent-decoded. */
bool url_put_domain(struct url_out *out, struct slice host);

/* Appends a port without leading zeros; appends nothing for the scheme's default port. */
bool url_put_port(struct url_out *out, struct slice port, struct slice scheme);

/* Appends a path or a piece of one. `..` never removes more than this call has written. */
bool url_put_path(struct url_out *out, struct slice path, bool special);

/* These percent-encode what is not allowed in the part. */
bool url_put_opaque(struct url_out *out, struct slice path);
bool url_put_query(struct url_out *out, struct slice query, bool special);
bool url_put_fragment(struct url_out *out, struct slice fragment);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_ACCESS_ORIGINS_H
#define BELFRY_EDGE_ACCESS_ORIGINS_H

/* Lists of origins, and protection against CSRF: whether a request comes from a trusted page.
 * Pure. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/http/http_parser.h"

#include <stdbool.h>

/* Returns whether a comma-separated list contains the origin ("https://example.org", in any
 * case). */
bool origins_have(const char *origins, struct slice origin);

/* Returns whether a list of origins contains "*". */
bool origins_any(const char *origins);

/* Checks a list. ERR_INVALID: the entry *out_bad is neither "*" nor scheme://host[:port]. */
MUST_CHECK enum err origins_check(const char *origins, struct slice *out_bad);

/* Returns whether a request that a browser may have sent unasked, with its cookies, comes from a
 * trusted page: its Origin, or else its Referer, is in the list or is this host. Without both it
 * is not trusted. */
bool origins_trust_page(const struct http_message *message, const char *origins);

#endif

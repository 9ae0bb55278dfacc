/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_ACCESS_ORIGINS_H
#define BELFRY_EDGE_ACCESS_ORIGINS_H

/* Lists of origins, and whether a request comes from a page of one (CSRF). Pure. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/http/http_parser.h"

#include <stdbool.h>

/* Whether a comma-separated list has the origin ("https://example.org", case does not matter). */
bool origins_have(const char *origins, struct slice origin);

/* Whether a list of origins has an entry "*". */
bool origins_any(const char *origins);

/* ERR_INVALID: an entry is neither "*" nor scheme://host[:port]; *out_bad is that entry. */
MUST_CHECK enum err origins_check(const char *origins, struct slice *out_bad);

/* Whether a request that a browser may have sent by itself, with its cookies, comes from a page that we trust:
 * its Origin, else its Referer, is in the list or is this very host. Without both it is not trusted. */
bool origins_trust_page(const struct http_message *message, const char *origins);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_API_ASSETS_H
#define BELFRY_EDGE_API_ASSETS_H

/* The files of the web pages, which are embedded in the program. Pure.
 *
 * web/CMakeLists.txt generates the table web_assets[] (library web_assets) from web/dist and
 * web/openapi. */

#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

struct asset {
    const char *name; /* "index.html", "app.js": the path without its first '/' */
    const char *type; /* Content-Type */
    const char *etag; /* with quotes */
    const unsigned char *data;
    size_t size;
    const unsigned char *gzip_data; /* NULL if gzip does not make the file smaller */
    size_t gzip_size;
};

struct asset_table {
    const struct asset *assets;
    size_t count;
};

extern const struct asset web_assets[];
extern const size_t web_asset_count;

/* Returns the file of a path, or NULL. A page needs no ".html": "/" is index.html, "/docs/http" is
 * docs/http.html. */
const struct asset *asset_find(const struct asset_table *table, struct slice path);

struct asset_response {
    int status; /* 200 or 304 */
    struct slice body;
    bool gzip;
};

/* Returns the response to a request with these If-None-Match and Accept-Encoding headers (absent:
 * not sent). */
struct asset_response asset_response(const struct asset *asset, struct slice if_none_match,
                                     struct slice accept_encoding);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/assets.h"

#include "edge/http/request.h"

/* Returns true if the file has this name, with or without ".html". */
static bool is_named(const struct asset *asset, struct slice name)
{
    struct slice file = slice_str(asset->name);

    if (!slice_starts(file, name))
        return false;
    return file.size == name.size ||
           slice_equal(slice_of(file.data + name.size, file.size - name.size), SLICE(".html"));
}

const struct asset *asset_find(const struct asset_table *table, struct slice path)
{
    struct slice name;

    if (path.size == 0 || path.data[0] != '/')
        return NULL;
    name = path.size == 1 ? SLICE("index") : slice_of(path.data + 1, path.size - 1);
    for (size_t i = 0; i < table->count; i++) {
        if (is_named(&table->assets[i], name))
            return &table->assets[i];
    }
    return NULL;
}

struct asset_response asset_response(const struct asset *asset, struct slice if_none_match,
                                     struct slice accept_encoding)
{
    if (if_none_match.size > 0 && etag_matches(if_none_match, slice_str(asset->etag)))
        return (struct asset_response){.status = 304};
    if (asset->gzip_data != NULL && accepts(accept_encoding, "gzip"))
        return (struct asset_response){200, slice_of(asset->gzip_data, asset->gzip_size), true};
    return (struct asset_response){200, slice_of(asset->data, asset->size), false};
}

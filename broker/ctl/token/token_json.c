/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/token/token.h"

#include "common/base/json_text.h"

#include <jansson.h>
#include <stdlib.h>

enum err token_json_compact(struct slice json, struct buf *out)
{
    json_t *root = NULL;
    char *text;

    if (!json_text_too_deep(json, CLAIMS_DEPTH_MAX))
        root = json_loadb(json.data, json.size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    if (root == NULL)
        return ERR_INVALID;
    text = json_dumps(root, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
    json_decref(root);
    if (text == NULL)
        return ERR_NO_MEMORY;
    buf_str(out, text);
    free(text);
    return buf_ok(out) ? OK : ERR_TOO_LARGE;
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/problem_details.h"

#include "broker/ctl/lib/json_read.h"
#include "broker/ctl/lib/text.h"

#include <jansson.h>

bool problem_details_text(struct slice json, struct buf *out)
{
    json_t *root = NULL;
    struct slice text;

    if (json_read_object(json, &root) != OK)
        return false;
    text = json_read_text(root, "detail");
    if (text.data == NULL)
        text = json_read_text(root, "title");
    if (text.data != NULL)
        text_clean(out, text);
    json_decref(root);
    return text.data != NULL;
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/claims.h"

bool claims_too_deep(struct slice json, size_t depth)
{
    size_t open = 0;
    bool quoted = false;

    for (size_t i = 0; i < json.size; i++) {
        char c = json.data[i];

        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{') && ++open > depth)
            return true;
        else if (!quoted && (c == ']' || c == '}') && open > 0)
            open--;
    }
    return false;
}

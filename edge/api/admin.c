/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/admin.h"

static bool is_among(struct slice text, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(text, slice_str(names[i])))
            return true;
    }
    return false;
}

bool admin_allows(const struct admin_command *command)
{
    static const char *const broker[] = {"stats", "topics", "presence", "trim", "log-level"};
    static const char *const edge[] = {"clients", "disconnect", "drain", "undrain", "log-level"};

    if (slice_equal(command->command, SLICE("edge")))
        return command->count >= 2 &&
               is_among(command->arguments[1], edge, sizeof edge / sizeof edge[0]);
    return is_among(command->command, broker, sizeof broker / sizeof broker[0]);
}

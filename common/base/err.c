/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/err.h"

const char *err_text(enum err err)
{
    switch (err) {
#define X(name, number, text)                                                                      \
    case name:                                                                                     \
        return text;
        ERR_MAP(X)
#undef X
    }
    return "unknown error";
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_MERCURE_MERCURE_CHARSET_H
#define BELFRY_EDGE_MERCURE_MERCURE_CHARSET_H

/* The characters that the modern dialect of Mercure allows in topics, ids and types. Pure. */

#include "common/base/slice.h"

#include <stdbool.h>

/* Returns whether the text is UTF-8 without control characters (C0, DEL, C1) and format
 * characters (Cf of Unicode 15), which can make two different texts look the same. */
bool mercure_charset_allows(struct slice text);

#endif

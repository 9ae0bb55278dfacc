/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_MERCURE_MERCURE_CHARSET_H
#define BELFRY_EDGE_MERCURE_MERCURE_CHARSET_H

/* Which texts the modern dialect of Mercure takes. Pure. */

#include "common/base/slice.h"

#include <stdbool.h>

/* True for UTF-8 without control characters (C0, DEL, C1) and without format characters (Cf of Unicode 15), which
 * make two texts look the same. */
bool mercure_charset_allows(struct slice text);

#endif

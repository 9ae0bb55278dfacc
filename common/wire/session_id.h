/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_WIRE_SESSION_ID_H
#define BELFRY_COMMON_WIRE_SESSION_ID_H

/* Session ids, which identify one stream of one edge: "00c0ffee00c0ffee-42". */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdint.h>

/* Parses 16 lower-case hex digits (the edge's incarnation), '-' and a decimal number. Returns
 * ERR_INVALID for any other text. */
MUST_CHECK enum err session_id_parse(struct slice text, uint64_t *out_incarnation,
                                     uint64_t *out_number);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_PROBLEM_DETAILS_H
#define BELFRY_BROKER_CTL_LIB_PROBLEM_DETAILS_H

/* Reads the problem documents (RFC 9457) with which an edge explains an error. */

#include "common/base/buf.h"
#include "common/base/slice.h"

#include <stdbool.h>

/* Appends the document's detail, or its title if it has no detail, safe for a terminal. Returns
 * false if the text is not a problem document. */
bool problem_details_text(struct slice json, struct buf *out);

#endif

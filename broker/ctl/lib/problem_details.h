/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_PROBLEM_DETAILS_H
#define BELFRY_BROKER_CTL_LIB_PROBLEM_DETAILS_H

/* What an edge's problem document (RFC 9457) says. */

#include "common/base/buf.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* Appends the detail (or the title), clean for a terminal. False: it is no such document. */
bool problem_details_text(struct slice json, struct buf *out);

/* Appends a text member of a JSON object. False: it has none. */
bool problem_member(struct slice json, const char *name, struct buf *out);

/* A number, not below 0; -1: there is none of that name. */
int64_t problem_number(struct slice json, const char *name);

#endif

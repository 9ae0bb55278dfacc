/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_HUB_HISTORY_H
#define BELFRY_BROKER_CTL_HUB_HISTORY_H

/* `belfry history [TOPIC...]`: a page of what is stored, from an edge. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

int history_main(int argc, char **argv);

/* An edge's page as lines for people. The id before which the page before ends replaces the text of
 * `out_before`; empty when there is none. ERR_MALFORMED: it is no page. */
MUST_CHECK enum err history_text(struct slice json, struct buf *out, struct buf *out_before);

#endif

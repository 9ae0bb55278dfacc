/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_WATCH_H
#define BELFRY_EDGE_STATE_WATCH_H

/* Which events notify a stream of others' subscriptions: none, or those of a dialect. */
enum watch { WATCH_NOTHING, WATCH_LEGACY, WATCH_MODERN };
#define WATCHES 3

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_WATCH_H
#define BELFRY_EDGE_STATE_WATCH_H

/* The events about others' subscriptions that a stream gets: none, or those of a dialect. The
 * dialects are Mercure's: the older one and the modern one. */
enum watch { WATCH_NOTHING, WATCH_LEGACY, WATCH_MODERN };
#define WATCHES 3

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_HANDLE_PUBLISH_FRAME_H
#define BELFRY_BROKER_CORE_HANDLE_PUBLISH_FRAME_H

/* The frames of the publish socket: PUBLISH and EPHEMERAL. */

#include "broker/core/broker_state.h"
#include "common/wire/wire.h"

#include <stdint.h>

/* Takes the publishes of a frame that have the edge's next numbers, and drops the others, which
 * the edge sends again. */
void broker_handle_publish(struct broker *b, uint64_t now_ms, const struct wire_publish *frame);

/* Takes ephemeral records. A frame with a bad one is dropped as a whole. */
void broker_handle_ephemeral(struct broker *b, uint64_t now_ms, const struct wire_ephemeral *frame);

#endif

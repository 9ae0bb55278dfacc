/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_HANDLE_PUBLISH_FRAME_H
#define BELFRY_BROKER_CORE_HANDLE_PUBLISH_FRAME_H

/* Handles the frames of the publish socket: PUBLISH and EPHEMERAL. */

#include "broker/core/broker_state.h"
#include "common/wire/wire.h"

#include <stdint.h>

/* Accepts the publishes of a frame that have the edge's next numbers. Drops the others, which the
 * edge sends again. */
void broker_handle_publish(struct broker *b, uint64_t now_ms, const struct wire_publish *frame);

/* Queues ephemeral records for the broadcast. Drops the frame when one of them is invalid. */
void broker_handle_ephemeral(struct broker *b, uint64_t now_ms, const struct wire_ephemeral *frame);

#endif

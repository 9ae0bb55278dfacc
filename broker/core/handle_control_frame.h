/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_HANDLE_CONTROL_FRAME_H
#define BELFRY_BROKER_CORE_HANDLE_CONTROL_FRAME_H

/* Handles the frames that arrive on the control socket. */

#include "broker/core/broker_state.h"
#include "broker/core/control_peer.h"
#include "common/wire/wire.h"

#include <stdint.h>

/* Handles a frame from an edge or an operator. */
void broker_handle_control(struct broker *b, uint64_t now_ms, const struct control_peer *peer,
                           const struct wire_frame *frame);

#endif

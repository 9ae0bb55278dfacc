/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_CONTROL_PEER_H
#define BELFRY_BROKER_CORE_CONTROL_PEER_H

/* The sender of a control frame: the routing id that the ROUTER socket assigned, opaque bytes. */

#include <stdint.h>

#define CONTROL_PEER_SIZE_MAX 32

struct control_peer {
    uint8_t size;
    char bytes[CONTROL_PEER_SIZE_MAX];
};

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/conn_state.h"

#define TO(state) (1u << (state))

bool conn_state_follows(enum conn_state from, enum conn_state to)
{
    static const unsigned moves[CONN_STATES] = {
        [CONN_IDLE] = TO(CONN_IDLE) | TO(CONN_READING) | TO(CONN_CLOSED) | TO(CONN_BROKEN),
        [CONN_READING] = TO(CONN_READING) | TO(CONN_WAITING) | TO(CONN_WRITING) | TO(CONN_STREAM) |
                         TO(CONN_ENDING) | TO(CONN_CLOSED) | TO(CONN_BROKEN),
        [CONN_WAITING] = TO(CONN_WRITING) | TO(CONN_STREAM) | TO(CONN_ENDING) | TO(CONN_CLOSED) |
                         TO(CONN_BROKEN),
        [CONN_WRITING] = TO(CONN_WRITING) | TO(CONN_IDLE) | TO(CONN_CLOSED) | TO(CONN_BROKEN),
        [CONN_STREAM] = TO(CONN_ENDING) | TO(CONN_CLOSED) | TO(CONN_BROKEN),
        [CONN_ENDING] = TO(CONN_ENDING) | TO(CONN_LINGERING) | TO(CONN_CLOSED) | TO(CONN_BROKEN),
        [CONN_LINGERING] = TO(CONN_CLOSED),
        [CONN_BROKEN] = TO(CONN_CLOSED),
        [CONN_CLOSED] = 0,
    };

    return (moves[from] & TO(to)) != 0;
}

unsigned conn_state_watches(enum conn_state state, bool output, bool ended, bool early)
{
    unsigned write = output ? CONN_WATCH_WRITE : 0;

    switch (state) {
    case CONN_IDLE:
    case CONN_LINGERING:
        return CONN_WATCH_READ;
    case CONN_READING:
    case CONN_STREAM:
        return CONN_WATCH_READ | write;
    case CONN_WAITING:
        if (!early)
            return CONN_WATCH_READ | write;
        return (ended ? 0 : CONN_WATCH_END) | write;
    case CONN_WRITING:
    case CONN_ENDING:
        return CONN_WATCH_WRITE;
    case CONN_BROKEN:
    case CONN_CLOSED:
    case CONN_STATES:
        break;
    }
    return 0;
}

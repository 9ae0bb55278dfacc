/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_HUB_SUBSCRIBE_H
#define BELFRY_BROKER_CTL_HUB_SUBSCRIBE_H

/* `belfry subscribe [TOPIC...]`: a stream over an edge's HTTP, as a browser has it: it reconnects
 * by itself and goes on where it was. */

int subscribe_main(int argc, char **argv);

#endif

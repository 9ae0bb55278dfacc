/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_DOCTOR_DOCTOR_H
#define BELFRY_BROKER_CTL_DOCTOR_DOCTOR_H

/* `belfry doctor URL`: does the way from a client to the edges, with all the proxies on it, let
 * streams through as they are meant? */

int doctor_main(int argc, char **argv);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_HUB_SUBSCRIBE_H
#define BELFRY_BROKER_CTL_HUB_SUBSCRIBE_H

/* `belfry subscribe [TOPIC...]`: a stream over an edge's HTTP. As a browser does, it reconnects and
 * resumes after the last event. */

/* argv[0] is the command's name. Returns the exit status (broker/ctl/lib/cli.h). */
int subscribe_main(int argc, char **argv);

#endif

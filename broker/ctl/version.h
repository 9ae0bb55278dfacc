/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_VERSION_H
#define BELFRY_BROKER_CTL_VERSION_H

/* `belfry version`: shows the version and the commit that the program was built from. */

int version_main(int argc, char **argv);

#endif

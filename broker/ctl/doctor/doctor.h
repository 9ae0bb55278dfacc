/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_DOCTOR_DOCTOR_H
#define BELFRY_BROKER_CTL_DOCTOR_DOCTOR_H

/* `belfry doctor URL`: tests streaming through proxies and suggests fixes. */

/* argv[0] is the command's name. Returns the exit status (broker/ctl/lib/cli.h). */
int doctor_main(int argc, char **argv);

#endif

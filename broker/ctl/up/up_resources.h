/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_UP_UP_RESOURCES_H
#define BELFRY_BROKER_CTL_UP_UP_RESOURCES_H

/* What `belfry up` looks at and takes before it starts anything: programs, data directory, ports.
 * Each function's `reason` is one line for the operator. */

#include "broker/ctl/up/up_plan.h"
#include "common/base/err.h"

#define UP_PATH_SIZE 4096
#define UP_REASON_SIZE (UP_PATH_SIZE + 256)

struct up_resources {
    char programs[UP_PATH_SIZE]; /* directory of the executables */
    char data[UP_PATH_SIZE];     /* absolute path of the data directory */
    int lock_fd;                 /* as long as it is open the data directory is ours */
    int public_fd;               /* bound to HOST:PORT, listening; every edge accepts from it */
};

/* Takes all or nothing. ERR_NOT_FOUND, ERR_DENIED, ERR_BUSY, ERR_TOO_LARGE (the sockets' paths),
 * ERR_INVALID (the host), ERR_IO. */
MUST_CHECK enum err up_resources_claim(const struct up_options *options, struct up_resources *out,
                                       char reason[UP_REASON_SIZE]);

/* Closes the public port: connections that nobody has accepted are refused from now on. */
void up_resources_close_port(struct up_resources *place);

/* Closes what is open. */
void up_resources_release(struct up_resources *place);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_UP_UP_RESOURCES_H
#define BELFRY_BROKER_CTL_UP_UP_RESOURCES_H

/* Finds and claims what `belfry up` needs before it starts: programs, data directory, ports. */

#include "broker/ctl/up/up_plan.h"
#include "common/base/err.h"

#define UP_PATH_SIZE 4096
#define UP_REASON_SIZE (UP_PATH_SIZE + 256)

struct up_resources {
    char programs[UP_PATH_SIZE]; /* directory of the executables */
    char data[UP_PATH_SIZE];     /* absolute path of the data directory */
    int lock_fd;                 /* holds the lock of the data directory */
    int public_fd;               /* listens on HOST:PORT; every edge accepts from it */
};

/* Claims all or nothing. Returns, with one line in `reason`, ERR_NOT_FOUND, ERR_DENIED, ERR_BUSY,
 * ERR_TOO_LARGE (the paths of the sockets), ERR_INVALID (the host) or ERR_IO. */
MUST_CHECK enum err up_resources_claim(const struct up_options *options, struct up_resources *out,
                                       char reason[UP_REASON_SIZE]);

/* Closes the supervisor's descriptor of the public port. The edges still have theirs; once these
 * are closed too, the kernel refuses connections that no edge has accepted. */
void up_resources_close_port(struct up_resources *r);

/* Releases what was claimed. */
void up_resources_release(struct up_resources *r);

#endif

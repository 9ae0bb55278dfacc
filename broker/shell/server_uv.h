/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_SHELL_SERVER_UV_H
#define BELFRY_BROKER_SHELL_SERVER_UV_H

/* The broker's shell: runs the core with the journal and the sockets until a signal ends it. */

#include "broker/core/broker.h"
#include "broker/journal/journal.h"
#include "common/base/err.h"
#include "common/http/endpoint.h"
#include "common/process/log.h"

#include <stdint.h>

struct server_config {
    const char *bind;    /* base address, common/wire/bus_address.h */
    struct endpoint ops; /* address of health and metrics; without a host they are not served */
    struct journal_config journal;
    struct broker_config broker;
    struct log log; /* its level is also the core's initial level */
};

#define SERVER_REASON_SIZE 512

/* Runs until SIGTERM or SIGINT, then stores the accepted publishes and returns OK. When it cannot
 * start, returns an error, and `reason` is one line for the operator. */
MUST_CHECK enum err server_run(const struct server_config *config, char reason[SERVER_REASON_SIZE]);

#endif

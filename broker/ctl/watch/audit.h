/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_WATCH_AUDIT_H
#define BELFRY_BROKER_CTL_WATCH_AUDIT_H

/* `belfry audit`: checks that the counters of a running system agree. Each accepted publish must
 * have an outcome, and each record of the log must have reached each edge.
 *
 * The command requests "stats" at least twice. The counters of a single process must balance in
 * each reply. An edge's counters are those of its last PING, up to a second old. Therefore the
 * counters of different processes are compared only if they never decrease, and an older value on
 * one side with a newer value on the other. If nothing changed between two replies, and each edge
 * sent its counters again in between, the system is quiet and the counters must be equal. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* argv[0] is the command's name. Returns the exit status (broker/ctl/lib/cli.h): CLI_FOUND if
 * something does not balance. */
int audit_main(int argc, char **argv);

enum audit_state {
    AUDIT_OK,
    AUDIT_OFF, /* does not balance */
    /* cannot be checked: the peer is too old, or this broker has not counted all publishes of the
     * edge */
    AUDIT_OPEN,
};

#define AUDIT_TEXT_SIZE 256
#define AUDIT_NAME_SIZE 64

/* One equation between counters. */
struct audit_balance {
    char who[AUDIT_NAME_SIZE]; /* "broker", or the name of an edge */
    const char *name;          /* static */
    enum audit_state state;
    char text[AUDIT_TEXT_SIZE]; /* the equation with its values */
};

/* The result. Pure data: init/clear. */
struct audit {
    struct audit_balance *balances;
    size_t count;
    size_t capacity;
    size_t edges;
    bool quiet;
    uint64_t ms; /* time between the two replies */
};

void audit_init(struct audit *a);
void audit_clear(struct audit *a);

/* How two replies to "stats" may be compared. */
enum audit_pair {
    AUDIT_STALE,  /* not yet: an edge has not sent its counters again */
    AUDIT_MOVING, /* the system is busy */
    AUDIT_QUIET,  /* nothing has changed, and nothing waits */
};

/* Returns ERR_MALFORMED if one of the texts is not such a reply. */
MUST_CHECK enum err audit_compare(struct slice first, struct slice second, enum audit_pair *out);

/* Checks all balances. The pair must not be stale. Returns ERR_MALFORMED or ERR_NO_MEMORY. */
MUST_CHECK enum err audit_evaluate(struct audit *a, struct slice first, struct slice second);

/* Returns false if a balance is AUDIT_OFF. */
bool audit_is_balanced(const struct audit *a);

/* Append the result as text or as JSON. */
void audit_write(const struct audit *a, struct buf *out);
void audit_write_json(const struct audit *a, struct buf *out);

#endif

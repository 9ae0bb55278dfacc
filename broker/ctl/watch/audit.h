/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_WATCH_AUDIT_H
#define BELFRY_BROKER_CTL_WATCH_AUDIT_H

/* `belfry audit [--wait TIME] [--json] [--broker ADDRESS]`: whether the books of a running system
 * balance. Each record that was taken must have become something, and each place of the log must
 * have come to each edge.
 *
 * It asks for "stats" twice or more. What one process counts must balance in each answer. An edge's
 * figures are those of its last PING, up to a second old: between processes only counters that
 * never go back are compared, and what was told earlier with what was told later. When nothing has
 * moved between two answers (and each edge has told its figures anew in between), the system is
 * quiet, and all must be equal. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* argv[0] is the command's name. Returns the exit status (broker/ctl/lib/cli.h): CLI_FOUND when a
 * book does not balance. */
int audit_main(int argc, char **argv);

enum audit_state {
    AUDIT_OK,
    AUDIT_OFF,  /* it does not balance */
    AUDIT_OPEN, /* it can't be looked at: an older peer, or one that was there before this broker */
};

#define AUDIT_TEXT_SIZE 256
#define AUDIT_NAME_SIZE 64

struct audit_balance {
    char who[AUDIT_NAME_SIZE]; /* "broker", or an edge's name */
    const char *name;          /* static */
    enum audit_state state;
    char text[AUDIT_TEXT_SIZE]; /* the sum as it is */
};

/* What was found out. Pure data: init/clear. */
struct audit {
    struct audit_balance *balances;
    size_t count;
    size_t capacity;
    size_t edges;
    bool quiet;
    uint64_t ms; /* between the two answers */
};

void audit_init(struct audit *a);
void audit_clear(struct audit *a);

/* How the second answer to "stats" stands to the first. */
enum audit_pair {
    AUDIT_STALE,  /* an edge has not told its figures anew */
    AUDIT_MOVING, /* they can be compared; the system works */
    AUDIT_QUIET,  /* and nothing has moved, nothing waits */
};

/* ERR_MALFORMED: one is no such answer. */
MUST_CHECK enum err audit_compare(struct slice first, struct slice second, enum audit_pair *out);

/* Looks at all books. The pair must not be stale. ERR_MALFORMED, ERR_NO_MEMORY. */
MUST_CHECK enum err audit_evaluate(struct audit *a, struct slice first, struct slice second);

bool audit_is_balanced(const struct audit *a);

/* Appends what was found, for people or for programs. */
void audit_write(const struct audit *a, struct buf *out);
void audit_write_json(const struct audit *a, struct buf *out);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_STORE_CHECK_H
#define BELFRY_BROKER_CTL_STORE_CHECK_H

/* `belfry check FILE`: is the log in a database whole? SQLite's own look at its pages; the epoch;
 * offsets without holes, checksums, times that don't go back; the ids that publishers gave; and the
 * index of each segment, made again from its records. */

#include "broker/ctl/store/database.h"
#include "common/base/buf.h"
#include "common/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int check_main(int argc, char **argv);

/* ---- check_report.c, pure ---- */

#define CHECK_PROBLEMS_SHOWN 50

struct check_report {
    struct database_info figures;
    uint64_t records;  /* looked at */
    uint64_t ids;      /* records that a publisher named */
    uint64_t segments; /* whose index was compared */
    uint64_t waiting;  /* records before the oldest, which a broker will delete */
    uint64_t problems;
    struct buf texts; /* of the first CHECK_PROBLEMS_SHOWN, each with a NUL behind it */
};

void check_report_init(struct check_report *r);
void check_report_clear(struct check_report *r);

/* Notes what is wrong: one line. */
void check_problem(struct check_report *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Appends what was found, for people or as a JSON object. */
void check_report_text(const struct check_report *r, const char *path, struct buf *out);
void check_report_json(const struct check_report *r, const char *path, struct buf *out);

/* One record after the other, in the order of the log. */
struct check_scan {
    uint64_t next; /* the offset that should come */
    uint64_t time_ms;
};

/* Notes a hole and a time that goes back. False: the offset was seen before, so the record is left
 * out. */
bool check_scan_record(struct check_report *r, struct check_scan *walk, uint64_t offset,
                       uint64_t time_ms);

/* ---- check_sqlite.c ---- */

/* Looks at everything; `quick`: not at each page's content. What is wrong with the log goes into
 * the report; an error means that it could not be looked at, and then there is a reason. */
MUST_CHECK enum err check_database(struct database *d, bool quick, database_progress *progress,
                                   struct check_report *out, char reason[DATABASE_REASON_SIZE]);

#endif

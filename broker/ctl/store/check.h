/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_STORE_CHECK_H
#define BELFRY_BROKER_CTL_STORE_CHECK_H

/* `belfry check FILE`: checks a database for damage. SQLite checks the pages. The command checks
 * the epoch, checksums and publishers' ids, that offsets have no holes, and that times do not
 * decrease. It builds the index of each segment again from its records, and compares it with the
 * stored one. */

#include "broker/ctl/store/database.h"
#include "common/base/buf.h"
#include "common/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* argv[0] is the command's name. Returns the exit status (broker/ctl/lib/cli.h). */
int check_main(int argc, char **argv);

/* ---- check_report.c, pure ---- */

#define CHECK_PROBLEMS_SHOWN 50

struct check_report {
    struct database_info info;
    uint64_t records;  /* number of records checked */
    uint64_t ids;      /* number of records with an id of the publisher */
    uint64_t segments; /* number of segments whose index was compared */
    uint64_t waiting;  /* number of records before the oldest offset, which a broker will delete */
    uint64_t problems; /* number of problems, also of those that are not in `texts` */
    struct buf texts;  /* the first CHECK_PROBLEMS_SHOWN problems, each followed by a NUL */
};

void check_report_init(struct check_report *r);
void check_report_clear(struct check_report *r);

/* Adds a problem: one line. */
void check_problem(struct check_report *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Append the report as text or as a JSON object. */
void check_report_text(const struct check_report *r, const char *path, struct buf *out);
void check_report_json(const struct check_report *r, const char *path, struct buf *out);

/* The state of a scan of the records in the order of the log. */
struct check_scan {
    uint64_t next;    /* offset expected next */
    uint64_t time_ms; /* time of the last record */
};

/* Adds a problem for a hole, and for a time before that of the last record. Returns false if the
 * offset is not above the last one, so that the record must be skipped. */
bool check_scan_record(struct check_report *r, struct check_scan *scan, uint64_t offset,
                       uint64_t time_ms);

/* ---- check_sqlite.c ---- */

/* Checks the database; `quick` skips the contents of SQLite's indexes. Damage is added to the
 * report. Returns an error with a reason if the check itself fails. */
MUST_CHECK enum err check_database(struct database *d, bool quick, database_progress *progress,
                                   struct check_report *out, char reason[DATABASE_REASON_SIZE]);

#endif

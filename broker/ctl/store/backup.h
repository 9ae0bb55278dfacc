/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_STORE_BACKUP_H
#define BELFRY_BROKER_CTL_STORE_BACKUP_H

/* `belfry backup FILE`: a copy of the log as it is at one moment, while its broker runs.
 * `belfry restore FILE`: puts a backup in the place of the log, while no broker runs. */

#include "broker/ctl/lib/cli.h"
#include "broker/ctl/store/database.h"
#include "common/base/buf.h"
#include "common/base/err.h"

#include <stdbool.h>
#include <stdint.h>

int backup_main(int argc, char **argv);
int restore_main(int argc, char **argv);

/* ---- backup_files_posix.c ---- */

/* Makes a new, empty file (mode 0600) in place of what a run that was cut short left there. ERR_IO
 * with a reason. */
MUST_CHECK enum err backup_make_file(const char *path, char reason[DATABASE_REASON_SIZE]);

/* Renames, and makes that survive a loss of power. ERR_IO with a reason. */
MUST_CHECK enum err backup_rename(const char *from, const char *to,
                                  char reason[DATABASE_REASON_SIZE]);

/* Copies a database to `path`, which is made, looks at the copy unless `unchecked`, and notes what
 * it found. On failure nothing is left at `path`. ERR_CORRUPT: the copy is damaged, and so is what
 * it is of. */
MUST_CHECK enum err backup_copy(const char *from, const char *path, bool other_log, bool unchecked,
                                struct database_info *out_figures,
                                char reason[DATABASE_REASON_SIZE]);

/* What is shown at the end; `path` is where the log is now. */
void backup_report(const char *path, const struct database_info *figures, bool json,
                   struct buf *out);

#endif

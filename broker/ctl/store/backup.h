/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_STORE_BACKUP_H
#define BELFRY_BROKER_CTL_STORE_BACKUP_H

/* `belfry backup FILE`: copies a running broker's log; `belfry restore FILE`: puts it back. */

#include "broker/ctl/lib/cli.h"
#include "broker/ctl/store/database.h"
#include "common/base/buf.h"
#include "common/base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* argv[0] is the command's name. Return the exit status (broker/ctl/lib/cli.h). */
int backup_main(int argc, char **argv);
int restore_main(int argc, char **argv);

/* ---- backup_files_posix.c ---- */

/* Makes a new, empty file (mode 0600), and replaces a file that an interrupted run has left.
 * Returns ERR_IO with a reason. */
MUST_CHECK enum err backup_make_file(const char *path, char reason[DATABASE_REASON_SIZE]);

/* Renames a file so that the new name survives a power failure. Returns ERR_IO with a reason. */
MUST_CHECK enum err backup_rename(const char *from, const char *to,
                                  char reason[DATABASE_REASON_SIZE]);

/* Copies a database to a new file at `path`, checks the copy unless `unchecked`, and describes it
 * in *out_info. After an error there is no file at `path`. Returns ERR_CORRUPT if the copy, and so
 * the database, is damaged. */
MUST_CHECK enum err backup_copy(const char *from, const char *path, bool other_log, bool unchecked,
                                struct database_info *out_info, char reason[DATABASE_REASON_SIZE]);

/* Appends the result of a backup or a restore; `path` is the new file. */
void backup_report(const char *path, const struct database_info *info, bool json, struct buf *out);

#endif

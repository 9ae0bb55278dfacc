/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_PROCESS_VERSION_H
#define BELFRY_COMMON_PROCESS_VERSION_H

/* The version of the programs and the git commit they were built from.
 *
 * common/process/version.cmake writes the definitions at build time; only programs link them, so a
 * new commit compiles one file again. */

extern const char version_number[]; /* "0.1.0" */

/* "656666c"; "656666c-dirty" if sources differ from the commit; "" if the commit is unknown */
extern const char version_commit[];

extern const char version_text[]; /* "0.1.0 (656666c)", or "0.1.0" if the commit is unknown */

#endif

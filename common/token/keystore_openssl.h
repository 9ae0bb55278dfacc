/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_KEYSTORE_OPENSSL_H
#define BELFRY_COMMON_TOKEN_KEYSTORE_OPENSSL_H

/* The keys of a process: a keyring out of files and texts that the operator named, made again when
 * a file changes.
 *
 *   keystore_add_file(), keystore_add_text()   at the start
 *   keystore_refresh(s, true, ...)             at the start (an error ends the process); on SIGHUP
 *   keystore_refresh(s, false, ...)            about once a second: one stat() per file
 *
 * When it says OK and *out_changed, the keyring is another: forget the tokens that were verified
 * with the old one (token_cache_clear()). After an error the old keys stay in use, and it is not
 * tried again before a file changes again.
 *
 * Pure data: init/clear. Threads: one. */

#include "common/base/err.h"
#include "common/token/jws.h"
#include "common/token/keyfile_posix.h"
#include "common/token/keyring.h"

#include <stdbool.h>
#include <stddef.h>

#define KEYSTORE_SOURCES_MAX 8
#define KEYSTORE_REASON_SIZE (KEYRING_REASON_SIZE + 100)

struct keystore_source {
    enum jws_alg alg;
    const char *text;    /* of a variable; NULL for a file */
    struct keyfile file; /* its path is borrowed */
};

struct keystore {
    struct keystore_source sources[KEYSTORE_SOURCES_MAX];
    size_t count;
    struct keyring keys; /* those in use */
};

void keystore_init(struct keystore *s);
void keystore_clear(struct keystore *s);

/* `alg` as in keyring_add(). Paths and texts are borrowed as long as the keystore lives.
 * ERR_TOO_MANY. */
MUST_CHECK enum err keystore_add_file(struct keystore *s, enum jws_alg alg, const char *path);
MUST_CHECK enum err keystore_add_text(struct keystore *s, enum jws_alg alg, const char *text);

/* Reads all sources when `force` or when a file changed. The errors of keyfile_read() and
 * keyring_add(), with a line for the operator that names the source. */
MUST_CHECK enum err keystore_refresh(struct keystore *s, bool force, bool *out_changed,
                                     char reason[KEYSTORE_REASON_SIZE]);

#endif

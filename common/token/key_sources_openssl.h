/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_KEY_SOURCES_OPENSSL_H
#define BELFRY_COMMON_TOKEN_KEY_SOURCES_OPENSSL_H

/* The keys of a process: a keyring out of files and texts that the operator named, made again when
 * a file changes.
 *
 *   key_sources_add_file(), _add_text()   at the start
 *   key_sources_refresh(s, true, ...)     at the start (an error ends the process); on SIGHUP
 *   key_sources_refresh(s, false, ...)    about once a second: one stat() per file
 *
 * When it says OK and *out_changed, the keyring is another: forget the tokens that were verified
 * with the old one (token_cache_clear()). After an error the old keys stay in use, and it is not
 * tried again before a file changes again.
 *
 * Pure data: init/clear. Threads: one. */

#include "common/base/err.h"
#include "common/token/jws.h"
#include "common/token/keyring.h"
#include "common/token/watched_file_posix.h"

#include <stdbool.h>
#include <stddef.h>

#define KEY_SOURCES_MAX 8
#define KEY_SOURCES_REASON_SIZE (KEYRING_REASON_SIZE + 100)

struct key_source {
    enum jws_alg alg;
    const char *text;         /* of a variable; NULL for a file */
    struct watched_file file; /* its path is borrowed */
};

struct key_sources {
    struct key_source sources[KEY_SOURCES_MAX];
    size_t count;
    struct keyring keys; /* those in use */
};

void key_sources_init(struct key_sources *s);
void key_sources_clear(struct key_sources *s);

/* `alg` as in keyring_add(). Paths and texts are borrowed as long as the sources live.
 * ERR_TOO_MANY. */
MUST_CHECK enum err key_sources_add_file(struct key_sources *s, enum jws_alg alg, const char *path);
MUST_CHECK enum err key_sources_add_text(struct key_sources *s, enum jws_alg alg, const char *text);

/* Reads all sources when `force` or when a file changed. The errors of watched_file_read() and
 * keyring_add(), with a line for the operator that names the source. */
MUST_CHECK enum err key_sources_refresh(struct key_sources *s, bool force, bool *out_changed,
                                        char reason[KEY_SOURCES_REASON_SIZE]);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_KEY_SOURCES_OPENSSL_H
#define BELFRY_COMMON_TOKEN_KEY_SOURCES_OPENSSL_H

/* Reads the keys of a process from files and texts, and again when a file changes.
 *
 *   key_sources_add_file(), _add_text()   at the start
 *   key_sources_refresh(s, true, ...)     at the start (an error ends the process); on SIGHUP
 *   key_sources_refresh(s, false, ...)    about once a second: one stat() per file
 *
 * If key_sources_refresh() returns OK and sets *out_changed, the keyring is a new one: forget the
 * tokens that the old one verified (token_cache_clear()). After an error the old keys stay in use,
 * and nothing is read again until a file changes again.
 *
 * Call key_sources_init() first and key_sources_clear() last. Threads: one. */

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
    const char *text;         /* borrowed; NULL for a file */
    struct watched_file file; /* its path is borrowed */
};

struct key_sources {
    struct key_source sources[KEY_SOURCES_MAX];
    size_t count;
    struct keyring keys; /* the keyring in use */
};

void key_sources_init(struct key_sources *s);
void key_sources_clear(struct key_sources *s);

/* These add a source. `alg` as in keyring_add(). Paths and texts are borrowed for as long as the
 * sources live. ERR_TOO_MANY: there are KEY_SOURCES_MAX. */
MUST_CHECK enum err key_sources_add_file(struct key_sources *s, enum jws_alg alg, const char *path);
MUST_CHECK enum err key_sources_add_text(struct key_sources *s, enum jws_alg alg, const char *text);

/* Reads all sources if `force` is set or a file has changed. Returns the errors of
 * watched_file_read() and keyring_add(); `reason` is a line for the operator that names the
 * source. */
MUST_CHECK enum err key_sources_refresh(struct key_sources *s, bool force, bool *out_changed,
                                        char reason[KEY_SOURCES_REASON_SIZE]);

#endif

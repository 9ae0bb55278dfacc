/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_ERR_H
#define BELFRY_COMMON_BASE_ERR_H

/* The error codes of all functions, and their texts. A function that can fail returns one of them
 * and is marked MUST_CHECK. Its outputs come last; they are unchanged when it fails, unless its
 * header states otherwise.
 *
 * Edges and broker exchange the numbers (common/wire/wire.h): add new ones at the end only. */

#define ERR_MAP(X)                                                                                 \
    X(OK, 0, "ok")                                                                                 \
    X(ERR_INVALID, 1, "invalid argument")                                                          \
    X(ERR_TOO_LARGE, 2, "larger than the limit")                                                   \
    X(ERR_TOO_MANY, 3, "more than the limit")                                                      \
    X(ERR_NO_MEMORY, 4, "out of memory")                                                           \
    X(ERR_MALFORMED, 5, "malformed frame")                                                         \
    X(ERR_VERSION, 6, "version not supported")                                                     \
    X(ERR_EPOCH, 7, "another log's epoch")                                                         \
    X(ERR_UNKNOWN, 8, "unknown position")                                                          \
    X(ERR_EXPIRED, 9, "no longer in the log")                                                      \
    X(ERR_DUPLICATE, 10, "already stored")                                                         \
    X(ERR_FULL, 11, "no space left")                                                               \
    X(ERR_IO, 12, "input/output error")                                                            \
    X(ERR_CORRUPT, 13, "stored data is damaged")                                                   \
    X(ERR_READ_ONLY, 14, "not writable")                                                           \
    X(ERR_BUSY, 15, "in use")                                                                      \
    X(ERR_TIMEOUT, 16, "deadline passed")                                                          \
    X(ERR_UNAVAILABLE, 17, "not available now")                                                    \
    X(ERR_NOT_FOUND, 18, "not found")                                                              \
    X(ERR_CLOSED, 19, "closed")                                                                    \
    X(ERR_DENIED, 20, "not allowed")                                                               \
    X(ERR_CONFLICT, 21, "not the last one")

enum err {
#define X(name, number, text) name = (number),
    ERR_MAP(X)
#undef X
};

/* Returns the text of an error: static, lower case, no full stop. It is "unknown error" for a
 * number that is not in the table. */
const char *err_text(enum err err);

#define MUST_CHECK __attribute__((warn_unused_result))

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_JSON_READ_H
#define BELFRY_BROKER_CTL_LIB_JSON_READ_H

/* Reads JSON objects that a broker or an edge sent. Pure. */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_t;

/* Parses an object; the caller releases *out with json_decref(). Returns ERR_MALFORMED if the text
 * is not a JSON object. */
MUST_CHECK enum err json_read_object(struct slice json, struct json_t **out);

/* Returns the text of a member, valid as long as the object, or an absent slice if the member is
 * missing or not a text. */
struct slice json_read_text(const struct json_t *object, const char *key);

/* Reads an integer member. Returns false, and leaves *out untouched, if it is missing, negative or
 * not an integer. */
bool json_read_number(const struct json_t *object, const char *key, uint64_t *out);

/* Read a single member of an object that is not parsed yet. The text is cut to `size` bytes,
 * including its NUL. Return false, and leave the output untouched, as above. */
bool json_read_text_of(struct slice json, const char *key, char *out, size_t size);
bool json_read_number_of(struct slice json, const char *key, uint64_t *out);

#endif

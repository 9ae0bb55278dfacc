/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_PUBLISH_PUBLISH_BODY_H
#define BELFRY_EDGE_PUBLISH_PUBLISH_BODY_H

/* Reads records from the bodies that publishers send. A body is a form, a JSON object, NDJSON (one
 * object per line), or any bytes with their fields in the query. Pure.
 *
 *   field    form                     JSON                              query (raw body)
 *   topic    1 .. n times             string or array of strings        1 .. n times
 *   data     text                     string, or any value: its text    (the body)
 *                                     without white space
 *   type     text                     string                            text
 *   id       text                     string                            text
 *   retry    milliseconds             number                            milliseconds
 *   private  on, true, 1, yes         true or false                     as in a form
 *   ephemeral  as private             true or false                     as in a form
 *   ttl      seconds                  number                            seconds
 *   if_last  an id of the log, or     the same as a string              as in a form
 *            "": no record yet
 *   message  another name of data, as in tutorials
 *
 * A form or a JSON object without a topic gets the topics of the query; without these, the default
 * topic. An ephemeral record cannot have an id, ttl or if_last. Other fields are ignored. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/wire/event_id.h"
#include "common/wire/record.h"
#include "edge/http/request.h"

#include <stdbool.h>
#include <stddef.h>

#define PUBLISH_REASON_SIZE 160
#define PUBLISH_RETRY_MS_MAX 86400000u /* a day */
#define PUBLISH_TTL_SECS_MAX 31536000u /* a year */
#define PUBLISH_BATCH_MAX 1000         /* records of one NDJSON body */

/* A record while it is read from a body. */
struct publish_body {
    struct record record; /* its slices point into `topics`, `bytes`, the form or the body */
    struct slice topics[RECORD_TOPICS_MAX];
    struct epoch if_epoch;    /* epoch in if_last; "": if_last is empty or not given */
    struct buf bytes;         /* decoded text */
    const struct form *query; /* its topics are used if the body has none */
    struct slice default_topic;
    char reason
        [PUBLISH_REASON_SIZE]; /* after an error: one line, which names the field if one is wrong */
};

/* Prepares `p` for one record. `query` (decoded) and `default_topic` must outlive `p`. */
void publish_body_init(struct publish_body *p, const struct form *query,
                       struct slice default_topic);
void publish_body_clear(struct publish_body *p);

/* Read a body into p->record and check the record. ERR_INVALID, ERR_TOO_MANY,
 * ERR_TOO_LARGE or ERR_NO_MEMORY, with p->reason set. `data_max` is the limit of data in bytes.
 * `p` must be fresh, and the text must outlive it. */
MUST_CHECK enum err publish_body_form(struct publish_body *p, const struct form *form,
                                      size_t data_max);
MUST_CHECK enum err publish_body_raw(struct publish_body *p, struct slice body, size_t data_max);
MUST_CHECK enum err publish_body_json(struct publish_body *p, struct slice text, size_t data_max);

/* Reads the usual JSON text with a twentieth of the work of publish_body_json(): an object of
 * nothing but strings, arrays of topics, true and false, under the names of the table above.
 * Returns false if the text is anything else, or not valid: `p` is unchanged; call
 * publish_body_json() instead. Strings without escapes are not copied: the record points into
 * the text. */
bool publish_body_json_fast(struct publish_body *p, struct slice text, size_t data_max);

/* Cuts the next line off an NDJSON body, skipping blank ones. Returns false at the end. */
bool publish_body_next_line(struct slice *body, struct slice *out_line);

/* For the functions that read bodies: add a topic, unless the record has it already; set retry or
 * ttl, which are decimal numbers; set if_last. */
MUST_CHECK enum err publish_body_add_topic(struct publish_body *p, struct slice topic);
MUST_CHECK enum err publish_body_set_retry(struct publish_body *p, struct slice text);
MUST_CHECK enum err publish_body_set_ttl(struct publish_body *p, struct slice text);
MUST_CHECK enum err publish_body_set_if_last(struct publish_body *p, struct slice id);
/* Sets the reason to "field: what" and returns ERR_INVALID. */
MUST_CHECK enum err publish_body_refuse(struct publish_body *p, const char *field,
                                        const char *what);

/* Sets the reason and returns the error. */
MUST_CHECK enum err publish_body_fail(struct publish_body *p, enum err err, const char *reason);

/* Completes the record: adds topics if the body had none, and checks it with record_check(). */
MUST_CHECK enum err publish_body_finish(struct publish_body *p, size_t data_max);

#endif

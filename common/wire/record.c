/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/wire/record.h"

#include "common/base/utf8.h"
#include "common/topic/topic.h"

#include <assert.h>

/* Checks a value that is sent as one line of an SSE event or as a header. */
static enum err check_line(struct slice text, size_t limit)
{
    if (text.size > limit)
        return ERR_TOO_LARGE;
    assert(text.data != NULL || text.size == 0);
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '\r' || c == '\n' || c == '\0')
            return ERR_INVALID;
    }
    return utf8_valid(text) ? OK : ERR_INVALID;
}

static enum err check_topics(const struct record *record)
{
    if (record->topic_count == 0)
        return ERR_INVALID;
    if (record->topic_count > RECORD_TOPICS_MAX)
        return ERR_TOO_MANY;
    for (size_t i = 0; i < record->topic_count; i++) {
        enum err err = topic_check(record->topics[i]);

        if (err != OK)
            return err;
        for (size_t k = 0; k < i; k++) {
            if (slice_equal(record->topics[i], record->topics[k]))
                return ERR_INVALID;
        }
    }
    return OK;
}

static enum err check_id(struct slice id)
{
    if (id.data != NULL && id.size == 0)
        return ERR_INVALID;
    return check_line(id, RECORD_ID_SIZE_MAX);
}

enum err record_check(const struct record *record, const char **out_field)
{
    enum err err = check_topics(record);
    const char *field = "topic";

    if (err == OK) {
        field = "id";
        err = check_id(record->id);
    }
    if (err == OK) {
        field = "type";
        err = check_line(record->type, RECORD_TYPE_SIZE_MAX);
    }
    if (err == OK) {
        field = "data";
        err = utf8_valid(record->data) ? OK : ERR_INVALID;
    }
    if (err != OK)
        *out_field = field;
    return err;
}

bool record_expired(uint64_t time_ms, uint64_t ttl_ms, uint64_t now_s)
{
    if (ttl_ms == 0 || ttl_ms > UINT64_MAX - 999 - time_ms)
        return false;
    return now_s > (time_ms + ttl_ms + 999) / 1000;
}

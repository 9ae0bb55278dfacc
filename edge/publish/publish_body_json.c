/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Parses publishes in JSON with jansson. */

#include "edge/publish/publish_body.h"

#include "common/base/json_text.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>

/* The buffer has room for the complete source text, so that slices into it stay valid. */
static struct slice copy_string(struct publish_body *p, const json_t *string)
{
    size_t start = p->bytes.size;

    buf_append(&p->bytes, json_string_value(string), json_string_length(string));
    return slice_of(p->bytes.data + start, p->bytes.size - start);
}

static enum err take_text(struct publish_body *p, const json_t *object, const char *name,
                          struct slice *field)
{
    const json_t *value = json_object_get(object, name);

    if (value == NULL || json_is_null(value))
        return OK;
    if (!json_is_string(value))
        return publish_body_refuse(p, name, "must be a string");
    if (json_string_length(value) > 0)
        *field = copy_string(p, value);
    return OK;
}

static enum err take_topics(struct publish_body *p, const json_t *object)
{
    const json_t *topic = json_object_get(object, "topic");
    enum err err = OK;

    if (topic == NULL || json_is_null(topic))
        return OK;
    if (json_is_string(topic))
        return publish_body_add_topic(p, copy_string(p, topic));
    if (!json_is_array(topic) || json_array_size(topic) == 0)
        return publish_body_refuse(p, "topic", "must be a string or an array of strings");
    for (size_t i = 0; i < json_array_size(topic) && err == OK; i++) {
        const json_t *item = json_array_get(topic, i);

        if (!json_is_string(item))
            return publish_body_refuse(p, "topic", "must be a string or an array of strings");
        err = publish_body_add_topic(p, copy_string(p, item));
    }
    return err;
}

/* A value that is not a string is published as it was written: printing it again would change 0.1
 * into 0.10000000000000001. */
static enum err copy_value(struct publish_body *p, struct slice source, const char *name)
{
    size_t start = p->bytes.size;

    if (!json_text_member(source, name, &p->bytes))
        return publish_body_refuse(p, name, "write the member's name without escapes");
    p->record.data = slice_of(p->bytes.data + start, p->bytes.size - start);
    return OK;
}

static enum err take_data(struct publish_body *p, const json_t *object, struct slice source)
{
    const char *name = json_object_get(object, "data") != NULL ? "data" : "message";
    const json_t *data = json_object_get(object, name);

    if (data == NULL)
        return publish_body_refuse(p, "data", "missing");
    if (!json_is_string(data))
        return copy_value(p, source, name);
    p->record.data = copy_string(p, data);
    return OK;
}

/* Reads a number or a string with one; `set` parses its decimal text. */
static enum err take_number(struct publish_body *p, const json_t *object, const char *name,
                            enum err (*set)(struct publish_body *, struct slice))
{
    const json_t *value = json_object_get(object, name);
    char text[32];

    if (value == NULL || json_is_null(value))
        return OK;
    if (json_is_string(value))
        return set(p, slice_of(json_string_value(value), json_string_length(value)));
    (void)snprintf(text, sizeof text, "%.10g", json_number_value(value));
    return set(p, json_is_number(value) ? slice_str(text) : SLICE("-"));
}

static enum err take_flag(struct publish_body *p, const json_t *object, const char *name,
                          uint32_t flag)
{
    const json_t *value = json_object_get(object, name);

    if (value != NULL && !json_is_boolean(value) && !json_is_null(value))
        return publish_body_refuse(p, name, "must be true or false");
    if (json_is_true(value))
        p->record.flags |= flag;
    return OK;
}

static enum err take_if_last(struct publish_body *p, const json_t *object)
{
    const json_t *value = json_object_get(object, "if_last");

    if (value == NULL || json_is_null(value))
        return OK;
    if (!json_is_string(value))
        return publish_body_refuse(p, "if_last", "must be a string");
    return publish_body_set_if_last(p,
                                    slice_of(json_string_value(value), json_string_length(value)));
}

static enum err take_options(struct publish_body *p, const json_t *object)
{
    enum err err = take_number(p, object, "retry", publish_body_set_retry);

    if (err == OK)
        err = take_number(p, object, "ttl", publish_body_set_ttl);
    if (err == OK)
        err = take_flag(p, object, "private", RECORD_PRIVATE);
    if (err == OK)
        err = take_flag(p, object, "ephemeral", RECORD_EPHEMERAL);
    if (err == OK)
        err = take_if_last(p, object);
    return err;
}

static enum err take_object(struct publish_body *p, const json_t *object, struct slice source,
                            size_t data_max)
{
    enum err err = take_topics(p, object);

    if (err == OK)
        err = take_text(p, object, "id", &p->record.id);
    if (err == OK)
        err = take_text(p, object, "type", &p->record.type);
    if (err == OK)
        err = take_options(p, object);
    if (err == OK)
        err = take_data(p, object, source);
    if (err == OK)
        err = publish_body_finish(p, data_max);
    return err;
}

enum err publish_body_json(struct publish_body *p, struct slice text, size_t data_max)
{
    json_error_t error;
    json_t *root =
        json_loadb(text.data == NULL ? "" : text.data, text.size,
                   JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &error);
    enum err err;

    assert(p->record.topic_count == 0 && p->bytes.data == NULL);
    if (root == NULL) {
        (void)snprintf(p->reason, sizeof p->reason, "not JSON: %.120s (line %d, column %d)",
                       error.text, error.line, error.column);
        return ERR_INVALID;
    }
    /* Decoding makes nothing longer, and no part of the text is copied twice. */
    buf_init(&p->bytes, text.size);
    if (!json_is_object(root))
        err = publish_body_fail(p, ERR_INVALID, "the JSON text must be an object");
    else if (buf_reserve(&p->bytes, text.size) == NULL)
        err = publish_body_fail(p, ERR_NO_MEMORY, "out of memory");
    else
        err = take_object(p, root, text, data_max);
    json_decref(root);
    return err;
}

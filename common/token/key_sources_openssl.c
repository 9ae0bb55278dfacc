/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/key_sources_openssl.h"

#include <stdio.h>

void key_sources_init(struct key_sources *s)
{
    *s = (struct key_sources){0};
    keyring_init(&s->keys);
}

void key_sources_clear(struct key_sources *s)
{
    keyring_clear(&s->keys);
    key_sources_init(s);
}

static enum err add(struct key_sources *s, enum jws_alg alg, const char *text, const char *path)
{
    struct key_source *source = &s->sources[s->count];

    if (s->count == KEY_SOURCES_MAX)
        return ERR_TOO_MANY;
    source->alg = alg;
    source->text = text;
    watched_file_init(&source->file, path);
    s->count++;
    return OK;
}

enum err key_sources_add_file(struct key_sources *s, enum jws_alg alg, const char *path)
{
    return add(s, alg, NULL, path);
}

enum err key_sources_add_text(struct key_sources *s, enum jws_alg alg, const char *text)
{
    return add(s, alg, text, "");
}

static bool has_changed(const struct key_sources *s)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->sources[i].text == NULL && watched_file_changed(&s->sources[i].file))
            return true;
    }
    return false;
}

static enum err read_source(struct key_source *source, struct keyring *keys,
                            char reason[KEY_SOURCES_REASON_SIZE])
{
    char why[KEYRING_REASON_SIZE];
    struct buf text;
    enum err err = OK;

    buf_init(&text, KEYRING_TEXT_MAX);
    if (source->text != NULL)
        buf_str(&text, source->text);
    else
        err = watched_file_read(&source->file, &text, reason);
    if (err == OK && !buf_ok(&text)) {
        err = ERR_TOO_LARGE;
        snprintf(reason, KEY_SOURCES_REASON_SIZE, "the keys are too large");
    } else if (err == OK) {
        err = keyring_add(keys, source->alg, buf_all(&text), why);
        if (err != OK)
            snprintf(reason, KEY_SOURCES_REASON_SIZE, "%.90s: %s",
                     source->text == NULL ? source->file.path : "the key in the environment", why);
    }
    buf_clear(&text);
    return err;
}

/* Reads all files, even after a bad one. Otherwise a changed file after it would never be read, and
 * would count as changed each time. */
static enum err read_all(struct key_sources *s, struct keyring *keys,
                         char reason[KEY_SOURCES_REASON_SIZE])
{
    enum err first = OK;

    for (size_t i = 0; i < s->count; i++) {
        char why[KEY_SOURCES_REASON_SIZE];
        enum err err = read_source(&s->sources[i], keys, why);

        if (err != OK && first == OK) {
            first = err;
            snprintf(reason, KEY_SOURCES_REASON_SIZE, "%s", why);
        }
    }
    return first;
}

enum err key_sources_refresh(struct key_sources *s, bool force, bool *out_changed,
                             char reason[KEY_SOURCES_REASON_SIZE])
{
    struct keyring fresh;
    enum err err;

    if (!force && !has_changed(s)) {
        *out_changed = false;
        return OK;
    }
    keyring_init(&fresh);
    err = read_all(s, &fresh, reason);
    if (err != OK) {
        keyring_clear(&fresh);
        return err;
    }
    keyring_clear(&s->keys);
    s->keys = fresh;
    *out_changed = true;
    return OK;
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/access/token_verifier_openssl.h"

#include "common/base/mem.h"
#include "edge/access/token_cache.h"

#include <stdio.h>
#include <string.h>

#define NAMES_MAX 16 /* issuers, audiences */

struct token_verifier {
    struct key_sources store;
    struct token_rules rules;
    struct token_cache cache;
    struct slice issuers[NAMES_MAX];
    struct slice audiences[NAMES_MAX];
    struct token_counters counters;
};

bool token_verifier_wanted(const struct token_verifier_config *config)
{
    return config->text[0] != '\0' || config->file[0] != '\0';
}

static enum err split(const char *text, struct slice *names, size_t *out_count)
{
    struct slice rest = slice_str(text);
    struct slice name;
    size_t count = 0;

    while (slice_next(&rest, ',', &name)) {
        if (name.size > 0 && count == NAMES_MAX)
            return ERR_TOO_MANY;
        if (name.size > 0)
            names[count++] = name;
    }
    *out_count = count;
    return OK;
}

static enum err set_rules(struct token_verifier *k, const struct token_verifier_config *config,
                          char reason[KEY_SOURCES_REASON_SIZE])
{
    enum err err = split(config->issuers, k->issuers, &k->rules.issuer_count);

    if (err == OK)
        err = split(config->audiences, k->audiences, &k->rules.audience_count);
    if (err != OK)
        (void)snprintf(reason, KEY_SOURCES_REASON_SIZE, "more than %d issuers or audiences",
                       NAMES_MAX);
    k->rules.issuers = k->issuers;
    k->rules.audiences = k->audiences;
    k->rules.base = config->base;
    k->rules.leeway_ms = config->leeway_ms;
    return err;
}

static enum err add_sources(struct token_verifier *k, const struct token_verifier_config *config)
{
    enum err err = OK;

    if (config->text[0] != '\0')
        err = key_sources_add_text(&k->store, config->alg, config->text);
    if (err == OK && config->file[0] != '\0')
        err = key_sources_add_file(&k->store, config->alg, config->file);
    return err;
}

enum err token_verifier_create(const struct token_verifier_config *config,
                               const struct hash_key *hash_key, struct token_verifier **out,
                               char reason[KEY_SOURCES_REASON_SIZE])
{
    struct token_verifier *k = mem_alloc(sizeof *k);
    bool changed;
    enum err err;

    key_sources_init(&k->store);
    token_cache_init(&k->cache, hash_key, config->leeway_ms, config->cache_bytes);
    err = set_rules(k, config, reason);
    if (err == OK)
        err = add_sources(k, config);
    if (err == OK)
        err = key_sources_refresh(&k->store, true, &changed, reason);
    if (err == OK)
        *out = k;
    else
        token_verifier_destroy(k);
    return err;
}

void token_verifier_destroy(struct token_verifier *k)
{
    if (k == NULL)
        return;
    token_cache_clear(&k->cache);
    key_sources_clear(&k->store);
    mem_free(k);
}

enum err token_verifier_refresh(struct token_verifier *k, bool force, bool *out_changed,
                                char reason[KEY_SOURCES_REASON_SIZE])
{
    bool changed = false;
    enum err err = key_sources_refresh(&k->store, force, &changed, reason);

    if (err != OK)
        return err;
    if (changed)
        token_cache_clear(&k->cache);
    *out_changed = changed;
    return OK;
}

struct token_counters token_verifier_counters(const struct token_verifier *k)
{
    struct token_counters counters = k->counters;

    counters.evicted = k->cache.evicted;
    return counters;
}

enum token_error token_verifier_verify(void *context, uint64_t unix_ms, struct slice token,
                                       struct grants **out, char detail[TOKEN_DETAIL_SIZE])
{
    struct token_verifier *k = context;
    struct grants *found = token_cache_find(&k->cache, unix_ms, token);
    enum token_error error;

    if (found != NULL) {
        k->counters.cached++;
        *out = grants_ref(found);
        return TOKEN_OK;
    }
    error = token_verify(&k->store.keys, &k->rules, unix_ms, token, out, detail);
    k->counters.outcomes[error]++;
    if (error == TOKEN_OK)
        token_cache_put(&k->cache, token, *out);
    return error;
}

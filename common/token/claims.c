/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/claims.h"

#include "common/base/json_text.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define DETAIL_TYPE "https://mercure.rocks/authorization-detail"
#define NAMESPACED_CLAIM "https://mercure.rocks/"

/* What the readers of claims share. */
struct context {
    struct grants *grants;
    char *reason; /* CLAIMS_REASON_SIZE */
};

__attribute__((format(printf, 3, 4))) static enum err fail(char *reason, enum err err,
                                                           const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(reason, CLAIMS_REASON_SIZE, format, args);
    va_end(args);
    return err;
}

/* Returns the reason why the JSON was refused. jansson's own text would quote the token. */
static const char *parse_error(const json_error_t *error)
{
    switch ((int)json_error_code(error)) {
    case json_error_duplicate_key:
        return "has a duplicate member";
    case json_error_invalid_utf8:
        return "is not UTF-8";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "contains U+0000";
    case json_error_numeric_overflow:
        return "contains a number that is too large";
    case json_error_out_of_memory:
        return "needs too much memory";
    default:
        return "is not a JSON object";
    }
}

static enum err load(struct slice json, const char *part, json_t **out, char *reason)
{
    json_error_t error;
    json_t *root;

    if (json_text_too_deep(json, CLAIMS_DEPTH_MAX))
        return fail(reason, ERR_MALFORMED, "the token's %s is nested deeper than %d levels", part,
                    CLAIMS_DEPTH_MAX);
    root = json_loadb(json.data, json.size, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        return fail(reason, ERR_MALFORMED, "the token's %s %s", part, parse_error(&error));
    if (!json_is_object(root)) {
        json_decref(root);
        return fail(reason, ERR_MALFORMED, "the token's %s is not a JSON object", part);
    }
    *out = root;
    return OK;
}

static struct slice text_of(const json_t *string)
{
    return slice_of(json_string_value(string), json_string_length(string));
}

/* Reads a string. Leaves *out unchanged if the member is absent. */
static enum err read_string(const json_t *root, const char *name, struct slice *out, char *reason)
{
    const json_t *value = json_object_get(root, name);

    if (value == NULL)
        return OK;
    if (!json_is_string(value))
        return fail(reason, ERR_INVALID, "%s: must be a string", name);
    *out = text_of(value);
    return OK;
}

/* ---- header ---- */

static bool is_at_jwt(struct slice typ)
{
    return slice_equal_nocase(typ, SLICE("at+jwt")) ||
           slice_equal_nocase(typ, SLICE("application/at+jwt"));
}

static enum err read_header(const json_t *root, struct jose_header *out, char *reason)
{
    struct slice alg = {NULL, 0};
    struct slice kid = {NULL, 0};
    struct slice typ = {NULL, 0};
    enum err err = read_string(root, "alg", &alg, reason);

    if (err == OK)
        err = read_string(root, "kid", &kid, reason);
    if (err == OK)
        err = read_string(root, "typ", &typ, reason);
    if (err != OK)
        return err;
    if (alg.data == NULL)
        return fail(reason, ERR_INVALID, "alg: missing in the token's header");
    if (kid.size >= CLAIMS_KID_SIZE)
        return fail(reason, ERR_TOO_LARGE, "kid: longer than %d bytes", CLAIMS_KID_SIZE - 1);
    out->alg = jws_alg_find(alg);
    out->at_jwt = is_at_jwt(typ);
    out->critical = json_object_get(root, "crit") != NULL;
    out->has_kid = kid.data != NULL;
    out->kid_size = kid.size;
    if (kid.data != NULL)
        memcpy(out->kid, kid.data, kid.size);
    return OK;
}

enum err claims_read_header(struct slice json, struct jose_header *out,
                            char reason[CLAIMS_REASON_SIZE])
{
    struct jose_header header = {.alg = JWS_ALG_ANY};
    json_t *root = NULL;
    enum err err = load(json, "header", &root, reason);

    if (err != OK)
        return err;
    err = read_header(root, &header, reason);
    json_decref(root);
    if (err == OK)
        *out = header;
    return err;
}

/* ---- registered claims ---- */

/* Reads seconds as milliseconds. Times before 1970 become 0, times after the year 287,000 become
 * GRANTS_FOREVER. */
static enum err read_time(const json_t *root, const char *name, bool *out_has, uint64_t *out_ms,
                          char *reason)
{
    const json_t *value = json_object_get(root, name);
    double seconds;

    if (value == NULL)
        return OK;
    if (!json_is_number(value))
        return fail(reason, ERR_INVALID, "%s: must be a number of seconds", name);
    seconds = json_number_value(value);
    *out_has = true;
    if (seconds <= 0)
        *out_ms = 0;
    else if (seconds >= 9e12)
        *out_ms = GRANTS_FOREVER;
    else
        *out_ms = (uint64_t)(seconds * 1000);
    return OK;
}

static enum err read_audiences(const json_t *root, struct claims *c, char *reason)
{
    const json_t *value = json_object_get(root, "aud");
    size_t count = json_array_size(value);

    if (value == NULL)
        return OK;
    if (json_is_string(value)) {
        c->audiences[c->audience_count++] = text_of(value);
        return OK;
    }
    if (!json_is_array(value))
        return fail(reason, ERR_INVALID, "aud: must be a string or an array of strings");
    if (count > CLAIMS_AUDIENCES_MAX)
        return fail(reason, ERR_TOO_MANY, "aud: more than %d audiences", CLAIMS_AUDIENCES_MAX);
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_array_get(value, i);

        if (!json_is_string(one))
            return fail(reason, ERR_INVALID, "aud[%zu]: must be a string", i);
        c->audiences[c->audience_count++] = text_of(one);
    }
    return OK;
}

static enum err read_registered(const json_t *root, struct claims *c, char *reason)
{
    struct slice subject = {NULL, 0};
    bool has_nbf = false;
    enum err err = read_time(root, "exp", &c->has_exp, &c->exp_ms, reason);

    if (err == OK)
        err = read_time(root, "nbf", &has_nbf, &c->nbf_ms, reason);
    if (err == OK)
        err = read_string(root, "iss", &c->issuer, reason);
    if (err == OK)
        err = read_string(root, "sub", &subject, reason);
    if (err == OK)
        err = read_audiences(root, c, reason);
    if (err == OK && grants_copy_text(c->grants, subject, &c->grants->subject) != OK)
        err = fail(reason, ERR_NO_MEMORY, "out of memory");
    c->grants->exp_ms = c->exp_ms;
    return err;
}

/* ---- grants ---- */

/* Copies the value as compact JSON; absent if there is none. */
static enum err copy_json(const struct context *c, const json_t *value, struct slice *out)
{
    char *text;
    enum err err;

    *out = slice_of(NULL, 0);
    if (value == NULL || json_is_null(value))
        return OK;
    text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    err = text == NULL ? ERR_NO_MEMORY : grants_copy_text(c->grants, slice_str(text), out);
    free(text);
    return err == OK ? OK : fail(c->reason, err, "out of memory");
}

/* Adds one grant. `where` names its selector in the reason. */
static enum err add(const struct context *c, enum grant_kind kind, enum grant_match match,
                    const json_t *selector, struct slice payload, const char *where)
{
    enum err err;

    if (!json_is_string(selector))
        return fail(c->reason, ERR_INVALID, "%s: must be a string", where);
    if (match == GRANT_URLPATTERN && c->grants->base.size == 0)
        return fail(c->reason, ERR_INVALID, "%s: URL patterns are not supported here", where);
    err = grants_add(c->grants, kind, match, text_of(selector), payload);
    if (err == ERR_TOO_MANY)
        return fail(c->reason, err, "%s: more than %d grants to %s", where, GRANTS_MAX,
                    kind == GRANT_PUBLISH ? "publish" : "subscribe");
    if (err == ERR_NO_MEMORY)
        return fail(c->reason, err, "out of memory");
    if (err != OK)
        return fail(c->reason, err,
                    match == GRANT_URLPATTERN ? "%s: not a supported URL pattern"
                                              : "%s: not a topic, a URI template or *",
                    where);
    return OK;
}

static enum err read_selectors(const struct context *c, const json_t *claim, const char *claim_name,
                               enum grant_kind kind)
{
    const char *name = kind == GRANT_PUBLISH ? "publish" : "subscribe";
    const json_t *list = json_object_get(claim, name);
    enum err err = OK;

    if (list == NULL || json_is_null(list))
        return OK;
    if (!json_is_array(list))
        return fail(c->reason, ERR_INVALID, "%s: %s: must be an array of selectors", claim_name,
                    name);
    c->grants->lists[kind].claimed = true;
    for (size_t i = 0; err == OK && i < json_array_size(list); i++) {
        char where[96];

        snprintf(where, sizeof where, "%s: %s[%zu]", claim_name, name, i);
        err = add(c, kind, GRANT_SELECTOR, json_array_get(list, i), slice_of(NULL, 0), where);
    }
    return err;
}

/* Reads `"admin": true`, a member of the same claim as the topics. */
static enum err read_admin(const struct context *c, const json_t *claim, const char *where)
{
    const json_t *value = json_object_get(claim, "admin");

    if (value != NULL && !json_is_boolean(value))
        return fail(c->reason, ERR_INVALID, "%s: admin: must be true or false", where);
    c->grants->admin = c->grants->admin || json_is_true(value);
    return OK;
}

static enum err read_legacy(const struct context *c, const json_t *claim, const char *claim_name)
{
    enum err err;

    if (!json_is_object(claim))
        return fail(c->reason, ERR_INVALID, "%s: must be an object", claim_name);
    err = read_selectors(c, claim, claim_name, GRANT_PUBLISH);
    if (err == OK)
        err = read_selectors(c, claim, claim_name, GRANT_SUBSCRIBE);
    if (err == OK)
        err = read_admin(c, claim, claim_name);
    if (err == OK)
        err = copy_json(c, json_object_get(claim, "payload"), &c->grants->payload);
    return err;
}

/* Reads the actions of a detail. Ignores unknown ones. */
static enum err read_actions(const struct context *c, const json_t *detail, size_t index,
                             bool out_wanted[GRANT_KINDS])
{
    const json_t *actions = json_object_get(detail, "actions");

    if (!json_is_array(actions) || json_array_size(actions) == 0)
        return fail(c->reason, ERR_INVALID,
                    "authorization_details[%zu]: actions: must be a non-empty array", index);
    for (size_t i = 0; i < json_array_size(actions); i++) {
        const json_t *action = json_array_get(actions, i);

        if (!json_is_string(action))
            return fail(c->reason, ERR_INVALID,
                        "authorization_details[%zu]: actions[%zu]: must be a string", index, i);
        if (slice_equal(text_of(action), SLICE("publish")))
            out_wanted[GRANT_PUBLISH] = true;
        if (slice_equal(text_of(action), SLICE("subscribe")))
            out_wanted[GRANT_SUBSCRIBE] = true;
    }
    return OK;
}

/* Adds the grants for one of a detail's topics. */
static enum err read_matcher(const struct context *c, const json_t *topic,
                             const bool wanted[GRANT_KINDS], struct slice payload,
                             const char *where)
{
    enum grant_match match = GRANT_EXACT;
    struct slice type = SLICE("exact");
    enum err err;

    if (!json_is_object(topic))
        return fail(c->reason, ERR_INVALID, "%s: must be an object", where);
    err = read_string(topic, "match_type", &type, c->reason);
    if (err != OK)
        return err;
    if (slice_equal(type, SLICE("urlpattern")))
        match = GRANT_URLPATTERN;
    else if (!slice_equal(type, SLICE("exact")))
        return fail(c->reason, ERR_INVALID, "%s: match_type: must be exact or urlpattern", where);
    for (unsigned kind = 0; err == OK && kind < GRANT_KINDS; kind++) {
        if (wanted[kind])
            err = add(c, (enum grant_kind)kind, match, json_object_get(topic, "match"), payload,
                      where);
    }
    /* A detail with other actions only must be valid too. */
    if (err == OK && !json_is_string(json_object_get(topic, "match")))
        err = fail(c->reason, ERR_INVALID, "%s: match: must be a string", where);
    return err;
}

static enum err read_topics(const struct context *c, const json_t *detail, size_t index,
                            const bool wanted[GRANT_KINDS], struct slice payload)
{
    const json_t *topics = json_object_get(detail, "topics");
    enum err err = OK;

    if (!json_is_array(topics) || json_array_size(topics) == 0)
        return fail(c->reason, ERR_INVALID,
                    "authorization_details[%zu]: topics: must be a non-empty array", index);
    for (size_t i = 0; err == OK && i < json_array_size(topics); i++) {
        char where[96];

        snprintf(where, sizeof where, "authorization_details[%zu]: topics[%zu]", index, i);
        err = read_matcher(c, json_array_get(topics, i), wanted, payload, where);
    }
    return err;
}

static enum err read_detail(const struct context *c, const json_t *detail, size_t index)
{
    const json_t *type = json_object_get(detail, "type");
    bool wanted[GRANT_KINDS] = {false, false};
    struct slice payload;
    enum err err;

    if (!json_is_string(type)) /* also if the detail is not an object */
        return fail(c->reason, ERR_INVALID,
                    "authorization_details[%zu]: must be an object with a type", index);
    if (!slice_equal(text_of(type), SLICE(DETAIL_TYPE)))
        return OK;
    err = read_actions(c, detail, index, wanted);
    if (err == OK)
        err = copy_json(c, json_object_get(detail, "payload"), &payload);
    if (err == OK)
        err = read_topics(c, detail, index, wanted, payload);
    return err;
}

static enum err read_modern(const struct context *c, const json_t *details)
{
    enum err err = OK;

    if (!json_is_array(details))
        return fail(c->reason, ERR_INVALID, "authorization_details: must be an array");
    if (json_array_size(details) > CLAIMS_DETAILS_MAX)
        return fail(c->reason, ERR_TOO_MANY, "authorization_details: more than %d entries",
                    CLAIMS_DETAILS_MAX);
    c->grants->modern = true;
    for (size_t i = 0; err == OK && i < json_array_size(details); i++)
        err = read_detail(c, json_array_get(details, i), i);
    return err;
}

static enum err read_grants(const struct context *c, const json_t *root, bool at_jwt)
{
    const json_t *details = json_object_get(root, "authorization_details");
    const json_t *claim = json_object_get(root, "mercure");
    const json_t *namespaced = json_object_get(root, NAMESPACED_CLAIM);

    if (details != NULL && at_jwt)
        return read_modern(c, details);
    if (namespaced != NULL && !json_is_null(namespaced))
        return read_legacy(c, namespaced, NAMESPACED_CLAIM);
    if (claim != NULL && !json_is_null(claim))
        return read_legacy(c, claim, "mercure");
    if (details != NULL)
        return fail(c->reason, ERR_INVALID,
                    "authorization_details: needs typ at+jwt in the token's header");
    return OK;
}

enum err claims_read(struct slice json, bool at_jwt, struct slice base, struct claims *out,
                     char reason[CLAIMS_REASON_SIZE])
{
    struct claims claims = {.exp_ms = GRANTS_FOREVER};
    struct context context = {.reason = reason};
    json_t *root = NULL;
    enum err err = load(json, "payload", &root, reason);

    if (err != OK)
        return err;
    claims.document = root;
    claims.grants = grants_create(base);
    context.grants = claims.grants;
    err = read_registered(root, &claims, reason);
    if (err == OK)
        err = read_grants(&context, root, at_jwt);
    if (err == OK)
        *out = claims;
    else
        claims_clear(&claims);
    return err;
}

void claims_clear(struct claims *c)
{
    grants_unref(c->grants);
    json_decref(c->document);
    *c = (struct claims){0};
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/key_sources_openssl.h"

#include "tests/unit/common/token/token_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char reason[KEY_SOURCES_REASON_SIZE];

struct folder {
    char name[64];
    char one[96];
    char two[96];
};

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

static void make_folder(struct folder *f)
{
    snprintf(f->name, sizeof f->name, "/tmp/belfry-keys-XXXXXX");
    assert_non_null(mkdtemp(f->name));
    snprintf(f->one, sizeof f->one, "%s/one", f->name);
    snprintf(f->two, sizeof f->two, "%s/two", f->name);
}

static void remove_folder(const struct folder *f)
{
    (void)unlink(f->one);
    (void)unlink(f->two);
    assert_int_equal(rmdir(f->name), 0);
}

static bool refresh(struct key_sources *s, bool force)
{
    bool changed = false;
    enum err err = key_sources_refresh(s, force, &changed, reason);

    if (err != OK)
        print_error("%s\n", reason);
    assert_int_equal(err, OK);
    return changed;
}

static void refuse(struct key_sources *s, enum err want, const char *why)
{
    bool changed = false;

    reason[0] = '\0';
    assert_int_equal(key_sources_refresh(s, false, &changed, reason), want);
    assert_false(changed);
    if (strstr(reason, why) == NULL)
        print_error("%s\n", reason);
    assert_non_null(strstr(reason, why));
}

static void test_several_sources(void **state)
{
    struct key_sources s;
    struct folder f;

    (void)state;
    make_folder(&f);
    write_file(f.one, P256_PUBLIC);
    write_file(f.two, MIXED_JWKS);
    key_sources_init(&s);
    assert_int_equal(key_sources_add_file(&s, JWS_ALG_ANY, f.one), OK);
    assert_int_equal(key_sources_add_text(&s, JWS_HS512, SECRET_64), OK);
    assert_int_equal(key_sources_add_file(&s, JWS_ALG_ANY, f.two), OK);
    assert_true(refresh(&s, false));
    assert_int_equal(s.keys.count, 8);
    assert_int_equal(s.keys.keys[0].alg, JWS_ES256);
    assert_int_equal(s.keys.keys[1].alg, JWS_HS512);
    assert_false(refresh(&s, false));
    assert_true(refresh(&s, true));
    assert_int_equal(s.keys.count, 8);
    write_file(f.two, P384_PUBLIC);
    assert_true(refresh(&s, false));
    assert_int_equal(s.keys.count, 3);
    key_sources_clear(&s);
    key_sources_clear(&s);
    remove_folder(&f);
}

/* A bad file is reported once, and the old keys stay. */
static void test_bad_file(void **state)
{
    struct key_sources s;
    struct folder f;

    (void)state;
    make_folder(&f);
    write_file(f.one, "too short");
    write_file(f.two, P256_PUBLIC);
    key_sources_init(&s);
    assert_int_equal(key_sources_add_file(&s, JWS_ALG_ANY, f.one), OK);
    assert_int_equal(key_sources_add_file(&s, JWS_ALG_ANY, f.two), OK);
    refuse(&s, ERR_INVALID, "too weak");
    assert_non_null(strstr(reason, f.one));
    assert_int_equal(s.keys.count, 0);
    assert_false(refresh(&s, false));
    write_file(f.one, SECRET_64 "\n");
    assert_true(refresh(&s, false));
    assert_int_equal(s.keys.count, 2);
    write_file(f.one, "{}");
    refuse(&s, ERR_MALFORMED, "JSON Web Key Set");
    assert_int_equal(s.keys.count, 2);
    assert_int_equal(s.keys.keys[0].alg, JWS_HS256);
    assert_int_equal(unlink(f.one), 0);
    assert_false(refresh(&s, false)); /* missing for a moment, while it is replaced */
    key_sources_clear(&s);
    remove_folder(&f);
}

static void test_missing_file(void **state)
{
    struct key_sources s;

    (void)state;
    key_sources_init(&s);
    assert_int_equal(key_sources_add_file(&s, JWS_ALG_ANY, "/nonexistent/keys"), OK);
    refuse(&s, ERR_NOT_FOUND, "/nonexistent/keys");
    key_sources_clear(&s);
}

static void test_too_many(void **state)
{
    struct key_sources s;

    (void)state;
    key_sources_init(&s);
    for (int i = 0; i < KEY_SOURCES_MAX; i++)
        assert_int_equal(key_sources_add_text(&s, JWS_ALG_ANY, SECRET_64), OK);
    assert_int_equal(key_sources_add_text(&s, JWS_ALG_ANY, SECRET_64), ERR_TOO_MANY);
    assert_true(refresh(&s, true));
    assert_int_equal(s.keys.count, KEY_SOURCES_MAX);
    key_sources_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_several_sources),
        cmocka_unit_test(test_bad_file),
        cmocka_unit_test(test_missing_file),
        cmocka_unit_test(test_too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

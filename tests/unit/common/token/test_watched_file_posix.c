/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/watched_file_posix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

static void expect_text(struct watched_file *f, const char *text)
{
    char reason[WATCHED_FILE_REASON_SIZE];
    struct buf out;

    buf_init(&out, 100);
    assert_int_equal(watched_file_read(f, &out, reason), OK);
    assert_true(slice_equal(buf_all(&out), slice_str(text)));
    buf_clear(&out);
}

static void test_changes(void **state)
{
    char folder[] = "/tmp/belfry-watched-XXXXXX";
    char path[64];
    char other[64];
    struct watched_file f;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/key", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    write_file(path, "one");
    watched_file_init(&f, path);
    assert_true(watched_file_changed(&f));
    expect_text(&f, "one");
    assert_false(watched_file_changed(&f));
    write_file(path, "longer");
    assert_true(watched_file_changed(&f));
    expect_text(&f, "longer");
    /* replaced by another of the same size, as editors and Kubernetes do */
    write_file(other, "again!");
    assert_int_equal(rename(other, path), 0);
    assert_true(watched_file_changed(&f));
    expect_text(&f, "again!");
    assert_false(watched_file_changed(&f));
    /* missing: the keys stay; back: read again */
    assert_int_equal(unlink(path), 0);
    assert_false(watched_file_changed(&f));
    write_file(path, "back");
    assert_true(watched_file_changed(&f));
    expect_text(&f, "back");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void refuse(const char *path, size_t limit, enum err want, const char *why)
{
    char reason[WATCHED_FILE_REASON_SIZE] = "";
    struct watched_file f;
    struct buf out;

    buf_init(&out, limit);
    watched_file_init(&f, path);
    assert_int_equal(watched_file_read(&f, &out, reason), want);
    assert_non_null(strstr(reason, why));
    assert_non_null(strstr(reason, path));
    buf_clear(&out);
}

static void test_refused(void **state)
{
    (void)state;
    refuse("/nonexistent/key", 100, ERR_NOT_FOUND, "No such file");
    refuse("/tmp", 100, ERR_INVALID, "directory");
    refuse("/proc/self/status", 100, ERR_TOO_LARGE, "too large");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

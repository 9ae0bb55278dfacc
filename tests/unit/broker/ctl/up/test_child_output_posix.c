/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/up/child_output_posix.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct child_output screen;
    int reading;
    int writing;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    int ends[2];

    if (f == NULL || pipe(ends) != 0)
        return 1;
    f->reading = ends[0];
    f->writing = ends[1];
    if (fcntl(f->reading, F_SETFL, O_NONBLOCK) != 0)
        return 1;
    child_output_init(&f->screen, f->writing, 6);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    child_output_clear(&f->screen);
    if (f->reading >= 0)
        close(f->reading);
    close(f->writing);
    free(f);
    return 0;
}

/* What is in the pipe, at most `size` - 1 bytes of it, with a NUL. */
static size_t take(const struct fixture *f, char *out, size_t size)
{
    size_t total = 0;

    for (ssize_t n; total < size - 1; total += (size_t)n) {
        n = read(f->reading, out + total, size - 1 - total);
        if (n <= 0)
            break;
    }
    out[total] = '\0';
    return total;
}

static void test_lines(void **state)
{
    struct fixture *f = *state;
    char text[200];

    child_output_line(&f->screen, "broker", 1, SLICE("one"));
    child_output_line(&f->screen, "up", 0, SLICE(""));
    take(f, text, sizeof(text));
    assert_string_equal(text, "broker | one\nup     | \n");
    assert_true(child_output_flush(&f->screen));
}

/* A pipe that nobody empties takes 64 KiB; then the lines wait, and beyond the limit they are counted. */
static void test_nobody_reads(void **state)
{
    struct fixture *f = *state;
    char line[1000];
    const size_t lines = CHILD_OUTPUT_WAITING_MAX / sizeof(line) + 200;
    char *text = malloc(2 * CHILD_OUTPUT_WAITING_MAX);
    size_t total = 0;
    uint64_t dropped;

    assert_non_null(text);
    memset(line, 'x', sizeof(line));
    for (size_t i = 0; i < lines; i++)
        child_output_line(&f->screen, "edge-1", 2, slice_of(line, sizeof(line)));
    assert_true(f->screen.waiting.size <= CHILD_OUTPUT_WAITING_MAX);
    dropped = f->screen.dropped;
    assert_in_range(dropped, 1, lines);
    for (bool done = false; !done;) {
        total += take(f, text + total, 2 * CHILD_OUTPUT_WAITING_MAX - total);
        done = child_output_flush(&f->screen);
    }
    total += take(f, text + total, 2 * CHILD_OUTPUT_WAITING_MAX - total);
    assert_non_null(strstr(text, " lines dropped"));
    assert_int_equal(f->screen.dropped, 0);
    /* Each line came whole or not at all, and the count is right. */
    assert_int_equal((total - strlen(strstr(text, "up     |"))) / (9 + sizeof(line) + 1),
                     lines - dropped);
    free(text);
}

static void test_nobody_is_there(void **state)
{
    struct fixture *f = *state;

    signal(SIGPIPE, SIG_IGN);
    close(f->reading);
    f->reading = -1;
    child_output_line(&f->screen, "up", 0, SLICE("to nobody"));
    assert_true(child_output_flush(&f->screen));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody_reads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody_is_there, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

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
    struct child_output output;
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
    child_output_init(&f->output, f->writing, 6);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    child_output_clear(&f->output);
    if (f->reading >= 0)
        close(f->reading);
    close(f->writing);
    free(f);
    return 0;
}

/* Reads at most `size` - 1 bytes from the pipe, and adds a NUL. Returns their number. */
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

    child_output_line(&f->output, "broker", 1, SLICE("one"));
    child_output_line(&f->output, "up", 0, SLICE(""));
    take(f, text, sizeof(text));
    assert_string_equal(text, "broker | one\nup     | \n");
    assert_true(child_output_flush(&f->output));
}

/* A full pipe holds 64 KiB. Then lines wait; beyond the limit they are counted. */
static void test_full_pipe(void **state)
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
        child_output_line(&f->output, "edge-1", 2, slice_of(line, sizeof(line)));
    assert_true(f->output.waiting.size <= CHILD_OUTPUT_WAITING_MAX);
    dropped = f->output.dropped;
    assert_in_range(dropped, 1, lines);
    for (bool done = false; !done;) {
        total += take(f, text + total, 2 * CHILD_OUTPUT_WAITING_MAX - total);
        done = child_output_flush(&f->output);
    }
    total += take(f, text + total, 2 * CHILD_OUTPUT_WAITING_MAX - total);
    assert_non_null(strstr(text, " lines dropped"));
    assert_int_equal(f->output.dropped, 0);
    /* Only complete lines arrived, and the number of dropped lines is right. */
    assert_int_equal((total - strlen(strstr(text, "up     |"))) / (9 + sizeof(line) + 1),
                     lines - dropped);
    free(text);
}

static void test_closed_pipe(void **state)
{
    struct fixture *f = *state;

    signal(SIGPIPE, SIG_IGN);
    close(f->reading);
    f->reading = -1;
    child_output_line(&f->output, "up", 0, SLICE("lost"));
    assert_true(child_output_flush(&f->output));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full_pipe, setup, teardown),
        cmocka_unit_test_setup_teardown(test_closed_pipe, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

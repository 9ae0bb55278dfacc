/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/operator_tasks.h"
#include "tests/unit/broker/core/command_fixture.h"

/* ---- trimming ---- */

static void trimmed(struct fixture *f, enum err result, uint64_t oldest)
{
    f->answer_count = 0;
    if (result == OK && !f->trim.dry_run)
        f->journal.oldest = oldest;
    f->journal.head = 100;
    f->journal.records = 101 - f->journal.oldest;
    broker_trimmed(f->b, f->now, result, oldest, &f->journal);
    fixture_drain(f);
}

static void trims_the_log(void **state)
{
    struct fixture *f = settled();
    unsigned beacons;

    (void)state;
    COMMAND(f, "trim", "k3f9x2-41", "", "");
    assert_int_equal(f->answer_count, 0);
    assert_int_equal(f->trims, 1);
    assert_int_equal(f->trim.before, 41);
    assert_int_equal(f->trim.before_ms, 0);
    assert_false(f->trim.dry_run);
    assert_false(broker_idle(f->b));
    COMMAND(f, "trim", "42", "", "");
    assert_says(f, ERR_BUSY, "another trim");
    beacons = f->beacons;
    trimmed(f, OK, 41);
    assert_true(broker_idle(f->b));
    assert_int_equal(f->answer_count, 3);
    assert_reply(f, 0, OK);
    /* The edges remove the records too, and the next beacon has the new oldest offset. */
    assert_int_equal(f->answers[1].type, WIRE_COMMAND);
    assert_memory_equal(f->answer_peers[1].bytes, "e1", 2);
    assert_memory_equal(f->answer_peers[2].bytes, "e2", 2);
    assert_string_equal(f->answer_text, "trim k3f9x2-41");
    fixture_tick(f, 1);
    assert_int_equal(f->beacons, beacons + 1);
    assert_int_equal(f->beacon.oldest, 41);
    fixture_close(f);
}

static void a_dry_run(void **state)
{
    struct fixture *f = settled();

    (void)state;
    COMMAND(f, "trim", "", "3600000", "look");
    assert_int_equal(f->trims, 1);
    assert_int_equal(f->trim.before, 0);
    assert_int_equal(f->trim.before_ms, f->unix_ms - 3600000);
    assert_true(f->trim.dry_run);
    trimmed(f, OK, 31);
    assert_says(f, OK, "{\"oldest\":\"k3f9x2-31\",\"removed\":30,\"left\":70}");
    COMMAND(f, "trim", "7", "", "");
    trimmed(f, OK, 7);
    assert_int_equal(f->answer_count, 3);
    COMMAND(f, "trim", "", "99999999999999", ""); /* older than the epoch of Unix time */
    assert_int_equal(f->trim.before_ms, 0);
    trimmed(f, OK, 7);
    assert_reply(f, 0, OK);
    fixture_close(f);
}

static void failed_trims(void **state)
{
    static const char *const bad[][3] = {{"x", "", ""}, {"", "-1", ""}, {"zzzzzz-4", "", ""}};
    struct fixture *f = settled();

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        command(f, "trim", bad[i], 3);
        assert_reply(f, 0, ERR_INVALID);
    }
    COMMAND(f, "trim", "5", "");
    assert_says(f, ERR_INVALID, "wrong arguments");
    assert_int_equal(f->trims, 0);
    COMMAND(f, "trim", "999", "", "");
    trimmed(f, ERR_UNKNOWN, 0);
    assert_says(f, ERR_UNKNOWN, "before: beyond the end of the log");
    COMMAND(f, "trim", "5", "", "");
    trimmed(f, ERR_IO, 0);
    assert_says(f, ERR_IO, "input/output error");
    COMMAND(f, "trim", "5", "", ""); /* allowed again */
    trimmed(f, OK, 5);
    assert_reply(f, 0, OK);
    broker_stop(f->b);
    COMMAND(f, "trim", "6", "", "");
    assert_says(f, ERR_BUSY, "the broker is stopping");
    fixture_close(f);
}

/* broker_destroy() does not need to wait for a trim. */
static void a_trim_in_progress_at_the_end(void **state)
{
    struct fixture *f = settled();

    (void)state;
    COMMAND(f, "trim", "5", "", "");
    fixture_close(f);
}

/* ---- the log that operators read ---- */

static void log_levels(void **state)
{
    struct fixture *f = settled();

    (void)state;
    command(f, "log-level", NULL, 0);
    assert_says(f, OK, "{\"level\":\"info\",\"before\":\"info\"}");
    assert_int_equal(f->log_levels, 0);
    COMMAND(f, "log-level", "debug");
    assert_says(f, OK, "{\"level\":\"debug\",\"before\":\"info\"}");
    assert_int_equal(f->log_levels, 1);
    assert_int_equal(f->log_level, LOG_DEBUG);
    COMMAND(f, "log-level", "debug");
    assert_int_equal(f->log_levels, 1);
    COMMAND(f, "log-level", "loud");
    assert_says(f, ERR_INVALID, "level: must be debug|info|warn|error");
    COMMAND(f, "log-level", "info", "info");
    assert_reply(f, 0, ERR_INVALID);
    assert_int_equal(f->log_levels, 1);
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trims_the_log), cmocka_unit_test(a_dry_run),
        cmocka_unit_test(failed_trims),  cmocka_unit_test(a_trim_in_progress_at_the_end),
        cmocka_unit_test(log_levels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

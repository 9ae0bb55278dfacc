/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/settings.h"

#include "common/wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_defaults(void **state)
{
    struct settings settings;
    struct journal_config journal;
    struct broker_config broker;
    struct broker_config plain;
    char bind[SETTINGS_BIND_SIZE];

    (void)state;
    options_defaults(settings_table(), &settings);
    settings_journal(&settings, &journal);
    assert_string_equal(journal.directory, "./belfry-data");
    assert_int_equal(journal.durability, DURABILITY_FULL);
    assert_true(journal.retention_ms == UINT64_C(30) * 86400000);
    assert_true(journal.retention_bytes == UINT64_C(1) << 30);
    assert_int_equal(journal.topic_records, 0);

    /* The table and the core have the same defaults. */
    settings_broker(&settings, &broker);
    broker_config_init(&plain);
    assert_true(broker.record_bytes == plain.record_bytes);
    assert_true(broker.batch_bytes == plain.batch_bytes);
    assert_true(broker.batch_records == plain.batch_records);
    assert_true(broker.queue_bytes == plain.queue_bytes);
    assert_true(broker.edges == plain.edges);
    assert_true(broker.reads == plain.reads);
    assert_int_equal(settings_bind(&settings, bind), OK);
    assert_string_equal(bind, "ipc://./belfry-data/run");
}

static void test_choices_are_the_enums(void **state)
{
    char reason[OPTIONS_REASON_SIZE];
    struct settings settings;

    (void)state;
    options_defaults(settings_table(), &settings);
    assert_int_equal(options_set(settings_table(), &settings, "durability", "normal", reason), OK);
    assert_int_equal(settings.durability, DURABILITY_NORMAL);
    assert_int_equal(options_set(settings_table(), &settings, "durability", "memory", reason), OK);
    assert_int_equal(settings.durability, DURABILITY_MEMORY);
}

/* The largest batch that the limits allow fits into one frame. */
static void test_largest_batch_fits_a_frame(void **state)
{
    char reason[OPTIONS_REASON_SIZE];
    struct settings s;

    (void)state;
    options_defaults(settings_table(), &s);
    assert_int_equal(options_set(settings_table(), &s, "record-bytes", "4MiB", reason), OK);
    assert_int_equal(options_set(settings_table(), &s, "record-bytes", "5MiB", reason),
                     ERR_INVALID);
    assert_int_equal(options_set(settings_table(), &s, "batch-bytes", "8MiB", reason), OK);
    assert_int_equal(options_set(settings_table(), &s, "batch-bytes", "9MiB", reason), ERR_INVALID);
    assert_int_equal(options_set(settings_table(), &s, "batch-records", "65536", reason), OK);
    assert_int_equal(options_set(settings_table(), &s, "batch-records", "65537", reason),
                     ERR_INVALID);
    /* Per record: offset and time (9 bytes each), the head of the body (5). */
    assert_true(s.record_bytes + s.batch_bytes + s.batch_records * 23 + 64 < WIRE_FRAME_SIZE_MAX);
    assert_true(s.batch_records * 3 + 16 < WIRE_ELEMENTS_MAX);
}

static void test_bind(void **state)
{
    char reason[OPTIONS_REASON_SIZE];
    char bind[SETTINGS_BIND_SIZE] = "untouched";
    char text[SETTINGS_BIND_SIZE + 1];
    struct settings settings;

    (void)state;
    options_defaults(settings_table(), &settings);
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    settings.data = text;
    assert_int_equal(settings_bind(&settings, bind), ERR_TOO_LARGE);
    assert_string_equal(bind, "untouched");
    assert_int_equal(
        options_set(settings_table(), &settings, "bind", "tcp://127.0.0.1:7700", reason), OK);
    assert_int_equal(settings_bind(&settings, bind), OK);
    assert_string_equal(bind, "tcp://127.0.0.1:7700");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_choices_are_the_enums),
        cmocka_unit_test(test_largest_batch_fits_a_frame),
        cmocka_unit_test(test_bind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

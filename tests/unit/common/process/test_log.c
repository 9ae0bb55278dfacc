/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/process/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char now[LOG_TIME_SIZE] = "2026-11-20T07:33:00.123Z";

#define HEAD "{\"time\":\"2026-11-20T07:33:00.123Z\",\"level\":\"warn\",\"event\":\"a.b\""

/* Returns the line of these fields, NUL-terminated. The caller clears it. */
static struct buf line_of(enum log_format format, const struct log_field *fields, size_t count)
{
    struct buf out;

    buf_init(&out, LOG_LINE_MAX);
    log_line(&out, format, now, LOG_WARN, "a.b", fields, count);
    assert_true(buf_ok(&out));
    assert_true(out.size <= LOG_LINE_MAX);
    assert_int_equal(out.data[out.size - 1], '\n');
    assert_ptr_equal(memchr(out.data, '\n', out.size), out.data + out.size - 1);
    out.limit++;
    buf_char(&out, '\0');
    return out;
}

static void levels(void **state)
{
    enum log_level level = LOG_DEBUG;

    (void)state;
    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++) {
        assert_int_equal(log_level_parse(slice_str(log_level_text((enum log_level)i)), &level), OK);
        assert_int_equal(level, i);
    }
    assert_int_equal(log_level_parse(SLICE("Warn"), &level), ERR_INVALID);
    assert_int_equal(log_level_parse(SLICE(""), &level), ERR_INVALID);
    assert_int_equal(level, LOG_ERROR);
}

static void logfmt(void **state)
{
    const struct log_field fields[] = {LOG_NUM("n", 7), LOG_STR("name", "edge 1")};
    struct buf out = line_of(LOG_LOGFMT, fields, 2);

    (void)state;
    assert_string_equal(out.data,
                        "time=2026-11-20T07:33:00.123Z level=warn event=a.b n=7 name=\"edge 1\"\n");
    buf_clear(&out);
}

static void json(void **state)
{
    const struct log_field fields[] = {
        LOG_NUM("n", UINT64_MAX),       LOG_STR("quote", "say \"x\\\"\n"),
        LOG_STR("utf8", "caf\xc3\xa9"), LOG_STR("broken", "\xc3("),
        LOG_STR("c1", "\xc2\x9b"),      LOG_STR("empty", ""),
    };
    struct buf out = line_of(LOG_JSON, fields, 6);

    (void)state;
    assert_string_equal(out.data,
                        HEAD ",\"n\":18446744073709551615,\"quote\":\"say \\\"x\\\\\\\"\\n\","
                             "\"utf8\":\"caf\xc3\xa9\",\"broken\":\"\\u00c3(\","
                             "\"c1\":\"\\u00c2\\u009b\",\"empty\":\"\"}\n");
    buf_clear(&out);
}

/* A line does not exceed its limit, and is cut between fields. */
static void long_lines(void **state)
{
    char text[2000];
    struct log_field fields[6];
    struct buf out;

    (void)state;
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < 6; i++)
        fields[i] = LOG_TEXT("k", slice_of(text, sizeof text));
    out = line_of(LOG_JSON, fields, 6);
    assert_memory_equal(out.data + out.size - 4, "\"}\n", 4);
    buf_clear(&out);
}

/* A character of two bytes is not split. */
static void whole_characters(void **state)
{
    char text[LOG_VALUE_MAX + 2] = "";
    const struct log_field field = LOG_TEXT("k", slice_of(text, sizeof text));
    struct buf out;

    (void)state;
    memset(text, 'x', sizeof text);
    memcpy(text + LOG_VALUE_MAX - 1, "\xc3\xa9", 2);
    out = line_of(LOG_LOGFMT, &field, 1);
    assert_null(strchr(out.data, '\\'));
    assert_null(strchr(out.data, '\xc3'));
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels),     cmocka_unit_test(logfmt),           cmocka_unit_test(json),
        cmocka_unit_test(long_lines), cmocka_unit_test(whole_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

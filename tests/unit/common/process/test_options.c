/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/process/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct target {
    const char *data;
    const char *host;
    uint64_t edges;
    uint64_t tail;
    uint64_t age;
    uint64_t pause;
    bool anonymous;
    bool colour;
    int durability;
};

static const struct option options[] = {
    {.name = "data",
     .type = OPTION_STRING,
     .value = "DIR",
     .help = "Where it is.",
     .field = offsetof(struct target, data)},
    {.name = "host",
     .type = OPTION_STRING,
     .fallback = "127.0.0.1",
     .help = "Address.",
     .field = offsetof(struct target, host)},
    {.name = "edges",
     .type = OPTION_NUMBER,
     .fallback = "2",
     .min = 1,
     .max = 64,
     .help = "How many.",
     .field = offsetof(struct target, edges)},
    {.name = "tail-bytes",
     .type = OPTION_BYTES,
     .fallback = "64MiB",
     .min = 65536,
     .help = "Memory.",
     .field = offsetof(struct target, tail)},
    {.name = "retention-age",
     .type = OPTION_DURATION,
     .fallback = "30d",
     .max = 8640000000,
     .unit_required = true,
     .help = "Age.",
     .field = offsetof(struct target, age)},
    {.name = "pause",
     .type = OPTION_DURATION,
     .help = "Wait.",
     .field = offsetof(struct target, pause)},
    {.name = "allow-anonymous",
     .type = OPTION_FLAG,
     .help = "Anybody.",
     .field = offsetof(struct target, anonymous)},
    {.name = "colour",
     .type = OPTION_FLAG,
     .fallback = "yes",
     .help = "Colours.",
     .field = offsetof(struct target, colour)},
    {.name = "durability",
     .type = OPTION_CHOICE,
     .fallback = "normal",
     .choices = "full|normal|memory",
     .help = "How safe.",
     .field = offsetof(struct target, durability)},
};

static const struct option_table table = {
    .program = "belfry-test",
    .summary = "Tests options.",
    .operands = "URL [TOPIC...]",
    .options = options,
    .count = sizeof(options) / sizeof(options[0]),
};

static enum err set(struct target *t, const char *name, const char *value, char *reason)
{
    reason[0] = '\0';
    return options_set(&table, t, name, value, reason);
}

static void test_defaults(void **state)
{
    struct target t;

    (void)state;
    memset(&t, 0x5a, sizeof(t));
    options_defaults(&table, &t);
    assert_string_equal(t.data, "");
    assert_string_equal(t.host, "127.0.0.1");
    assert_int_equal(t.edges, 2);
    assert_int_equal(t.tail, 64 << 20);
    assert_true(t.age == UINT64_C(30) * 86400 * 1000);
    assert_false(t.anonymous);
    assert_true(t.colour);
    assert_int_equal(t.durability, 1);
}

static void test_numbers(void **state)
{
    static const struct {
        const char *name;
        const char *value;
        uint64_t expected;
    } good[] = {
        {"edges", "1", 1},
        {"edges", "64", 64},
        {"edges", "007", 7},
        {"tail-bytes", "65536", 65536},
        {"tail-bytes", "65536B", 65536},
        {"tail-bytes", "64KiB", 65536},
        {"tail-bytes", "2GiB", UINT64_C(2) << 30},
        {"tail-bytes", "16777215TiB", UINT64_C(16777215) << 40},
        {"tail-bytes", "18446744073709551615", UINT64_MAX},
        {"retention-age", "0", 0},
        {"retention-age", "00", 0},
        {"retention-age", "250ms", 250},
        {"retention-age", "15s", 15000},
        {"retention-age", "10m", 600000},
        {"retention-age", "6h", 21600000},
        {"retention-age", "100d", 8640000000},
        {"pause", "15", 15000},
        {"pause", "15m", 900000},
    };
    char reason[OPTIONS_REASON_SIZE];
    struct target t;

    (void)state;
    options_defaults(&table, &t);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        uint64_t got;
        assert_int_equal(set(&t, good[i].name, good[i].value, reason), OK);
        got = good[i].name[0] == 'e'   ? t.edges
              : good[i].name[0] == 't' ? t.tail
              : good[i].name[0] == 'p' ? t.pause
                                       : t.age;
        assert_true(got == good[i].expected);
    }
}

static void test_bad_values(void **state)
{
    static const struct {
        const char *name;
        const char *value;
        const char *reason;
    } bad[] = {
        {"edges", "", "edges: \"\" is not a number"},
        {"edges", "-1", "edges: \"-1\" is not a number"},
        {"edges", "2x", "edges: \"2x\" is not a number"},
        {"edges", "2KiB", "edges: \"2KiB\" is not a number"},
        {"edges", " 2", "edges: \" 2\" is not a number"},
        {"edges", "0", "edges: \"0\" is less than 1"},
        {"edges", "65", "edges: \"65\" is more than 64"},
        {"edges", "18446744073709551616", "edges: \"18446744073709551616\" is not a number"},
        {"tail-bytes", "32KiB", "tail-bytes: \"32KiB\" is less than 64KiB"},
        {"tail-bytes", "64kb", "tail-bytes: \"64kb\" is not bytes like 4096, 64KiB, 64MiB or 2GiB"},
        {"tail-bytes", "16777216TiB",
         "tail-bytes: \"16777216TiB\" is not bytes like 4096, 64KiB, 64MiB or 2GiB"},
        {"retention-age", "101d", "retention-age: \"101d\" is more than 100d"},
        {"retention-age", "5 s",
         "retention-age: \"5 s\" is not a time like 250ms, 15s, 10m, 6h or 30d"},
        {"retention-age", "7", "retention-age: \"7\" needs a unit: write 7d, 7h, 7m or 7s"},
        {"retention-age", "007",
         "retention-age: \"007\" needs a unit: write 007d, 007h, 007m or 007s"},
        {"retention-age", "", "retention-age: \"\" is not a time like 250ms, 15s, 10m, 6h or 30d"},
        {"retention-age", "7 ",
         "retention-age: \"7 \" is not a time like 250ms, 15s, 10m, 6h or 30d"},
        {"colour", "maybe", "colour: \"maybe\" is not yes or no"},
        {"durability", "fullest", "durability: \"fullest\" is not one of full|normal|memory"},
        {"durability", "ful", "durability: \"ful\" is not one of full|normal|memory"},
        {"durability", "", "durability: \"\" is not one of full|normal|memory"},
        {"durability", "full|normal",
         "durability: \"full|normal\" is not one of full|normal|memory"},
        {"edges", "a\nb\x7f", "edges: \"a?b?\" is not a number"},
    };
    char reason[OPTIONS_REASON_SIZE];
    struct target t;
    struct target before;

    (void)state;
    memset(&t, 0, sizeof(t));
    options_defaults(&table, &t);
    memcpy(&before, &t, sizeof(t));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(set(&t, bad[i].name, bad[i].value, reason), ERR_INVALID);
        assert_string_equal(reason, bad[i].reason);
    }
    assert_int_equal(set(&t, "edge", "1", reason), ERR_NOT_FOUND);
    assert_string_equal(reason, "edge: no such option");
    assert_memory_equal(&t, &before, sizeof(t));
}

static void test_flags_and_choices(void **state)
{
    static const char *const yes[] = {"yes", "true", "1"};
    static const char *const no[] = {"no", "false", "0"};
    static const char *const choices[] = {"full", "normal", "memory"};
    char reason[OPTIONS_REASON_SIZE];
    struct target t;

    (void)state;
    options_defaults(&table, &t);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(set(&t, "colour", yes[i], reason), OK);
        assert_true(t.colour);
        assert_int_equal(set(&t, "colour", no[i], reason), OK);
        assert_false(t.colour);
        assert_int_equal(set(&t, "durability", choices[i], reason), OK);
        assert_int_equal(t.durability, i);
    }
}

static void test_long_value_is_cut(void **state)
{
    char reason[OPTIONS_REASON_SIZE];
    char value[1000];
    struct target t;

    (void)state;
    memset(value, 'x', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    options_defaults(&table, &t);
    assert_int_equal(set(&t, "edges", value, reason), ERR_INVALID);
    assert_int_equal(strlen(reason), OPTIONS_REASON_SIZE - 1);
}

static void test_environment(void **state)
{
    char *good[] = {(char[]){"PATH=/bin"},
                    (char[]){"BELFRY_TAIL_BYTES=1MiB"},
                    (char[]){"BELFRY_DURABILITY=memory"},
                    (char[]){"BELFRY_NOBODY_KNOWS=x"},
                    (char[]){"BELFRY_EDGESX=9"},
                    (char[]){"BELFRY_EDGE=9"},
                    (char[]){"belfry_edges=9"},
                    (char[]){"BELFRY_DATA=a=b"},
                    NULL};
    char *bad[] = {(char[]){"BELFRY_RETENTION_AGE=soon"}, NULL};
    char reason[OPTIONS_REASON_SIZE] = "";
    struct target t;

    (void)state;
    options_defaults(&table, &t);
    assert_int_equal(options_environment(&table, &t, good, reason), OK);
    assert_int_equal(t.tail, 1 << 20);
    assert_int_equal(t.durability, 2);
    assert_int_equal(t.edges, 2);
    assert_string_equal(t.data, "a=b");
    assert_int_equal(options_environment(&table, &t, bad, reason), ERR_INVALID);
    assert_string_equal(reason, "BELFRY_RETENTION_AGE: \"soon\" is not a time like 250ms, 15s, "
                                "10m, 6h or 30d");
}

/* Variables that Kubernetes sets for a Service are not options. */
static void test_kubernetes(void **state)
{
    static const struct option port[] = {
        {.name = "port",
         .type = OPTION_NUMBER,
         .fallback = "8080",
         .field = offsetof(struct target, edges)},
        {.name = "ops-port", .type = OPTION_STRING, .field = offsetof(struct target, host)},
        {.name = "host", .type = OPTION_STRING, .field = offsetof(struct target, data)}};
    const struct option_table ports = {.program = "belfry-test", .options = port, .count = 3};
    char *links[] = {(char[]){"BELFRY_SERVICE_HOST=10.1.2.3"},
                     (char[]){"BELFRY_SERVICE_PORT=8080"},
                     (char[]){"BELFRY_PORT=tcp://10.1.2.3:8080"},
                     (char[]){"BELFRY_PORT_8080_TCP=tcp://10.1.2.3:8080"},
                     (char[]){"BELFRY_PORT_8080_TCP_PORT=8080"},
                     (char[]){"BELFRY_PORT=udp://10.1.2.3:53"},
                     (char[]){"BELFRY_PORT=sctp://[fd00::1]:9"},
                     (char[]){"BELFRY_OPS_PORT=tcp://10.1.2.3:8080"},
                     (char[]){"BELFRY_HOST=tcp://kept"},
                     NULL};
    char *own[] = {(char[]){"BELFRY_PORT=9090"}, NULL};
    char *bad[] = {(char[]){"BELFRY_PORT=http://10.1.2.3:8080"}, NULL};
    char reason[OPTIONS_REASON_SIZE] = "";
    struct target t;

    (void)state;
    options_defaults(&ports, &t);
    assert_int_equal(options_environment(&ports, &t, links, reason), OK);
    assert_int_equal(t.edges, 8080);
    assert_string_equal(t.host, "");
    assert_string_equal(t.data, "tcp://kept");
    assert_int_equal(options_environment(&ports, &t, own, reason), OK);
    assert_int_equal(t.edges, 9090);
    assert_int_equal(options_environment(&ports, &t, bad, reason), ERR_INVALID);
    assert_string_equal(reason, "BELFRY_PORT: \"http://10.1.2.3:8080\" is not a number");
}

#define ARGUMENTS_MAX 16

struct parsed {
    struct target t;
    enum err err;
    int operands;
    bool help;
    char *argv[ARGUMENTS_MAX];
    char reason[OPTIONS_REASON_SIZE];
};

/* The arguments are one string, which is split at spaces in place. */
static struct parsed parse(char *text)
{
    struct parsed p = {.operands = -1};
    int argc = 1;
    char *rest = NULL;

    p.argv[0] = text;
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        p.argv[argc++] = word;
    options_defaults(&table, &p.t);
    p.err = options_arguments(&table, &p.t, argc, p.argv, &p.operands, &p.help, p.reason);
    return p;
}

static void test_arguments(void **state)
{
    char text[] = "http://x --tail-bytes 1MiB a --edges=3 --allow-anonymous b --no-colour - "
                  "--data --edges -- --edges --help";
    struct parsed p = parse(text);

    (void)state;
    assert_int_equal(p.err, OK);
    assert_false(p.help);
    assert_int_equal(p.operands, 6);
    assert_string_equal(p.argv[0], "http://x");
    assert_string_equal(p.argv[1], "a");
    assert_string_equal(p.argv[2], "b");
    assert_string_equal(p.argv[3], "-");
    assert_string_equal(p.argv[4], "--edges");
    assert_string_equal(p.argv[5], "--help");
    assert_int_equal(p.t.tail, 1 << 20);
    assert_int_equal(p.t.edges, 3);
    assert_true(p.t.anonymous);
    assert_false(p.t.colour);
    assert_string_equal(p.t.data, "--edges");
}

static void test_argument_forms(void **state)
{
    char flag[] = "--colour=no --no-allow-anonymous --data=";
    char help[] = "x --help --nonsense";
    struct parsed p = parse(flag);

    (void)state;
    assert_int_equal(p.err, OK);
    assert_int_equal(p.operands, 0);
    assert_false(p.t.colour);
    assert_string_equal(p.t.data, "");
    p = parse(help);
    assert_int_equal(p.err, OK);
    assert_true(p.help);
}

static void test_bad_arguments(void **state)
{
    static const struct {
        const char *text;
        enum err err;
        const char *reason;
    } bad[] = {
        {"--nonsense", ERR_NOT_FOUND, "unknown option --nonsense"},
        {"--nonsense=3", ERR_NOT_FOUND, "unknown option --nonsense"},
        {"--edge 3", ERR_NOT_FOUND, "unknown option --edge"},
        {"--no-edges", ERR_NOT_FOUND, "unknown option --no-edges"},
        {"--no-colour=yes", ERR_NOT_FOUND, "unknown option --no-colour"},
        {"--no-", ERR_NOT_FOUND, "unknown option --no-"},
        {"--=3", ERR_NOT_FOUND, "unknown option --"},
        {"--edges", ERR_INVALID, "--edges needs a value: a number"},
        {"--edges 100", ERR_INVALID, "--edges: \"100\" is more than 64"},
        {"--colour=perhaps", ERR_INVALID, "--colour: \"perhaps\" is not yes or no"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[64];
        struct parsed p;

        memcpy(text, bad[i].text, strlen(bad[i].text) + 1);
        p = parse(text);
        assert_int_equal(p.err, bad[i].err);
        assert_string_equal(p.reason, bad[i].reason);
        assert_int_equal(p.operands, -1);
    }
}

static void test_help(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 65536);
    options_help(&table, &out);
    buf_char(&out, '\0');
    assert_true(buf_ok(&out));
    assert_non_null(strstr(out.data, "Usage: belfry-test [OPTION...] URL [TOPIC...]\n"
                                     "Tests options.\n"));
    assert_non_null(strstr(out.data, "\n  --data DIR                  Where it is.\n"));
    assert_non_null(strstr(out.data, "\n  --tail-bytes BYTES          Memory. [64MiB]\n"));
    assert_non_null(strstr(out.data,
                           "\n  --retention-age TIME        Age. A unit is required (7d, 12h, 90m, "
                           "30s). [30d]\n"));
    assert_non_null(strstr(out.data, "\n  --pause TIME                Wait.\n"));
    assert_non_null(strstr(out.data, "\n  --[no-]colour               Colours. [yes]\n"));
    assert_non_null(strstr(out.data, "\n  --durability full|normal|memory\n"
                                     "                              How safe. [normal]\n"));
    assert_non_null(strstr(out.data, "\n  --help                      Show this help.\n"));
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_bad_values),
        cmocka_unit_test(test_flags_and_choices),
        cmocka_unit_test(test_long_value_is_cut),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_kubernetes),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_argument_forms),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/wire/bus_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_good(void **state)
{
    static const struct {
        const char *base;
        enum bus_socket which;
        const char *expected;
    } good[] = {
        {"ipc:///run/belfry", BUS_PUBLISH, "ipc:///run/belfry/publish.sock"},
        {"ipc:///run/belfry", BUS_BROADCAST, "ipc:///run/belfry/broadcast.sock"},
        {"ipc:///run/belfry//", BUS_CONTROL, "ipc:///run/belfry/control.sock"},
        {"ipc://./belfry-data/run", BUS_CONTROL, "ipc://./belfry-data/run/control.sock"},
        {"tcp://127.0.0.1:7700", BUS_PUBLISH, "tcp://127.0.0.1:7700"},
        {"tcp://127.0.0.1:7700", BUS_BROADCAST, "tcp://127.0.0.1:7701"},
        {"tcp://broker.example:1", BUS_CONTROL, "tcp://broker.example:3"},
        {"tcp://*:65533", BUS_CONTROL, "tcp://*:65535"},
        {"tcp://[::1]:7700", BUS_CONTROL, "tcp://[::1]:7702"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        char out[BUS_ADDRESS_SIZE];
        assert_int_equal(bus_address(good[i].base, good[i].which, out), OK);
        assert_string_equal(out, good[i].expected);
    }
}

static void test_bad(void **state)
{
    static const char *const bad[] = {
        "",
        "ipc",
        "ipc:/x",
        "ipc://",
        "ipc://@abstract",
        "/run/belfry",
        "inproc://x",
        "TCP://127.0.0.1:7700",
        "tcp://",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:",
        "tcp://:7700",
        "tcp://127.0.0.1:0",
        "tcp://127.0.0.1:65534",
        "tcp://127.0.0.1:99999",
        "tcp://127.0.0.1:4294967297",
        "tcp://127.0.0.1:77x",
        "tcp://127.0.0.1:-1",
        "tcp://::1:7700",
        "tcp://[]:7700",
        "tcp://a b:7700",
        "tcp://eth0;127.0.0.1:7700",
    };
    char out[BUS_ADDRESS_SIZE] = "untouched";

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(bus_address(bad[i], BUS_PUBLISH, out), ERR_INVALID);
    assert_string_equal(out, "untouched");
}

static void test_long(void **state)
{
    static const char name[] = "/broadcast.sock";
    char base[1000] = "ipc://";
    char out[BUS_ADDRESS_SIZE] = "untouched";
    size_t directory = 107 - (sizeof(name) - 1);

    (void)state;
    memset(base + 6, 'd', directory + 1);
    assert_int_equal(bus_address(base, BUS_BROADCAST, out), ERR_TOO_LARGE);
    memset(base + 6, 'd', sizeof(base) - 7);
    assert_int_equal(bus_address(base, BUS_BROADCAST, out), ERR_TOO_LARGE);
    assert_string_equal(out, "untouched");
    base[6 + directory] = '\0';
    assert_int_equal(bus_address(base, BUS_BROADCAST, out), OK);
    assert_int_equal(strlen(out), 6 + 107);

    memcpy(base, "tcp://", 6);
    memset(base + 6, 'h', 254);
    memcpy(base + 6 + 254, ":7700", 6);
    assert_int_equal(bus_address(base, BUS_BROADCAST, out), ERR_INVALID);
    memcpy(base + 6 + 253, ":7700", 6);
    assert_int_equal(bus_address(base, BUS_BROADCAST, out), OK);
    assert_int_equal(strlen(out), 6 + 253 + 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

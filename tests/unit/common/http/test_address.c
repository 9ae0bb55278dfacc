/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/http/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct address parsed(const char *text)
{
    struct address address;

    if (address_parse(slice_str(text), &address) != OK)
        fail_msg("%s is an address", text);
    return address;
}

static void is_text(const struct address *address, const char *expected)
{
    char text[ADDRESS_TEXT_MAX];

    assert_int_equal(address_format(address, text), strlen(expected));
    assert_string_equal(text, expected);
}

static void test_round_trip(void **state)
{
    static const char *const texts[][2] = {
        {"0.0.0.0", "0.0.0.0"},
        {"192.0.2.1", "192.0.2.1"},
        {"255.255.255.255", "255.255.255.255"},
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"2001:db8::1", "2001:db8::1"},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
        {"2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"::FFFF:C000:201", "192.0.2.1"},
        {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
        {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct address address = parsed(texts[i][0]);

        is_text(&address, texts[i][1]);
    }
}

static void test_invalid_addresses(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "01.2.3.4",
        "1.2.3.04",
        "0x1.2.3.4",
        "1.2.3.",
        ".1.2.3",
        "1..2.3",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.-4",
        "1.2.3.4/8",
        "1.2.3.1000",
        ":",
        ":::",
        "1:",
        ":1",
        "1:2",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1::",
        "1::2::3",
        "12345::",
        "g::",
        "::1.2.3",
        "::1.2.3.4.5",
        "1.2.3.4::",
        "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1:2:3:4:5::6:1.2.3.4",
        "[::1]",
        "::1%eth0",
        "fe80::1%1",
        "localhost",
        "::ffff:1.2.3.256",
        "0000000000000000000000000000000000000000000000000000::",
        "1:2:3:4::5:6:7:8",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct address address;

        if (address_parse(slice_str(texts[i]), &address) != ERR_INVALID)
            fail_msg("%s was accepted as an address", texts[i]);
    }
    assert_int_equal(address_parse((struct slice){NULL, 0}, &(struct address){{0}}), ERR_INVALID);
    assert_int_equal(address_parse(SLICE("1.2.3.4\0"), &(struct address){{0}}), ERR_INVALID);
}

static void test_client_groups(void **state)
{
    struct address a = parsed("2001:db8:1:ffff:ffff:4:5:6");
    struct address b = parsed("192.0.2.77");

    (void)state;
    a = address_client(&a);
    b = address_client(&b);
    is_text(&a, "2001:db8:1:ffff::");
    is_text(&b, "192.0.2.77");
}

static struct networks list_of(const char *text)
{
    struct networks networks;

    if (networks_parse(slice_str(text), &networks) != OK)
        fail_msg("%s is a list", text);
    return networks;
}

static bool has(const struct networks *networks, const char *text)
{
    struct address address = parsed(text);

    return networks_have(networks, &address);
}

static void test_networks(void **state)
{
    struct networks n = list_of("10.0.0.0/8, 192.0.2.7 ,::1,2001:db8::/33,172.16.0.0/12");

    (void)state;
    assert_int_equal(n.count, 5);
    assert_true(has(&n, "10.0.0.0"));
    assert_true(has(&n, "10.255.255.255"));
    assert_true(has(&n, "::ffff:10.1.2.3"));
    assert_false(has(&n, "11.0.0.0"));
    assert_false(has(&n, "9.255.255.255"));
    assert_true(has(&n, "192.0.2.7"));
    assert_false(has(&n, "192.0.2.6"));
    assert_true(has(&n, "::1"));
    assert_false(has(&n, "::2"));
    assert_true(has(&n, "2001:db8:7fff::1"));
    assert_false(has(&n, "2001:db8:8000::1"));
    assert_true(has(&n, "172.31.255.255"));
    assert_false(has(&n, "172.32.0.0"));
    n = list_of("0.0.0.0/0");
    assert_true(has(&n, "255.0.0.1"));
    assert_false(has(&n, "2001::1"));
    n = list_of("::/0");
    assert_true(has(&n, "2001::1"));
    assert_true(has(&n, "1.2.3.4"));
    n = list_of("::ffff:0:0/96");
    assert_true(has(&n, "1.2.3.4"));
    assert_false(has(&n, "::1"));
    assert_int_equal(list_of("").count, 0);
    assert_int_equal(list_of("  ").count, 0);
}

static void test_invalid_networks(void **state)
{
    static const char *const texts[] = {
        ",",       "1.2.3.4,",     ",1.2.3.4",    "1.2.3.4,,::1", "1.2.3.4/",       "1.2.3.4/33",
        "::1/129", "1.2.3.4/08",   "1.2.3.4/-1",  "10.1.2.3/8",   "2001:db8::1/32", "localhost",
        "10/8",    "10.0.0.0/8/8", "10.0.0.0 /8", "1.2.3.4 ::1",  "1.2.3.4, ",
    };
    char many[64 * 10 + 10] = "";

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct networks networks = {.count = 99};

        if (networks_parse(slice_str(texts[i]), &networks) != ERR_INVALID)
            fail_msg("%s was accepted as a list", texts[i]);
        assert_int_equal(networks.count, 99);
    }
    for (size_t i = 0; i <= NETWORKS_MAX; i++)
        memcpy(many + i * 8, "1.2.3.4,", 8);
    many[(NETWORKS_MAX + 1) * 8 - 1] = '\0';
    assert_int_equal(networks_parse(slice_str(many), &(struct networks){.count = 0}), ERR_TOO_MANY);
    many[NETWORKS_MAX * 8 - 1] = '\0';
    assert_int_equal(list_of(many).count, NETWORKS_MAX);
}

static void client_is(const char *header, const char *peer, const char *expected)
{
    struct networks trusted = list_of("10.0.0.0/8,::1");
    struct address from = parsed(peer);
    struct address client = forwarded_client(slice_str(header), &from, &trusted);
    struct address wanted = parsed(expected);

    if (!address_equal(&client, &wanted))
        fail_msg("%s from %s is not %s", header, peer, expected);
}

static void test_forwarded(void **state)
{
    struct networks none = {.count = 0};
    struct address peer = parsed("10.0.0.1");
    struct address client;

    (void)state;
    /* No trusted proxy, or an untrusted peer: the header is ignored. */
    client = forwarded_client(SLICE("192.0.2.1"), &peer, &none);
    assert_true(address_equal(&client, &peer));
    client_is("192.0.2.1", "203.0.113.5", "203.0.113.5");
    client_is("10.1.1.1", "203.0.113.5", "203.0.113.5");

    client_is("", "10.0.0.1", "10.0.0.1");
    client_is("192.0.2.1", "10.0.0.1", "192.0.2.1");
    client_is("  192.0.2.1\t", "::1", "192.0.2.1");
    client_is("192.0.2.1, 10.9.9.9", "10.0.0.1", "192.0.2.1");
    client_is("192.0.2.1,10.9.9.9,10.8.8.8", "10.0.0.1", "192.0.2.1");
    client_is("2001:db8::5", "10.0.0.1", "2001:db8::5");
    /* Entries that the client invented are to the left of the proxy's entry. */
    client_is("10.7.7.7, 192.0.2.1", "10.0.0.1", "192.0.2.1");
    client_is("198.51.100.1, 192.0.2.1, 10.9.9.9", "10.0.0.1", "192.0.2.1");
    client_is("garbage, 192.0.2.1", "10.0.0.1", "192.0.2.1");
    /* If all are trusted, the leftmost counts. */
    client_is("10.3.3.3, 10.2.2.2", "10.0.0.1", "10.3.3.3");
    /* Ports. */
    client_is("192.0.2.1:4711", "10.0.0.1", "192.0.2.1");
    client_is("[2001:db8::5]:4711", "10.0.0.1", "2001:db8::5");
    client_is("[2001:db8::5]", "10.0.0.1", "2001:db8::5");
    client_is("192.0.2.1, 10.2.2.2:80", "10.0.0.1", "192.0.2.1");
    /* Not an address: the proxy that added it counts. */
    client_is("unknown", "10.0.0.1", "10.0.0.1");
    client_is("192.0.2.1, unknown, 10.2.2.2", "10.0.0.1", "10.2.2.2");
    client_is("192.0.2.1,", "10.0.0.1", "10.0.0.1");
    client_is(",,,", "10.0.0.1", "10.0.0.1");
    client_is("[2001:db8::5", "10.0.0.1", "10.0.0.1");
    client_is("[2001:db8::5]x", "10.0.0.1", "10.0.0.1");
    client_is("[", "10.0.0.1", "10.0.0.1");
    client_is("192.0.2.1:80:90", "10.0.0.1", "10.0.0.1");
    client_is("\"192.0.2.1\"", "10.0.0.1", "10.0.0.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),       cmocka_unit_test(test_invalid_addresses),
        cmocka_unit_test(test_client_groups),    cmocka_unit_test(test_networks),
        cmocka_unit_test(test_invalid_networks), cmocka_unit_test(test_forwarded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

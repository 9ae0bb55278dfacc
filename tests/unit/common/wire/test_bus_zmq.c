/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/wire/bus.h"

#include "common/wire/wire.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include <cmocka.h>

#define DEADLINE_S 60

struct fixture {
    char directory[32];
    char address[64]; /* ipc */
    struct bus_context *context;
    struct bus *a;
    struct bus *b;
    char reason[BUS_REASON_SIZE];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    memcpy(f->directory, "/tmp/belfry-XXXXXX", sizeof("/tmp/belfry-XXXXXX"));
    if (mkdtemp(f->directory) == NULL)
        return -1;
    snprintf(f->address, sizeof(f->address), "ipc://%s/x.sock", f->directory);
    f->context = bus_context_create();
    *state = f;
    return f->context == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    bus_close(f->a);
    bus_close(f->b);
    bus_context_destroy(f->context);
    unlink(f->address + 6);
    rmdir(f->directory);
    free(f);
    return 0;
}

static const char *path_of(const struct fixture *f)
{
    return f->address + 6;
}

static time_t seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* Checks for frames, and polls the descriptor while there are none, as a loop does. */
static void wait_readable(struct bus *bus)
{
    time_t end = seconds() + DEADLINE_S;

    while (!bus_readable(bus)) {
        struct pollfd wanted = {.fd = bus_fd(bus), .events = POLLIN};
        assert_true(seconds() < end);
        (void)poll(&wanted, 1, 100);
    }
}

static struct slice receive(struct bus *bus, struct slice *peer)
{
    struct slice frame = {NULL, 0};

    wait_readable(bus);
    assert_int_equal(bus_receive(bus, peer, &frame), OK);
    return frame;
}

static void pair(struct fixture *f, enum bus_kind bound, enum bus_kind connected)
{
    assert_int_equal(bus_open(f->context, bound, &f->a), OK);
    assert_int_equal(bus_open(f->context, connected, &f->b), OK);
    assert_int_equal(bus_bind(f->a, f->address, f->reason), OK);
    assert_int_equal(bus_connect(f->b, f->address, f->reason), OK);
}

static void test_router_and_dealer(void **state)
{
    struct fixture *f = *state;
    struct slice peer = {NULL, 0};
    struct slice frame = {NULL, 0};

    pair(f, BUS_ROUTER, BUS_DEALER);
    assert_false(bus_readable(f->a));
    assert_int_equal(bus_receive(f->a, &peer, &frame), ERR_UNAVAILABLE);
    assert_int_equal(bus_send(f->b, SLICE("hello")), OK);
    assert_int_equal(bus_send(f->b, (struct slice){NULL, 0}), OK);
    frame = receive(f->a, &peer);
    assert_true(slice_equal(frame, SLICE("hello")));
    assert_true(peer.size > 0 && peer.size <= BUS_PEER_SIZE_MAX);
    frame = receive(f->a, &peer);
    assert_int_equal(frame.size, 0);

    /* The peer id is valid until the next bus_receive(). */
    assert_int_equal(bus_send_to(f->a, peer, SLICE("welcome")), OK);
    frame = receive(f->b, &peer);
    assert_true(slice_equal(frame, SLICE("welcome")));
    assert_null(peer.data);
}

static void test_disconnected_peer(void **state)
{
    struct fixture *f = *state;

    pair(f, BUS_ROUTER, BUS_DEALER);
    assert_int_equal(bus_send_to(f->a, SLICE("nobody"), SLICE("x")), ERR_NOT_FOUND);
}

static void test_no_room(void **state)
{
    struct fixture *f = *state;
    enum err err = OK;

    assert_int_equal(bus_open(f->context, BUS_DEALER, &f->b), OK);
    assert_int_equal(bus_send(f->b, SLICE("x")), ERR_UNAVAILABLE);
    assert_int_equal(bus_connect(f->b, f->address, f->reason), OK);
    for (int i = 0; i < 100000 && err == OK; i++)
        err = bus_send(f->b, SLICE("x"));
    assert_int_equal(err, ERR_UNAVAILABLE);
}

/* A PUB returns OK even without a peer, so the test sends until a frame arrives. */
static void test_pub_and_sub(void **state)
{
    struct fixture *f = *state;
    struct slice peer = {NULL, 0};
    struct slice frame;
    time_t end = seconds() + DEADLINE_S;
    char text[32];
    int sent = 0;
    int first;

    pair(f, BUS_PUB, BUS_SUB);
    do {
        struct pollfd wanted = {.fd = bus_fd(f->b), .events = POLLIN};

        snprintf(text, sizeof(text), "%d", ++sent);
        assert_int_equal(bus_send(f->a, slice_str(text)), OK);
        assert_false(bus_readable(f->a));
        assert_true(seconds() < end);
        (void)poll(&wanted, 1,
                   1); /* without this the PUB would drop frames above its limit of 1,000 */
    } while (!bus_readable(f->b));
    frame = receive(f->b, &peer);
    assert_null(peer.data);
    memcpy(text, frame.data, frame.size);
    text[frame.size] = '\0';
    first = atoi(text);
    for (int expected = first + 1; expected <= sent; expected++) {
        frame = receive(f->b, &peer);
        snprintf(text, sizeof(text), "%d", expected);
        assert_true(slice_equal(frame, slice_str(text)));
    }
}

/* A socket of another program that ignores the rules. */
static void *foreign(void *zmq, int type, const char *identity, const char *address)
{
    void *socket = zmq_socket(zmq, type);
    int linger = 0;

    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof(linger));
    if (identity != NULL)
        zmq_setsockopt(socket, ZMQ_ROUTING_ID, identity, strlen(identity));
    assert_int_equal(zmq_connect(socket, address), 0);
    return socket;
}

static void test_foreign_messages(void **state)
{
    static const char forty[] = "0123456789012345678901234567890123456789";
    struct fixture *f = *state;
    struct slice peer = {NULL, 0};
    struct slice frame = {NULL, 0};
    void *zmq = zmq_ctx_new();
    void *socket;

    assert_int_equal(bus_open(f->context, BUS_ROUTER, &f->a), OK);
    assert_int_equal(bus_bind(f->a, f->address, f->reason), OK);

    /* A message of three parts is dropped; the next one is received. */
    socket = foreign(zmq, ZMQ_DEALER, "me", f->address);
    zmq_send(socket, "one", 3, ZMQ_SNDMORE);
    zmq_send(socket, "two", 3, ZMQ_SNDMORE);
    zmq_send(socket, "three", 5, 0);
    zmq_send(socket, "good", 4, 0);
    wait_readable(f->a);
    assert_int_equal(bus_receive(f->a, &peer, &frame), ERR_MALFORMED);
    assert_true(slice_equal(peer, SLICE("me")));
    frame = receive(f->a, &peer);
    assert_true(slice_equal(frame, SLICE("good")));
    zmq_close(socket);

    socket = foreign(zmq, ZMQ_DEALER, forty, f->address);
    zmq_send(socket, "x", 1, 0);
    wait_readable(f->a);
    assert_int_equal(bus_receive(f->a, &peer, &frame), ERR_TOO_LARGE);
    assert_null(peer.data);
    assert_int_equal(bus_receive(f->a, &peer, &frame), ERR_UNAVAILABLE);
    zmq_close(socket);
    zmq_ctx_term(zmq);
}

/* A peer that sends a too large frame is disconnected; others are not affected. */
static void test_frame_too_large(void **state)
{
    struct fixture *f = *state;
    struct slice peer = {NULL, 0};
    struct slice frame;
    void *zmq = zmq_ctx_new();
    void *socket;
    char *large = calloc(1, WIRE_FRAME_SIZE_MAX + 1);

    pair(f, BUS_ROUTER, BUS_DEALER);
    socket = foreign(zmq, ZMQ_DEALER, "large", f->address);
    zmq_send(socket, large, WIRE_FRAME_SIZE_MAX + 1, 0);
    zmq_send(socket, "after", 5, 0);
    assert_int_equal(bus_send(f->b, slice_of(large, WIRE_FRAME_SIZE_MAX)), OK);
    /* "after" may arrive too, since its sender reconnects. */
    do {
        frame = receive(f->a, &peer);
        assert_true(frame.size <= WIRE_FRAME_SIZE_MAX);
    } while (frame.size != WIRE_FRAME_SIZE_MAX);
    zmq_close(socket);
    zmq_ctx_term(zmq);
    free(large);
}

static void test_address_in_use(void **state)
{
    struct fixture *f = *state;
    char expected[128];

    assert_int_equal(bus_open(f->context, BUS_ROUTER, &f->a), OK);
    assert_int_equal(bus_open(f->context, BUS_ROUTER, &f->b), OK);
    assert_int_equal(bus_bind(f->a, f->address, f->reason), OK);
    assert_int_equal(bus_bind(f->b, f->address, f->reason), ERR_BUSY);
    snprintf(expected, sizeof(expected), "%s: address already in use", f->address);
    assert_string_equal(f->reason, expected);
}

static void test_tcp_address_in_use(void **state)
{
    struct fixture *f = *state;
    char address[64];
    char expected[128];
    int port;

    assert_int_equal(bus_open(f->context, BUS_ROUTER, &f->a), OK);
    assert_int_equal(bus_open(f->context, BUS_ROUTER, &f->b), OK);
    for (port = 22900; port < 23000; port++) {
        snprintf(address, sizeof(address), "tcp://127.0.0.1:%d", port);
        if (bus_bind(f->a, address, f->reason) == OK)
            break;
    }
    assert_true(port < 23000);
    assert_int_equal(bus_bind(f->b, address, f->reason), ERR_BUSY);
    snprintf(expected, sizeof(expected), "%s: address already in use", address);
    assert_string_equal(f->reason, expected);
}

static void test_stale_socket_file(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(name.sun_path, path_of(f), strlen(path_of(f)));
    assert_int_equal(bind(fd, (const struct sockaddr *)&name, sizeof(name)), 0);
    close(fd);
    assert_int_equal(access(path_of(f), F_OK), 0);
    assert_int_equal(bus_open(f->context, BUS_ROUTER, &f->a), OK);
    assert_int_equal(bus_bind(f->a, f->address, f->reason), OK);
}

static void test_other_file_is_kept(void **state)
{
    struct fixture *f = *state;
    FILE *file = fopen(path_of(f), "w");

    fclose(file);
    assert_int_equal(bus_open(f->context, BUS_ROUTER, &f->a), OK);
    assert_int_equal(bus_bind(f->a, f->address, f->reason), ERR_INVALID);
    assert_non_null(strstr(f->reason, "not a socket"));
    assert_int_equal(access(path_of(f), F_OK), 0);
}

static void test_bad_addresses(void **state)
{
    static const struct {
        const char *address;
        enum err err;
        const char *reason;
    } bad[] = {
        {"ipc:///no/such/directory/x.sock", ERR_NOT_FOUND,
         "ipc:///no/such/directory/x.sock: No such file or directory"},
        {"tcp://no-such-host.invalid:22001", ERR_NOT_FOUND,
         "tcp://no-such-host.invalid:22001: no such address or network interface here"},
        {"tcp://192.0.2.1:22001", ERR_NOT_FOUND,
         "tcp://192.0.2.1:22001: Cannot assign requested address"},
        {"tcp://127.0.0.1:x", ERR_INVALID, "tcp://127.0.0.1:x: not an address to listen on"},
    };
    struct fixture *f = *state;

    assert_int_equal(bus_open(f->context, BUS_ROUTER, &f->a), OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(bus_bind(f->a, bad[i].address, f->reason), bad[i].err);
        assert_string_equal(f->reason, bad[i].reason);
    }
    assert_int_equal(bus_open(f->context, BUS_DEALER, &f->b), OK);
    assert_int_equal(bus_connect(f->b, "nonsense", f->reason), ERR_INVALID);
    assert_string_equal(f->reason, "nonsense: not an address");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_router_and_dealer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_disconnected_peer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_room, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pub_and_sub, setup, teardown),
        cmocka_unit_test_setup_teardown(test_foreign_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_frame_too_large, setup, teardown),
        cmocka_unit_test_setup_teardown(test_address_in_use, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tcp_address_in_use, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stale_socket_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_file_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_addresses, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Real sockets in a real loop: no queued frame is left unread, in spite of the edge-triggered
 * descriptor. */

#include "common/wire/bus_loop_uv.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#define DEADLINE_MS 50000
#define MANY 100000
#define REPLY_EACH 10

struct fixture {
    char directory[32];
    char address[64];
    struct bus_context *context;
    struct bus *router;
    struct bus *dealer;
    uv_loop_t loop;
    uv_timer_t deadline;
    uv_prepare_t pump;
    uv_thread_t sender;
    struct bus_loop *lb;
    uint64_t expected; /* number of the next frame */
    uint64_t wanted;   /* number of frames after which to stop */
    unsigned bad;      /* number of bad() calls */
    unsigned in_turn;  /* frames in this iteration of the loop */
    unsigned most;     /* maximum of in_turn */
    unsigned owed;     /* replies still to be sent */
    unsigned replied;  /* replies sent */
    char peer[BUS_PEER_SIZE_MAX];
    size_t peer_size;
    bool close_in_frame;
    bool late;
    bool closed;
    atomic_bool give_up; /* read by the sender */
};

static void on_deadline(uv_timer_t *timer)
{
    struct fixture *f = timer->data;

    f->late = true;
    uv_stop(&f->loop);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    char reason[BUS_REASON_SIZE];

    memcpy(f->directory, "/tmp/belfry-XXXXXX", sizeof("/tmp/belfry-XXXXXX"));
    if (mkdtemp(f->directory) == NULL)
        return -1;
    snprintf(f->address, sizeof(f->address), "ipc://%s/x.sock", f->directory);
    f->context = bus_context_create();
    assert_int_equal(bus_open(f->context, BUS_ROUTER, &f->router), OK);
    assert_int_equal(bus_open(f->context, BUS_DEALER, &f->dealer), OK);
    assert_int_equal(bus_bind(f->router, f->address, reason), OK);
    assert_int_equal(bus_connect(f->dealer, f->address, reason), OK);
    uv_loop_init(&f->loop);
    uv_timer_init(&f->loop, &f->deadline);
    f->deadline.data = f;
    uv_timer_start(&f->deadline, on_deadline, DEADLINE_MS, 0);
    uv_prepare_init(&f->loop, &f->pump);
    f->pump.data = f;
    *state = f;
    return 0;
}

static void on_closed(void *context)
{
    struct fixture *f = context;

    f->closed = true;
    bus_close(f->router);
    f->router = NULL;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    if (f->lb != NULL)
        bus_loop_close(f->lb, on_closed);
    uv_close((uv_handle_t *)&f->deadline, NULL);
    uv_close((uv_handle_t *)&f->pump, NULL);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_true(f->closed);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    bus_close(f->dealer);
    bus_context_destroy(f->context);
    rmdir(f->directory);
    free(f);
    return 0;
}

static void on_frame(void *context, struct slice peer, struct slice frame)
{
    struct fixture *f = context;
    uint64_t number;

    assert_int_equal(frame.size, sizeof(number));
    memcpy(&number, frame.data, sizeof(number));
    assert_true(number == f->expected);
    assert_true(peer.size > 0 && peer.size <= BUS_PEER_SIZE_MAX);
    memcpy(f->peer, peer.data, peer.size);
    f->peer_size = peer.size;
    f->expected++;
    f->in_turn++;
    if (f->expected % REPLY_EACH == 0)
        f->owed++;
    if (f->close_in_frame) {
        bus_loop_close(f->lb, on_closed);
        f->lb = NULL;
    }
    if (f->expected == f->wanted)
        uv_stop(&f->loop);
}

static void on_bad(void *context, struct slice peer, enum err err)
{
    struct fixture *f = context;

    (void)peer;
    assert_int_equal(err, ERR_MALFORMED);
    f->bad++;
}

static const struct bus_loop_events events = {on_frame, on_bad};

static void attach(struct fixture *f)
{
    assert_int_equal(bus_loop_create(&f->loop, f->router, &events, f, &f->lb), OK);
}

static void on_pump(uv_prepare_t *handle)
{
    struct fixture *f = handle->data;

    if (f->in_turn > f->most)
        f->most = f->in_turn;
    f->in_turn = 0;
    while (f->owed > 0) {
        if (bus_loop_send_to(f->lb, slice_of(f->peer, f->peer_size), SLICE("reply")) != OK)
            break;
        f->owed--;
        f->replied++;
    }
    if (f->expected == f->wanted && f->owed == 0)
        uv_stop(&f->loop);
}

static unsigned take_replies(struct bus *dealer)
{
    struct slice peer;
    struct slice frame;
    unsigned count = 0;

    while (bus_receive(dealer, &peer, &frame) == OK)
        count++;
    return count;
}

/* Sends MANY frames as fast as possible, and waits for each reply. */
static void sender_main(void *argument)
{
    struct fixture *f = argument;
    unsigned replies = 0;

    for (uint64_t i = 0; i < MANY; i++) {
        while (bus_send(f->dealer, slice_of(&i, sizeof(i))) != OK) {
            if (atomic_load(&f->give_up))
                return;
            replies += take_replies(f->dealer);
            sched_yield();
        }
    }
    while (replies < MANY / REPLY_EACH && !atomic_load(&f->give_up)) {
        replies += take_replies(f->dealer);
        sched_yield();
    }
}

static void test_many_frames_with_replies(void **state)
{
    struct fixture *f = *state;

    attach(f);
    f->wanted = MANY;
    uv_prepare_start(&f->pump, on_pump);
    uv_thread_create(&f->sender, sender_main, f);
    while (!f->late && (f->expected < MANY || f->owed > 0))
        uv_run(&f->loop, UV_RUN_DEFAULT);
    if (f->late)
        atomic_store(&f->give_up, true);
    uv_thread_join(&f->sender);
    assert_false(f->late);
    assert_int_equal(f->expected, MANY);
    assert_int_equal(f->replied, MANY / REPLY_EACH);
    assert_true(f->most <= LOOP_BUS_FRAMES);
}

/* All frames are queued before the loop starts, and no later frame can wake it. */
static void test_queued_before(void **state)
{
    struct fixture *f = *state;
    uint64_t i = 0;

    while (!bus_readable(f->router)) {
        if (bus_send(f->dealer, slice_of(&i, sizeof(i))) == OK)
            i++;
    }
    for (; i < 1000; i++) {
        if (bus_send(f->dealer, slice_of(&i, sizeof(i))) != OK)
            break;
    }
    assert_true(i > LOOP_BUS_FRAMES);
    attach(f);
    f->wanted = i;
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_false(f->late);
    assert_int_equal(f->expected, i);
}

static void test_close_in_callback(void **state)
{
    struct fixture *f = *state;
    uint64_t i;

    for (i = 0; i < 10; i++)
        assert_int_equal(bus_send(f->dealer, slice_of(&i, sizeof(i))), OK);
    attach(f);
    f->close_in_frame = true;
    while (!f->late && !f->closed)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_int_equal(f->expected, 1);
    assert_true(f->closed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_many_frames_with_replies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_queued_before, setup, teardown),
        cmocka_unit_test_setup_teardown(test_close_in_callback, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

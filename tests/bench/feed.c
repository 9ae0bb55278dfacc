/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Publishes to a broker like several edges, but without HTTP and without decoding the broadcast
 * records, to find the limit of the broker itself:
 *
 *   bench_feed BROKER EDGES RECORDS WINDOW SECONDS
 *
 * EDGES edges send frames of RECORDS records, and pause while more than WINDOW records are in
 * flight. Prints one line of JSON. Gives up if nothing arrives for ten seconds. */

#include "common/wire/bus.h"
#include "common/wire/bus_address.h"
#include "common/wire/wire.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EDGES_MAX 16
#define DATA_SIZE 200
#define PATIENCE 10.0 /* seconds */

struct feeder {
    struct bus *bus;
    uint64_t incarnation;
    uint64_t sent; /* number of the last publish */
    bool named;    /* the broker's beacon names it, so its publishes arrive */
};

struct feed {
    struct bus_context *context;
    struct bus *down;
    struct bus *control;
    struct feeder edges[EDGES_MAX];
    size_t edge_count;
    size_t records;
    uint64_t window;
    struct wire_decoder *decoder;
    struct buf frame;
    struct buf bodies;
    struct slice *slices;
    size_t *ends;
    struct epoch epoch;
    uint64_t sent;   /* number of records sent by all edges */
    uint64_t stored; /* number of records broadcast */
    double heard;    /* time of the last frame */
    char data[DATA_SIZE];
};

static void require(bool condition, const char *what)
{
    if (condition)
        return;
    (void)fprintf(stderr, "bench_feed: %s\n", what);
    exit(1);
}

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct bus *connected(struct feed *f, const char *broker, enum bus_socket which,
                             enum bus_kind kind)
{
    char address[BUS_ADDRESS_SIZE];
    char reason[BUS_REASON_SIZE] = "no socket";
    struct bus *bus = NULL;

    require(bus_address(broker, which, address) == OK, "invalid broker address");
    require(bus_open(f->context, kind, &bus) == OK, reason);
    require(bus_connect(bus, address, reason) == OK, reason);
    return bus;
}

static void send_frame(struct feed *f, struct bus *bus, const struct wire_frame *frame)
{
    buf_reset(&f->frame);
    wire_encode(&f->frame, frame);
    require(buf_ok(&f->frame), "a frame is too large");
    require(bus_send(bus, buf_all(&f->frame)) == OK, "a frame could not be sent");
}

static void say_hello(struct feed *f)
{
    for (size_t i = 0; i < f->edge_count; i++) {
        struct wire_frame frame = {.type = WIRE_HELLO};

        frame.hello.request = i + 1;
        frame.hello.incarnation = f->edges[i].incarnation;
        frame.hello.name = frame.hello.software = frame.hello.address = SLICE("feed");
        send_frame(f, f->control, &frame);
    }
}

/* Sends `count` records in one frame. Without records it is a probe. */
static void publish(struct feed *f, struct feeder *edge, size_t count)
{
    static const struct slice topic = SLICE_INIT("room/1");
    struct wire_frame frame = {.type = WIRE_PUBLISH};

    buf_reset(&f->bodies);
    for (size_t i = 0; i < count; i++) {
        struct record record = {.origin = edge->incarnation,
                                .seq = edge->sent + 1 + i,
                                .topic_count = 1,
                                .topics = &topic,
                                .data = slice_of(f->data, sizeof f->data)};

        wire_encode_body(&f->bodies, &record);
        f->ends[i] = f->bodies.size;
    }
    for (size_t i = 0; i < count; i++) {
        size_t begin = i == 0 ? 0 : f->ends[i - 1];

        f->slices[i] = slice_of(f->bodies.data + begin, f->ends[i] - begin);
    }
    frame.publish.epoch = f->epoch;
    frame.publish.incarnation = edge->incarnation;
    frame.publish.settled = 0;
    frame.publish.first_seq = edge->sent + 1;
    frame.publish.bodies = f->slices;
    frame.publish.count = count;
    send_frame(f, edge->bus, &frame);
    edge->sent += count;
    f->sent += count;
}

static void take_beacon(struct feed *f, const struct wire_beacon *beacon)
{
    for (size_t i = 0; i < beacon->edge_count; i++) {
        for (size_t k = 0; k < f->edge_count; k++) {
            if (f->edges[k].incarnation == beacon->edges[i].incarnation) {
                f->edges[k].named = true;
            }
        }
    }
}

static void take(struct feed *f, struct bus *bus)
{
    struct slice peer;
    struct slice bytes;

    while (bus_receive(bus, &peer, &bytes) == OK) {
        struct wire_frame frame;

        require(wire_decode(f->decoder, bytes, &frame) == OK, "the broker sent an invalid frame");
        f->heard = now();
        if (frame.type == WIRE_BATCH) {
            f->stored += frame.batch.count;
        } else if (frame.type == WIRE_WELCOME) {
            require(frame.welcome.code == OK, "the broker refused the edge");
            f->epoch = frame.welcome.epoch;
        } else if (frame.type == WIRE_BEACON) {
            take_beacon(f, &frame.beacon);
        }
    }
}

/* Waits for frames and handles them. */
static void turn(struct feed *f, int timeout_ms)
{
    struct pollfd fds[] = {{.fd = bus_fd(f->down), .events = POLLIN},
                           {.fd = bus_fd(f->control), .events = POLLIN}};

    take(f, f->down);
    take(f, f->control);
    if (timeout_ms > 0 && !bus_readable(f->down) && !bus_readable(f->control))
        (void)poll(fds, 2, timeout_ms);
    require(now() - f->heard < PATIENCE, "nothing received from the broker for ten seconds");
}

static void join(struct feed *f)
{
    bool named = false;

    say_hello(f);
    while (!epoch_known(f->epoch))
        turn(f, 100);
    while (!named) {
        named = true;
        for (size_t i = 0; i < f->edge_count; i++) {
            if (!f->edges[i].named) {
                publish(f, &f->edges[i], 0);
                named = false;
            }
        }
        turn(f, 100);
    }
    f->sent = f->stored = 0;
}

static void feed(struct feed *f, double seconds)
{
    double until = now() + seconds;
    size_t next = 0;

    while (now() < until) {
        while (f->sent - f->stored < f->window) {
            publish(f, &f->edges[next], f->records);
            next = (next + 1) % f->edge_count;
        }
        turn(f, f->sent - f->stored < f->window ? 0 : 10);
    }
    while (f->stored < f->sent)
        turn(f, 10);
}

int main(int argc, char **argv)
{
    struct feed f = {.heard = now()};

    require(argc == 6, "usage: bench_feed BROKER EDGES RECORDS WINDOW SECONDS");
    f.edge_count = strtoul(argv[2], NULL, 10);
    f.records = strtoul(argv[3], NULL, 10);
    f.window = strtoull(argv[4], NULL, 10);
    require(f.edge_count >= 1 && f.edge_count <= EDGES_MAX && f.records >= 1,
            "EDGES or RECORDS is out of range");
    f.slices = calloc(f.records, sizeof *f.slices);
    f.ends = calloc(f.records, sizeof *f.ends);
    require(f.slices != NULL && f.ends != NULL, "out of memory");
    memset(f.data, 'x', sizeof f.data);
    buf_init(&f.frame, WIRE_FRAME_SIZE_MAX);
    buf_init(&f.bodies, WIRE_FRAME_SIZE_MAX);
    f.decoder = wire_decoder_create();
    f.context = bus_context_create();
    f.down = connected(&f, argv[1], BUS_BROADCAST, BUS_SUB);
    f.control = connected(&f, argv[1], BUS_CONTROL, BUS_DEALER);
    for (size_t i = 0; i < f.edge_count; i++) {
        f.edges[i].bus = connected(&f, argv[1], BUS_PUBLISH, BUS_PUB);
        f.edges[i].incarnation = 1000 + i + ((uint64_t)time(NULL) << 16);
    }
    join(&f);
    double start = now();
    feed(&f, strtod(argv[5], NULL));
    double taken = now() - start;
    (void)printf("{\"records\": %llu, \"seconds\": %.6f}\n", (unsigned long long)f.stored, taken);
    for (size_t i = 0; i < f.edge_count; i++)
        bus_close(f.edges[i].bus);
    bus_close(f.down);
    bus_close(f.control);
    bus_context_destroy(f.context);
    wire_decoder_destroy(f.decoder);
    buf_clear(&f.frame);
    buf_clear(&f.bodies);
    free(f.slices);
    free(f.ends);
    return 0;
}

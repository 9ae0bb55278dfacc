/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/request_posix.h"

#include "common/bus.h"
#include "common/bus_address.h"
#include "common/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* We ask once per process, so any number will do. */
#define REQUEST 1

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static enum err fail(enum err err, const char *base, const char *why,
                     char reason[REQUEST_REASON_SIZE])
{
    snprintf(reason, REQUEST_REASON_SIZE, "%.300s: %.180s", base, why);
    return err;
}

/* An ipc socket that is not there needs no waiting. */
static enum err check_file(const char *base, const char *address, char reason[REQUEST_REASON_SIZE])
{
    static const char ipc[] = "ipc://";
    struct stat status;
    char why[128];

    if (strncmp(address, ipc, sizeof(ipc) - 1) != 0 ||
        stat(address + sizeof(ipc) - 1, &status) == 0)
        return OK;
    snprintf(why, sizeof(why), "no broker there (%.100s)", strerror(errno));
    return fail(ERR_UNAVAILABLE, base, why, reason);
}

static enum err send_request(struct bus *bus, const char *command, const struct slice *arguments,
                             size_t argument_count)
{
    struct wire_frame frame = {.type = WIRE_ADMIN,
                               .admin = {.request = REQUEST,
                                         .command = slice_str(command),
                                         .arguments = arguments,
                                         .argument_count = argument_count}};
    struct buf bytes;
    enum err err;

    buf_init(&bytes, WIRE_FRAME_SIZE_MAX);
    wire_encode(&bytes, &frame);
    err = buf_ok(&bytes) ? bus_send(bus, buf_all(&bytes)) : ERR_TOO_LARGE;
    buf_clear(&bytes);
    return err;
}

/* Waits until the bus has something to read. ERR_TIMEOUT. */
static enum err wait_readable(struct bus *bus, uint64_t deadline)
{
    while (!bus_readable(bus)) {
        struct pollfd wanted = {.fd = bus_fd(bus), .events = POLLIN};
        uint64_t now = now_ms();

        if (now >= deadline)
            return ERR_TIMEOUT;
        (void)poll(&wanted, 1, (int)(deadline - now));
    }
    return OK;
}

/* The reply, ours or one that says that our frame was not understood (request 0). */
static enum err take_reply(struct wire_decoder *decoder, struct bus *bus, uint64_t deadline,
                           struct wire_reply *out)
{
    for (;;) {
        struct slice peer;
        struct slice bytes;
        struct wire_frame frame;
        enum err err = wait_readable(bus, deadline);

        if (err != OK)
            return err;
        err = bus_receive(bus, &peer, &bytes);
        if (err == OK)
            err = wire_decode(decoder, bytes, &frame);
        if (err == ERR_VERSION)
            return err;
        if (err == OK && frame.type == WIRE_REPLY &&
            (frame.reply.request == REQUEST || frame.reply.request == 0)) {
            *out = frame.reply;
            return OK;
        }
    }
}

static enum err ask(struct wire_decoder *decoder, struct bus *bus, const char *base,
                    struct buf *out, char reason[REQUEST_REASON_SIZE])
{
    struct wire_reply reply;
    enum err err = take_reply(decoder, bus, now_ms() + REQUEST_WAIT_MS, &reply);
    char why[180];

    if (err == ERR_TIMEOUT)
        return fail(ERR_UNAVAILABLE, base, "no broker answers", reason);
    if (err != OK)
        return fail(err, base, err_text(err), reason);
    if (reply.code != OK) {
        snprintf(why, sizeof(why), "%.*s", reply.text.size > 170 ? 170 : (int)reply.text.size,
                 reply.text.size == 0 ? "" : reply.text.data);
        return fail(reply.code, base, reply.text.size == 0 ? err_text(reply.code) : why, reason);
    }
    buf_slice(out, reply.text);
    return OK;
}

enum err request_send(const char *base, const char *command, const struct slice *arguments,
                      size_t argument_count, struct buf *out, char reason[REQUEST_REASON_SIZE])
{
    struct bus_context *context = NULL;
    struct wire_decoder *decoder = NULL;
    struct bus *bus = NULL;
    char address[BUS_ADDRESS_SIZE];
    enum err err = bus_address(base, BUS_CONTROL, address);

    if (err != OK)
        return fail(err, base, "not an address like ipc://DIRECTORY or tcp://HOST:PORT", reason);
    err = check_file(base, address, reason);
    if (err != OK)
        return err;
    context = bus_context_create();
    if (context == NULL)
        return fail(ERR_TOO_MANY, base, "no sockets: too many open files?", reason);
    snprintf(reason, REQUEST_REASON_SIZE, "%.300s: no more sockets", base);
    err = bus_open(context, BUS_DEALER, &bus);
    if (err == OK)
        err = bus_connect(bus, address, reason);
    if (err == OK) {
        err = send_request(bus, command, arguments, argument_count);
        if (err != OK)
            (void)fail(err, base, err_text(err), reason);
    }
    if (err == OK) {
        decoder = wire_decoder_create();
        err = ask(decoder, bus, base, out, reason);
    }
    wire_decoder_destroy(decoder);
    bus_close(bus);
    bus_context_destroy(context);
    return err;
}

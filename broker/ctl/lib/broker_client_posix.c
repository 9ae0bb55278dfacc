/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/broker_client_posix.h"

#include "broker/ctl/lib/cli_posix.h"
#include "common/base/mem.h"
#include "common/wire/bus.h"
#include "common/wire/bus_address.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct broker_client {
    const char *base;
    struct bus_context *context;
    struct bus *bus;
    struct wire_decoder *decoder;
    uint64_t number; /* number of the last request */
};

static enum err fail(enum err err, const char *base, const char *why,
                     char reason[BROKER_CLIENT_REASON_SIZE])
{
    snprintf(reason, BROKER_CLIENT_REASON_SIZE, "%.300s: %.180s", base, why);
    return err;
}

/* Reports a missing ipc socket without waiting. */
static enum err check_file(const char *base, const char *address,
                           char reason[BROKER_CLIENT_REASON_SIZE])
{
    static const char ipc[] = "ipc://";
    struct stat status;
    char why[128];

    if (strncmp(address, ipc, sizeof(ipc) - 1) != 0 ||
        stat(address + sizeof(ipc) - 1, &status) == 0)
        return OK;
    snprintf(why, sizeof(why), "no broker there (%.60s); see --broker", strerror(errno));
    return fail(ERR_UNAVAILABLE, base, why, reason);
}

/* Starts the bus's threads with signals blocked. The threads block signals themselves, but only
 * once they run: until then, a signal that the main thread blocks (terminal_posix.c) could be
 * delivered to one of them and end the command. */
static enum err open_bus(struct broker_client *client)
{
    sigset_t all;
    sigset_t before;
    enum err err;

    (void)sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, &before);
    err = bus_open(client->context, BUS_DEALER, &client->bus);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return err;
}

static enum err connect_link(struct broker_client *client, const char *address,
                             char reason[BROKER_CLIENT_REASON_SIZE])
{
    enum err err;

    client->context = bus_context_create();
    if (client->context == NULL)
        return fail(ERR_TOO_MANY, client->base, "cannot open sockets: too many open files?",
                    reason);
    err = open_bus(client);
    if (err != OK)
        return fail(err, client->base, "cannot open another socket", reason);
    return bus_connect(client->bus, address, reason);
}

enum err broker_client_open(const char *base, struct broker_client **out,
                            char reason[BROKER_CLIENT_REASON_SIZE])
{
    char address[BUS_ADDRESS_SIZE];
    struct broker_client *client;
    enum err err = bus_address(base, BUS_CONTROL, address);

    if (err != OK)
        return fail(err, base, "must be an address like ipc://DIRECTORY or tcp://HOST:PORT",
                    reason);
    err = check_file(base, address, reason);
    if (err != OK)
        return err;
    client = mem_alloc(sizeof *client);
    client->base = base;
    err = connect_link(client, address, reason);
    if (err != OK) {
        broker_client_close(client);
        return err;
    }
    client->decoder = wire_decoder_create();
    *out = client;
    return OK;
}

void broker_client_close(struct broker_client *client)
{
    if (client == NULL)
        return;
    wire_decoder_destroy(client->decoder);
    bus_close(client->bus);
    bus_context_destroy(client->context);
    mem_free(client);
}

static enum err send_frame(struct broker_client *client, const struct wire_frame *frame)
{
    struct buf bytes;
    enum err err;

    buf_init(&bytes, WIRE_FRAME_SIZE_MAX);
    wire_encode(&bytes, frame);
    err = buf_ok(&bytes) ? bus_send(client->bus, buf_all(&bytes)) : ERR_TOO_LARGE;
    buf_clear(&bytes);
    return err;
}

/* Waits until the bus is readable. Returns ERR_TIMEOUT. */
static enum err wait_readable(struct bus *bus, uint64_t deadline)
{
    while (!bus_readable(bus)) {
        struct pollfd wanted = {.fd = bus_fd(bus), .events = POLLIN};
        uint64_t now = cli_now_ms();

        if (now >= deadline)
            return ERR_TIMEOUT;
        (void)poll(&wanted, 1, (int)(deadline - now));
    }
    return OK;
}

/* Returns whether this is the reply to the last request. Request number 0 counts too: the broker
 * did not understand the frame. */
static bool is_answer(const struct broker_client *client, const struct wire_frame *frame)
{
    if (frame->type == WIRE_RECORDS)
        return frame->records.request == client->number;
    return frame->type == WIRE_REPLY &&
           (frame->reply.request == client->number || frame->reply.request == 0);
}

/* Waits for the reply to the last request. Skips late replies and malformed frames. */
static enum err take_answer(struct broker_client *client, struct wire_frame *out,
                            char reason[BROKER_CLIENT_REASON_SIZE])
{
    uint64_t deadline = cli_now_ms() + BROKER_CLIENT_WAIT_MS;
    bool garbage = false;

    while (wait_readable(client->bus, deadline) == OK) {
        struct slice peer;
        struct slice bytes;
        enum err err = bus_receive(client->bus, &peer, &bytes);

        if (err == OK)
            err = wire_decode(client->decoder, bytes, out);
        if (err == ERR_VERSION)
            return fail(
                err, client->base,
                "the broker uses another version of the protocol than belfry " BELFRY_VERSION,
                reason);
        if (err == OK && is_answer(client, out))
            return OK;
        garbage = garbage || err == ERR_MALFORMED;
    }
    return fail(ERR_UNAVAILABLE, client->base,
                garbage ? "the peer is not a broker" : "no broker answers", reason);
}

static enum err ask_frame(struct broker_client *client, const struct wire_frame *request,
                          struct wire_frame *out, char reason[BROKER_CLIENT_REASON_SIZE])
{
    enum err err = send_frame(client, request);

    if (err != OK)
        return fail(err, client->base, err_text(err), reason);
    return take_answer(client, out, reason);
}

static enum err refused(const struct broker_client *client, const struct wire_reply *reply,
                        const char *command, char reason[BROKER_CLIENT_REASON_SIZE])
{
    char why[180];

    if (reply->code == ERR_NOT_FOUND && slice_equal(reply->text, SLICE("no such command")))
        snprintf(why, sizeof why, "the broker does not know \"%.40s\": it has another version",
                 command);
    else if (reply->text.size > 0)
        snprintf(why, sizeof why, "%.*s", reply->text.size > 170 ? 170 : (int)reply->text.size,
                 reply->text.data);
    else
        snprintf(why, sizeof why, "%s", err_text(reply->code));
    return fail(reply->code, client->base, why, reason);
}

enum err broker_client_command(struct broker_client *client, const char *command,
                               const struct slice *arguments, size_t argument_count,
                               struct buf *out, char reason[BROKER_CLIENT_REASON_SIZE])
{
    struct wire_frame frame = {.type = WIRE_COMMAND,
                               .command = {.request = ++client->number,
                                           .name = slice_str(command),
                                           .arguments = arguments,
                                           .argument_count = argument_count}};
    enum err err = ask_frame(client, &frame, &frame, reason);

    if (err != OK)
        return err;
    if (frame.type != WIRE_REPLY)
        return fail(ERR_MALFORMED, client->base, "unexpected reply", reason);
    if (frame.reply.code != OK)
        return refused(client, &frame.reply, command, reason);
    buf_slice(out, frame.reply.text);
    return OK;
}

enum err broker_client_read(struct broker_client *client, struct wire_frame *request,
                            struct wire_records *out, char reason[BROKER_CLIENT_REASON_SIZE])
{
    struct wire_frame answer;
    enum err err;

    assert(request->type == WIRE_READ || request->type == WIRE_LATEST);
    client->number++;
    if (request->type == WIRE_READ)
        request->read.request = client->number;
    else
        request->latest.request = client->number;
    err = ask_frame(client, request, &answer, reason);
    if (err != OK)
        return err;
    if (answer.type == WIRE_REPLY)
        return refused(client, &answer.reply, "read", reason);
    *out = answer.records;
    return OK;
}

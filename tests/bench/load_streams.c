/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* More would overflow the accept queue of a server, and a dropped SYN costs a second. */
#define OPENING_MAX 100

/* For a stream that will stall: small, so that it fills up quickly. */
#define STALLED_RECEIVE_BUFFER 4096

size_t path_format(const char *path, uint32_t topic, char *out, size_t size)
{
    const char *mark = strstr(path, "{topic}");
    int length = mark ? snprintf(out, size, "%.*s%u%s", (int)(mark - path), path, topic,
                                 mark + strlen("{topic}"))
                      : snprintf(out, size, "%s", path);
    return length < 0 ? 0 : (size_t)length;
}

static int socket_new(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) {
        fprintf(stderr, "bench_load: socket: %s\n", strerror(errno));
        exit(1);
    }
    return fd;
}

static int socket_connect(int fd, const struct sockaddr_in *address)
{
    if (connect(fd, (const struct sockaddr *)address, sizeof *address) != 0) {
        fprintf(stderr, "bench_load: connect: %s\n", strerror(errno));
        exit(1);
    }
    return fd;
}

int connect_to(const struct sockaddr_in *address)
{
    return socket_connect(socket_new(), address);
}

void stream_watch(struct load *l, struct stream *s)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, s->fd, &event) != 0)
        l->broken = "epoll_ctl failed";
}

void stream_unwatch(struct load *l, struct stream *s)
{
    if (epoll_ctl(l->epoll, EPOLL_CTL_DEL, s->fd, NULL) != 0)
        l->broken = "epoll_ctl failed";
}

/* Sends the request for a stream. `id` is the Last-Event-ID, or NULL. */
static void stream_ask(struct load *l, struct stream *s, const char *path, const char *id)
{
    char request[1024];
    int length =
        snprintf(request, sizeof request,
                 "GET %s HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n%s%s%s\r\n", path,
                 id ? "Last-Event-ID: " : "", id ? id : "", id ? "\r\n" : "");
    s->live = false;
    s->has_data = false;
    s->carried = 0;
    if (send(s->fd, request, (size_t)length, MSG_NOSIGNAL) != length)
        l->broken = "a stream's request could not be written";
    stream_watch(l, s);
}

static const struct sockaddr_in *stream_address(const struct load *l, uint32_t index)
{
    const struct settings *settings = &l->settings;
    if (!settings->storm)
        return &settings->addresses[index % settings->address_count];
    return &settings->addresses[l->lost ? settings->address_count - 1 : 0];
}

static void stream_open(struct load *l, uint32_t index)
{
    struct stream *s = &l->streams[index];
    const char *id = l->settings.resume;
    char path[256];
    s->fd = socket_new();
    if (index < l->settings.stalled) {
        int size = STALLED_RECEIVE_BUFFER;
        setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    socket_connect(s->fd, stream_address(l, index));
    if (l->ids && l->ids[index].last[0])
        id = l->ids[index].last;
    path_format(l->settings.subscribe_path, s->topic, path, sizeof path);
    stream_ask(l, s, path, id);
}

void streams_open(struct load *l)
{
    uint32_t opened = 0;
    l->live = 0;
    while (l->live < l->settings.streams && !l->broken) {
        while (opened < l->settings.streams && opened - l->live < OPENING_MAX)
            stream_open(l, opened++);
        load_turn(l, 100);
    }
}

void streams_close(struct load *l)
{
    for (uint32_t i = 0; i < l->settings.streams; i++) {
        if (l->streams[i].fd >= 0)
            close(l->streams[i].fd);
        free(l->streams[i].carry);
    }
    if (l->behind.stream.fd >= 0)
        close(l->behind.stream.fd);
    free(l->behind.stream.carry);
}

static void stream_lost(struct load *l, struct stream *s)
{
    if (!l->may_lose || s->kind != WATCHED_STREAM) {
        l->broken = "a stream was closed by the server";
        return;
    }
    close(s->fd);
    s->fd = -1;
    l->lost++;
}

static void stream_carry(struct load *l, struct stream *s, const char *bytes, size_t size)
{
    if (size > LOAD_DATA_MAX + 64) {
        l->broken = "a line of a stream is longer than any message";
        size = 0;
    }
    s->carried = (uint32_t)size;
    if (size == 0)
        return;
    char *carry = realloc(s->carry, size);
    if (!carry)
        abort();
    s->carry = carry;
    memcpy(carry, bytes, size);
}

void stream_readable(struct load *l, struct stream *s)
{
    memcpy(l->buffer, s->carry ? s->carry : "", s->carried);
    ssize_t count = recv(s->fd, l->buffer + s->carried, LOAD_READ_SIZE, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0) {
        stream_lost(l, s);
        return;
    }
    size_t size = s->carried + (size_t)count;
    size_t left = stream_take(l, s, l->buffer, size);
    stream_carry(l, s, l->buffer + size - left, left);
}

const char *streams_verify(const struct load *l)
{
    for (uint32_t i = 0; i < l->settings.streams; i++) {
        const struct stream *s = &l->streams[i];
        uint64_t published = l->topics[s->topic].published;
        if (s->delivered < published)
            return "a stream did not get all messages";
        if (s->delivered > published)
            return "a stream got a message twice";
        if (s->sum != published * (published - 1) / 2)
            return "a stream got one message twice and missed another";
        if (s->order != l->streams[s->topic].order)
            return "two streams of a topic got different messages or a different order";
    }
    return NULL;
}

/* ---- the reader of old messages ---- */

void behind_open(struct load *l)
{
    struct behind *b = &l->behind;
    b->stream.kind = WATCHED_BEHIND;
    b->stream.fd = connect_to(&l->settings.addresses[0]);
    b->next = 0;
    b->opened_ns = clock_now_ns();
    stream_ask(l, &b->stream, l->settings.behind_path, l->settings.behind_id);
}

void behind_readable(struct load *l)
{
    struct behind *b = &l->behind;
    stream_readable(l, &b->stream);
    if (l->broken || b->next < l->settings.behind)
        return;
    b->passes++;
    b->ns += clock_now_ns() - b->opened_ns;
    close(b->stream.fd);
    b->stream.fd = -1;
    if (l->publishing)
        behind_open(l);
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* memmem() */
#define _GNU_SOURCE

#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* More would overflow a server's accept queue, and a dropped SYN costs a second. */
#define OPENING_MAX 100

static const char stream_request[] =
    " HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n";

size_t path_format(const char *path, uint32_t topic, char *out, size_t size)
{
    const char *mark = strstr(path, "{topic}");
    int length = mark ? snprintf(out, size, "%.*s%u%s", (int)(mark - path), path, topic,
                                 mark + strlen("{topic}"))
                      : snprintf(out, size, "%s", path);
    return length < 0 ? 0 : (size_t)length;
}

int connect_to(const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof *address) != 0) {
        fprintf(stderr, "bench_load: connect: %s\n", strerror(errno));
        exit(1);
    }
    return fd;
}

static void stream_open(struct load *l, uint32_t index)
{
    struct stream *s = &l->streams[index];
    s->kind = WATCHED_STREAM;
    s->topic = index % l->settings.topics;
    s->fd = connect_to(&l->settings.addresses[index % l->settings.address_count]);
    l->topics[s->topic].streams++;
    char request[512];
    char path[256];
    path_format(l->settings.subscribe_path, s->topic, path, sizeof path);
    int length = snprintf(request, sizeof request, "GET %s%s", path, stream_request);
    if (send(s->fd, request, (size_t)length, MSG_NOSIGNAL) != length)
        l->broken = "a stream's request could not be written";
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, s->fd, &event) != 0)
        l->broken = "epoll_ctl failed";
}

void streams_open(struct load *l)
{
    struct epoll_event events[256];
    uint32_t opened = 0;
    uint64_t last = clock_now_ns();
    while (l->live < l->settings.streams && !l->broken) {
        while (opened < l->settings.streams && opened - l->live < OPENING_MAX)
            stream_open(l, opened++);
        uint32_t before = l->live;
        int count = epoll_wait(l->epoll, events, 256, 100);
        for (int i = 0; i < count; i++)
            stream_readable(l, events[i].data.ptr);
        if (l->live != before)
            last = clock_now_ns();
        else if ((double)(clock_now_ns() - last) > l->settings.deadline * 1e9)
            l->broken = "a stream was not opened in time";
    }
}

void streams_close(struct load *l)
{
    for (uint32_t i = 0; i < l->settings.streams; i++) {
        if (l->streams[i].fd > 0)
            close(l->streams[i].fd);
        free(l->streams[i].carry);
    }
}

static uint64_t parse_hex(const char *text, int digits)
{
    uint64_t value = 0;
    for (int i = 0; i < digits; i++) {
        unsigned char c = (unsigned char)text[i];
        value = value << 4 | (c >= 'a' ? c - 'a' + 10u : c - (unsigned)'0');
    }
    return value;
}

static void deliver(struct load *l, struct stream *s, uint64_t now)
{
    s->has_data = false;
    s->delivered++;
    s->order = (s->order ^ s->number) * UINT64_C(0x9e3779b97f4a7c15);
    l->delivered++;
    histogram_add(&l->delivery, now > s->time ? now - s->time : 0);
}

static void stream_line(struct load *l, struct stream *s, const char *line, size_t length,
                        uint64_t now)
{
    if (length && line[length - 1] == '\r')
        length--;
    if (length == 0) {
        if (s->has_data)
            deliver(l, s, now);
        return;
    }
    if (line[0] != 'd' || length < 6 + LOAD_DATA_MIN || memcmp(line, "data: ", 6) != 0)
        return;
    s->time = parse_hex(line + 6, 16);
    s->number = (uint32_t)parse_hex(line + 22, 8);
    s->has_data = true;
}

/* The response's head: returns where the body starts, or NULL when the head is incomplete. */
static const char *stream_head(struct load *l, struct stream *s, const char *bytes, size_t size)
{
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);
    if (!end)
        return NULL;
    if (size < 12 || memcmp(bytes, "HTTP/1.", 7) != 0 || memcmp(bytes + 8, " 200", 4) != 0)
        l->broken = "a stream was not answered 200";
    s->live = true;
    l->live++;
    return end + 4;
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
        l->broken = "a stream was closed by the server";
        return;
    }
    const char *at = l->buffer;
    const char *end = at + s->carried + (size_t)count;
    if (!s->live) {
        const char *body = stream_head(l, s, at, (size_t)(end - at));
        if (!body) {
            stream_carry(l, s, at, (size_t)(end - at));
            return;
        }
        at = body;
    }
    uint64_t now = clock_now_ns();
    const char *newline;
    while (at < end && (newline = memchr(at, '\n', (size_t)(end - at)))) {
        stream_line(l, s, at, (size_t)(newline - at), now);
        at = newline + 1;
    }
    stream_carry(l, s, at, (size_t)(end - at));
}

const char *streams_verify(const struct load *l)
{
    for (uint32_t i = 0; i < l->settings.streams; i++) {
        const struct stream *s = &l->streams[i];
        if (s->delivered < l->topics[s->topic].published)
            return "a stream lacks messages";
        if (s->delivered > l->topics[s->topic].published)
            return "a stream got a message twice";
        if (s->order != l->streams[s->topic].order)
            return "two streams of a topic got different messages or another order";
    }
    return NULL;
}

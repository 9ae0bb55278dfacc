/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* memmem() and strcasestr() */
#define _GNU_SOURCE

#include "load.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

void publishers_open(struct load *l)
{
    const struct settings *settings = &l->settings;
    l->depth = (settings->inflight + settings->publishers - 1) / settings->publishers;
    for (uint32_t i = 0; i < settings->publishers; i++) {
        struct publisher *p = &l->publishers[i];
        p->kind = WATCHED_PUBLISHER;
        p->fd = connect_to(&settings->addresses[i % settings->address_count]);
        int on = 1;
        setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        p->sent_at = calloc(l->depth, sizeof *p->sent_at);
        p->out_capacity = (size_t)l->depth * (settings->size + 512);
        p->out = malloc(p->out_capacity);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = p};
        if (!p->sent_at || !p->out || epoll_ctl(l->epoll, EPOLL_CTL_ADD, p->fd, &event) != 0)
            abort();
    }
}

void publishers_close(struct load *l)
{
    for (uint32_t i = 0; i < l->settings.publishers; i++) {
        struct publisher *p = &l->publishers[i];
        if (p->fd > 0)
            close(p->fd);
        free(p->sent_at);
        free(p->out);
    }
}

static void write_request(struct load *l, struct publisher *p, uint32_t topic, uint64_t now)
{
    char path[256];
    path_format(l->settings.publish_path, topic, path, sizeof path);
    char *at = p->out + p->out_size;
    int head =
        snprintf(at, p->out_capacity - p->out_size,
                 "POST %s HTTP/1.1\r\nHost: bench\r\nContent-Type: text/plain\r\n"
                 "Content-Length: %u\r\n\r\n%016llx%08x",
                 path, l->settings.size, (unsigned long long)now, l->topics[topic].published);
    memset(at + head, 'x', l->settings.size - LOAD_DATA_MIN);
    p->out_size += (size_t)head + l->settings.size - LOAD_DATA_MIN;
}

bool publisher_send(struct load *l)
{
    struct publisher *p = NULL;
    for (uint32_t i = 0; i < l->settings.publishers && !p; i++) {
        struct publisher *next = &l->publishers[l->next_publisher];
        l->next_publisher = (l->next_publisher + 1) % l->settings.publishers;
        if (next->waiting < l->depth)
            p = next;
    }
    if (!p)
        return false;
    uint32_t topic = (uint32_t)(l->next_topic++ % l->settings.topics);
    uint64_t now = clock_now_ns();
    p->sent_at[(p->first + p->waiting) % l->depth] = now;
    p->waiting++;
    write_request(l, p, topic, now);
    l->topics[topic].published++;
    l->published++;
    l->expected += l->topics[topic].streams;
    return true;
}

static void publisher_flush(struct load *l, struct publisher *p)
{
    if (p->out_written == p->out_size)
        return;
    ssize_t count = send(p->fd, p->out + p->out_written, p->out_size - p->out_written,
                         MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN && errno != EINTR) {
        l->broken = "a publishing connection was closed";
        return;
    }
    if (count > 0)
        p->out_written += (size_t)count;
    bool more = p->out_written < p->out_size;
    if (!more)
        p->out_size = p->out_written = 0;
    if (more == p->armed)
        return;
    p->armed = more;
    struct epoll_event event = {.events = EPOLLIN | (more ? EPOLLOUT : 0u), .data.ptr = p};
    epoll_ctl(l->epoll, EPOLL_CTL_MOD, p->fd, &event);
}

void publishers_flush(struct load *l)
{
    for (uint32_t i = 0; i < l->settings.publishers; i++)
        publisher_flush(l, &l->publishers[i]);
}

/* One reply at the start of `text`: its size, or 0 when it is incomplete. */
static size_t reply_size(const char *text, size_t size)
{
    const char *end = memmem(text, size, "\r\n\r\n", 4);
    if (!end)
        return 0;
    const char *field = strcasestr(text, "\r\nContent-Length:");
    size_t body = field && field < end ? strtoul(field + 17, NULL, 10) : 0;
    size_t total = (size_t)(end - text) + 4 + body;
    return total <= size ? total : 0;
}

static void publisher_replies(struct load *l, struct publisher *p)
{
    uint64_t now = clock_now_ns();
    size_t at = 0;
    size_t size;
    p->in[p->in_size] = '\0';
    while (p->waiting && (size = reply_size(p->in + at, p->in_size - at))) {
        if (strncmp(p->in + at, "HTTP/1.1 2", 10) != 0)
            l->failed++;
        histogram_add(&l->reply, now - p->sent_at[p->first]);
        p->first = (p->first + 1) % l->depth;
        p->waiting--;
        l->replied++;
        at += size;
    }
    memmove(p->in, p->in + at, p->in_size - at);
    p->in_size -= at;
    if (p->in_size == sizeof p->in - 1)
        l->broken = "a reply is larger than expected";
}

void publisher_ready(struct load *l, struct publisher *p, uint32_t events)
{
    if (events & EPOLLOUT)
        publisher_flush(l, p);
    if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        return;
    ssize_t count = recv(p->fd, p->in + p->in_size, sizeof p->in - 1 - p->in_size, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0) {
        l->broken = "a publishing connection was closed";
        return;
    }
    p->in_size += (size_t)count;
    publisher_replies(l, p);
}

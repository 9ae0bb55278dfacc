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

/* Returns the maximum size of a request: the head, and for each record its data and the JSON
 * around it. */
static size_t request_max(const struct settings *settings)
{
    return 512 + (size_t)settings->batch * (settings->size + 320);
}

static const struct sockaddr_in *publisher_address(const struct settings *settings, uint32_t index)
{
    size_t last = settings->address_count - 1;
    return &settings->addresses[settings->storm ? last : index % settings->address_count];
}

void publishers_open(struct load *l)
{
    const struct settings *settings = &l->settings;
    l->depth = (settings->inflight + settings->publishers - 1) / settings->publishers;
    for (uint32_t i = 0; i < settings->publishers; i++) {
        struct publisher *p = &l->publishers[i];
        p->kind = WATCHED_PUBLISHER;
        p->fd = connect_to(publisher_address(settings, i));
        int on = 1;
        setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        p->sent_at = calloc(l->depth, sizeof *p->sent_at);
        p->out_capacity = l->depth * request_max(settings);
        p->out = malloc(p->out_capacity);
        p->in_capacity = 8192 + (size_t)settings->batch * 128;
        p->in = malloc(p->in_capacity);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = p};
        if (!p->sent_at || !p->out || !p->in ||
            epoll_ctl(l->epoll, EPOLL_CTL_ADD, p->fd, &event) != 0)
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
        free(p->in);
    }
}

/* Writes the data of a message. Returns the end. */
static char *write_data(char *at, uint32_t size, uint32_t number, uint64_t now)
{
    int head = snprintf(at, LOAD_DATA_MIN + 1, "%016llx%08x", (unsigned long long)now, number);
    memset(at + head, 'x', size - LOAD_DATA_MIN);
    return at + size;
}

static void publish_count(struct load *l, uint32_t topic)
{
    l->topics[topic].published++;
    l->published++;
    if (!l->settings.any_status)
        l->expected += l->topics[topic].streams;
}

static void write_plain(struct load *l, struct publisher *p, uint32_t topic, uint64_t now)
{
    uint32_t size = l->settings.size;
    char path[256];
    path_format(l->settings.publish_path, topic, path, sizeof path);
    char *at = p->out + p->out_size;
    at += snprintf(at, p->out_capacity - p->out_size,
                   "POST %s HTTP/1.1\r\nHost: bench\r\nContent-Type: text/plain\r\n"
                   "Content-Length: %u\r\n\r\n",
                   path, size);
    at = write_data(at, size, l->topics[topic].published, now);
    p->out_size = (size_t)(at - p->out);
    publish_count(l, topic);
}

/* Writes a batch with records of consecutive topics, beginning with `topic`. */
static void write_batch(struct load *l, struct publisher *p, uint32_t topic, uint64_t now)
{
    const struct settings *settings = &l->settings;
    char path[256];
    path_format(settings->publish_path, topic, path, sizeof path);
    char *head = p->out + p->out_size;
    int head_size = snprintf(head, p->out_capacity - p->out_size,
                             "POST %s HTTP/1.1\r\nHost: bench\r\n"
                             "Content-Type: application/x-ndjson\r\nContent-Length: %8u\r\n\r\n",
                             path, 0u);
    char *body = head + head_size;
    char *at = body;
    for (uint32_t i = 0; i < settings->batch; i++) {
        uint32_t of = (topic + i) % settings->topics;
        char name[256];
        path_format(settings->topic_name, of, name, sizeof name);
        at += snprintf(at, 320, "{\"topic\":\"%s\",\"data\":\"", name);
        at = write_data(at, settings->size, l->topics[of].published, now);
        memcpy(at, "\"}\n", 3);
        at += 3;
        publish_count(l, of);
    }
    char digits[16];
    (void)snprintf(digits, sizeof digits, "%8u", (unsigned)(at - body));
    memcpy(body - 12, digits, 8);
    p->out_size = (size_t)(at - p->out);
}

bool publisher_send(struct load *l)
{
    const struct settings *settings = &l->settings;
    struct publisher *p = NULL;
    for (uint32_t i = 0; i < settings->publishers && !p; i++) {
        struct publisher *next = &l->publishers[l->next_publisher];
        l->next_publisher = (l->next_publisher + 1) % settings->publishers;
        if (next->waiting < l->depth)
            p = next;
    }
    if (!p)
        return false;
    uint32_t topic = (uint32_t)(l->next_topic % settings->topics);
    uint64_t now = clock_now_ns();
    p->sent_at[(p->first + p->waiting) % l->depth] = now;
    p->waiting++;
    if (settings->batch == 1)
        write_plain(l, p, topic, now);
    else
        write_batch(l, p, topic, now);
    l->next_topic += settings->batch;
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

/* Returns the size of the reply at the start of `text`, or 0 if it is incomplete. */
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

/* The reply to a batch has one line per record, which also reports a refused record. */
static bool reply_good(const struct load *l, const char *text, size_t size)
{
    if (strncmp(text, "HTTP/1.1 2", 10) != 0)
        return false;
    return l->settings.batch == 1 || !memmem(text, size, "/problems/", 10);
}

static void publisher_replies(struct load *l, struct publisher *p)
{
    uint64_t now = clock_now_ns();
    size_t at = 0;
    size_t size;
    p->in[p->in_size] = '\0';
    while (p->waiting && (size = reply_size(p->in + at, p->in_size - at))) {
        if (!reply_good(l, p->in + at, size))
            l->failed++;
        histogram_add(&l->reply, now - p->sent_at[p->first]);
        p->first = (p->first + 1) % l->depth;
        p->waiting--;
        l->replied += l->settings.batch;
        at += size;
    }
    memmove(p->in, p->in + at, p->in_size - at);
    p->in_size -= at;
    if (p->in_size == p->in_capacity - 1)
        l->broken = "a reply is larger than expected";
}

void publisher_ready(struct load *l, struct publisher *p, uint32_t events)
{
    if (events & EPOLLOUT)
        publisher_flush(l, p);
    if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        return;
    size_t room = p->in_capacity - 1 - p->in_size;
    ssize_t count = recv(p->fd, p->in + p->in_size, room, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0) {
        l->broken = "a publishing connection was closed";
        return;
    }
    p->in_size += (size_t)count;
    publisher_replies(l, p);
}

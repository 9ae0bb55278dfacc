/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* The floor: the least that a server can do to fan a message out. One thread, one epoll; for each message
 * one write() of the event's bytes per stream, and one for the reply. It understands just enough HTTP for
 * the load generator. With a log file it appends the messages of a loop turn to a file and syncs that once
 * before anybody sees them: the least that a durable server can do. */

/* memmem() and strcasestr() */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define TOPICS_MAX 1000000u
#define INPUT_SIZE (512u << 10)
#define EVENTS_MAX 512

struct client {
    int fd;
    bool stream;
    uint32_t topic;
    uint32_t place; /* in its topic's list */
    size_t used;
    char *input; /* freed when it becomes a stream */
};

struct topic {
    struct client **streams;
    uint32_t count;
    uint32_t capacity;
};

/* A message of this loop turn; its body lies in the turn's bytes. */
struct message {
    int fd;
    uint32_t topic;
    size_t at;
    size_t size;
};

struct server {
    int epoll;
    int listener;
    int log; /* or -1 */
    struct topic *topics;
    char *bytes;
    size_t bytes_used;
    size_t bytes_capacity;
    struct message *messages;
    size_t message_count;
    size_t message_capacity;
    uint64_t offset;
};

static void *grown(void *memory, size_t size)
{
    void *larger = realloc(memory, size);
    if (!larger)
        abort();
    return larger;
}

static void write_all(int fd, const char *bytes, size_t size)
{
    while (size) {
        ssize_t count = write(fd, bytes, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return; /* its end comes as an event */
        bytes += count;
        size -= (size_t)count;
    }
}

static uint32_t topic_of(const char *request)
{
    const char *field = strstr(request, "topic=t");
    unsigned long topic = field ? strtoul(field + 7, NULL, 10) : 0;
    return topic < TOPICS_MAX ? (uint32_t)topic : 0;
}

static void stream_start(struct server *s, struct client *client)
{
    static const char head[] =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
        "Cache-Control: no-cache\r\nConnection: close\r\n\r\nretry: 2000\n\n";
    client->stream = true;
    client->topic = topic_of(client->input);
    free(client->input);
    client->input = NULL;
    struct topic *topic = &s->topics[client->topic];
    if (topic->count == topic->capacity) {
        topic->capacity = topic->capacity ? topic->capacity * 2 : 2;
        topic->streams = grown(topic->streams, topic->capacity * sizeof *topic->streams);
    }
    client->place = topic->count;
    topic->streams[topic->count++] = client;
    write_all(client->fd, head, sizeof head - 1);
}

static void message_take(struct server *s, const struct client *client, const char *request,
                         const char *body, size_t size)
{
    while (s->bytes_used + size > s->bytes_capacity) {
        s->bytes_capacity = s->bytes_capacity ? s->bytes_capacity * 2 : 1u << 20;
        s->bytes = grown(s->bytes, s->bytes_capacity);
    }
    if (s->message_count == s->message_capacity) {
        s->message_capacity = s->message_capacity ? s->message_capacity * 2 : 64;
        s->messages = grown(s->messages, s->message_capacity * sizeof *s->messages);
    }
    memcpy(s->bytes + s->bytes_used, body, size);
    s->messages[s->message_count++] = (struct message){
        .fd = client->fd, .topic = topic_of(request), .at = s->bytes_used, .size = size};
    s->bytes_used += size;
}

/* Takes the requests that are complete; returns how many bytes of the input they were. */
static size_t client_requests(struct server *s, struct client *client)
{
    size_t at = 0;
    for (;;) {
        char *request = client->input + at;
        char *end = memmem(request, client->used - at, "\r\n\r\n", 4);
        if (!end)
            return at;
        if (request[0] == 'G') {
            stream_start(s, client);
            return 0;
        }
        char *field = strcasestr(request, "\r\nContent-Length:");
        size_t size = field && field < end ? strtoul(field + 17, NULL, 10) : 0;
        size_t total = (size_t)(end - request) + 4 + size;
        if (total > client->used - at)
            return at;
        message_take(s, client, request, end + 4, size);
        at += total;
    }
}

static void client_close(struct server *s, struct client *client)
{
    if (client->stream) {
        struct topic *topic = &s->topics[client->topic];
        struct client *last = topic->streams[--topic->count];
        topic->streams[client->place] = last;
        last->place = client->place;
    }
    close(client->fd);
    free(client->input);
    free(client);
}

static void client_readable(struct server *s, struct client *client)
{
    char ignored[512];
    bool reading = !client->stream;
    char *to = reading ? client->input + client->used : ignored;
    size_t room = reading ? INPUT_SIZE - 1 - client->used : sizeof ignored;
    ssize_t count = recv(client->fd, to, room, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0) {
        client_close(s, client);
        return;
    }
    if (!reading)
        return;
    client->used += (size_t)count;
    client->input[client->used] = '\0';
    size_t taken = client_requests(s, client);
    if (client->stream)
        return;
    memmove(client->input, client->input + taken, client->used - taken);
    client->used -= taken;
}

static void client_accept(struct server *s)
{
    int fd;
    while ((fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct client *client = grown(NULL, sizeof *client);
        *client = (struct client){.fd = fd, .input = grown(NULL, INPUT_SIZE)};
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
        if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
            abort();
    }
}

static void fan_out(struct server *s, const struct message *message)
{
    static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                "Content-Length: 21\r\n\r\n{\"id\":\"floor0-00000\"}";
    char event[128 + (64u << 10)];
    int head = snprintf(event, 128, "id: floor0-%llu\ndata: ", (unsigned long long)++s->offset);
    size_t size = message->size < (64u << 10) ? message->size : 64u << 10;
    memcpy(event + head, s->bytes + message->at, size);
    memcpy(event + (size_t)head + size, "\n\n", 2);
    const struct topic *topic = &s->topics[message->topic];
    for (uint32_t i = 0; i < topic->count; i++)
        write_all(topic->streams[i]->fd, event, (size_t)head + size + 2);
    write_all(message->fd, reply, sizeof reply - 1);
}

static void turn_end(struct server *s)
{
    if (s->message_count && s->log >= 0) {
        write_all(s->log, s->bytes, s->bytes_used);
        if (fdatasync(s->log) != 0)
            abort();
    }
    for (size_t i = 0; i < s->message_count; i++)
        fan_out(s, &s->messages[i]);
    s->message_count = 0;
    s->bytes_used = 0;
}

static void serve(struct server *s)
{
    struct epoll_event events[EVENTS_MAX];
    for (;;) {
        int count = epoll_wait(s->epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == s)
                client_accept(s);
            else
                client_readable(s, events[i].data.ptr);
        }
        turn_end(s);
    }
}

static int listen_on(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 4096) != 0) {
        perror("bench_floor: listen");
        exit(1);
    }
    return fd;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: bench_floor PORT [LOGFILE]\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    struct server s = {.epoll = epoll_create1(EPOLL_CLOEXEC), .log = -1};
    s.listener = listen_on((uint16_t)strtoul(argv[1], NULL, 10));
    s.topics = calloc(TOPICS_MAX, sizeof *s.topics);
    if (argc == 3)
        s.log = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &s};
    if (!s.topics || (argc == 3 && s.log < 0) ||
        epoll_ctl(s.epoll, EPOLL_CTL_ADD, s.listener, &event) != 0) {
        perror("bench_floor");
        return 1;
    }
    serve(&s);
}

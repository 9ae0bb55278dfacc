/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* The floor: a server that does the minimum to fan out a message. One thread, one epoll; for each
 * message, one write() of the event per stream, and one for the reply. The messages of one loop
 * turn are sent stream by stream, so that receivers are woken as rarely as possible. It supports
 * just enough HTTP for the load generator.
 *
 * --log FILE   appends the messages of a turn to a file and syncs it once before sending them: the
 *              minimum for a durable server
 * --keep       keeps all events in memory; a stream with a Last-Event-ID gets the events after it,
 *              with one write
 *
 * Writes block, so one stalled reader stalls all streams. */

/* memmem() and strcasestr() */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
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
#define EVENT_OVERHEAD 64 /* maximum bytes of an event besides its data */

struct client {
    int fd;
    bool stream;
    uint32_t topic;
    uint32_t place; /* index in the list of its topic */
    size_t used;
    char *input; /* freed when it becomes a stream */
};

/* A growing byte array. */
struct bytes {
    char *data;
    size_t size;
    size_t capacity;
};

struct topic {
    struct client **streams;
    uint32_t count;
    uint32_t capacity;
    uint32_t first_message; /* of this loop turn: index + 1; 0 = none */
    uint32_t last_message;
    struct bytes kept; /* all events of the topic, with --keep */
};

/* A message of this loop turn. Its event is in `turn` of the server. */
struct message {
    int fd;
    uint32_t topic;
    uint32_t next; /* next message of the same topic: index + 1; 0 = none */
    size_t at;
    size_t size;
};

/* The position of an event in `kept` of its topic. */
struct place {
    uint32_t topic;
    size_t at;
};

struct server {
    int epoll;
    int listener;
    int log; /* file descriptor, or -1 */
    bool keep;
    struct topic *topics;
    struct bytes turn; /* the events of this loop turn */
    struct message *messages;
    size_t message_count;
    size_t message_capacity;
    struct bytes places; /* array of struct place, indexed by offset - 1; with --keep */
    uint64_t offset;
};

static void *grown(void *memory, size_t size)
{
    void *larger = realloc(memory, size);
    if (!larger)
        abort();
    return larger;
}

/* Returns room for `size` more bytes. */
static char *bytes_room(struct bytes *b, size_t size)
{
    while (b->size + size > b->capacity) {
        b->capacity = b->capacity ? b->capacity * 2 : 4096;
        b->data = grown(b->data, b->capacity);
    }
    return b->data + b->size;
}

static void bytes_add(struct bytes *b, const void *data, size_t size)
{
    memcpy(bytes_room(b, size), data, size);
    b->size += size;
}

static void write_all(int fd, const char *bytes, size_t size)
{
    while (size) {
        ssize_t count = write(fd, bytes, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return; /* epoll will report the end of the connection */
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

/* Sends the kept events of the topic after the stream's Last-Event-ID, if it has one. */
static void stream_replay(struct server *s, const struct client *client)
{
    static const char field[] = "\r\nLast-Event-ID: floor0-";
    const struct topic *topic = &s->topics[client->topic];
    const char *id = strcasestr(client->input, field);
    uint64_t after = id ? strtoull(id + sizeof field - 1, NULL, 10) : UINT64_MAX;
    size_t count = s->places.size / sizeof(struct place);
    if (!id)
        return;
    for (uint64_t i = after; i < count; i++) {
        struct place place;
        memcpy(&place, s->places.data + i * sizeof place, sizeof place);
        if (place.topic == client->topic) {
            write_all(client->fd, topic->kept.data + place.at, topic->kept.size - place.at);
            return;
        }
    }
}

static void stream_start(struct server *s, struct client *client)
{
    static const char head[] =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
        "Cache-Control: no-cache\r\nConnection: close\r\n\r\nretry: 2000\n\n";
    client->stream = true;
    client->topic = topic_of(client->input);
    write_all(client->fd, head, sizeof head - 1);
    if (s->keep)
        stream_replay(s, client);
    free(client->input);
    client->input = NULL;
    struct topic *topic = &s->topics[client->topic];
    if (topic->count == topic->capacity) {
        topic->capacity = topic->capacity ? topic->capacity * 2 : 2;
        topic->streams = grown(topic->streams, topic->capacity * sizeof *topic->streams);
    }
    client->place = topic->count;
    topic->streams[topic->count++] = client;
}

static void message_keep(struct server *s, uint32_t number, const char *event, size_t size)
{
    struct bytes *kept = &s->topics[number].kept;
    struct place place = {.topic = number, .at = kept->size};
    bytes_add(&s->places, &place, sizeof place);
    bytes_add(kept, event, size);
}

static void message_take(struct server *s, const struct client *client, const char *request,
                         const char *body, size_t size)
{
    if (s->message_count == s->message_capacity) {
        s->message_capacity = s->message_capacity ? s->message_capacity * 2 : 64;
        s->messages = grown(s->messages, s->message_capacity * sizeof *s->messages);
    }
    char *event = bytes_room(&s->turn, EVENT_OVERHEAD + size);
    int head =
        snprintf(event, EVENT_OVERHEAD, "id: floor0-%llu\ndata: ", (unsigned long long)++s->offset);
    memcpy(event + head, body, size);
    memcpy(event + (size_t)head + size, "\n\n", 2);
    struct message *message = &s->messages[s->message_count++];
    *message = (struct message){.fd = client->fd,
                                .topic = topic_of(request),
                                .at = s->turn.size,
                                .size = (size_t)head + size + 2};
    s->turn.size += message->size;
    struct topic *topic = &s->topics[message->topic];
    uint32_t number = (uint32_t)s->message_count;
    if (topic->first_message == 0)
        topic->first_message = number;
    else
        s->messages[topic->last_message - 1].next = number;
    topic->last_message = number;
    if (s->keep)
        message_keep(s, message->topic, event, message->size);
}

/* Handles all complete requests. Returns the number of input bytes consumed. */
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

/* Sends stream by stream, with one write for each message of the turn. */
static void fan_out(struct server *s, struct topic *topic)
{
    for (uint32_t i = 0; i < topic->count; i++) {
        for (uint32_t m = topic->first_message; m != 0; m = s->messages[m - 1].next) {
            const struct message *message = &s->messages[m - 1];
            write_all(topic->streams[i]->fd, s->turn.data + message->at, message->size);
        }
    }
    topic->first_message = 0;
}

static void turn_end(struct server *s)
{
    static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                "Content-Length: 21\r\n\r\n{\"id\":\"floor0-00000\"}";
    if (s->message_count && s->log >= 0) {
        write_all(s->log, s->turn.data, s->turn.size);
        if (fdatasync(s->log) != 0)
            abort();
    }
    for (size_t i = 0; i < s->message_count; i++) {
        struct topic *topic = &s->topics[s->messages[i].topic];
        if (topic->first_message == i + 1)
            fan_out(s, topic);
        write_all(s->messages[i].fd, reply, sizeof reply - 1);
    }
    s->message_count = 0;
    s->turn.size = 0;
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

static int usage(void)
{
    fprintf(stderr, "usage: bench_floor [--log FILE] [--keep] PORT\n");
    return 2;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"log", required_argument, NULL, 'l'},
                                            {"keep", no_argument, NULL, 'k'},
                                            {NULL, 0, NULL, 0}};
    struct server s = {.epoll = epoll_create1(EPOLL_CLOEXEC), .log = -1};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'l')
            s.log = open(optarg, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        else if (option == 'k')
            s.keep = true;
        else
            return usage();
        if (option == 'l' && s.log < 0) {
            perror(optarg);
            return 1;
        }
    }
    if (optind + 1 != argc)
        return usage();
    signal(SIGPIPE, SIG_IGN);
    s.listener = listen_on((uint16_t)strtoul(argv[optind], NULL, 10));
    s.topics = calloc(TOPICS_MAX, sizeof *s.topics);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &s};
    if (!s.topics || epoll_ctl(s.epoll, EPOLL_CTL_ADD, s.listener, &event) != 0) {
        perror("bench_floor");
        return 1;
    }
    serve(&s);
}

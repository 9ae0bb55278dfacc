/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* ZeroMQ alone: sends one message at a time to another process and back for SECONDS, with PUB and
 * SUB in both directions. This is the minimum cost of the path between edge and broker: on each
 * side one thread that waits in epoll, and ZeroMQ's own thread.
 *
 *   bench_zmq DIRECTORY SIZE SECONDS
 *
 * Prints one line of JSON: near_s is the CPU time of the sending side (the edge), far_s that of
 * the other side. The sockets are created in the directory, which must exist and have a short
 * name. */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#define SIZE_MAX_BYTES 65536
#define JOINING_MS 20   /* between two attempts to connect */
#define JOINING_MAX 500 /* attempts */
/* Once both sides are connected, no message is lost: PUB may drop messages, but not a single one
 * in flight. */
#define LOST_MS 5000

struct side {
    void *context;
    void *out;
    void *in;
    int epoll;
};

static double seconds(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void must(bool right, const char *what)
{
    if (right)
        return;
    (void)fprintf(stderr, "bench_zmq: %s: %s\n", what, zmq_strerror(errno));
    exit(1);
}

static void *opened(const struct side *s, int type, const char *directory, const char *name,
                    bool bind)
{
    void *socket = zmq_socket(s->context, type);
    char address[256];
    int linger = 0;

    must(socket != NULL, "socket");
    (void)snprintf(address, sizeof address, "ipc://%s/%s", directory, name);
    must(zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger) == 0, "linger");
    if (type == ZMQ_SUB)
        must(zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0) == 0, "subscribe");
    must((bind ? zmq_bind(socket, address) : zmq_connect(socket, address)) == 0, address);
    return socket;
}

static void side_open(struct side *s, const char *directory, bool near)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    size_t size = sizeof(int);
    int fd;

    s->context = zmq_ctx_new();
    must(s->context != NULL, "context");
    s->out = opened(s, ZMQ_PUB, directory, near ? "up" : "down", !near);
    s->in = opened(s, ZMQ_SUB, directory, near ? "down" : "up", !near);
    s->epoll = epoll_create1(0);
    must(zmq_getsockopt(s->in, ZMQ_FD, &fd, &size) == 0, "descriptor");
    must(s->epoll >= 0 && epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll");
}

static void side_close(struct side *s)
{
    (void)zmq_close(s->out);
    (void)zmq_close(s->in);
    (void)zmq_ctx_term(s->context);
    (void)close(s->epoll);
}

/* Receives the next message. Returns its size, or -1 if none arrives within `wait_ms`. */
static int next_message(struct side *s, char *bytes, int wait_ms)
{
    struct epoll_event event;
    int size;

    while ((size = zmq_recv(s->in, bytes, SIZE_MAX_BYTES, ZMQ_DONTWAIT)) < 0 && errno == EAGAIN) {
        if (epoll_wait(s->epoll, &event, 1, wait_ms) < 1)
            return -1;
    }
    return size;
}

/* Sends back every message until an empty one arrives. */
static void answer(const char *directory)
{
    static char bytes[SIZE_MAX_BYTES];
    struct side s;
    int size;

    side_open(&s, directory, false);
    while ((size = next_message(&s, bytes, LOST_MS)) > 0)
        must(zmq_send(s.out, bytes, (size_t)size, ZMQ_DONTWAIT) == size, "send");
    side_close(&s);
}

/* Waits until both sides receive each other's messages, and drains them, so that none is in
 * flight. */
static void join(struct side *s, char *bytes, size_t size)
{
    int tries = 0;

    while (next_message(s, bytes, JOINING_MS) < 0) {
        must(tries++ < JOINING_MAX, "no answer from the other process");
        must(zmq_send(s->out, bytes, size, ZMQ_DONTWAIT) == (int)size, "send");
    }
    while (next_message(s, bytes, 10 * JOINING_MS) >= 0)
        ;
}

static void ask(const char *directory, size_t size, double limit, pid_t other)
{
    static char bytes[SIZE_MAX_BYTES];
    struct side s;
    clockid_t far;
    long rounds = 0;

    memset(bytes, 'x', sizeof bytes);
    must(clock_getcpuclockid(other, &far) == 0, "clock");
    side_open(&s, directory, true);
    join(&s, bytes, size);
    double start = seconds(CLOCK_MONOTONIC);
    double near_s = seconds(CLOCK_PROCESS_CPUTIME_ID);
    double far_s = seconds(far);
    for (; seconds(CLOCK_MONOTONIC) - start < limit; rounds++) {
        must(zmq_send(s.out, bytes, size, ZMQ_DONTWAIT) == (int)size, "send");
        must(next_message(&s, bytes, LOST_MS) == (int)size, "an answer");
    }
    (void)printf("{\"rounds\": %ld, \"seconds\": %.6f, \"near_s\": %.6f, \"far_s\": %.6f}\n",
                 rounds, seconds(CLOCK_MONOTONIC) - start,
                 seconds(CLOCK_PROCESS_CPUTIME_ID) - near_s, seconds(far) - far_s);
    (void)zmq_send(s.out, "", 0, 0);
    (void)waitpid(other, NULL, 0);
    side_close(&s);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        (void)fprintf(stderr, "usage: bench_zmq DIRECTORY SIZE SECONDS\n");
        return 2;
    }
    long size = strtol(argv[2], NULL, 10);
    double limit = strtod(argv[3], NULL);
    if (size < 1 || size > SIZE_MAX_BYTES)
        return 2;
    pid_t other = fork();
    if (other == 0) {
        answer(argv[1]);
        return 0;
    }
    must(other > 0, "fork");
    ask(argv[1], (size_t)size, limit, other);
    return 0;
}

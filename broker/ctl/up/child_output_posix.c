/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/up/child_output_posix.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A pipe or a terminal that poll() reports as writable takes this much without blocking. */
#define SAFE_WRITE 4096

void child_output_init(struct child_output *s, int fd, int width)
{
    *s = (struct child_output){.fd = fd, .width = width};
    s->coloured = isatty(fd) && getenv("NO_COLOR") == NULL;
    buf_init(&s->waiting, CHILD_OUTPUT_WAITING_MAX);
}

void child_output_clear(struct child_output *s)
{
    buf_clear(&s->waiting);
}

static void put_name(struct child_output *s, const char *name, unsigned colour)
{
    static const char *const codes[CHILD_OUTPUT_COLOURS] = {"\033[36m", "\033[33m", "\033[32m",
                                                            "\033[35m", "\033[34m", "\033[31m"};
    bool coloured = s->coloured && colour > 0;

    if (coloured)
        buf_str(&s->waiting, codes[(colour - 1) % CHILD_OUTPUT_COLOURS]);
    buf_printf(&s->waiting, "%-*s |", s->width, name);
    if (coloured)
        buf_str(&s->waiting, "\033[0m");
    buf_char(&s->waiting, ' ');
}

static void put_dropped(struct child_output *s)
{
    put_name(s, "up", 0);
    buf_u64(&s->waiting, s->dropped);
    buf_str(&s->waiting, " lines dropped: the terminal or pipe was full\n");
    s->dropped = 0;
}

/* Adds a complete line or nothing. */
void child_output_line(struct child_output *s, const char *name, unsigned colour, struct slice line)
{
    size_t frame = 64 + strlen(name) + (size_t)s->width;

    if (s->waiting.size + line.size + frame > CHILD_OUTPUT_WAITING_MAX) {
        s->dropped++;
        return;
    }
    put_name(s, name, colour);
    buf_slice(&s->waiting, line);
    buf_char(&s->waiting, '\n');
    child_output_flush(s);
}

static bool writable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};

    return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
}

bool child_output_flush(struct child_output *s)
{
    size_t done = 0;

    while (done < s->waiting.size && writable(s->fd)) {
        size_t size = s->waiting.size - done;
        ssize_t n = write(s->fd, s->waiting.data + done, size < SAFE_WRITE ? size : SAFE_WRITE);

        if (n < 0 && errno != EAGAIN && errno != EINTR)
            done = s->waiting.size; /* the reader has closed its end */
        else if (n < 0)
            break;
        else
            done += (size_t)n;
    }
    buf_consume(&s->waiting, done);
    if (!buf_ok(&s->waiting)) /* no memory: the rest of the line is lost */
        buf_reset(&s->waiting);
    if (s->waiting.size == 0 && s->dropped > 0)
        put_dropped(s);
    return s->waiting.size == 0;
}

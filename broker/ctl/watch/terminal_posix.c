/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/watch/terminal_posix.h"

#include "broker/ctl/lib/cli_posix.h"

#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SLICE_MS 200 /* interval of checks for signals */

/* Ignores errors: a closed terminal needs no output. */
static void put(const char *text, size_t size)
{
    while (size > 0) {
        ssize_t count = write(STDOUT_FILENO, text, size);

        if (count <= 0)
            return;
        text += count;
        size -= (size_t)count;
    }
}

static void put_text(const char *text)
{
    put(text, strlen(text));
}

bool terminal_take(struct terminal *t)
{
    struct termios raw;

    *t = (struct terminal){.taken = false};
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &t->before) != 0)
        return false;
    raw = t->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    (void)sigemptyset(&t->signals);
    (void)sigaddset(&t->signals, SIGTERM);
    (void)sigaddset(&t->signals, SIGHUP);
    (void)sigaddset(&t->signals, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &t->signals, NULL);
    if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) != 0) {
        (void)sigprocmask(SIG_UNBLOCK, &t->signals, NULL);
        return false;
    }
    t->taken = true;
    put_text("\033[?1049h\033[?25l");
    return true;
}

void terminal_give_back(struct terminal *t)
{
    if (!t->taken)
        return;
    put_text("\033[?25h\033[?1049l");
    (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &t->before);
    t->taken = false;
}

bool terminal_ended(const struct terminal *t)
{
    sigset_t pending;

    return t->taken && sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGHUP) == 1 ||
            sigismember(&pending, SIGINT) == 1);
}

void terminal_size(size_t *out_width, size_t *out_height)
{
    struct winsize size;

    *out_width = 80;
    *out_height = 24;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
        return;
    *out_width = size.ws_col;
    *out_height = size.ws_row;
}

/* Clears each line after its text, which avoids flicker. */
void terminal_show(const struct buf *lines)
{
    struct buf text;

    buf_init(&text, 4 * lines->limit);
    buf_str(&text, "\033[H");
    for (size_t i = 0; i < lines->size; i++) {
        if (lines->data[i] == '\n')
            buf_str(&text, i + 1 < lines->size ? "\033[K\r\n" : "\033[K");
        else
            buf_char(&text, lines->data[i]);
    }
    buf_str(&text, "\033[J");
    put(text.data, text.size);
    buf_clear(&text);
}

char terminal_key(const struct terminal *t, uint64_t wait_ms)
{
    uint64_t deadline = cli_now_ms() + wait_ms;

    while (!terminal_ended(t)) {
        struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
        uint64_t now = cli_now_ms();
        uint64_t left = deadline > now ? deadline - now : 0;
        char key = 0;

        if (poll(&in, 1, left > SLICE_MS ? SLICE_MS : (int)left) > 0) {
            if (read(STDIN_FILENO, &key, 1) <= 0)
                return 'q'; /* the terminal was closed */
            return key == 3 || key == 4 ? 'q' : key;
        }
        if (left == 0)
            break;
    }
    return 0;
}

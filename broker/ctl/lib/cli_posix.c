/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/cli_posix.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int show_help(const struct cli_command *command)
{
    struct buf text;
    int status;

    buf_init(&text, 65536);
    cli_help(command, &text);
    status = cli_show(command, &text, CLI_OK);
    buf_clear(&text);
    return status;
}

static enum err take_environment(const struct option_table *table, void *options,
                                 char reason[OPTIONS_REASON_SIZE])
{
    enum err err = OK;

    for (size_t i = 0; environ[i] != NULL && err == OK; i++) {
        char *one[] = {environ[i], NULL};
        if (cli_from_environment(environ[i]))
            err = options_environment(table, options, one, reason);
    }
    return err;
}

bool cli_begin(const struct cli_command *command, void *options, int argc, char **argv,
               int *out_operands, int *out_status)
{
    char reason[OPTIONS_REASON_SIZE];
    bool help = false;
    bool asked = false;

    *out_operands = 0;
    options_defaults(&command->table, options);
    if (cli_look(&command->table, argc, argv, &help, reason) != OK ||
        (!help && (take_environment(&command->table, options, reason) != OK ||
                   options_arguments(&command->table, options, argc, argv, out_operands, &asked,
                                     reason) != OK)) ||
        (!help && !asked && cli_count(command, *out_operands, argv, reason) != OK)) {
        *out_status = cli_fail(command, CLI_USAGE, "%s", reason);
        return false;
    }
    if (help || asked) {
        *out_status = show_help(command);
        return false;
    }
    return true;
}

int cli_fail(const struct cli_command *command, int status, const char *format, ...)
{
    va_list arguments;

    cli_progress_end();
    (void)fprintf(stderr, "%s: ", command->table.program);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
    return status;
}

int cli_show(const struct cli_command *command, const struct buf *text, int status)
{
    if (!buf_ok(text))
        return cli_fail(command, CLI_FAILED, "the output is too large");
    if (text->size == 0)
        return status;
    errno = 0;
    if (fwrite(text->data, 1, text->size, stdout) == text->size && fflush(stdout) == 0)
        return status;
    if (errno == EPIPE)
        return CLI_FAILED;
    return cli_fail(command, CLI_FAILED, "cannot write to standard output: %s", strerror(errno));
}

bool cli_reader_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO};

    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

void cli_note(const char *format, ...)
{
    va_list arguments;

    cli_progress_end();
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
}

void cli_progress(const char *format, ...)
{
    va_list arguments;

    if (!isatty(STDERR_FILENO))
        return;
    (void)fputs("\r", stderr);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputs("\033[K", stderr);
    (void)fflush(stderr);
}

void cli_progress_end(void)
{
    if (isatty(STDERR_FILENO))
        (void)fputs("\r\033[K", stderr);
}

enum err cli_read_input(struct buf *out)
{
    char bytes[16384];
    ssize_t count;

    while ((count = read(STDIN_FILENO, bytes, sizeof bytes)) != 0) {
        if (count < 0 && errno != EINTR)
            return ERR_IO;
        if (count > 0)
            buf_append(out, bytes, (size_t)count);
        if (!buf_ok(out))
            return ERR_TOO_LARGE;
    }
    return OK;
}

uint64_t cli_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t cli_now_ms(void)
{
    return cli_now_us() / 1000;
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/process/program_main_posix.h"

#include "common/base/buf.h"
#include "common/process/process_posix.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

extern char **environ;

int program_fail(const struct option_table *options, int status, const char *reason)
{
    (void)fprintf(stderr, "%s: %s\n", options->program, reason);
    return status;
}

struct log program_log(int level, int format)
{
    return (struct log){
        .level = (enum log_level)level, .format = (enum log_format)format, .fd = STDERR_FILENO};
}

static int serve(const struct program *p)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    enum err err = process_die_with_parent();

    if (err != OK)
        return program_fail(p->options, PROGRAM_FAILED,
                            err == ERR_CLOSED ? "the supervisor has ended"
                                              : "BELFRY_SUPERVISED is not a process id");
    (void)sigaction(SIGPIPE, &ignore, NULL);
    return p->serve(p->settings);
}

static int show_help(const struct option_table *options)
{
    struct buf text;

    buf_init(&text, 65536);
    options_help(options, &text);
    (void)fwrite(text.data, 1, text.size, stdout);
    buf_clear(&text);
    return 0;
}

int program_main(const struct program *p, int argc, char **argv)
{
    char reason[OPTIONS_REASON_SIZE];
    int operands = 0;
    bool help = false;

    options_defaults(p->options, p->settings);
    if (options_environment(p->options, p->settings, environ, reason) != OK ||
        options_arguments(p->options, p->settings, argc, argv, &operands, &help, reason) != OK)
        return program_fail(p->options, PROGRAM_WRONG_OPTION, reason);
    if (help)
        return show_help(p->options);
    if (*p->show_version) {
        (void)printf("%s %s\n", p->options->program, p->version);
        return 0;
    }
    if (operands > 0) {
        (void)snprintf(reason, sizeof reason, "unexpected argument \"%.200s\"", argv[0]);
        return program_fail(p->options, PROGRAM_WRONG_OPTION, reason);
    }
    return serve(p);
}

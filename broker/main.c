/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* belfry-broker: options, directories, then the server. Exit status 0: ended by a signal; 1: it could not
 * start; 2: a wrong command line. */

#include "broker/settings.h"
#include "broker/shell/server_uv.h"
#include "common/http/endpoint.h"
#include "common/process/process_posix.h"
#include "common/process/version.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 512

extern char **environ;

static int fail(int status, const char *reason)
{
    (void)fprintf(stderr, "belfry-broker: %s\n", reason);
    return status;
}

/* Makes it and what is missing above it, for us alone. */
static int make_directory(const char *path)
{
    char partial[PATH_SIZE];
    size_t size = strlen(path);

    if (size == 0 || size >= sizeof(partial)) {
        errno = size == 0 ? ENOENT : ENAMETOOLONG;
        return -1;
    }
    memcpy(partial, path, size + 1);
    for (char *p = partial + 1; *p != '\0'; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (mkdir(partial, 0700) != 0 && errno != EEXIST)
            return -1;
        *p = '/';
    }
    return mkdir(partial, 0700) == 0 || errno == EEXIST ? 0 : -1;
}

static int directory_fails(const char *path)
{
    char reason[PATH_SIZE + 128];

    (void)snprintf(reason, sizeof(reason), "%.400s: %s", path, strerror(errno));
    return fail(1, reason);
}

static int prepare(const struct settings *settings, const char *bind)
{
    static const char ipc[] = "ipc://";
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    enum err err = process_die_with_parent();

    if (err != OK)
        return fail(1, err == ERR_CLOSED ? "the supervisor is gone"
                                         : "BELFRY_SUPERVISED is no process id");
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)process_raise_files();
    if (settings->durability != DURABILITY_MEMORY && make_directory(settings->data) != 0)
        return directory_fails(settings->data);
    if (strncmp(bind, ipc, sizeof(ipc) - 1) == 0 && make_directory(bind + sizeof(ipc) - 1) != 0)
        return directory_fails(bind);
    return 0;
}

static int serve(const struct settings *settings)
{
    char bind[SETTINGS_BIND_SIZE];
    char ops_host[ENDPOINT_HOST_SIZE];
    char reason[SERVER_REASON_SIZE];
    struct server_config config = {.bind = bind,
                                   .log = {.level = (enum log_level)settings->log_level,
                                           .format = (enum log_format)settings->log_format,
                                           .fd = STDERR_FILENO}};
    int status;

    if (settings_bind(settings, bind) != OK)
        return fail(2, "--bind: too long");
    if (settings->ops[0] != '\0') {
        if (endpoint_parse(settings->ops, ops_host, &config.ops_port) != OK)
            return fail(2, "--ops: not HOST:PORT");
        config.ops_host = ops_host;
    }
    status = prepare(settings, bind);
    if (status != 0)
        return status;
    settings_journal(settings, &config.journal);
    settings_broker(settings, &config.broker);
    if (server_run(&config, reason) != OK)
        return fail(1, reason);
    return 0;
}

int main(int argc, char **argv)
{
    char reason[OPTIONS_REASON_SIZE];
    struct settings settings;
    int operands = 0;
    bool help = false;

    options_defaults(settings_table(), &settings);
    if (options_environment(settings_table(), &settings, environ, reason) != OK ||
        options_arguments(settings_table(), &settings, argc, argv, &operands, &help, reason) != OK)
        return fail(2, reason);
    if (help)
        return process_show_help(settings_table());
    if (settings.version) {
        (void)printf("belfry-broker %s\n", version_text);
        return 0;
    }
    if (operands > 0) {
        (void)snprintf(reason, sizeof(reason), "unexpected argument \"%.200s\"", argv[0]);
        return fail(2, reason);
    }
    return serve(&settings);
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* The program belfry-broker: reads its options, creates its directories and runs the server. */

#include "broker/settings.h"
#include "broker/shell/server_uv.h"
#include "common/http/endpoint.h"
#include "common/process/process_posix.h"
#include "common/process/program_main_posix.h"
#include "common/process/version.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_SIZE 512

static int fail(int status, const char *reason)
{
    return program_fail(settings_table(), status, reason);
}

/* Creates a directory and its missing parents, accessible to this user only. */
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
    return fail(PROGRAM_FAILED, reason);
}

static int prepare(const struct settings *settings, const char *bind)
{
    static const char ipc[] = "ipc://";

    (void)process_raise_files();
    if (settings->durability != DURABILITY_MEMORY && make_directory(settings->data) != 0)
        return directory_fails(settings->data);
    if (strncmp(bind, ipc, sizeof(ipc) - 1) == 0 && make_directory(bind + sizeof(ipc) - 1) != 0)
        return directory_fails(bind);
    return 0;
}

static int serve(const void *options)
{
    const struct settings *settings = options;
    char bind[SETTINGS_BIND_SIZE];
    char reason[SERVER_REASON_SIZE];
    struct server_config config = {.bind = bind,
                                   .log = program_log(settings->log_level, settings->log_format)};
    int status;

    if (settings_bind(settings, bind) != OK)
        return fail(PROGRAM_WRONG_OPTION, "--bind: too long");
    if (endpoint_parse_option("ops", settings->ops, &config.ops, reason) != OK)
        return fail(PROGRAM_WRONG_OPTION, reason);
    status = prepare(settings, bind);
    if (status != 0)
        return status;
    settings_journal(settings, &config.journal);
    settings_broker(settings, &config.broker);
    if (server_run(&config, reason) != OK)
        return fail(PROGRAM_FAILED, reason);
    return 0;
}

int main(int argc, char **argv)
{
    struct settings settings;
    const struct program program = {.options = settings_table(),
                                    .version = version_text,
                                    .settings = &settings,
                                    .show_version = &settings.version,
                                    .serve = serve};

    return program_main(&program, argc, argv);
}

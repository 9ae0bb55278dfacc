/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/process/process_posix.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Binds a datagram socket as a supervisor does. `size` does not include the NUL of the name. */
static int listen_at(const char *name, size_t size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    memcpy(address.sun_path, name, size);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)),
                     0);
    return fd;
}

static void expect(int fd, const char *text)
{
    char got[64];
    ssize_t size = recv(fd, got, sizeof(got), MSG_DONTWAIT);

    assert_int_equal(size, strlen(text));
    assert_memory_equal(got, text, strlen(text));
    close(fd);
}

static void test_notify(void **state)
{
    char directory[] = "/tmp/belfry-XXXXXX";
    char path[64];
    char abstract[sizeof(path) + 1];
    int fd;

    (void)state;
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/notify", directory);
    fd = listen_at(path, strlen(path));
    setenv("NOTIFY_SOCKET", path, 1);
    process_notify("READY=1");
    expect(fd, "READY=1");
    unlink(path);
    rmdir(directory);

    snprintf(abstract, sizeof(abstract), "@%s", path);
    setenv("NOTIFY_SOCKET", abstract, 1);
    abstract[0] = '\0';
    fd = listen_at(abstract, strlen(path) + 1);
    process_notify("STOPPING=1");
    expect(fd, "STOPPING=1");

    /* Without a receiver, without a name, or with an invalid name nothing happens. */
    process_notify("READY=1");
    setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
    process_notify("READY=1");
    unsetenv("NOTIFY_SOCKET");
    process_notify("READY=1");
}

static void set_supervisor(long pid)
{
    char text[32];

    snprintf(text, sizeof(text), "%ld", pid);
    setenv("BELFRY_SUPERVISED", text, 1);
}

static void test_supervisor(void **state)
{
    (void)state;
    unsetenv("BELFRY_SUPERVISED");
    assert_int_equal(process_die_with_parent(), OK);
    setenv("BELFRY_SUPERVISED", "", 1);
    assert_int_equal(process_die_with_parent(), OK);
    setenv("BELFRY_SUPERVISED", "yes", 1);
    assert_int_equal(process_die_with_parent(), ERR_INVALID);
    setenv("BELFRY_SUPERVISED", "0", 1);
    assert_int_equal(process_die_with_parent(), ERR_INVALID);
    set_supervisor((long)getpid());
    assert_int_equal(process_die_with_parent(), ERR_CLOSED);
    unsetenv("BELFRY_SUPERVISED");
}

/* The supervisor starts a child that requests to end with it, and ends after that request. */
static int supervise(int write_end)
{
    int asked[2];
    char byte;

    if (pipe(asked) != 0)
        return 1;
    set_supervisor((long)getpid());
    if (fork() == 0) {
        if (process_die_with_parent() != OK)
            return 1;
        (void)!write(asked[1], "x", 1);
        for (;;)
            pause();
    }
    (void)!read(asked[0], &byte, 1);
    close(write_end);
    return 0;
}

static void test_dies_with_parent(void **state)
{
    int alive[2]; /* its read end gets EOF when all processes with the write end have ended */
    int status = 0;
    char byte;
    pid_t supervisor;

    (void)state;
    assert_int_equal(pipe(alive), 0);
    supervisor = fork();
    if (supervisor == 0) {
        close(alive[0]);
        _exit(supervise(alive[1]));
    }
    close(alive[1]);
    assert_int_equal(waitpid(supervisor, &status, 0), supervisor);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    /* The child still has the write end; the timeout of ctest is the deadline. */
    assert_int_equal(read(alive[0], &byte, 1), 0);
    close(alive[0]);
}

static void test_files(void **state)
{
    struct rlimit limit;
    struct rlimit low;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = (struct rlimit){limit.rlim_max / 2, limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    assert_true(process_raise_files() == limit.rlim_max);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &low), 0);
    assert_true(low.rlim_cur == limit.rlim_max);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notify),
        cmocka_unit_test(test_supervisor),
        cmocka_unit_test(test_dies_with_parent),
        cmocka_unit_test(test_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

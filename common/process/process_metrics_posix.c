/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/process/process_metrics.h"

#include "common/base/number.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define TEXT_SIZE 1024

static double seconds(const struct timeval *t)
{
    return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static void write_cpu(struct metrics *m)
{
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return;
    metrics_seconds(m, "process_cpu_seconds_total", METRIC_COUNTER, "CPU time, user and system.",
                    seconds(&usage.ru_utime) + seconds(&usage.ru_stime));
}

/* Reads a short file and adds a NUL. Returns false if it cannot be read. */
static bool read_text(const char *path, char out[TEXT_SIZE])
{
    FILE *file = fopen(path, "re");
    size_t size;

    if (file == NULL)
        return false;
    size = fread(out, 1, TEXT_SIZE - 1, file);
    (void)fclose(file);
    out[size] = '\0';
    return size > 0;
}

/* Parses the number after the given number of spaces. */
static bool field(const char *text, int blanks, uint64_t *out)
{
    while (blanks > 0 && text != NULL) {
        text = strchr(text, ' ');
        text = text == NULL ? NULL : text + 1;
        blanks--;
    }
    return text != NULL &&
           number_parse(slice_of(text, strspn(text, "0123456789")), UINT64_MAX, out) == OK;
}

/* /proc/self/statm counts pages: total, then resident. */
static void write_memory(struct metrics *m)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    char text[TEXT_SIZE];
    uint64_t all;
    uint64_t resident;

    if (!read_text("/proc/self/statm", text) || !field(text, 0, &all) || !field(text, 1, &resident))
        return;
    metrics_gauge(m, "process_virtual_memory_bytes", "Address space in use.", all * page);
    metrics_gauge(m, "process_resident_memory_bytes", "Memory in use.", resident * page);
}

static void write_files(struct metrics *m)
{
    struct rlimit limit;
    struct stat status;

    /* Since Linux 6.2 the size of the directory is the number of descriptors; before, it is 0.
     * Counting the entries would take milliseconds if there are many. */
    if (stat("/proc/self/fd", &status) == 0 && status.st_size > 0)
        metrics_gauge(m, "process_open_fds", "Open file descriptors.", (uint64_t)status.st_size);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        metrics_gauge(m, "process_max_fds", "Maximum number of file descriptors.", limit.rlim_cur);
}

/* Reads the start time of the process, in clock ticks since boot: field 22. Field 2 is the name of
 * the program in parentheses, which may contain any bytes. */
static bool ticks_at_start(uint64_t *out)
{
    char text[TEXT_SIZE];
    const char *name_end;

    if (!read_text("/proc/self/stat", text))
        return false;
    name_end = strrchr(text, ')');
    return name_end != NULL && field(name_end, 20, out);
}

static void write_start(struct metrics *m)
{
    struct timespec now;
    struct timespec up;
    uint64_t ticks;
    double began;

    if (!ticks_at_start(&ticks) || clock_gettime(CLOCK_REALTIME, &now) != 0 ||
        clock_gettime(CLOCK_MONOTONIC, &up) != 0)
        return;
    /* Rounded to whole seconds, since smaller digits would change from scrape to scrape. */
    began = (double)(now.tv_sec - up.tv_sec) + (double)(now.tv_nsec - up.tv_nsec) / 1e9 +
            (double)ticks / (double)sysconf(_SC_CLK_TCK);
    metrics_gauge(m, "process_start_time_seconds", "Start time in seconds since 1970.",
                  (uint64_t)(began + 0.5));
}

void process_metrics(struct metrics *m)
{
    write_cpu(m);
    write_memory(m);
    write_files(m);
    write_start(m);
}

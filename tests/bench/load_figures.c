/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "load.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static size_t histogram_index(uint64_t ns)
{
    if (ns < 32)
        return (size_t)ns;
    unsigned power = 63u - (unsigned)__builtin_clzll(ns);
    return (size_t)(power - 4) * 32 + (size_t)((ns >> (power - 5)) & 31);
}

static uint64_t histogram_value(size_t index)
{
    if (index < 32)
        return index;
    unsigned power = (unsigned)(index / 32) + 4;
    return (UINT64_C(32) + index % 32) << (power - 5);
}

void histogram_add(struct histogram *h, uint64_t ns)
{
    h->counts[histogram_index(ns)]++;
    h->total++;
}

uint64_t histogram_percentile(const struct histogram *h, double percent)
{
    if (h->total == 0)
        return 0;
    uint64_t rank = (uint64_t)((double)h->total * percent / 100.0);
    uint64_t seen = 0;
    for (size_t i = 0; i < sizeof h->counts / sizeof h->counts[0]; i++) {
        seen += h->counts[i];
        if (seen > rank || seen == h->total)
            return histogram_value(i);
    }
    return 0;
}

uint64_t clock_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

uint64_t process_cpu_ns(pid_t pid)
{
    clockid_t clock;
    struct timespec spent;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &spent) != 0)
        return 0;
    return (uint64_t)spent.tv_sec * UINT64_C(1000000000) + (uint64_t)spent.tv_nsec;
}

uint64_t process_pss(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    char line[256];
    unsigned long long kib = 0;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "Pss: %llu kB", &kib) == 1)
            break;
    fclose(file);
    return kib * 1024;
}

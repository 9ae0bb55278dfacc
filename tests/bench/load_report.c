/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "load.h"

#include <stdio.h>

static void report_percentiles(const char *name, const struct histogram *h)
{
    printf(", \"%s_us\": {\"p50\": %.1f, \"p99\": %.1f, \"p999\": %.1f, \"max\": %.1f}", name,
           (double)histogram_percentile(h, 50) / 1e3, (double)histogram_percentile(h, 99) / 1e3,
           (double)histogram_percentile(h, 99.9) / 1e3, (double)histogram_percentile(h, 100) / 1e3);
}

static void report_phases(const struct load *l)
{
    static const char *const names[PHASE_COUNT] = {"open", "idle", "measure", "storm", "catch_up"};
    const char *comma = "";
    printf(", \"phases\": {");
    for (int i = 0; i < PHASE_COUNT; i++) {
        const struct phase_figures *figures = &l->phases[i];
        if (!figures->done)
            continue;
        printf("%s\"%s\": {\"seconds\": %.6f, \"deliveries\": %llu, \"cpu_s\": {", comma, names[i],
               (double)figures->ns / 1e9, (unsigned long long)figures->delivered);
        for (size_t p = 0; p < l->settings.process_count; p++)
            printf("%s\"%s\": %.6f", p ? ", " : "", l->settings.processes[p].name,
                   (double)figures->cpu_ns[p] / 1e9);
        printf("}}");
        comma = ", ";
    }
    printf("}");
}

static void report_memory(const struct load *l)
{
    printf(", \"memory\": {");
    for (size_t i = 0; i < l->settings.process_count; i++) {
        const struct process *process = &l->settings.processes[i];
        printf("%s\"%s\": {\"before\": %llu, \"idle\": %llu, \"end\": %llu}", i ? ", " : "",
               process->name, (unsigned long long)process->pss_before,
               (unsigned long long)process->pss_idle, (unsigned long long)process->pss_end);
    }
    printf("}");
}

void report(const struct load *l, const char *wrong)
{
    printf("{\"ok\": %s", wrong ? "false" : "true");
    if (wrong)
        printf(", \"wrong\": \"%s\"", wrong);
    const struct phase_figures *measured = &l->phases[PHASE_MEASURE];
    printf(", \"streams\": %u, \"messages\": %llu, \"deliveries\": %llu, \"failed\": %llu, "
           "\"seconds\": %.6f",
           l->settings.streams, (unsigned long long)l->messages,
           (unsigned long long)measured->delivered, (unsigned long long)l->failed,
           (double)measured->ns / 1e9);
    report_percentiles("delivery", &l->delivery);
    report_percentiles("first", &l->first);
    report_percentiles("last", &l->last);
    report_percentiles("reply", &l->reply);
    if (l->settings.behind)
        printf(", \"behind\": {\"records\": %llu, \"passes\": %llu, \"seconds\": %.6f}",
               (unsigned long long)l->behind.records, (unsigned long long)l->behind.passes,
               (double)l->behind.ns / 1e9);
    report_phases(l);
    report_memory(l);
    printf("}\n");
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/process/metrics.h"

#include <assert.h>
#include <math.h>

#define POWER_FIRST 6 /* 2^6 us = 64 us */
#define POWER_LAST 24 /* 2^24 us = 17 s */

void metrics_init(struct metrics *m, struct buf *out)
{
    *m = (struct metrics){.out = out};
}

static const char *type_text(enum metric_type type)
{
    static const char *const texts[] = {"counter", "gauge", "histogram"};

    return texts[type];
}

/* Escapes backslashes and line feeds; quotes only in quoted values. */
static void write_escaped(struct buf *out, struct slice text, bool quoted)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];

        if (c == '\n')
            buf_str(out, "\\n");
        else if (c == '\\' || (c == '"' && quoted))
            buf_printf(out, "\\%c", c);
        else
            buf_char(out, c);
    }
}

static bool is_name(const char *name, enum metric_type type)
{
    static const char characters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:";
    static const char counter[] = "_total";
    size_t size = strlen(name);

    if (size == 0 || strspn(name, characters) != size || strchr("0123456789", name[0]))
        return false;
    return type != METRIC_COUNTER ||
           (size >= sizeof counter && strcmp(name + size + 1 - sizeof counter, counter) == 0);
}

void metrics_family(struct metrics *m, const char *name, enum metric_type type, const char *help)
{
    assert(is_name(name, type));
    m->name = name;
    buf_printf(m->out, "# HELP %s ", name);
    write_escaped(m->out, slice_str(help), false);
    buf_printf(m->out, "\n# TYPE %s %s\n", name, type_text(type));
}

static void write_labels(struct metrics *m, const struct metric_label *labels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_printf(m->out, "%s%s=\"", i == 0 ? "{" : ",", labels[i].name);
        write_escaped(m->out, labels[i].value, true);
        buf_char(m->out, '"');
    }
    if (count > 0)
        buf_char(m->out, '}');
    buf_char(m->out, ' ');
}

void metrics_sample(struct metrics *m, const struct metric_label *labels, size_t count,
                    uint64_t value)
{
    buf_str(m->out, m->name);
    write_labels(m, labels, count);
    buf_u64(m->out, value);
    buf_char(m->out, '\n');
}

static void write_real(struct buf *out, double value)
{
    if (isnan(value))
        buf_str(out, "NaN");
    else if (isinf(value))
        buf_str(out, value > 0 ? "+Inf" : "-Inf");
    else
        buf_printf(out, "%.9g", value);
    buf_char(out, '\n');
}

void metrics_by(struct metrics *m, const char *label, const char *value, uint64_t number)
{
    metrics_sample(m, &(struct metric_label){label, slice_str(value)}, 1, number);
}

void metrics_counter(struct metrics *m, const char *name, const char *help, uint64_t value)
{
    metrics_family(m, name, METRIC_COUNTER, help);
    metrics_sample(m, NULL, 0, value);
}

void metrics_gauge(struct metrics *m, const char *name, const char *help, uint64_t value)
{
    metrics_family(m, name, METRIC_GAUGE, help);
    metrics_sample(m, NULL, 0, value);
}

void metrics_seconds(struct metrics *m, const char *name, enum metric_type type, const char *help,
                     double seconds)
{
    metrics_family(m, name, type, help);
    buf_printf(m->out, "%s ", name);
    write_real(m->out, seconds);
}

void metrics_histogram(struct metrics *m, const char *name, const char *help,
                       const struct histogram *h)
{
    metrics_family(m, name, METRIC_HISTOGRAM, help);
    /* Counts the values below 2^n us. A value of exactly 2^n us, which `le` should include, is
     * counted from the next bucket on. */
    for (unsigned power = POWER_FIRST; power <= POWER_LAST; power++)
        buf_printf(m->out, "%s_bucket{le=\"%.9g\"} %llu\n", name,
                   (double)(UINT64_C(1) << power) / 1e6,
                   (unsigned long long)histogram_below(h, power));
    buf_printf(m->out, "%s_bucket{le=\"+Inf\"} %llu\n", name, (unsigned long long)h->total);
    buf_printf(m->out, "%s_sum ", name);
    write_real(m->out, (double)h->sum / 1e6);
    buf_printf(m->out, "%s_count %llu\n", name, (unsigned long long)h->total);
}

void metrics_build(struct metrics *m, const char *program, const char *software)
{
    const char *slash = strchr(software, '/');
    const struct metric_label labels[] = {
        {"program", slice_str(program)},
        {"version", slice_str(slash == NULL ? software : slash + 1)},
    };

    metrics_family(m, "belfry_build_info", METRIC_GAUGE, "The program and its version; always 1.");
    metrics_sample(m, labels, 2, 1);
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Writes the findings of `belfry doctor` as text or JSON. */

#include "broker/ctl/doctor/diagnosis.h"

#include "broker/ctl/lib/text.h"
#include "common/base/slice.h"

#include <inttypes.h>

static const char *level_name(enum doctor_level level)
{
    static const char *const names[] = {"ok", "note", "BAD"};

    return names[level];
}

static bool begins_with(const char *header, struct slice name)
{
    struct slice text = slice_str(header);

    return text.size >= name.size && slice_equal_nocase(slice_of(text.data, name.size), name);
}

static void put_fix(const char *label, const char *line, struct buf *out)
{
    if (line != NULL)
        buf_printf(out, "         %-9s %s\n", label, line);
}

/* Appends the fixes. nginx sends its name in the Server header, HAProxy does not. */
static void put_fixes(const struct doctor_facts *facts, const struct doctor_finding *f,
                      struct buf *out)
{
    bool nginx = begins_with(facts->reach.server, SLICE("nginx"));
    bool haproxy = begins_with(facts->reach.server, SLICE("haproxy"));

    if (!nginx)
        put_fix("HAProxy:", f->haproxy, out);
    if (!haproxy)
        put_fix("nginx:", f->nginx, out);
    put_fix("edge:", f->edge, out);
}

void doctor_report_text(const struct doctor_facts *facts, const struct doctor_diagnosis *diagnosis,
                        struct buf *out)
{
    const struct doctor_reach *r = &facts->reach;

    text_clean(out, slice_str(facts->url));
    buf_printf(out, " responds in %" PRIu64 " ms", r->answer_ms);
    if (r->server[0] != '\0' || r->via[0] != '\0') {
        buf_str(out, "; via ");
        text_clean(out, slice_str(r->server));
        buf_str(out, r->server[0] != '\0' && r->via[0] != '\0' ? ", " : "");
        text_clean(out, slice_str(r->via));
    }
    buf_str(out, "\n\n");
    for (size_t i = 0; i < diagnosis->count; i++) {
        const struct doctor_finding *f = &diagnosis->findings[i];

        buf_printf(out, "%-4s  %-14s ", level_name(f->level), f->check);
        text_clean(out, slice_str(f->text));
        buf_char(out, '\n');
        if (f->level != DOCTOR_GOOD)
            put_fixes(facts, f, out);
    }
    if (diagnosis->bad == 0)
        buf_str(out, "\nNo problems found.\n");
    else
        buf_printf(out, "\n%zu problem%s.\n", diagnosis->bad, diagnosis->bad == 1 ? "" : "s");
}

static void put_member(struct buf *out, const char *name, const char *text)
{
    if (text == NULL)
        return;
    buf_printf(out, ",\"%s\":", name);
    buf_json_string(out, slice_str(text));
}

static void put_timing(const struct doctor_timing *t, struct buf *out)
{
    size_t count = t->arrived < DOCTOR_ROUNDS ? t->arrived : DOCTOR_ROUNDS;

    buf_printf(out, ",\"sent\":%u,\"arrived\":%u,\"late_ms\":[", t->sent, t->arrived);
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s%" PRId64, i == 0 ? "" : ",", t->late_ms[i]);
    buf_char(out, ']');
}

void doctor_report_json(const struct doctor_facts *facts, const struct doctor_diagnosis *diagnosis,
                        struct buf *out)
{
    static const char *const levels[] = {"ok", "note", "bad"};

    buf_str(out, "{\"url\":");
    buf_json_string(out, slice_str(facts->url));
    put_member(out, "server", facts->reach.server);
    put_member(out, "via", facts->reach.via);
    put_member(out, "alpn", facts->reach.protocol);
    buf_printf(out, ",\"answer_ms\":%" PRIu64, facts->reach.answer_ms);
    put_timing(&facts->timing, out);
    buf_printf(out, ",\"problems\":%zu,\"findings\":[", diagnosis->bad);
    for (size_t i = 0; i < diagnosis->count; i++) {
        const struct doctor_finding *f = &diagnosis->findings[i];

        buf_printf(out, "%s{\"check\":\"%s\",\"level\":\"%s\"", i == 0 ? "" : ",", f->check,
                   levels[f->level]);
        put_member(out, "text", f->text);
        put_member(out, "haproxy", f->haproxy);
        put_member(out, "nginx", f->nginx);
        put_member(out, "edge", f->edge);
        buf_char(out, '}');
    }
    buf_str(out, "]}\n");
}

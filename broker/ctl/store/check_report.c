/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Collects the problems that `belfry check` finds, and reports them. */

#include "broker/ctl/store/check.h"

#include "broker/ctl/lib/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define PROBLEM_SIZE 512

void check_report_init(struct check_report *r)
{
    *r = (struct check_report){.records = 0};
    buf_init(&r->texts, (size_t)CHECK_PROBLEMS_SHOWN * PROBLEM_SIZE);
}

void check_report_clear(struct check_report *r)
{
    buf_clear(&r->texts);
}

void check_problem(struct check_report *r, const char *format, ...)
{
    char text[PROBLEM_SIZE];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (r->problems++ >= CHECK_PROBLEMS_SHOWN)
        return;
    text_clean(&r->texts, slice_str(text));
    buf_char(&r->texts, '\0');
}

bool check_scan_record(struct check_report *r, struct check_scan *scan, uint64_t offset,
                       uint64_t time_ms)
{
    if (offset < scan->next) {
        check_problem(r, "offset %" PRIu64 " comes after %" PRIu64, offset, scan->next - 1);
        return false;
    }
    if (offset == scan->next + 1)
        check_problem(r, "record %" PRIu64 " is missing", scan->next);
    else if (offset > scan->next)
        check_problem(r, "records %" PRIu64 " to %" PRIu64 " are missing", scan->next, offset - 1);
    if (time_ms < scan->time_ms)
        check_problem(r, "record %" PRIu64 " is older than the one before it", offset);
    scan->next = offset + 1;
    scan->time_ms = time_ms;
    return true;
}

/* Returns the text after `text`, the first one after NULL, or NULL at the end. */
static const char *next_text(const struct check_report *r, const char *text)
{
    text = text == NULL ? r->texts.data : text + strlen(text) + 1;
    return text != NULL && text < r->texts.data + r->texts.size ? text : NULL;
}

void check_report_text(const struct check_report *r, const char *path, struct buf *out)
{
    const struct database_info *f = &r->info;

    buf_printf(out, "log      epoch %s, term %" PRIu64 ", offsets %" PRIu64 " to %" PRIu64 "\n",
               epoch_known(f->epoch) ? f->epoch.text : "?", f->term, f->oldest, f->head);
    buf_printf(
        out, "checked  %" PRIu64 " records, %" PRIu64 " ids, the indexes of %" PRIu64 " segments\n",
        r->records, r->ids, r->segments);
    if (r->waiting > 0)
        buf_printf(out, "rest     %" PRIu64 " older records, which the broker will delete\n",
                   r->waiting);
    for (const char *text = next_text(r, NULL); text != NULL; text = next_text(r, text))
        buf_printf(out, "problem  %s\n", text);
    if (r->problems > CHECK_PROBLEMS_SHOWN)
        buf_printf(out, "         and %" PRIu64 " more\n", r->problems - CHECK_PROBLEMS_SHOWN);
    if (r->problems == 0)
        buf_printf(out, "%s is undamaged\n", path);
    else
        buf_printf(out, "%s is damaged: %" PRIu64 " problem%s\n", path, r->problems,
                   r->problems == 1 ? "" : "s");
}

void check_report_json(const struct check_report *r, const char *path, struct buf *out)
{
    const struct database_info *f = &r->info;
    const char *separator = "";

    buf_str(out, "{\"file\":");
    buf_json_string(out, slice_str(path));
    buf_printf(out, ",\"whole\":%s,\"epoch\":\"%s\",\"term\":%" PRIu64,
               r->problems == 0 ? "true" : "false", f->epoch.text, f->term);
    buf_printf(out, ",\"oldest\":%" PRIu64 ",\"head\":%" PRIu64 ",\"records\":%" PRIu64, f->oldest,
               f->head, r->records);
    buf_printf(out, ",\"ids\":%" PRIu64 ",\"segments\":%" PRIu64 ",\"to_delete\":%" PRIu64, r->ids,
               r->segments, r->waiting);
    buf_printf(out, ",\"problem_count\":%" PRIu64 ",\"problems\":[", r->problems);
    for (const char *text = next_text(r, NULL); text != NULL; text = next_text(r, text)) {
        buf_str(out, separator);
        buf_json_string(out, slice_str(text));
        separator = ",";
    }
    buf_str(out, "]}\n");
}

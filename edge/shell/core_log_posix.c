/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/core_log_posix.h"

void core_log_write(const struct log *log, const struct edge *edge,
                    const struct edge_report *report)
{
    static const struct {
        enum log_level level;
        const char *event;
    } events[] = {
        [EDGE_REPORT_JOINED] = {LOG_INFO, "edge.joined"},
        [EDGE_REPORT_READY] = {LOG_INFO, "edge.ready"},
        [EDGE_REPORT_BROKER_SILENT] = {LOG_WARN, "edge.broker_silent"},
        [EDGE_REPORT_BROKER_BACK] = {LOG_INFO, "edge.broker_back"},
        [EDGE_REPORT_HOLE] = {LOG_WARN, "edge.hole"},
        [EDGE_REPORT_EXPIRED] = {LOG_WARN, "edge.expired"},
        [EDGE_REPORT_EPOCH] = {LOG_WARN, "edge.epoch_changed"},
        [EDGE_REPORT_REFUSED] = {LOG_ERROR, "edge.refused"},
        [EDGE_REPORT_SPLIT] = {LOG_ERROR, "edge.split"},
        [EDGE_REPORT_RESEND] = {LOG_WARN, "edge.resend"},
    };
    struct edge_status status;

    edge_status(edge, &status);
    log_event(log, events[report->type].level, events[report->type].event,
              LOG_STR("epoch", status.epoch.text), LOG_NUM("head", status.head),
              LOG_NUM("number", report->number), LOG_STR("code", err_text(report->code)),
              LOG_STR("text", report->text));
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/operator_tasks.h"

#include <assert.h>

void operator_tasks_init(struct operator_tasks *t, enum log_level log_level)
{
    *t = (struct operator_tasks){.log_level = log_level};
}

void operator_tasks_clear(struct operator_tasks *t)
{
    operator_tasks_init(t, t->log_level);
}

void operator_tasks_check(const struct operator_tasks *t)
{
    assert(t->trim_state <= OPERATOR_TRIM_STARTED);
}

void operator_tasks_add_trim(struct operator_tasks *t, const struct broker_trim *trim)
{
    assert(t->trim_state == OPERATOR_TRIM_NONE);
    t->trim = *trim;
    t->trim_state = OPERATOR_TRIM_WAITING;
}

struct broker_trim operator_tasks_end_trim(struct operator_tasks *t)
{
    assert(t->trim_state == OPERATOR_TRIM_STARTED);
    t->trim_state = OPERATOR_TRIM_NONE;
    return t->trim;
}

void operator_tasks_set_log_level(struct operator_tasks *t, enum log_level log_level)
{
    t->log_level_changed = t->log_level_changed || log_level != t->log_level;
    t->log_level = log_level;
}

bool operator_tasks_next(struct operator_tasks *t, struct broker_action *out)
{
    if (t->log_level_changed) {
        t->log_level_changed = false;
        out->type = BROKER_LOG_LEVEL;
        out->log_level.level = t->log_level;
        return true;
    }
    if (t->trim_state != OPERATOR_TRIM_WAITING)
        return false;
    t->trim_state = OPERATOR_TRIM_STARTED;
    out->type = BROKER_TRIM;
    out->trim.command = &t->trim;
    return true;
}

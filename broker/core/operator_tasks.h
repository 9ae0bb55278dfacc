/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CORE_OPERATOR_TASKS_H
#define BELFRY_BROKER_CORE_OPERATOR_TASKS_H

/* Operators' tasks for the shell: at most one trim of the log, and a change of the log level. */

#include "broker/core/action.h"
#include "common/process/log.h"

#include <stdbool.h>

enum operator_trim_state {
    OPERATOR_TRIM_NONE,
    OPERATOR_TRIM_WAITING, /* for the shell */
    OPERATOR_TRIM_STARTED, /* with the shell, until operator_tasks_end_trim() */
};

struct operator_tasks {
    enum operator_trim_state trim_state;
    struct broker_trim trim;  /* valid unless trim_state is OPERATOR_TRIM_NONE */
    enum log_level log_level; /* current level */
    bool log_level_changed;   /* the shell has not been given the level yet */
};

/* Starts without a trim. `log_level` is the level that the shell logs at already. */
void operator_tasks_init(struct operator_tasks *t, enum log_level log_level);

/* Forgets the tasks, a trim with the shell too. */
void operator_tasks_clear(struct operator_tasks *t);

void operator_tasks_check(const struct operator_tasks *t);

/* Adds a copy of `trim`. No other trim may be waiting or started. */
void operator_tasks_add_trim(struct operator_tasks *t, const struct broker_trim *trim);

/* Ends the trim, which must be with the shell, and returns it. */
struct broker_trim operator_tasks_end_trim(struct operator_tasks *t);

/* Sets the level, and makes it a task for the shell if it differs from the current one. */
void operator_tasks_set_log_level(struct operator_tasks *t, enum log_level log_level);

/* Fills in the action for the next task: BROKER_LOG_LEVEL or BROKER_TRIM. Returns false when there
 * is none. */
bool operator_tasks_next(struct operator_tasks *t, struct broker_action *out);

#endif

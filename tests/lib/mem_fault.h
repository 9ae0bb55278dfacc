/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_TESTS_LIB_MEM_FAULT_H
#define BELFRY_TESTS_LIB_MEM_FAULT_H

/* Memory that runs out on command. mem_fault.c takes the place of common/base/mem.c in a test's program: of
 * the calls of mem_try() and mem_try_resize() the n-th fails, or all from the n-th on. mem_alloc()
 * never fails. One thread. */

#include <stddef.h>

/* The n-th call from now fails (1 = the next one), and only that one. 0 = none fails. */
void mem_fault_at(unsigned n);

/* The n-th call from now and all after it fail, until mem_fault_at(0). */
void mem_fault_from(unsigned n);

/* Calls that failed since mem_fault_at() or mem_fault_from(). */
unsigned mem_fault_count(void);

/* Blocks that are allocated now: a test that leaves as many as it found has no leak. */
size_t mem_fault_blocks(void);

#endif

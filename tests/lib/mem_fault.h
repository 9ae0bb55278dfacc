/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_TESTS_LIB_MEM_FAULT_H
#define BELFRY_TESTS_LIB_MEM_FAULT_H

/* Simulates failing allocations. A test links mem_fault.c instead of common/base/mem.c: the n-th
 * call of mem_try() and mem_try_resize() fails, or all from the n-th on. mem_alloc() never fails.
 * For one thread. */

#include <stddef.h>

/* Makes only the n-th call from now fail (1 = the next one); 0 = none. */
void mem_fault_at(unsigned n);

/* Makes the n-th call from now and all later ones fail, until mem_fault_at(0). */
void mem_fault_from(unsigned n);

/* Returns the number of calls that failed since mem_fault_at() or mem_fault_from(). */
unsigned mem_fault_count(void);

/* Returns the number of allocated blocks, to find leaks. */
size_t mem_fault_blocks(void);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_MEM_H
#define BELFRY_COMMON_BASE_MEM_H

/* Memory allocation. Small objects of fixed size come from mem_alloc(), which aborts the process if
 * there is no memory. Objects whose size a client can choose come from mem_try(), which returns
 * NULL; the caller then returns ERR_NO_MEMORY.
 *
 * Tests may link tests/lib/mem_fault.c instead of mem.c, where the n-th mem_try() fails.
 *
 * Threads: all functions may be called from any thread. */

#include <stddef.h>

/* Returns zeroed memory; never NULL. */
void *mem_alloc(size_t size);

/* Returns uninitialised memory, or NULL. */
void *mem_try(size_t size);

/* Resizes a block, or returns NULL and leaves the old block valid. `old` may be NULL. */
void *mem_try_resize(void *old, size_t size);

/* Frees a block; NULL is allowed. */
void mem_free(void *block);

#endif

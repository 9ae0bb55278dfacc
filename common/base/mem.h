/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_MEM_H
#define BELFRY_COMMON_BASE_MEM_H

/* Memory. Small fixed objects come from mem_alloc(), which ends the process when there is no
 * memory: nothing sensible can be done then. Whatever a client can size comes from mem_try(),
 * which returns NULL, and the caller answers with ERR_NO_MEMORY.
 *
 * Tests link tests/lib/mem_fault.c instead of mem.c: the n-th mem_try() fails there.
 *
 * Threads: all functions may be called from any thread. */

#include <stddef.h>

/* Zeroed memory; never NULL. */
void *mem_alloc(size_t size);

/* Uninitialised memory, or NULL. */
void *mem_try(size_t size);

/* Resized memory, or NULL with the old block still valid. `old` may be NULL. */
void *mem_try_resize(void *old, size_t size);

/* Takes NULL. */
void mem_free(void *block);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_BASE_MEM_H
#define BELFRY_COMMON_BASE_MEM_H

/* Allocates and frees memory. Small objects of fixed size come from mem_alloc(), which aborts the
 * process if there is no memory. Objects whose size a client can choose come from mem_try(), which
 * returns NULL; the caller then returns ERR_NO_MEMORY.
 *
 * Tests may link tests/lib/mem_fault.c, in which the n-th mem_try() fails, instead of mem.c.
 *
 * Threads: all functions may be called from any thread. */

#include <stddef.h>

/* Returns zeroed memory; never NULL. */
void *mem_alloc(size_t size);

/* Returns uninitialized memory, or NULL. */
void *mem_try(size_t size);

/* Resizes a block, or returns NULL and leaves the old block valid. `old` may be NULL. */
void *mem_try_resize(void *old, size_t size);

/* Frees a block; NULL is allowed. */
void mem_free(void *block);

#endif

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/lib/mem_fault.h"

#include "common/base/mem.h"

#include <stdbool.h>
#include <stdlib.h>

static struct {
    unsigned countdown; /* 0 = not armed */
    bool lasting;
    unsigned failed;
    size_t blocks;
} fault;

void mem_fault_at(unsigned n)
{
    fault.countdown = n;
    fault.lasting = false;
    fault.failed = 0;
}

void mem_fault_from(unsigned n)
{
    mem_fault_at(n);
    fault.lasting = true;
}

unsigned mem_fault_count(void)
{
    return fault.failed;
}

size_t mem_fault_blocks(void)
{
    return fault.blocks;
}

static bool fails(void)
{
    if (fault.countdown == 0)
        return false;
    if (fault.countdown > 1) {
        fault.countdown--;
        return false;
    }
    if (!fault.lasting)
        fault.countdown = 0;
    fault.failed++;
    return true;
}

void *mem_alloc(size_t size)
{
    void *block = calloc(1, size > 0 ? size : 1);

    if (block == NULL)
        abort();
    fault.blocks++;
    return block;
}

void *mem_try(size_t size)
{
    void *block = fails() ? NULL : malloc(size > 0 ? size : 1);

    if (block != NULL)
        fault.blocks++;
    return block;
}

void *mem_try_resize(void *old, size_t size)
{
    void *block = fails() ? NULL : realloc(old, size > 0 ? size : 1);

    if (block != NULL && old == NULL)
        fault.blocks++;
    return block;
}

void mem_free(void *block)
{
    if (block != NULL)
        fault.blocks--;
    free(block);
}

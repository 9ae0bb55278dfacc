/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/mem.h"

#include <stdlib.h>

void *mem_alloc(size_t size)
{
    void *block = calloc(1, size > 0 ? size : 1);

    if (block == NULL)
        abort();
    return block;
}

void *mem_try(size_t size)
{
    return malloc(size);
}

void *mem_try_resize(void *old, size_t size)
{
    return realloc(old, size);
}

void mem_free(void *block)
{
    free(block);
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/journal/offset_window.h"

#include <assert.h>
#include <string.h>

void offset_window_reset(struct offset_window *w, uint64_t first)
{
    w->first = first;
    memset(w->words, 0, sizeof w->words);
}

void offset_window_add(struct offset_window *w, uint64_t offset)
{
    uint64_t bit = offset - w->first;

    assert(offset >= w->first && bit < OFFSET_WINDOW_SIZE);
    w->words[bit / 64] |= (uint64_t)1 << (bit % 64);
}

bool offset_window_next(const struct offset_window *w, uint64_t offset, uint64_t *out)
{
    uint64_t bit = offset > w->first ? offset - w->first : 0;
    uint64_t mask = ~(uint64_t)0 << (bit % 64);

    for (uint64_t i = bit / 64; i < OFFSET_WINDOW_SIZE / 64; i++) {
        uint64_t word = w->words[i] & mask;
        if (word != 0) {
            *out = w->first + i * 64 + (uint64_t)__builtin_ctzll(word);
            return true;
        }
        mask = ~(uint64_t)0;
    }
    return false;
}

bool offset_window_previous(const struct offset_window *w, uint64_t offset, uint64_t *out)
{
    uint64_t bit = offset - w->first;
    uint64_t mask;

    if (offset < w->first)
        return false;
    if (bit >= OFFSET_WINDOW_SIZE)
        bit = OFFSET_WINDOW_SIZE - 1;
    mask = ~(uint64_t)0 >> (63 - bit % 64);
    for (uint64_t i = bit / 64 + 1; i > 0; i--) {
        uint64_t word = w->words[i - 1] & mask;
        if (word != 0) {
            *out = w->first + (i - 1) * 64 + (63 - (uint64_t)__builtin_clzll(word));
            return true;
        }
        mask = ~(uint64_t)0;
    }
    return false;
}

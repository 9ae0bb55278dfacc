/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/subscriptions.h"

#include "common/base/mem.h"

void subscriptions_clear(struct subscription_page *page)
{
    buf_clear(&page->bytes);
    mem_free(page->entries);
    page->entries = NULL;
    page->count = 0;
}

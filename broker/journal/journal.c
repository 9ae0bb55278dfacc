/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/journal/journal.h"

#include "common/base/mem.h"

/* Maximum size of a page's bodies: max_bytes as a reader limits it, and one more record. No page
 * reaches it. */
#define PAGE_BYTES_MAX ((size_t)64 << 20)

void journal_page_init(struct journal_page *page)
{
    *page = (struct journal_page){.code = OK};
    buf_init(&page->bodies, PAGE_BYTES_MAX);
}

void journal_page_clear(struct journal_page *page)
{
    mem_free(page->entries);
    buf_clear(&page->bodies);
    journal_page_init(page);
}

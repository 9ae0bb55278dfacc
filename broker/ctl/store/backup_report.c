/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Shows the result of a backup or a restore. */

#include "broker/ctl/store/backup.h"

#include "broker/ctl/lib/text.h"

#include <inttypes.h>

void backup_report(const char *path, const struct database_info *f, bool json, struct buf *out)
{
    uint64_t bytes = f->pages * f->page_size;
    char size[TEXT_SIZE];

    if (json) {
        buf_str(out, "{\"file\":");
        buf_json_string(out, slice_str(path));
        buf_printf(out, ",\"epoch\":\"%s\",\"oldest\":%" PRIu64 ",\"head\":%" PRIu64, f->epoch.text,
                   f->oldest, f->head);
        buf_printf(out, ",\"records\":%" PRIu64 ",\"bytes\":%" PRIu64 "}\n",
                   f->head + 1 - f->oldest, bytes);
        return;
    }
    text_bytes((double)bytes, size);
    buf_printf(out, "%s: %" PRIu64 " records (offsets %" PRIu64 " to %" PRIu64 "), %s\n", path,
               f->head + 1 - f->oldest, f->oldest, f->head, size);
}

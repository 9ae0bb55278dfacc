/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Writes the result of `belfry audit` as text or JSON. */

#include "broker/ctl/watch/audit.h"

#include "broker/ctl/lib/table.h"
#include "broker/ctl/lib/text.h"
#include "common/base/mem.h"

#include <inttypes.h>

#define TABLE_BYTES (1u << 20)

void audit_init(struct audit *a)
{
    *a = (struct audit){.balances = NULL};
}

void audit_clear(struct audit *a)
{
    mem_free(a->balances);
    audit_init(a);
}

bool audit_is_balanced(const struct audit *a)
{
    for (size_t i = 0; i < a->count; i++) {
        if (a->balances[i].state == AUDIT_OFF)
            return false;
    }
    return true;
}

static const char *state_text(enum audit_state state)
{
    static const char *const texts[] = {"ok", "off", "open"};

    return texts[state];
}

static void write_books(const struct audit *a, struct buf *out)
{
    static const struct table_column columns[] = {
        {"STATE", false}, {"WHO", false}, {"BOOK", false}};
    struct table table;

    /* The texts are appended after the table, since they are longer than a cell may be. */
    table_init(&table, columns, sizeof columns / sizeof columns[0], TABLE_BYTES);
    for (size_t i = 0; i < a->count; i++) {
        table_add(&table, slice_str(state_text(a->balances[i].state)));
        table_add(&table, slice_str(a->balances[i].who));
        table_add(&table, slice_str(a->balances[i].name));
    }
    for (size_t i = 0; i < a->count; i++) {
        const struct audit_balance *book = &a->balances[i];

        buf_str(out, state_text(book->state));
        text_pad(out, table.widths[0] + 2 - strlen(state_text(book->state)));
        text_clean(out, slice_str(book->who));
        text_pad(out, table.widths[1] + 2 - text_width(slice_str(book->who)));
        buf_str(out, book->name);
        text_pad(out, table.widths[2] + 2 - strlen(book->name));
        text_clean(out, slice_str(book->text));
        buf_char(out, '\n');
    }
    table_clear(&table);
}

static size_t count_of(const struct audit *a, enum audit_state state)
{
    size_t count = 0;

    for (size_t i = 0; i < a->count; i++)
        count += a->balances[i].state == state ? 1 : 0;
    return count;
}

void audit_write(const struct audit *a, struct buf *out)
{
    size_t off = count_of(a, AUDIT_OFF);
    size_t open = count_of(a, AUDIT_OPEN);

    write_books(a, out);
    buf_printf(out, "\n%zu edge%s. ", a->edges, a->edges == 1 ? "" : "s");
    if (a->quiet)
        buf_printf(out, "Nothing changed for %" PRIu64 " ms, so the counters must be equal.\n",
                   a->ms);
    else
        buf_printf(out,
                   "The system is busy: compared over %" PRIu64
                   " ms, allowing for records in flight.\n",
                   a->ms);
    if (off > 0)
        buf_printf(out, "%zu of %zu counters do not balance.\n", off, a->count);
    else
        buf_printf(out, "All counters balance%s.\n", open > 0 ? " that could be checked" : "");
}

void audit_write_json(const struct audit *a, struct buf *out)
{
    buf_printf(out, "{\"balances\":%s,\"quiet\":%s,\"ms\":%" PRIu64 ",\"edges\":%zu,\"books\":[",
               audit_is_balanced(a) ? "true" : "false", a->quiet ? "true" : "false", a->ms,
               a->edges);
    for (size_t i = 0; i < a->count; i++) {
        const struct audit_balance *book = &a->balances[i];

        buf_str(out, i == 0 ? "{\"who\":" : ",{\"who\":");
        buf_json_string(out, slice_str(book->who));
        buf_printf(out, ",\"book\":\"%s\",\"state\":\"%s\",\"text\":", book->name,
                   state_text(book->state));
        buf_json_string(out, slice_str(book->text));
        buf_char(out, '}');
    }
    buf_str(out, "]}\n");
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/relay.h"

#include "common/base/mem.h"

#include <assert.h>

struct relay {
    struct list link;
    uint64_t number;
    struct relay_asker asker;
    uint64_t deadline_ms;
};

#define RELAY(node) LIST_ENTRY((node), struct relay, link)

void relays_init(struct relays *r)
{
    *r = (struct relays){0};
    list_init(&r->out);
}

static void forget(struct relays *r, struct relay *relay)
{
    list_remove(&relay->link);
    r->count--;
    mem_free(relay);
}

void relays_clear(struct relays *r)
{
    while (!list_empty(&r->out))
        forget(r, RELAY(r->out.next));
}

void relays_check(const struct relays *r)
{
    uint32_t count = 0;

    for (struct list *i = r->out.next; i != &r->out; i = i->next) {
        count++;
        assert(RELAY(i)->number <= r->last);
    }
    assert(count == r->count);
    assert(r->count <= RELAYS_MAX);
}

uint64_t relays_add(struct relays *r, const struct relay_asker *asker, uint64_t deadline_ms)
{
    struct relay *relay;

    if (r->count >= RELAYS_MAX)
        return 0;
    relay = mem_alloc(sizeof *relay);
    relay->number = ++r->last;
    relay->asker = *asker;
    relay->deadline_ms = deadline_ms;
    list_init(&relay->link);
    list_push(&r->out, &relay->link);
    r->count++;
    return relay->number;
}

bool relays_take(struct relays *r, uint64_t number, struct relay_asker *out)
{
    for (struct list *i = r->out.next; i != &r->out; i = i->next) {
        if (RELAY(i)->number != number)
            continue;
        *out = RELAY(i)->asker;
        forget(r, RELAY(i));
        return true;
    }
    return false;
}

bool relays_expire(struct relays *r, uint64_t now_ms, struct relay_asker *out)
{
    for (struct list *i = r->out.next; i != &r->out; i = i->next) {
        if (now_ms < RELAY(i)->deadline_ms)
            continue;
        *out = RELAY(i)->asker;
        forget(r, RELAY(i));
        return true;
    }
    return false;
}

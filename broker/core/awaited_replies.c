/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/awaited_replies.h"

#include "common/base/mem.h"

#include <assert.h>

/* A forwarded command whose reply is awaited. */
struct relay {
    struct list link;
    uint64_t number;
    struct awaited_reply reply;
    uint64_t deadline_ms;
};

#define RELAY(node) LIST_ENTRY((node), struct relay, link)

void awaited_replies_init(struct awaited_replies *r)
{
    *r = (struct awaited_replies){0};
    list_init(&r->out);
}

static void forget(struct awaited_replies *r, struct relay *relay)
{
    list_remove(&relay->link);
    r->count--;
    mem_free(relay);
}

void awaited_replies_clear(struct awaited_replies *r)
{
    while (!list_empty(&r->out))
        forget(r, RELAY(r->out.next));
}

void awaited_replies_check(const struct awaited_replies *r)
{
    uint32_t count = 0;

    for (struct list *i = r->out.next; i != &r->out; i = i->next) {
        count++;
        assert(RELAY(i)->number <= r->last);
    }
    assert(count == r->count);
    assert(r->count <= AWAITED_REPLIES_MAX);
}

uint64_t awaited_replies_add(struct awaited_replies *r, const struct awaited_reply *reply,
                             uint64_t deadline_ms)
{
    struct relay *relay;

    if (r->count >= AWAITED_REPLIES_MAX)
        return 0;
    relay = mem_alloc(sizeof *relay);
    relay->number = ++r->last;
    relay->reply = *reply;
    relay->deadline_ms = deadline_ms;
    list_init(&relay->link);
    list_push(&r->out, &relay->link);
    r->count++;
    return relay->number;
}

bool awaited_replies_take(struct awaited_replies *r, uint64_t number, struct awaited_reply *out)
{
    for (struct list *i = r->out.next; i != &r->out; i = i->next) {
        if (RELAY(i)->number != number)
            continue;
        *out = RELAY(i)->reply;
        forget(r, RELAY(i));
        return true;
    }
    return false;
}

bool awaited_replies_expire(struct awaited_replies *r, uint64_t now_ms, struct awaited_reply *out)
{
    for (struct list *i = r->out.next; i != &r->out; i = i->next) {
        if (now_ms < RELAY(i)->deadline_ms)
            continue;
        *out = RELAY(i)->reply;
        forget(r, RELAY(i));
        return true;
    }
    return false;
}

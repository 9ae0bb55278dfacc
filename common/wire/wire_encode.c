/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Encodes frames and bodies with msgpack-c. */

#include "common/wire/wire.h"

#include <assert.h>
#include <msgpack.h>

/* Instantiates the packer of msgpack-c so that it appends directly to a struct buf (`data` of the
 * packer); the standard packer makes a callback for every few bytes. The functions are pack_nil(),
 * pack_uint64() and so on. */
#define msgpack_pack_user msgpack_packer *
#define msgpack_pack_inline_func(name) static inline void pack##name
#define msgpack_pack_inline_func_cint(name) static inline void pack##name
#define msgpack_pack_append_buffer(packer, bytes, size) buf_append((packer)->data, (bytes), (size))
#include <msgpack/pack_template.h>

static void put_text(msgpack_packer *p, struct slice text)
{
    if (text.data == NULL) {
        pack_nil(p);
        return;
    }
    pack_str(p, text.size);
    pack_str_body(p, text.data, text.size);
}

static void put_bytes(msgpack_packer *p, struct slice bytes)
{
    pack_bin(p, bytes.size);
    pack_bin_body(p, bytes.data, bytes.size);
}

static void put_epoch(msgpack_packer *p, const struct epoch *epoch)
{
    put_text(p, epoch_slice(epoch));
}

static void put_numbers(msgpack_packer *p, const uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        pack_uint64(p, numbers[i]);
}

/* Calls pack_uint64() for several numbers. */
#define PUT(packer, ...)                                                                           \
    put_numbers((packer), (const uint64_t[]){__VA_ARGS__},                                         \
                sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static void put_texts(msgpack_packer *p, const struct slice *texts, size_t count)
{
    pack_array(p, count);
    for (size_t i = 0; i < count; i++)
        put_text(p, texts[i]);
}

static void put_entries(msgpack_packer *p, const struct entry *entries, size_t count)
{
    pack_array(p, count * 3);
    for (size_t i = 0; i < count; i++) {
        PUT(p, entries[i].offset, entries[i].time_ms);
        put_bytes(p, entries[i].body);
    }
}

/* Writes the head of the array, the version and the type. `count` is the number of elements,
 * including version and type. */
static void put_head(msgpack_packer *p, enum wire_type type, size_t count)
{
    pack_array(p, count);
    PUT(p, WIRE_VERSION, (uint64_t)type);
}

static void put_bodies(msgpack_packer *p, const struct slice *bodies, size_t count)
{
    pack_array(p, count);
    for (size_t i = 0; i < count; i++)
        put_bytes(p, bodies[i]);
}

static void put_publish(msgpack_packer *p, const struct wire_publish *f)
{
    put_head(p, WIRE_PUBLISH, 7);
    put_epoch(p, &f->epoch);
    PUT(p, f->incarnation, f->settled, f->first_seq);
    put_bodies(p, f->bodies, f->count);
}

static void put_batch(msgpack_packer *p, const struct wire_batch *f)
{
    put_head(p, WIRE_BATCH, 5);
    put_epoch(p, &f->epoch);
    PUT(p, f->term);
    put_entries(p, f->entries, f->count);
}

static void put_beacon(msgpack_packer *p, const struct wire_beacon *f)
{
    put_head(p, WIRE_BEACON, 7);
    put_epoch(p, &f->epoch);
    PUT(p, f->term, f->head, f->oldest);
    pack_array(p, f->edge_count * 3);
    for (size_t i = 0; i < f->edge_count; i++)
        PUT(p, f->edges[i].incarnation, f->edges[i].accepted, f->edges[i].resolved);
}

static void put_outcome(msgpack_packer *p, const struct wire_outcome *f)
{
    put_head(p, WIRE_OUTCOME, 6);
    put_epoch(p, &f->epoch);
    PUT(p, f->term, f->incarnation);
    pack_array(p, f->count * 3);
    for (size_t i = 0; i < f->count; i++)
        PUT(p, f->outcomes[i].seq, f->outcomes[i].code, f->outcomes[i].offset);
}

static void put_hello(msgpack_packer *p, const struct wire_hello *f)
{
    put_head(p, WIRE_HELLO, 7);
    PUT(p, f->request, f->incarnation);
    put_text(p, f->name);
    put_text(p, f->software);
    put_text(p, f->address);
}

static void put_welcome(msgpack_packer *p, const struct wire_welcome *f)
{
    put_head(p, WIRE_WELCOME, 11);
    PUT(p, f->request, f->code);
    put_text(p, f->text);
    put_epoch(p, &f->epoch);
    PUT(p, f->term, f->head, f->oldest, f->topic_records, f->topic_ms);
}

static void put_read(msgpack_packer *p, const struct wire_read *f)
{
    put_head(p, WIRE_READ, 8);
    PUT(p, f->request);
    put_epoch(p, &f->epoch);
    PUT(p, f->after, f->until, f->max_bytes);
    put_texts(p, f->selectors, f->selector_count);
}

static void put_latest(msgpack_packer *p, const struct wire_latest *f)
{
    put_head(p, WIRE_LATEST, 7);
    PUT(p, f->request);
    put_epoch(p, &f->epoch);
    PUT(p, f->count, f->until);
    put_texts(p, f->selectors, f->selector_count);
}

static void put_records(msgpack_packer *p, const struct wire_records *f)
{
    put_head(p, WIRE_RECORDS, 9);
    PUT(p, f->request, f->code);
    put_epoch(p, &f->epoch);
    PUT(p, f->next, f->oldest, f->head);
    put_entries(p, f->entries, f->count);
}

static void put_ping(msgpack_packer *p, const struct wire_ping *f)
{
    const uint64_t metrics[] = {
#define X(name, help) f->metrics.name,
        WIRE_METRICS(X)
#undef X
    };
    const size_t count = sizeof metrics / sizeof metrics[0];

    put_head(p, WIRE_PING, 4);
    PUT(p, f->incarnation);
    pack_array(p, count);
    put_numbers(p, metrics, count);
}

static void put_ephemeral(msgpack_packer *p, const struct wire_ephemeral *f)
{
    put_head(p, WIRE_EPHEMERAL, 5);
    put_epoch(p, &f->epoch);
    PUT(p, f->incarnation);
    put_bodies(p, f->bodies, f->count);
}

static void put_ephemeral_batch(msgpack_packer *p, const struct wire_ephemeral_batch *f)
{
    put_head(p, WIRE_EPHEMERAL_BATCH, 5);
    put_epoch(p, &f->epoch);
    PUT(p, f->term);
    put_bodies(p, f->bodies, f->count);
}

static void put_presence(msgpack_packer *p, const struct wire_presence *f)
{
    put_head(p, WIRE_PRESENCE, 9);
    put_epoch(p, &f->epoch);
    PUT(p, f->term);
    put_text(p, f->topic);
    put_text(p, f->member);
    put_text(p, f->payload);
    PUT(p, f->joined, f->count);
}

static void put_members(msgpack_packer *p, const struct wire_members *f)
{
    put_head(p, WIRE_MEMBERS, 6);
    PUT(p, f->incarnation, f->serial, f->all);
    pack_array(p, f->count * 4);
    for (size_t i = 0; i < f->count; i++) {
        put_text(p, f->members[i].topic);
        put_text(p, f->members[i].member);
        put_text(p, f->members[i].payload);
        PUT(p, f->members[i].count);
    }
}

static void put_command(msgpack_packer *p, const struct wire_command *f)
{
    put_head(p, WIRE_COMMAND, 5);
    PUT(p, f->request);
    put_text(p, f->name);
    put_texts(p, f->arguments, f->argument_count);
}

static void put_reply(msgpack_packer *p, const struct wire_reply *f)
{
    put_head(p, WIRE_REPLY, 5);
    PUT(p, f->request, f->code);
    put_text(p, f->text);
}

void wire_encode(struct buf *out, const struct wire_frame *frame)
{
    msgpack_packer p = {.data = out};

    switch (frame->type) {
    case WIRE_PUBLISH:
        put_publish(&p, &frame->publish);
        break;
    case WIRE_BATCH:
        put_batch(&p, &frame->batch);
        break;
    case WIRE_BEACON:
        put_beacon(&p, &frame->beacon);
        break;
    case WIRE_OUTCOME:
        put_outcome(&p, &frame->outcome);
        break;
    case WIRE_HELLO:
        put_hello(&p, &frame->hello);
        break;
    case WIRE_WELCOME:
        put_welcome(&p, &frame->welcome);
        break;
    case WIRE_READ:
        put_read(&p, &frame->read);
        break;
    case WIRE_LATEST:
        put_latest(&p, &frame->latest);
        break;
    case WIRE_RECORDS:
        put_records(&p, &frame->records);
        break;
    case WIRE_PING:
        put_ping(&p, &frame->ping);
        break;
    case WIRE_COMMAND:
        put_command(&p, &frame->command);
        break;
    case WIRE_REPLY:
        put_reply(&p, &frame->reply);
        break;
    case WIRE_EPHEMERAL:
        put_ephemeral(&p, &frame->ephemeral);
        break;
    case WIRE_EPHEMERAL_BATCH:
        put_ephemeral_batch(&p, &frame->ephemeral_batch);
        break;
    case WIRE_PRESENCE:
        put_presence(&p, &frame->presence);
        break;
    case WIRE_MEMBERS:
        put_members(&p, &frame->members);
        break;
    }
}

void wire_encode_body(struct buf *out, const struct record *record)
{
    bool more = record->ttl_ms != 0 || record->flags & RECORD_IF_LAST || record->group != 0;
    msgpack_packer p = {.data = out};

    assert(record->topic_count <= RECORD_TOPICS_MAX);
    pack_array(&p, more ? 11 : 8);
    PUT(&p, record->flags, record->origin, record->seq, record->retry_ms);
    put_texts(&p, record->topics, record->topic_count);
    put_text(&p, record->id);
    put_text(&p, record->type);
    put_bytes(&p, record->data);
    if (more)
        PUT(&p, record->ttl_ms, record->if_last, record->group);
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/wire.h"

#include "common/mem.h"
#include "common/wire_scan.h"

#include <msgpack.h>

/* The first array kept for the most common type; each grows to what frames need, and those are bounded
 * by WIRE_ELEMENTS_MAX. */
struct wire_decoder {
    msgpack_zone zone;
    struct slice *slices;
    size_t slice_capacity;
    struct entry *entries;
    size_t entry_capacity;
    struct wire_edge_progress *edges;
    size_t edge_capacity;
    struct wire_seq_outcome *outcomes;
    size_t outcome_capacity;
};

/* Walks an array's elements. The first element that is not what was asked for sets `failed`, and
 * everything after it reads as nothing. */
struct reader {
    const msgpack_object *at;
    size_t left;
    bool failed;
};

static struct reader array_reader(const msgpack_object *object)
{
    if (object->type != MSGPACK_OBJECT_ARRAY)
        return (struct reader){.failed = true};
    return (struct reader){.at = object->via.array.ptr, .left = object->via.array.size};
}

static const msgpack_object *take(struct reader *r)
{
    if (r->left == 0)
        r->failed = true;
    if (r->failed)
        return NULL;
    r->left--;
    return r->at++;
}

static uint64_t take_number(struct reader *r)
{
    const msgpack_object *object = take(r);

    if (object == NULL)
        return 0;
    if (object->type != MSGPACK_OBJECT_POSITIVE_INTEGER) {
        r->failed = true;
        return 0;
    }
    return object->via.u64;
}

static uint32_t take_u32(struct reader *r)
{
    uint64_t number = take_number(r);

    if (number > UINT32_MAX)
        r->failed = true;
    return (uint32_t)number;
}

/* A str, or nil for an absent one. */
static struct slice take_text(struct reader *r)
{
    const msgpack_object *object = take(r);

    if (object == NULL || object->type == MSGPACK_OBJECT_NIL)
        return (struct slice){0};
    if (object->type != MSGPACK_OBJECT_STR) {
        r->failed = true;
        return (struct slice){0};
    }
    return slice_of(object->via.str.ptr, object->via.str.size);
}

static struct slice take_bytes(struct reader *r)
{
    const msgpack_object *object = take(r);

    if (object == NULL)
        return (struct slice){0};
    if (object->type != MSGPACK_OBJECT_BIN) {
        r->failed = true;
        return (struct slice){0};
    }
    return slice_of(object->via.bin.ptr, object->via.bin.size);
}

static struct epoch take_epoch(struct reader *r)
{
    struct slice text = take_text(r);
    struct epoch epoch = {{0}};

    if (text.size > 0 && epoch_parse(text, &epoch) != OK)
        r->failed = true;
    return epoch;
}

static enum err take_code(struct reader *r)
{
    uint64_t number = take_number(r);

    /* A code that a newer peer has and we don't: something went wrong, we can't say what. */
    return number <= ERR_DENIED ? (enum err)number : ERR_UNAVAILABLE;
}

static struct reader take_array(struct reader *r)
{
    const msgpack_object *object = take(r);
    struct reader inner = {.failed = true};

    if (object != NULL)
        inner = array_reader(object);
    if (inner.failed)
        r->failed = true;
    return inner;
}

/* Makes room for `count` items of `size` bytes. The counts were bounded by wire_scan(). */
static void *room(void *array, size_t *capacity, size_t count, size_t size)
{
    void *bigger;

    if (array != NULL && count <= *capacity)
        return array;
    bigger = mem_try_resize(array, (count + 16) * size);
    if (bigger != NULL)
        *capacity = count + 16;
    return bigger;
}

static void take_texts(struct wire_decoder *d, struct reader *r, bool binary,
                       const struct slice **out, size_t *out_count)
{
    struct reader list = take_array(r);
    size_t count = list.left;
    struct slice *slices = room(d->slices, &d->slice_capacity, count, sizeof *slices);

    if (slices == NULL) {
        r->failed = true;
        return;
    }
    d->slices = slices;
    for (size_t i = 0; i < count; i++)
        slices[i] = binary ? take_bytes(&list) : take_text(&list);
    r->failed |= list.failed;
    *out = slices;
    *out_count = count;
}

static void take_entries(struct wire_decoder *d, struct reader *r, const struct entry **out,
                         size_t *out_count)
{
    struct reader list = take_array(r);
    size_t count = list.left / 3;
    struct entry *entries = room(d->entries, &d->entry_capacity, count, sizeof *entries);

    if (entries == NULL || list.left % 3 != 0) {
        d->entries = entries == NULL ? d->entries : entries;
        r->failed = true;
        return;
    }
    d->entries = entries;
    for (size_t i = 0; i < count; i++) {
        entries[i].offset = take_number(&list);
        entries[i].time_ms = take_number(&list);
        entries[i].body = take_bytes(&list);
    }
    r->failed |= list.failed;
    *out = entries;
    *out_count = count;
}

static void take_edges(struct wire_decoder *d, struct reader *r, struct wire_beacon *out)
{
    struct reader list = take_array(r);
    size_t count = list.left / 3;
    struct wire_edge_progress *edges = room(d->edges, &d->edge_capacity, count, sizeof *edges);

    if (edges == NULL || list.left % 3 != 0) {
        d->edges = edges == NULL ? d->edges : edges;
        r->failed = true;
        return;
    }
    d->edges = edges;
    for (size_t i = 0; i < count; i++) {
        edges[i].incarnation = take_number(&list);
        edges[i].accepted = take_number(&list);
        edges[i].resolved = take_number(&list);
    }
    r->failed |= list.failed;
    out->edges = edges;
    out->edge_count = count;
}

static void take_outcomes(struct wire_decoder *d, struct reader *r, struct wire_outcome *out)
{
    struct reader list = take_array(r);
    size_t count = list.left / 3;
    struct wire_seq_outcome *outcomes =
        room(d->outcomes, &d->outcome_capacity, count, sizeof *outcomes);

    if (outcomes == NULL || list.left % 3 != 0) {
        d->outcomes = outcomes == NULL ? d->outcomes : outcomes;
        r->failed = true;
        return;
    }
    d->outcomes = outcomes;
    for (size_t i = 0; i < count; i++) {
        outcomes[i].seq = take_number(&list);
        outcomes[i].code = take_code(&list);
        outcomes[i].offset = take_number(&list);
    }
    r->failed |= list.failed;
    out->outcomes = outcomes;
    out->count = count;
}

static void take_figures(struct reader *r, struct wire_figures *out)
{
    struct reader list = take_array(r);

    /* An older peer sends fewer figures, a newer one more. */
#define X(name, help)                                                                              \
    if (list.left > 0)                                                                             \
        out->name = take_number(&list);
    WIRE_FIGURES(X)
#undef X
    r->failed |= list.failed;
}

static void take_welcome(struct reader *r, struct wire_welcome *out)
{
    out->request = take_number(r);
    out->code = take_code(r);
    out->text = take_text(r);
    out->epoch = take_epoch(r);
    out->term = take_number(r);
    out->head = take_number(r);
    out->oldest = take_number(r);
    out->topic_records = take_number(r);
    out->topic_ms = take_number(r);
}

static void take_control(struct wire_decoder *d, struct reader *r, struct wire_frame *f)
{
    if (f->type == WIRE_HELLO) {
        f->hello.request = take_number(r);
        f->hello.incarnation = take_number(r);
        f->hello.name = take_text(r);
        f->hello.software = take_text(r);
        f->hello.address = take_text(r);
    } else if (f->type == WIRE_READ) {
        f->read.request = take_number(r);
        f->read.epoch = take_epoch(r);
        f->read.after = take_number(r);
        f->read.until = take_number(r);
        f->read.max_bytes = take_number(r);
        take_texts(d, r, false, &f->read.selectors, &f->read.selector_count);
    } else if (f->type == WIRE_LATEST) {
        f->latest.request = take_number(r);
        f->latest.epoch = take_epoch(r);
        f->latest.count = take_number(r);
        f->latest.until = take_number(r);
        take_texts(d, r, false, &f->latest.selectors, &f->latest.selector_count);
    } else if (f->type == WIRE_RECORDS) {
        f->records.request = take_number(r);
        f->records.code = take_code(r);
        f->records.epoch = take_epoch(r);
        f->records.next = take_number(r);
        f->records.oldest = take_number(r);
        f->records.head = take_number(r);
        take_entries(d, r, &f->records.entries, &f->records.count);
    } else if (f->type == WIRE_PING) {
        f->ping.incarnation = take_number(r);
        take_figures(r, &f->ping.figures);
    } else if (f->type == WIRE_ADMIN) {
        f->admin.request = take_number(r);
        f->admin.command = take_text(r);
        take_texts(d, r, false, &f->admin.arguments, &f->admin.argument_count);
    } else {
        f->reply.request = take_number(r);
        f->reply.code = take_code(r);
        f->reply.text = take_text(r);
    }
}

static void take_log(struct wire_decoder *d, struct reader *r, struct wire_frame *f)
{
    if (f->type == WIRE_PUBLISH) {
        f->publish.epoch = take_epoch(r);
        f->publish.incarnation = take_number(r);
        f->publish.settled = take_number(r);
        f->publish.first_seq = take_number(r);
        take_texts(d, r, true, &f->publish.bodies, &f->publish.count);
    } else if (f->type == WIRE_BATCH) {
        f->batch.epoch = take_epoch(r);
        f->batch.term = take_number(r);
        take_entries(d, r, &f->batch.entries, &f->batch.count);
    } else if (f->type == WIRE_BEACON) {
        f->beacon.epoch = take_epoch(r);
        f->beacon.term = take_number(r);
        f->beacon.head = take_number(r);
        f->beacon.oldest = take_number(r);
        take_edges(d, r, &f->beacon);
    } else {
        f->outcome.epoch = take_epoch(r);
        f->outcome.term = take_number(r);
        f->outcome.incarnation = take_number(r);
        take_outcomes(d, r, &f->outcome);
    }
}

static enum err take_frame(struct wire_decoder *d, struct reader *r, struct wire_frame *f)
{
    uint64_t version = take_number(r);
    uint64_t type = take_number(r);

    if (r->failed || type > 0x7f)
        return ERR_MALFORMED;
    if (version != WIRE_VERSION)
        return ERR_VERSION;
    f->type = (enum wire_type)type;
    switch (f->type) {
    case WIRE_PUBLISH:
    case WIRE_BATCH:
    case WIRE_BEACON:
    case WIRE_OUTCOME:
        take_log(d, r, f);
        break;
    case WIRE_WELCOME:
        take_welcome(r, &f->welcome);
        break;
    case WIRE_HELLO:
    case WIRE_READ:
    case WIRE_LATEST:
    case WIRE_RECORDS:
    case WIRE_PING:
    case WIRE_ADMIN:
    case WIRE_REPLY:
        take_control(d, r, f);
        break;
    default:
        return ERR_MALFORMED;
    }
    return r->failed ? ERR_MALFORMED : OK;
}

/* Unpacks into the decoder's zone, whose objects of the last call go. */
static enum err unpack(struct wire_decoder *d, struct slice bytes, size_t max_elements,
                       struct reader *out)
{
    enum err err = wire_scan(bytes, max_elements);
    msgpack_object object;
    size_t at = 0;

    if (err != OK)
        return err;
    msgpack_zone_clear(&d->zone);
    if (msgpack_unpack(bytes.data, bytes.size, &at, &d->zone, &object) != MSGPACK_UNPACK_SUCCESS)
        return ERR_MALFORMED;
    *out = array_reader(&object);
    return out->failed ? ERR_MALFORMED : OK;
}

/* A later version may look different in all but its first two elements: look at the version before anything
 * else. False for what is no frame at all, which the caller finds out. */
static bool other_version(struct slice bytes)
{
    const unsigned char *p = (const unsigned char *)bytes.data;
    size_t at = 0;

    if (bytes.size > 3 && (p[0] == 0xdc || p[0] == 0xdd))
        at = p[0] == 0xdc ? 3 : 5;
    else if (bytes.size > 0 && p[0] >= 0x91 && p[0] <= 0x9f)
        at = 1;
    return at > 0 && at < bytes.size && p[at] <= 0x7f && p[at] != WIRE_VERSION;
}

enum err wire_decode(struct wire_decoder *d, struct slice bytes, struct wire_frame *out)
{
    struct wire_frame frame;
    struct reader reader;
    enum err err;

    if (bytes.size > WIRE_FRAME_SIZE_MAX)
        return ERR_TOO_LARGE;
    if (other_version(bytes))
        return ERR_VERSION;
    memset(&frame, 0, sizeof frame);
    err = unpack(d, bytes, WIRE_ELEMENTS_MAX, &reader);
    if (err == OK)
        err = take_frame(d, &reader, &frame);
    if (err == OK)
        *out = frame;
    return err;
}

enum err wire_decode_body(struct wire_decoder *d, struct slice body,
                          struct slice topics[RECORD_TOPICS_MAX], struct record *out)
{
    struct record record = {0};
    struct reader reader;
    struct reader list;
    /* eight elements, the topics, and some that a newer peer may add */
    enum err err = unpack(d, body, RECORD_TOPICS_MAX + 64, &reader);

    if (err != OK)
        return err;
    record.flags = take_u32(&reader);
    record.origin = take_number(&reader);
    record.seq = take_number(&reader);
    record.retry_ms = take_u32(&reader);
    list = take_array(&reader);
    if (list.left > RECORD_TOPICS_MAX)
        return ERR_TOO_MANY;
    record.topic_count = (uint16_t)list.left;
    for (size_t i = 0; i < record.topic_count; i++)
        topics[i] = take_text(&list);
    record.topics = topics;
    record.id = take_text(&reader);
    record.type = take_text(&reader);
    record.data = take_bytes(&reader);
    if (reader.failed || list.failed)
        return ERR_MALFORMED;
    *out = record;
    return OK;
}

struct wire_decoder *wire_decoder_create(void)
{
    struct wire_decoder *d = mem_alloc(sizeof *d);

    if (!msgpack_zone_init(&d->zone, MSGPACK_ZONE_CHUNK_SIZE)) {
        mem_free(d);
        return NULL;
    }
    return d;
}

void wire_decoder_destroy(struct wire_decoder *d)
{
    if (d == NULL)
        return;
    msgpack_zone_destroy(&d->zone);
    mem_free(d->slices);
    mem_free(d->entries);
    mem_free(d->edges);
    mem_free(d->outcomes);
    mem_free(d);
}

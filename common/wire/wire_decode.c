/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Decodes frames and bodies with msgpack-c. */

#include "common/wire/wire.h"

#include "common/base/mem.h"
#include "common/wire/wire_precheck.h"

#include <msgpack.h>

/* The arrays of decoded frames, reused from frame to frame. WIRE_ELEMENTS_MAX limits their size. */
enum list_kind { LIST_SLICES, LIST_ENTRIES, LIST_EDGES, LIST_OUTCOMES, LIST_MEMBERS, LIST_KINDS };

struct wire_decoder {
    msgpack_zone zone;
    struct {
        void *items;
        size_t capacity;
    } lists[LIST_KINDS];
};

/* Reads the elements of an array. An element of an unexpected type sets `failed`; all later reads
 * then return zero or absent values. */
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

/* Makes a slice that is not absent: msgpack-c may return NULL for an empty text. */
static struct slice present(const char *bytes, size_t size)
{
    return slice_of(size == 0 ? "" : bytes, size);
}

/* Reads a str; nil means absent. */
static struct slice take_text(struct reader *r)
{
    const msgpack_object *object = take(r);

    if (object == NULL || object->type == MSGPACK_OBJECT_NIL)
        return (struct slice){0};
    if (object->type != MSGPACK_OBJECT_STR) {
        r->failed = true;
        return (struct slice){0};
    }
    return present(object->via.str.ptr, object->via.str.size);
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
    return present(object->via.bin.ptr, object->via.bin.size);
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

    /* A newer peer may send a code that is unknown here. */
    return number <= ERR_CONFLICT ? (enum err)number : ERR_UNAVAILABLE;
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

/* Begins a list whose items have `width` elements each. Returns room for the items, of `item_size`
 * bytes each, and their number. On failure sets r->failed; *out_count is then 0. */
static void *take_list(struct wire_decoder *d, struct reader *r, enum list_kind kind, size_t width,
                       size_t item_size, struct reader *out_list, size_t *out_count)
{
    struct reader list = take_array(r);
    size_t count = list.left / width;
    void *items = d->lists[kind].items;

    if (items == NULL || count > d->lists[kind].capacity) {
        items = mem_try_resize(items, (count + 16) * item_size);
        if (items != NULL) {
            d->lists[kind].items = items;
            d->lists[kind].capacity = count + 16;
        }
    }
    if (items == NULL || list.left % width != 0)
        r->failed = true;
    *out_list = list;
    *out_count = r->failed ? 0 : count;
    return items;
}

static void take_texts(struct wire_decoder *d, struct reader *r, bool binary,
                       const struct slice **out, size_t *out_count)
{
    struct reader list;
    struct slice *slices = take_list(d, r, LIST_SLICES, 1, sizeof *slices, &list, out_count);

    for (size_t i = 0; i < *out_count; i++)
        slices[i] = binary ? take_bytes(&list) : take_text(&list);
    r->failed |= list.failed;
    *out = slices;
}

static void take_entries(struct wire_decoder *d, struct reader *r, const struct entry **out,
                         size_t *out_count)
{
    struct reader list;
    struct entry *entries = take_list(d, r, LIST_ENTRIES, 3, sizeof *entries, &list, out_count);

    for (size_t i = 0; i < *out_count; i++) {
        entries[i].offset = take_number(&list);
        entries[i].time_ms = take_number(&list);
        entries[i].body = take_bytes(&list);
    }
    r->failed |= list.failed;
    *out = entries;
}

static void take_edges(struct wire_decoder *d, struct reader *r, struct wire_beacon *out)
{
    struct reader list;
    struct wire_edge_progress *edges =
        take_list(d, r, LIST_EDGES, 3, sizeof *edges, &list, &out->edge_count);

    for (size_t i = 0; i < out->edge_count; i++) {
        edges[i].incarnation = take_number(&list);
        edges[i].accepted = take_number(&list);
        edges[i].resolved = take_number(&list);
    }
    r->failed |= list.failed;
    out->edges = edges;
}

static void take_outcomes(struct wire_decoder *d, struct reader *r, struct wire_outcome *out)
{
    struct reader list;
    struct wire_seq_outcome *outcomes =
        take_list(d, r, LIST_OUTCOMES, 3, sizeof *outcomes, &list, &out->count);

    for (size_t i = 0; i < out->count; i++) {
        outcomes[i].seq = take_number(&list);
        outcomes[i].code = take_code(&list);
        outcomes[i].offset = take_number(&list);
    }
    r->failed |= list.failed;
    out->outcomes = outcomes;
}

static void take_members(struct wire_decoder *d, struct reader *r, struct wire_members *out)
{
    struct reader list;
    struct wire_member *members =
        take_list(d, r, LIST_MEMBERS, 4, sizeof *members, &list, &out->count);

    for (size_t i = 0; i < out->count; i++) {
        members[i].topic = take_text(&list);
        members[i].member = take_text(&list);
        members[i].payload = take_text(&list);
        members[i].count = take_number(&list);
    }
    r->failed |= list.failed;
    out->members = members;
}

static void take_metrics(struct reader *r, struct wire_metrics *out)
{
    struct reader list = take_array(r);

    /* An older peer sends fewer metrics, a newer one more. */
#define X(name, help)                                                                              \
    if (list.left > 0)                                                                             \
        out->name = take_number(&list);
    WIRE_METRICS(X)
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
        take_metrics(r, &f->ping.metrics);
    } else if (f->type == WIRE_COMMAND) {
        f->command.request = take_number(r);
        f->command.name = take_text(r);
        take_texts(d, r, false, &f->command.arguments, &f->command.argument_count);
    } else if (f->type == WIRE_MEMBERS) {
        f->members.incarnation = take_number(r);
        f->members.serial = take_number(r);
        f->members.all = take_number(r);
        take_members(d, r, &f->members);
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
    } else if (f->type == WIRE_EPHEMERAL) {
        f->ephemeral.epoch = take_epoch(r);
        f->ephemeral.incarnation = take_number(r);
        take_texts(d, r, true, &f->ephemeral.bodies, &f->ephemeral.count);
    } else if (f->type == WIRE_EPHEMERAL_BATCH) {
        f->ephemeral_batch.epoch = take_epoch(r);
        f->ephemeral_batch.term = take_number(r);
        take_texts(d, r, true, &f->ephemeral_batch.bodies, &f->ephemeral_batch.count);
    } else if (f->type == WIRE_PRESENCE) {
        f->presence.epoch = take_epoch(r);
        f->presence.term = take_number(r);
        f->presence.topic = take_text(r);
        f->presence.member = take_text(r);
        f->presence.payload = take_text(r);
        f->presence.joined = take_number(r);
        f->presence.count = take_number(r);
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
    case WIRE_EPHEMERAL:
    case WIRE_EPHEMERAL_BATCH:
    case WIRE_PRESENCE:
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
    case WIRE_COMMAND:
    case WIRE_REPLY:
    case WIRE_MEMBERS:
        take_control(d, r, f);
        break;
    default:
        return ERR_MALFORMED;
    }
    return r->failed ? ERR_MALFORMED : OK;
}

/* Unpacks into the decoder's zone, after freeing the objects of the last call. */
static enum err unpack(struct wire_decoder *d, struct slice bytes, size_t max_elements,
                       struct reader *out)
{
    enum err err = wire_precheck(bytes, max_elements);
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

/* Returns true for a frame of another version, of which only the first two elements are known.
 * Returns false for bytes that are not a frame; unpack() rejects them. */
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
    uint64_t group;
    /* eleven elements, the topics, and some that a newer peer may add */
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
    if (!reader.failed && reader.left >= 3) {
        record.ttl_ms = take_number(&reader);
        record.if_last = take_number(&reader);
        group = take_number(&reader);
        reader.failed |= group > UINT16_MAX;
        record.group = (uint16_t)group;
    }
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
    for (size_t i = 0; i < LIST_KINDS; i++)
        mem_free(d->lists[i].items);
    mem_free(d);
}

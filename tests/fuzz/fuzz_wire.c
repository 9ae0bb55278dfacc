/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/wire/wire.h"

#include <stdlib.h>
#include <string.h>

/* Any bytes may come over the sockets. A frame or body that can be decoded must be unchanged after
 * it is encoded and decoded again. Corpus: corpus/wire, one file per type of frame and one body. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

static void same_again(const struct wire_frame *frame)
{
    struct wire_decoder *d = wire_decoder_create();
    struct wire_frame again;
    struct buf first;
    struct buf second;

    buf_init(&first, 2 * WIRE_FRAME_SIZE_MAX);
    buf_init(&second, 2 * WIRE_FRAME_SIZE_MAX);
    wire_encode(&first, frame);
    require(buf_ok(&first));
    require(wire_decode(d, buf_all(&first), &again) == OK);
    wire_encode(&second, &again);
    require(slice_equal(buf_all(&first), buf_all(&second)));
    buf_clear(&first);
    buf_clear(&second);
    wire_decoder_destroy(d);
}

static void same_body_again(struct wire_decoder *d, struct slice body)
{
    struct slice topics[RECORD_TOPICS_MAX];
    struct record record;
    struct buf first;
    struct buf second;

    if (wire_decode_body(d, body, topics, &record) != OK)
        return;
    buf_init(&first, 2 * WIRE_FRAME_SIZE_MAX);
    buf_init(&second, 2 * WIRE_FRAME_SIZE_MAX);
    wire_encode_body(&first, &record);
    require(wire_decode_body(d, buf_all(&first), topics, &record) == OK);
    wire_encode_body(&second, &record);
    require(slice_equal(buf_all(&first), buf_all(&second)));
    buf_clear(&first);
    buf_clear(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = slice_of(data, size);
    struct wire_decoder *frames = wire_decoder_create();
    struct wire_decoder *bodies = wire_decoder_create();
    struct wire_frame frame;

    require(frames != NULL && bodies != NULL);
    if (wire_decode(frames, bytes, &frame) == OK) {
        same_again(&frame);
        if (frame.type == WIRE_BATCH)
            for (size_t i = 0; i < frame.batch.count; i++)
                same_body_again(bodies, frame.batch.entries[i].body);
    }
    same_body_again(bodies, bytes);
    wire_decoder_destroy(frames);
    wire_decoder_destroy(bodies);
    return 0;
}

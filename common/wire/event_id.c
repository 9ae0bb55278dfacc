/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/wire/event_id.h"

#include "common/base/number.h"

struct epoch epoch_make(uint64_t random)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    struct epoch epoch = {{0}};

    for (int i = 0; i < 6; i++) {
        epoch.text[i] = letters[random % 36];
        random /= 36;
    }
    return epoch;
}

enum err epoch_parse(struct slice text, struct epoch *out)
{
    struct epoch epoch = {{0}};

    if (text.size == 0 || text.size >= EPOCH_SIZE)
        return ERR_INVALID;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
            return ERR_INVALID;
        epoch.text[i] = c;
    }
    *out = epoch;
    return OK;
}

bool epoch_equal(struct epoch a, struct epoch b)
{
    return memcmp(a.text, b.text, sizeof a.text) == 0;
}

bool epoch_known(struct epoch epoch)
{
    return epoch.text[0] != '\0';
}

struct slice epoch_slice(const struct epoch *epoch)
{
    return slice_str(epoch->text);
}

size_t event_id_format(struct epoch epoch, uint64_t offset, char out[EVENT_ID_SIZE])
{
    char room[NUMBER_DIGITS];
    struct slice digits = number_digits(offset, room);
    size_t size = strlen(epoch.text);

    memcpy(out, epoch.text, sizeof epoch.text);
    out[size++] = '-';
    memcpy(out + size, digits.data, digits.size);
    size += digits.size;
    out[size] = '\0';
    return size;
}

enum err event_id_parse(struct slice text, struct epoch *out_epoch, uint64_t *out_offset)
{
    const char *dash = text.size == 0 ? NULL : memchr(text.data, '-', text.size);
    struct epoch epoch;
    uint64_t offset;
    struct slice digits;

    if (dash == NULL)
        return ERR_INVALID;
    if (epoch_parse(slice_of(text.data, (size_t)(dash - text.data)), &epoch) != OK)
        return ERR_INVALID;
    digits = slice_of(dash + 1, text.size - (size_t)(dash - text.data) - 1);
    if ((digits.size > 1 && digits.data[0] == '0') ||
        number_parse(digits, UINT64_MAX, &offset) != OK)
        return ERR_INVALID;
    *out_epoch = epoch;
    *out_offset = offset;
    return OK;
}

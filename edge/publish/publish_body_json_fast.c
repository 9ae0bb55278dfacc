/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Nothing here has to be complete: what is rare may be left to publish_body_json(), and what is
 * wrong must be, so that all error messages come from there. UTF-8 is left to record_check():
 * every string that is read becomes part of the record, escapes stand for complete characters,
 * and outside strings only ASCII is accepted. */

#include "edge/publish/publish_body.h"

#include "common/base/number.h"
#include "common/base/utf8.h"
#include "common/base/word64.h"

#include <stdint.h>

struct reader {
    struct publish_body *p;
    struct slice text;
    size_t at;
    unsigned seen; /* bits of the names so far: duplicates are an error */
};

/* ---- tokens ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct reader *r)
{
    while (r->at < r->text.size && is_space(r->text.data[r->at]))
        r->at++;
}

/* Skips white space and reads the character. */
static bool take(struct reader *r, char wanted)
{
    skip_space(r);
    if (r->at == r->text.size || r->text.data[r->at] != wanted)
        return false;
    r->at++;
    return true;
}

static inline bool take_word(struct reader *r, struct slice word)
{
    struct slice rest = slice_of(r->text.data + r->at, r->text.size - r->at);

    if (!slice_starts(rest, word))
        return false;
    r->at += word.size;
    return true;
}

/* Finds the bytes that end a run among eight: a '"', a '\\' or a control character. Returns a word
 * with the upper bit of each of them set; 0 means that there is none. Xor 2 moves '"' (0x22) to
 * 0x20, right after the control characters, so that one subtraction finds both. A subtraction sets
 * the upper bit of a byte that is smaller than what is subtracted. Its borrow may also set the
 * upper bit of a byte above, so only the lowest set bit is exact. Bytes whose upper bit was set
 * before are not ASCII and do not end a run. */
static inline uint64_t run_ends(uint64_t word)
{
    uint64_t low = (word ^ WORD64_OF(0x02)) - WORD64_OF(0x21);
    uint64_t backslash = (word ^ WORD64_OF('\\')) - WORD64_OF(0x01);

    return (low | backslash) & ~word & WORD64_OF(0x80);
}

static bool ends_run(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

/* Reads a run of characters without a '"', '\\' or control character. */
static struct slice take_run(struct reader *r)
{
    const char *data = r->text.data;
    size_t begin = r->at;
    size_t at = begin;

    while (r->text.size - at >= 8 && run_ends(word64_load(data + at)) == 0)
        at += 8;
    while (at < r->text.size && !ends_run((unsigned char)data[at]))
        at++;
    r->at = at;
    return slice_of(data + begin, at - begin);
}

/* Reads four hexadecimal digits that begin `at` bytes after the reader's position. */
static bool read_hex(const struct reader *r, size_t at, uint32_t *out)
{
    uint32_t value = 0;

    if (r->text.size - r->at < at + 4)
        return false;
    for (const char *p = r->text.data + r->at + at, *end = p + 4; p < end; p++) {
        int digit = number_hex_digit(*p);

        if (digit < 0)
            return false;
        value = value << 4 | (uint32_t)digit;
    }
    *out = value;
    return true;
}

/* Reads \uXXXX, or two of them that are one character, which Python's json.dumps() writes for
 * everything that is not ASCII. Half a pair is left to publish_body_json(). */
static bool take_unicode(struct reader *r, struct buf *out)
{
    uint32_t c;
    uint32_t low;
    char bytes[4];

    if (!read_hex(r, 2, &c))
        return false;
    r->at += 6;
    if (c >= 0xd800 && c < 0xe000) {
        if (c >= 0xdc00 || !take_word(r, SLICE("\\u")) || !read_hex(r, 0, &low) || low < 0xdc00 ||
            low >= 0xe000)
            return false;
        r->at += 4;
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    buf_append(out, bytes, utf8_encode(c, bytes));
    return true;
}

/* Returns the character for an escape of one letter, or '\0'. */
static char unescape(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
        return c;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return '\0';
    }
}

/* Reads the rest of a string whose first escape is next. The buffer has room for the complete
 * text, so that slices into it stay valid. */
static bool take_escaped(struct reader *r, struct slice begin, struct slice *out)
{
    struct buf *bytes = &r->p->bytes;
    size_t start = bytes->size;

    if (bytes->data == NULL) {
        buf_init(bytes, r->text.size);
        if (buf_reserve(bytes, r->text.size) == NULL)
            return false;
    }
    buf_slice(bytes, begin);
    while (r->text.size - r->at >= 2 && r->text.data[r->at] == '\\') {
        char c = unescape(r->text.data[r->at + 1]);

        if (c != '\0') {
            buf_char(bytes, c);
            r->at += 2;
        } else if (r->text.data[r->at + 1] != 'u' || !take_unicode(r, bytes)) {
            return false;
        }
        buf_slice(bytes, take_run(r));
    }
    *out = slice_of(bytes->data + start, bytes->size - start);
    return take_word(r, SLICE("\""));
}

static bool take_string(struct reader *r, struct slice *out)
{
    struct slice run;

    if (!take(r, '"'))
        return false;
    run = take_run(r);
    if (r->at < r->text.size && r->text.data[r->at] == '\\')
        return take_escaped(r, run, out);
    *out = run;
    return take_word(r, SLICE("\""));
}

/* ---- members ---- */

/* An empty text means the same as none. */
static bool take_text(struct reader *r, struct slice *out)
{
    struct slice text;

    if (!take_string(r, &text))
        return false;
    if (text.size > 0)
        *out = text;
    return true;
}

static bool take_topic(struct reader *r)
{
    struct slice topic;

    return take_string(r, &topic) && publish_body_add_topic(r->p, topic) == OK;
}

static bool take_topics(struct reader *r)
{
    if (!take(r, '['))
        return take_topic(r);
    do {
        if (!take_topic(r))
            return false;
    } while (take(r, ','));
    return take(r, ']');
}

static bool take_flag(struct reader *r, uint32_t flag)
{
    if (take(r, 't')) {
        r->p->record.flags |= flag;
        return take_word(r, SLICE("rue"));
    }
    return take(r, 'f') && take_word(r, SLICE("alse"));
}

enum name { TOPIC, DATA, MESSAGE, ID, TYPE, PRIVATE, EPHEMERAL, NAMES };

static enum name take_name(struct reader *r)
{
    if (!take(r, '"'))
        return NAMES;
    if (take_word(r, SLICE("topic\"")))
        return TOPIC;
    if (take_word(r, SLICE("data\"")))
        return DATA;
    if (take_word(r, SLICE("message\"")))
        return MESSAGE;
    if (take_word(r, SLICE("id\"")))
        return ID;
    if (take_word(r, SLICE("type\"")))
        return TYPE;
    if (take_word(r, SLICE("private\"")))
        return PRIVATE;
    return take_word(r, SLICE("ephemeral\"")) ? EPHEMERAL : NAMES;
}

static bool take_value(struct reader *r, enum name name)
{
    struct record *record = &r->p->record;

    switch (name) {
    case TOPIC:
        return take_topics(r);
    case DATA:
    case MESSAGE: /* another name of data; if both are given, publish_body_json() decides */
        return record->data.data == NULL && take_string(r, &record->data);
    case ID:
        return take_text(r, &record->id);
    case TYPE:
        return take_text(r, &record->type);
    case PRIVATE:
        return take_flag(r, RECORD_PRIVATE);
    case EPHEMERAL:
        return take_flag(r, RECORD_EPHEMERAL);
    case NAMES:
        break;
    }
    return false;
}

static bool take_member(struct reader *r)
{
    enum name name = take_name(r);

    if ((r->seen & 1u << name) != 0)
        return false;
    r->seen |= 1u << name;
    return take(r, ':') && take_value(r, name);
}

static bool take_object(struct reader *r)
{
    if (!take(r, '{'))
        return false;
    do {
        if (!take_member(r))
            return false;
    } while (take(r, ','));
    if (!take(r, '}'))
        return false;
    skip_space(r);
    return r->at == r->text.size;
}

bool publish_body_json_fast(struct publish_body *p, struct slice text, size_t data_max)
{
    struct reader r = {.p = p, .text = text};

    if (take_object(&r) && p->record.data.data != NULL && publish_body_finish(p, data_max) == OK)
        return true;
    publish_body_clear(p);
    publish_body_init(p, p->query, p->default_topic);
    return false;
}

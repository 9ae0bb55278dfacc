/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/http/request.h"

#include "common/base/mem.h"
#include "common/base/number.h"

#include <assert.h>

static const struct {
    struct slice name;
    enum method method;
} methods_known[] = {
    {SLICE_INIT("GET"), METHOD_GET},
    {SLICE_INIT("HEAD"), METHOD_HEAD},
    {SLICE_INIT("POST"), METHOD_POST},
    {SLICE_INIT("OPTIONS"), METHOD_OPTIONS},
};

#define METHODS (sizeof methods_known / sizeof methods_known[0])

enum method method_parse(struct slice name)
{
    for (size_t i = 0; i < METHODS; i++) {
        if (slice_equal(name, methods_known[i].name))
            return methods_known[i].method;
    }
    return METHOD_OTHER;
}

void methods_write(unsigned methods, struct buf *out)
{
    const char *separator = "";

    for (size_t i = 0; i < METHODS; i++) {
        if (methods & methods_known[i].method) {
            buf_str(out, separator);
            buf_slice(out, methods_known[i].name);
            separator = ", ";
        }
    }
}

/* ---- target ---- */

static struct slice skip(struct slice s, size_t n)
{
    return slice_of(s.data + n, s.size - n);
}

static struct slice before(struct slice s, size_t n)
{
    return slice_of(s.data, n);
}

/* Returns the position of `c`, or the size. */
static size_t find(struct slice s, char c)
{
    const char *at = s.size == 0 ? NULL : memchr(s.data, c, s.size);

    return at == NULL ? s.size : (size_t)(at - s.data);
}

/* Skips scheme and authority of the absolute form, which a server must accept (RFC 9112, section
 * 3.2.2). */
static struct slice without_authority(struct slice text)
{
    const struct slice schemes[] = {SLICE("http://"), SLICE("https://")};

    for (size_t i = 0; i < 2; i++) {
        if (text.size >= schemes[i].size &&
            slice_equal_nocase(before(text, schemes[i].size), schemes[i])) {
            struct slice rest = skip(text, schemes[i].size);
            size_t slash = find(rest, '/');
            size_t mark = find(rest, '?');

            return skip(rest, slash < mark ? slash : mark);
        }
    }
    return text;
}

enum err target_parse(struct slice text, struct target *out)
{
    struct slice origin = without_authority(text);
    size_t mark;

    if (find(origin, '#') < origin.size)
        return ERR_INVALID;
    if (slice_equal(text, SLICE("*"))) {
        *out = (struct target){text, {NULL, 0}};
        return OK;
    }
    mark = find(origin, '?');
    *out = (struct target){before(origin, mark), {NULL, 0}};
    if (mark < origin.size)
        out->query = skip(origin, mark + 1);
    if (out->path.size == 0 && origin.data != text.data)
        out->path = SLICE("/"); /* "http://host" */
    return out->path.size > 0 && out->path.data[0] == '/' ? OK : ERR_INVALID;
}

/* ---- forms ---- */

bool percent_plain(struct slice text, bool plus)
{
    return find(text, '%') == text.size && (!plus || find(text, '+') == text.size);
}

enum err percent_decode(struct slice text, bool plus, struct buf *out)
{
    size_t i = 0;

    while (i < text.size) {
        char c = text.data[i];

        if (c == '%') {
            int high = i + 2 < text.size ? number_hex_digit(text.data[i + 1]) : -1;
            int low = i + 2 < text.size ? number_hex_digit(text.data[i + 2]) : -1;

            if (high < 0 || low < 0)
                return ERR_INVALID;
            buf_char(out, (char)(high * 16 + low));
            i += 3;
        } else {
            buf_char(out, c == '+' && plus ? ' ' : c);
            i++;
        }
    }
    return buf_ok(out) ? OK : ERR_NO_MEMORY;
}

bool percent_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~", c) != NULL);
}

void percent_encode(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.size; i++) {
        if (percent_unreserved(text.data[i]))
            buf_char(out, text.data[i]);
        else
            buf_printf(out, "%%%02X", (unsigned char)text.data[i]);
    }
}

static size_t count_fields(struct slice text)
{
    size_t count = 1;

    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == '&';
    return count;
}

/* Decodes a name or a value. The buffer has room for everything, so that slices into it stay
 * good. */
static enum err decode_into(struct form *form, struct slice text, struct slice *out)
{
    size_t start = form->bytes.size;
    enum err err;

    *out = text;
    if (form->bytes.data == NULL)
        return OK; /* nothing in the form needs decoding */
    err = percent_decode(text, true, &form->bytes);
    *out = slice_of(form->bytes.data + start, form->bytes.size - start);
    return err;
}

static enum err decode_fields(struct form *form, struct slice text)
{
    enum err err = OK;

    for (size_t at = 0; at < text.size && err == OK;) {
        struct slice field = before(skip(text, at), find(skip(text, at), '&'));
        size_t equals = find(field, '=');
        struct slice value = equals < field.size ? skip(field, equals + 1) : skip(field, equals);
        struct form_field *f = &form->fields[form->count];

        at += field.size + 1;
        if (field.size == 0)
            continue;
        err = decode_into(form, before(field, equals), &f->name);
        if (err == OK)
            err = decode_into(form, value, &f->value);
        if (err == OK)
            form->count++;
    }
    return err;
}

enum err form_parse(struct slice text, struct form *out)
{
    struct form form = {.count = 0};
    size_t fields = count_fields(text);
    enum err err;

    buf_init(&form.bytes, text.size + 1);
    if (text.size == 0) {
        *out = form;
        return OK;
    }
    if (fields > FORM_FIELDS_MAX)
        return ERR_TOO_MANY;
    form.fields = mem_try(fields * sizeof *form.fields);
    if (form.fields == NULL ||
        (!percent_plain(text, true) && buf_reserve(&form.bytes, text.size) == NULL))
        err = ERR_NO_MEMORY;
    else
        err = decode_fields(&form, text);
    if (err == OK)
        *out = form;
    else
        form_clear(&form);
    return err;
}

void form_clear(struct form *form)
{
    buf_clear(&form->bytes);
    mem_free(form->fields);
    form->fields = NULL;
    form->count = 0;
}

struct slice form_field(const struct form *form, struct slice name)
{
    for (size_t i = 0; i < form->count; i++) {
        if (slice_equal(form->fields[i].name, name))
            return form->fields[i].value;
    }
    return (struct slice){NULL, 0};
}

/* ---- header values ---- */

bool media_type_equal(struct slice content_type, struct slice type)
{
    struct slice rest = slice_trim(content_type);

    if (rest.size < type.size || !slice_equal_nocase(before(rest, type.size), type))
        return false;
    rest = slice_trim(skip(rest, type.size));
    return rest.size == 0 || rest.data[0] == ';';
}

/* "q=0", "q=0.0" … */
static bool weight_is_zero(struct slice parameter)
{
    struct slice p = slice_trim(parameter);

    if (p.size < 3 || (p.data[0] != 'q' && p.data[0] != 'Q') || p.data[1] != '=')
        return false;
    for (size_t i = 2; i < p.size; i++) {
        if (p.data[i] != '0' && p.data[i] != '.')
            return false;
    }
    return true;
}

bool accepts(struct slice header, const char *token)
{
    struct slice item;

    while (slice_next(&header, ',', &item)) {
        size_t semicolon = find(item, ';');

        if (slice_equal_nocase(slice_trim(before(item, semicolon)), slice_str(token)))
            return semicolon == item.size || !weight_is_zero(skip(item, semicolon + 1));
    }
    return false;
}

static struct slice skip_weak(struct slice tag)
{
    return slice_starts(tag, SLICE("W/")) ? skip(tag, 2) : tag;
}

bool etag_matches(struct slice header, struct slice etag)
{
    struct slice item;

    assert(etag.size > 0 && memchr(etag.data, ',', etag.size) == NULL);
    if (slice_equal(header, SLICE("*")))
        return true;
    while (slice_next(&header, ',', &item)) {
        if (slice_equal(skip_weak(slice_trim(item)), etag))
            return true;
    }
    return false;
}

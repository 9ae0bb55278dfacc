/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/topic/url_parts.h"

#include "common/base/number.h"
#include "common/http/address.h"

#include <stdint.h>
#include <string.h>

static const struct {
    struct slice scheme;
    struct slice port;
} specials[] = {
    {SLICE_INIT("http"), SLICE_INIT("80")}, {SLICE_INIT("https"), SLICE_INIT("443")},
    {SLICE_INIT("ws"), SLICE_INIT("80")},   {SLICE_INIT("wss"), SLICE_INIT("443")},
    {SLICE_INIT("ftp"), SLICE_INIT("21")},  {SLICE_INIT("file"), SLICE_INIT("")},
};

bool url_scheme_special(struct slice scheme)
{
    for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
        if (slice_equal(specials[i].scheme, scheme))
            return true;
    }
    return false;
}

struct slice url_default_port(struct slice scheme)
{
    for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
        if (slice_equal(specials[i].scheme, scheme))
            return specials[i].port;
    }
    return SLICE("");
}

/* ---- bytes --------------------------------------------------------------------------------- */

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static bool put(struct url_out *out, char c)
{
    if (out->used == out->limit)
        return false;
    out->data[out->used++] = c;
    return true;
}

bool url_put(struct url_out *out, struct slice text)
{
    if (text.size > out->limit - out->used)
        return false;
    if (text.size > 0)
        memcpy(out->data + out->used, text.data, text.size);
    out->used += text.size;
    return true;
}

/* Percent-encodes control characters, non-ASCII bytes and the bytes of `set`. */
static bool put_encoded(struct url_out *out, struct slice text, const char *set)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (c > 0x1f && c < 0x7f && !one_of((char)c, set)) {
            if (!put(out, (char)c))
                return false;
        } else if (!put(out, '%') || !put(out, digits[c >> 4]) || !put(out, digits[c & 15])) {
            return false;
        }
    }
    return true;
}

/* ---- parts --------------------------------------------------------------------------------- */

bool url_put_scheme(struct url_out *out, struct slice scheme)
{
    if (scheme.size == 0 || !is_alpha(scheme.data[0]))
        return false;
    for (size_t i = 0; i < scheme.size; i++) {
        char c = scheme.data[i];

        if (!is_alpha(c) && !is_digit(c) && !one_of(c, "+-."))
            return false;
        if (!put(out, slice_lower(c)))
            return false;
    }
    return true;
}

/* Returns whether the last label, not counting a final dot, is a number (WHATWG URL, 3.5). */
static bool ends_in_number(struct slice host)
{
    size_t start;

    if (host.size > 0 && host.data[host.size - 1] == '.')
        host.size--;
    for (start = host.size; start > 0 && host.data[start - 1] != '.';)
        start--;
    host = slice_of(host.data + start, host.size - start);
    if (host.size >= 2 && host.data[0] == '0' && host.data[1] == 'x') {
        for (size_t i = 2; i < host.size; i++) {
            if (number_hex_digit(host.data[i]) < 0)
                return false;
        }
        return true;
    }
    for (size_t i = 0; i < host.size; i++) {
        if (!is_digit(host.data[i]))
            return false;
    }
    return host.size > 0;
}

static bool put_v6(struct url_out *out, struct slice host)
{
    char text[ADDRESS_TEXT_MAX];
    struct address address;
    size_t size;

    if (host.data[host.size - 1] != ']' || memchr(host.data, ':', host.size) == NULL ||
        address_parse(slice_of(host.data + 1, host.size - 2), &address) != OK)
        return false;
    if (address_is_v4(&address)) {
        /* An IPv6 address that contains an IPv4 address is normalized without dots. */
        static const char hex[] = "0123456789abcdef";
        const char *sep = "::ffff:";
        unsigned groups[2] = {(unsigned)address.bytes[12] << 8 | address.bytes[13],
                              (unsigned)address.bytes[14] << 8 | address.bytes[15]};

        size = 0;
        for (int g = 0; g < 2; g++, sep = ":") {
            bool any = false;

            memcpy(text + size, sep, strlen(sep));
            size += strlen(sep);
            for (int shift = 12; shift >= 0; shift -= 4) {
                unsigned digit = groups[g] >> shift & 15;

                any = any || digit != 0 || shift == 0;
                if (any)
                    text[size++] = hex[digit];
            }
        }
    } else {
        size = address_format(&address, text);
    }
    return put(out, '[') && url_put(out, slice_of(text, size)) && put(out, ']');
}

bool url_put_domain(struct url_out *out, struct slice host)
{
    for (size_t i = 0; i < host.size; i++) {
        char c = host.data[i];

        if (c == '%' && i + 2 < host.size && number_hex_digit(host.data[i + 1]) >= 0 &&
            number_hex_digit(host.data[i + 2]) >= 0) {
            c = (char)(number_hex_digit(host.data[i + 1]) * 16 +
                       number_hex_digit(host.data[i + 2]));
            i += 2;
        }
        if (c <= ' ' || c >= 0x7f || one_of(c, "#/:<>?@[\\]^|%") || !put(out, slice_lower(c)))
            return false;
    }
    return true;
}

bool url_put_host(struct url_out *out, struct slice host, bool special)
{
    if (host.size > 0 && host.data[0] == '[')
        return put_v6(out, host);
    if (special) {
        size_t start = out->used;
        struct address address;

        if (!url_put_domain(out, host))
            return false;
        host = slice_of(out->data + start, out->used - start);
        return !ends_in_number(host) || address_parse(host, &address) == OK;
    }
    for (size_t i = 0; i < host.size; i++) {
        if (one_of(host.data[i], " #/:<>?@[\\]^|"))
            return false;
    }
    return put_encoded(out, host, "");
}

bool url_put_port(struct url_out *out, struct slice port, struct slice scheme)
{
    char digits[5];
    unsigned number = 0;
    size_t size = 0;

    for (size_t i = 0; i < port.size; i++) {
        if (!is_digit(port.data[i]))
            return false;
        number = number * 10 + (unsigned)(port.data[i] - '0');
        if (number > 65535)
            return false;
        if (size > 0 || number > 0 || i + 1 == port.size)
            digits[size++] = port.data[i];
    }
    if (slice_equal(slice_of(digits, size), url_default_port(scheme)))
        return true;
    return url_put(out, slice_of(digits, size));
}

/* Returns 1 or 2 for a segment of that many dots (%2e is a dot), 0 for any other. */
static int dots(struct slice segment)
{
    int count = 0;

    for (size_t i = 0; i < segment.size; i++) {
        if (segment.data[i] == '%' && i + 2 < segment.size && segment.data[i + 1] == '2' &&
            slice_lower(segment.data[i + 2]) == 'e')
            i += 2;
        else if (segment.data[i] != '.')
            return 0;
        if (++count > 2)
            return 0;
    }
    return count;
}

static bool is_slash(char c, bool special)
{
    return c == '/' || (special && c == '\\');
}

bool url_put_path(struct url_out *out, struct slice path, bool special)
{
    size_t start = out->used;
    size_t at = 0;

    while (at < path.size) {
        size_t end = at;
        bool slash = is_slash(path.data[at], special);
        bool last;
        struct slice segment;
        int count;

        if (slash)
            end = ++at;
        while (end < path.size && !is_slash(path.data[end], special))
            end++;
        segment = slice_of(path.data + at, end - at);
        last = end == path.size;
        count = slash ? dots(segment) : 0;
        at = end;
        if (count == 2) {
            while (out->used > start) {
                out->used--;
                if (out->data[out->used] == '/')
                    break;
            }
        }
        if (count > 0) {
            if (last && !put(out, '/'))
                return false;
            continue;
        }
        if ((slash && !put(out, '/')) || !put_encoded(out, segment, " \"#<>?^`{}"))
            return false;
    }
    return true;
}

bool url_put_opaque(struct url_out *out, struct slice path)
{
    return put_encoded(out, path, "");
}

bool url_put_query(struct url_out *out, struct slice query, bool special)
{
    return put_encoded(out, query, special ? " \"#<>'" : " \"#<>");
}

bool url_put_fragment(struct url_out *out, struct slice fragment)
{
    return put_encoded(out, fragment, " \"<>`");
}

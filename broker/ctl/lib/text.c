/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

void text_bytes(double bytes, char out[TEXT_SIZE])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;

    while (bytes >= 1024 && unit < 4) {
        bytes /= 1024;
        unit++;
    }
    snprintf(out, TEXT_SIZE, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
}

void text_count(double count, char out[TEXT_SIZE])
{
    static const char *const units[] = {"", "k", "M", "G", "T"};
    size_t unit = 0;

    while (count >= (unit == 0 ? 10000 : 1000) && unit < 4) {
        count /= 1000;
        unit++;
    }
    snprintf(out, TEXT_SIZE, unit == 0 ? "%.0f%s" : "%.1f%s", count, units[unit]);
}

void text_duration(double ms, char out[TEXT_SIZE])
{
    uint64_t seconds = ms > 0 ? (uint64_t)(ms / 1000) : 0;
    uint64_t days = seconds / 86400;
    uint64_t hours = seconds / 3600 % 24;
    uint64_t minutes = seconds / 60 % 60;

    if (days > 0)
        snprintf(out, TEXT_SIZE, "%" PRIu64 "d %" PRIu64 "h", days, hours);
    else if (hours > 0)
        snprintf(out, TEXT_SIZE, "%" PRIu64 "h %" PRIu64 "m", hours, minutes);
    else if (minutes > 0)
        snprintf(out, TEXT_SIZE, "%" PRIu64 "m %" PRIu64 "s", minutes, seconds % 60);
    else
        snprintf(out, TEXT_SIZE, "%.1f s", ms > 0 ? ms / 1000 : 0);
}

void text_microseconds(double us, char out[TEXT_SIZE])
{
    if (us < 1000)
        snprintf(out, TEXT_SIZE, "%.0f us", us);
    else
        snprintf(out, TEXT_SIZE, "%.1f ms", us / 1000);
}

/* Converts days since 1970-01-01 to a Gregorian date. A year begins in March, so that a leap day is
 * the year's last day. There are 719468 days between 0000-03-01 and 1970-01-01; 400 years have
 * 146097. */
static void put_date(uint64_t days, char out[TEXT_SIZE])
{
    uint64_t shifted = days + 719468;
    uint64_t era = shifted / 146097;
    uint64_t of_era = shifted % 146097;
    uint64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint64_t month = (5 * of_year + 2) / 153; /* 0 is March */
    uint64_t day = of_year - (153 * month + 2) / 5 + 1;

    snprintf(out, TEXT_SIZE, "%04" PRIu64 "-%02" PRIu64 "-%02" PRIu64,
             era * 400 + year + (month >= 10), month < 10 ? month + 3 : month - 9, day);
}

void text_second(uint64_t unix_ms, char out[TEXT_SIZE])
{
    uint64_t seconds = unix_ms / 1000 % 86400;
    char date[TEXT_SIZE];

    put_date(unix_ms / 86400000, date);
    snprintf(out, TEXT_SIZE, "%.20sT%02u:%02u:%02uZ", date, (unsigned)(seconds / 3600),
             (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
}

void text_time(uint64_t unix_ms, char out[TEXT_SIZE])
{
    char second[TEXT_SIZE];

    text_second(unix_ms, second);
    second[strlen(second) - 1] = '\0';
    snprintf(out, TEXT_SIZE, "%.23s.%03uZ", second, (unsigned)(unix_ms % 1000));
}

/* Replaces control characters in UTF-8, where U+0080 to U+009F are C2 80 to C2 9F. */
void text_clean(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool pair = c == 0xc2 && i + 1 < text.size && (unsigned char)text.data[i + 1] < 0xa0;

        if (c < 0x20 || c == 0x7f || pair)
            buf_char(out, '?');
        else
            buf_char(out, (char)c);
        i += pair;
    }
}

static bool continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

size_t text_width(struct slice text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.size; i++)
        count += !continues(text.data[i]);
    return count;
}

struct slice text_cut(struct slice text, size_t width)
{
    size_t i = 0;

    for (size_t count = 0; i < text.size; i++) {
        if (!continues(text.data[i]) && count++ == width)
            break;
    }
    return slice_of(text.data, i);
}

void text_pad(struct buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_char(out, ' ');
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/process/options.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HELP_COLUMN 30
#define NUMBER_TEXT_SIZE 32

struct unit {
    const char *name;
    uint64_t factor;
};

/* Largest first: a number is printed in the first unit that divides it without remainder. */
static const struct unit byte_units[] = {
    {"TiB", UINT64_C(1) << 40}, {"GiB", 1u << 30}, {"MiB", 1u << 20}, {"KiB", 1u << 10}, {"B", 1},
};
static const struct unit time_units[] = {
    {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1},
};
static const struct unit no_units[] = {{"", 1}};

struct units {
    const struct unit *list;
    size_t count;
    uint64_t bare; /* factor of a number without a unit */
};

static struct units units_of(enum option_type type)
{
    if (type == OPTION_BYTES)
        return (struct units){byte_units, sizeof(byte_units) / sizeof(byte_units[0]), 1};
    if (type == OPTION_DURATION)
        return (struct units){time_units, sizeof(time_units) / sizeof(time_units[0]), 1000};
    return (struct units){no_units, 1, 1};
}

static void number_text(enum option_type type, uint64_t number, char out[NUMBER_TEXT_SIZE])
{
    struct units units = units_of(type);
    const struct unit *unit = &units.list[units.count - 1];

    for (size_t i = 0; number > 0 && i < units.count; i++) {
        if (number % units.list[i].factor == 0) {
            unit = &units.list[i];
            break;
        }
    }
    snprintf(out, NUMBER_TEXT_SIZE, "%" PRIu64 "%s", number / unit->factor,
             number == 0 ? "" : unit->name);
}

/* Returns true for a number other than 0 without a unit. */
static bool number_is_bare(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0' &&
           text[strspn(text, "0")] != '\0';
}

static bool number_with_unit_parse(enum option_type type, const char *text, uint64_t *out)
{
    struct units units = units_of(type);
    uint64_t number = 0;
    uint64_t factor = 0;
    const char *p = text;

    for (; *p >= '0' && *p <= '9'; p++) {
        unsigned digit = (unsigned)(*p - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (p == text)
        return false;
    if (*p == '\0')
        factor = units.bare;
    for (size_t i = 0; *p != '\0' && i < units.count; i++) {
        if (strcmp(p, units.list[i].name) == 0)
            factor = units.list[i].factor;
    }
    if (factor == 0 || number > UINT64_MAX / factor)
        return false;
    *out = number * factor;
    return true;
}

static const char *expected(const struct option *o)
{
    switch (o->type) {
    case OPTION_NUMBER:
        return "a number";
    case OPTION_BYTES:
        return "bytes like 4096, 64KiB, 64MiB or 2GiB";
    case OPTION_DURATION:
        return "a time like 250ms, 15s, 10m, 6h or 30d";
    case OPTION_FLAG:
        return "yes or no";
    case OPTION_CHOICE:
        return o->choices;
    case OPTION_STRING:
        break;
    }
    return "text";
}

/* Makes the reason one line, whatever the value contains. */
static void reason_clean(char reason[OPTIONS_REASON_SIZE])
{
    for (char *p = reason; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    }
}

static void store(const struct option *o, void *target, const void *value, size_t size)
{
    memcpy((char *)target + o->field, value, size);
}

static enum err store_number(const struct option *o, void *target, const char *label,
                             const char *value, char reason[OPTIONS_REASON_SIZE])
{
    uint64_t number = 0;
    char limit[NUMBER_TEXT_SIZE];

    if (o->unit_required && number_is_bare(value)) {
        snprintf(reason, OPTIONS_REASON_SIZE,
                 "%s: \"%.20s\" needs a unit: write %.20sd, %.20sh, %.20sm or %.20ss", label, value,
                 value, value, value, value);
        return ERR_INVALID;
    }
    if (!number_with_unit_parse(o->type, value, &number)) {
        snprintf(reason, OPTIONS_REASON_SIZE, "%s: \"%s\" is not %s", label, value, expected(o));
        return ERR_INVALID;
    }
    if (number < o->min || (o->max != 0 && number > o->max)) {
        number_text(o->type, number < o->min ? o->min : o->max, limit);
        snprintf(reason, OPTIONS_REASON_SIZE, "%s: \"%s\" is %s than %s", label, value,
                 number < o->min ? "less" : "more", limit);
        return ERR_INVALID;
    }
    store(o, target, &number, sizeof(number));
    return OK;
}

static bool flag_parse(const char *value, bool *out)
{
    static const char *const yes[] = {"yes", "true", "1"};
    static const char *const no[] = {"no", "false", "0"};

    for (size_t i = 0; i < 3; i++) {
        if (strcmp(value, yes[i]) == 0 || strcmp(value, no[i]) == 0) {
            *out = strcmp(value, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static bool choice_parse(const char *choices, const char *value, int *out)
{
    size_t size = strlen(value);
    int index = 0;

    for (const char *p = choices;; index++) {
        size_t length = strcspn(p, "|");
        if (length == size && memcmp(p, value, size) == 0) {
            *out = index;
            return true;
        }
        if (p[length] == '\0')
            return false;
        p += length + 1;
    }
}

/* Parses a value and stores it in the target. `label` is the name of the option as the operator
 * wrote it: --tail-bytes, BELFRY_TAIL_BYTES or tail-bytes. */
static enum err option_store(const struct option *o, void *target, const char *label,
                             const char *value, char reason[OPTIONS_REASON_SIZE])
{
    bool flag;
    int choice;

    switch (o->type) {
    case OPTION_STRING:
        store(o, target, &value, sizeof(value));
        return OK;
    case OPTION_NUMBER:
    case OPTION_BYTES:
    case OPTION_DURATION:
        return store_number(o, target, label, value, reason);
    case OPTION_FLAG:
        if (!flag_parse(value, &flag))
            break;
        store(o, target, &flag, sizeof(flag));
        return OK;
    case OPTION_CHOICE:
        if (!choice_parse(o->choices, value, &choice))
            break;
        store(o, target, &choice, sizeof(choice));
        return OK;
    }
    snprintf(reason, OPTIONS_REASON_SIZE, "%s: \"%s\" is not %s%s", label, value,
             o->type == OPTION_CHOICE ? "one of " : "", expected(o));
    return ERR_INVALID;
}

static const struct option *option_find(const struct option_table *table, struct slice name)
{
    for (size_t i = 0; i < table->count; i++) {
        if (slice_equal(slice_str(table->options[i].name), name))
            return &table->options[i];
    }
    return NULL;
}

static void option_zero(const struct option *o, void *target)
{
    static const char *const empty = "";
    const uint64_t number = 0;
    const int choice = 0;
    const bool flag = false;

    switch (o->type) {
    case OPTION_STRING:
        store(o, target, &empty, sizeof(empty));
        break;
    case OPTION_NUMBER:
    case OPTION_BYTES:
    case OPTION_DURATION:
        store(o, target, &number, sizeof(number));
        break;
    case OPTION_FLAG:
        store(o, target, &flag, sizeof(flag));
        break;
    case OPTION_CHOICE:
        store(o, target, &choice, sizeof(choice));
        break;
    }
}

void options_defaults(const struct option_table *table, void *target)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct option *o = &table->options[i];
        char reason[OPTIONS_REASON_SIZE];
        enum err err = OK;

        option_zero(o, target);
        if (o->fallback != NULL)
            err = option_store(o, target, o->name, o->fallback, reason);
        assert(err == OK);
        (void)err;
    }
}

enum err options_set(const struct option_table *table, void *target, const char *name,
                     const char *value, char reason[OPTIONS_REASON_SIZE])
{
    const struct option *o = option_find(table, slice_str(name));
    enum err err;

    if (o == NULL) {
        snprintf(reason, OPTIONS_REASON_SIZE, "%s: no such option", name);
        err = ERR_NOT_FOUND;
    } else {
        err = option_store(o, target, name, value, reason);
    }
    if (err != OK)
        reason_clean(reason);
    return err;
}

/* Returns the value if `variable` is that of the option (BELFRY_TAIL_BYTES=… for tail-bytes), or
 * NULL. */
static const char *variable_value(const struct option *o, const char *variable)
{
    static const char prefix[] = "BELFRY_";
    const char *p = variable + sizeof(prefix) - 1;

    if (strncmp(variable, prefix, sizeof(prefix) - 1) != 0)
        return NULL;
    for (const char *name = o->name; *name != '\0'; name++, p++) {
        char c = *name;
        if (c == '-')
            c = '_';
        else if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (*p != c)
            return NULL;
    }
    return *p == '=' ? p + 1 : NULL;
}

/* Returns true for BELFRY_PORT=tcp://10.1.2.3:8080, which is not the option `port`. Kubernetes
 * gives each container the addresses of the Services in its namespace, for a Service named "belfry"
 * as BELFRY_SERVICE_HOST, BELFRY_PORT, BELFRY_PORT_8080_TCP and more. `value` follows the '=' in
 * `variable`. */
static bool is_service_link(const char *variable, const char *value)
{
    static const char *const schemes[] = {"tcp://", "udp://", "sctp://"};
    static const char suffix[] = "_PORT=";
    size_t size = sizeof(suffix) - 1;

    if ((size_t)(value - variable) < size || memcmp(value - size, suffix, size) != 0)
        return false;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (strncmp(value, schemes[i], strlen(schemes[i])) == 0)
            return true;
    }
    return false;
}

static enum err set_variable(const struct option_table *table, void *target, const char *variable,
                             char reason[OPTIONS_REASON_SIZE])
{
    for (size_t i = 0; i < table->count; i++) {
        const char *value = variable_value(&table->options[i], variable);
        char label[64];

        if (value == NULL || is_service_link(variable, value))
            continue;
        snprintf(label, sizeof(label), "%.*s", (int)(value - variable - 1), variable);
        return option_store(&table->options[i], target, label, value, reason);
    }
    return OK;
}

enum err options_environment(const struct option_table *table, void *target,
                             char *const *environment, char reason[OPTIONS_REASON_SIZE])
{
    for (size_t i = 0; environment[i] != NULL; i++) {
        enum err err = set_variable(table, target, environment[i], reason);
        if (err != OK) {
            reason_clean(reason);
            return err;
        }
    }
    return OK;
}

/* An argument that begins with "--". */
struct argument {
    const struct option *option;
    const char *value; /* NULL if the next argument is the value */
};

static enum err argument_read(const struct option_table *table, const char *text,
                              struct argument *out, char reason[OPTIONS_REASON_SIZE])
{
    struct slice name = {text + 2, strcspn(text + 2, "=")};
    const char *equals = text[2 + name.size] == '=' ? text + 2 + name.size + 1 : NULL;
    const struct option *o = option_find(table, name);

    if (o == NULL && equals == NULL && slice_starts(name, SLICE("no-"))) {
        o = option_find(table, (struct slice){name.data + 3, name.size - 3});
        if (o != NULL && o->type == OPTION_FLAG) {
            *out = (struct argument){o, "no"};
            return OK;
        }
        o = NULL;
    }
    if (o == NULL) {
        snprintf(reason, OPTIONS_REASON_SIZE, "unknown option --%.*s", (int)name.size, name.data);
        return ERR_NOT_FOUND;
    }
    *out = (struct argument){o, equals};
    if (equals == NULL && o->type == OPTION_FLAG)
        out->value = "yes";
    return OK;
}

/* Parses the option in argv[*at], with the next argument if that is its value. Moves *at past
 * them. */
static enum err argument_take(const struct option_table *table, void *target, int argc, char **argv,
                              int *at, char reason[OPTIONS_REASON_SIZE])
{
    struct argument argument = {NULL, NULL};
    char label[64];
    enum err err = argument_read(table, argv[*at], &argument, reason);

    if (err != OK)
        return err;
    *at += 1;
    if (argument.value == NULL) {
        if (*at >= argc) {
            snprintf(reason, OPTIONS_REASON_SIZE, "--%s needs a value: %s", argument.option->name,
                     expected(argument.option));
            return ERR_INVALID;
        }
        argument.value = argv[*at];
        *at += 1;
    }
    snprintf(label, sizeof(label), "--%s", argument.option->name);
    return option_store(argument.option, target, label, argument.value, reason);
}

enum err options_arguments(const struct option_table *table, void *target, int argc, char **argv,
                           int *out_operands, bool *out_help, char reason[OPTIONS_REASON_SIZE])
{
    int operands = 0;
    bool help = false;

    for (int i = 1; i < argc && !help;) {
        if (strcmp(argv[i], "--") == 0) {
            for (i++; i < argc; i++)
                argv[operands++] = argv[i];
        } else if (strcmp(argv[i], "--help") == 0) {
            help = true;
        } else if (strncmp(argv[i], "--", 2) != 0) {
            argv[operands++] = argv[i++];
        } else {
            enum err err = argument_take(table, target, argc, argv, &i, reason);
            if (err != OK) {
                reason_clean(reason);
                return err;
            }
        }
    }
    *out_operands = operands;
    *out_help = help;
    return OK;
}

static const char *value_name(const struct option *o)
{
    if (o->value != NULL)
        return o->value;
    switch (o->type) {
    case OPTION_STRING:
        return "TEXT";
    case OPTION_NUMBER:
        return "N";
    case OPTION_BYTES:
        return "BYTES";
    case OPTION_DURATION:
        return "TIME";
    case OPTION_CHOICE:
        return o->choices;
    case OPTION_FLAG:
        break;
    }
    return "";
}

static void help_option(const struct option *o, struct buf *out)
{
    size_t start = out->size;

    if (o->type == OPTION_FLAG)
        buf_printf(out, "  --[no-]%s", o->name);
    else
        buf_printf(out, "  --%s %s", o->name, value_name(o));
    if (out->size - start > HELP_COLUMN - 2) {
        buf_char(out, '\n');
        start = out->size;
    }
    while (buf_ok(out) && out->size - start < HELP_COLUMN)
        buf_char(out, ' ');
    buf_str(out, o->help);
    if (o->type == OPTION_CHOICE && o->value != NULL)
        buf_printf(out, " (%s)", o->choices);
    if (o->unit_required)
        buf_str(out, " A unit is required (7d, 12h, 90m, 30s).");
    if (o->fallback != NULL && o->fallback[0] != '\0')
        buf_printf(out, " [%s]", o->fallback);
    buf_char(out, '\n');
}

void options_help(const struct option_table *table, struct buf *out)
{
    buf_printf(out, "Usage: %s [OPTION...]%s%s\n%s\n\nOptions [default]:\n", table->program,
               table->operands == NULL ? "" : " ", table->operands == NULL ? "" : table->operands,
               table->summary);
    for (size_t i = 0; i < table->count; i++)
        help_option(&table->options[i], out);
    buf_printf(out, "  %-*s%s\n", HELP_COLUMN - 2, "--help", "Show this help.");
}

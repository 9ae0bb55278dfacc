/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/watch/tail.h"

#include "broker/ctl/lib/broker_client_posix.h"
#include "broker/ctl/lib/cli_posix.h"
#include "broker/ctl/lib/record_text.h"
#include "common/base/mem.h"

#include <poll.h>
#include <stdio.h>

#define TOPICS_MAX 100
#define PAGE_BYTES (1u << 20)
#define PAGE_TEXT_MAX (256u << 20) /* the records of a page as JSON */
#define LOOK_AGAIN_MS 200

struct tail_options {
    const char *broker;
    const char *after;
    uint64_t records;
    uint64_t count;
    bool follow;
    bool json;
};

static const struct option options[] = {
    CLI_BROKER_OPTION(struct tail_options),
    {.name = "records",
     .type = OPTION_NUMBER,
     .fallback = "10",
     .max = 1000000,
     .help = "Start with the last N records.",
     .field = offsetof(struct tail_options, records)},
    {.name = "after",
     .type = OPTION_STRING,
     .value = "ID",
     .help = "Start after this event id or offset instead; 0 = all records.",
     .field = offsetof(struct tail_options, after)},
    {.name = "follow",
     .type = OPTION_FLAG,
     .fallback = "yes",
     .help = "Wait for new records.",
     .field = offsetof(struct tail_options, follow)},
    {.name = "count",
     .type = OPTION_NUMBER,
     .help = "Exit after N records; 0 = never.",
     .field = offsetof(struct tail_options, count)},
    CLI_JSON_OPTION(struct tail_options),
};

static const struct cli_command command = {
    .table =
        {.program = "belfry tail",
         .summary =
             "Shows the newest records, then new ones as they arrive. A TOPIC is a name, a URI "
             "template or\n*. The default is *.",
         .operands = "[TOPIC...]",
         .options = options,
         .count = sizeof(options) / sizeof(options[0])},
    .examples = "  belfry tail\n"
                "  belfry tail news 'room/{id}' --records 100\n"
                "  belfry tail --after 0 --no-follow --json > log.ndjson\n",
    .operands_max = TOPICS_MAX,
};

struct tail {
    const struct tail_options *options;
    struct slice selectors[TOPICS_MAX];
    size_t selector_count;
    struct broker_client *client;
    struct wire_decoder *decoder;
    struct tail_log log;
    uint64_t after;
    uint64_t shown;
    struct buf text;
    char reason[BROKER_CLIENT_REASON_SIZE];
};

static void set_reason(struct tail *t, const char *reason)
{
    (void)snprintf(t->reason, sizeof t->reason, "%s", reason);
}

static enum err read_state(struct tail *t)
{
    struct buf json;
    enum err err;

    buf_init(&json, BROKER_CLIENT_TEXT_MAX);
    err = broker_client_command(t->client, "stats", NULL, 0, &json, t->reason);
    if (err == OK && tail_read_log(buf_all(&json), &t->log) != OK) {
        set_reason(t, "the broker's reply does not describe its log");
        err = ERR_MALFORMED;
    }
    buf_clear(&json);
    return err;
}

/* Sets the position to just before the last `--records` records of the topics. */
static enum err find_latest(struct tail *t)
{
    struct wire_frame frame = {.type = WIRE_LATEST,
                               .latest = {.epoch = t->log.epoch,
                                          .count = t->options->records,
                                          .until = INT64_MAX,
                                          .selectors = t->selectors,
                                          .selector_count = t->selector_count}};
    struct wire_records records;
    enum err err;

    t->after = t->log.head;
    if (t->options->records == 0)
        return OK;
    err = broker_client_read(t->client, &frame, &records, t->reason);
    if (err == OK && records.code != OK) {
        set_reason(t, "a topic is not valid, or the broker is busy");
        err = records.code;
    }
    if (err == OK)
        t->after = records.next;
    return err;
}

static enum err find_start(struct tail *t)
{
    enum err err;

    if (t->options->after[0] == '\0')
        return find_latest(t);
    err = tail_position(t->options->after, t->log.epoch, &t->after);
    if (err == ERR_EPOCH)
        set_reason(t, "--after: the id is of another log");
    else if (err != OK)
        set_reason(t, "--after: must be an event id like k3f9x2-1843, or an offset");
    else if (t->after > t->log.head)
        t->after = t->log.head;
    return err;
}

static bool is_done(const struct tail *t)
{
    return t->options->count > 0 && t->shown >= t->options->count;
}

static int show_page(struct tail *t, const struct wire_records *page)
{
    int status;

    for (size_t i = 0; i < page->count && !is_done(t); i++) {
        struct slice topics[RECORD_TOPICS_MAX];
        struct record record;

        if (wire_decode_body(t->decoder, page->entries[i].body, topics, &record) != OK)
            continue; /* valid for the broker, but unknown to this version */
        if (t->options->json)
            record_json(t->log.epoch, &page->entries[i], &record, &t->text);
        else
            record_text(t->log.epoch, &page->entries[i], &record, &t->text);
        t->shown++;
    }
    status = cli_show(&command, &t->text, CLI_OK);
    buf_reset(&t->text);
    return status;
}

static void pause_a_moment(void)
{
    (void)poll(NULL, 0, LOOK_AGAIN_MS);
}

/* Starts from the beginning of a log that was replaced, or has lost its end. */
static enum err begin_anew(struct tail *t)
{
    enum err err = read_state(t);

    if (err != OK)
        return err;
    cli_note("belfry tail: the log was replaced (new epoch %s); starting from its beginning:",
             t->log.epoch.text);
    t->after = t->log.oldest > 0 ? t->log.oldest - 1 : 0;
    return OK;
}

/* Reads and shows a page. Sets *out_more if another page can be read at once. */
static enum err read_page(struct tail *t, bool *out_more, int *out_status)
{
    struct wire_frame frame = {.type = WIRE_READ,
                               .read = {.epoch = t->log.epoch,
                                        .after = t->after,
                                        .until = INT64_MAX,
                                        .max_bytes = PAGE_BYTES,
                                        .selectors = t->selectors,
                                        .selector_count = t->selector_count}};
    struct wire_records page;
    enum err err = broker_client_read(t->client, &frame, &page, t->reason);

    *out_more = true;
    if (err != OK)
        return err;
    if (page.code == ERR_EPOCH || page.code == ERR_UNKNOWN)
        return begin_anew(t);
    if (page.code == ERR_UNAVAILABLE) {
        pause_a_moment();
        return OK;
    }
    if (page.code != OK && page.code != ERR_EXPIRED) {
        set_reason(t, "a topic is not valid, or the broker cannot read its log");
        return page.code;
    }
    if (page.code == ERR_EXPIRED && t->after > 0)
        cli_note("belfry tail: records were removed; the log now begins at offset %llu",
                 (unsigned long long)page.oldest);
    *out_status = show_page(t, &page);
    t->after = page.next > t->after ? page.next : t->after;
    *out_more = t->after < page.head;
    return OK;
}

/* While following, waits for a broker that restarts. */
static int follow(struct tail *t)
{
    bool quiet = false;
    bool more = true;
    int status = CLI_OK;

    while (status == CLI_OK && !is_done(t) && !cli_reader_gone()) {
        enum err err = read_page(t, &more, &status);

        if (err == ERR_UNAVAILABLE && t->options->follow) {
            if (!quiet)
                cli_note("belfry tail: %s; waiting", t->reason);
            quiet = true;
            continue;
        }
        if (err != OK)
            return cli_fail(&command, CLI_FAILED, "%s", t->reason);
        quiet = false;
        if (!more && !t->options->follow)
            break;
        if (!more)
            pause_a_moment();
    }
    return status;
}

static int run(struct tail *t)
{
    int status;

    buf_init(&t->text, PAGE_TEXT_MAX);
    t->decoder = wire_decoder_create();
    if (broker_client_open(t->options->broker, &t->client, t->reason) != OK ||
        read_state(t) != OK || find_start(t) != OK)
        status = cli_fail(&command, CLI_FAILED, "%s", t->reason);
    else
        status = follow(t);
    broker_client_close(t->client);
    wire_decoder_destroy(t->decoder);
    buf_clear(&t->text);
    return status;
}

int tail_main(int argc, char **argv)
{
    struct tail_options o;
    struct tail *t;
    int operands;
    int status;

    if (!cli_begin(&command, &o, argc, argv, &operands, &status))
        return status;
    t = mem_alloc(sizeof *t);
    t->options = &o;
    for (int i = 0; i < operands; i++)
        t->selectors[t->selector_count++] = slice_str(argv[i]);
    if (t->selector_count == 0)
        t->selectors[t->selector_count++] = SLICE("*");
    status = run(t);
    mem_free(t);
    return status;
}

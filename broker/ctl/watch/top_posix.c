/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/watch/top.h"

#include "broker/ctl/lib/broker_client_posix.h"
#include "broker/ctl/lib/cli_posix.h"
#include "broker/ctl/watch/terminal_posix.h"
#include "common/base/mem.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>

#define FRAME_MAX (4u << 20)

struct top_options {
    const char *broker;
    uint64_t interval_ms;
    uint64_t count;
    int sort; /* enum top_sort */
    bool json;
};

static const struct option options[] = {
    CLI_BROKER_OPTION(struct top_options),
    {.name = "interval",
     .type = OPTION_DURATION,
     .fallback = "1s",
     .min = 100,
     .max = 3600000,
     .help = "Time between updates.",
     .field = offsetof(struct top_options, interval_ms)},
    {.name = "count",
     .type = OPTION_NUMBER,
     .help = "Exit after N updates; 0 = never.",
     .field = offsetof(struct top_options, count)},
    {.name = "sort",
     .type = OPTION_CHOICE,
     .fallback = "streams",
     .choices = "streams|name|lag",
     .help = "Order of the edges.",
     .field = offsetof(struct top_options, sort)},
    CLI_JSON_OPTION(struct top_options),
};

static const struct cli_command command = {
    .table = {.program = "belfry top",
              .summary =
                  "Shows rates, edges and the busiest topics, updated live. Keys: q quits, s "
                  "changes the order of\n"
                  "the edges, p pauses, any other key updates at once.",
              .options = options,
              .count = sizeof(options) / sizeof(options[0])},
    .examples = "  belfry top\n"
                "  belfry top --sort lag --interval 5s\n"
                "  belfry top --count 2 | tail -n +6           # plain text without a terminal\n"
                "  belfry top --json --interval 10s >> figures.ndjson\n",
};

struct top {
    const struct top_options *options;
    struct broker_client *client;
    struct top_sample *now;
    struct top_sample *before; /* NULL = none yet */
    struct top_sample *spare;
    enum top_sort sort;
    bool paused;
    struct terminal terminal;
    struct buf json;
    struct buf text;
    char reason[BROKER_CLIENT_REASON_SIZE];
};

/* Takes a sample. A busy or older broker may not list topics; the sample then has none. */
static enum err take_sample(struct top *t, struct top_sample *out)
{
    const struct slice arguments[] = {SLICE(""), SLICE("1000")};
    enum err err;

    buf_reset(&t->json);
    err = broker_client_command(t->client, "stats", NULL, 0, &t->json, t->reason);
    if (err != OK)
        return err;
    if (top_read_stats(buf_all(&t->json), out) != OK) {
        (void)snprintf(t->reason, sizeof t->reason, "the broker's reply is not a JSON object");
        return ERR_MALFORMED;
    }
    out->taken_ms = cli_now_ms();
    buf_reset(&t->json);
    if (broker_client_command(t->client, "topics", arguments, 2, &t->json, t->reason) != OK ||
        top_read_topics(buf_all(&t->json), out) != OK)
        out->topic_count = 0;
    return OK;
}

/* Takes a sample; the current one becomes the one before. */
static enum err look(struct top *t)
{
    struct top_sample *fresh = t->spare;
    enum err err = take_sample(t, fresh);

    if (err != OK)
        return err;
    t->spare = t->before != NULL ? t->before : mem_alloc(sizeof *t->spare);
    t->before = t->now;
    t->now = fresh;
    return OK;
}

/* ---- on a terminal ---- */

static void draw(struct top *t, const char *trouble)
{
    static const char *const sorts[TOP_SORTS] = {"streams", "name", "lag"};
    size_t width;
    size_t height;

    terminal_size(&width, &height);
    buf_reset(&t->text);
    if (trouble != NULL)
        buf_printf(&t->text, "belfry top: %s\n\n", trouble);
    else
        buf_printf(&t->text, "belfry top: q quits, s sorts (now by %s), p pauses%s\n\n",
                   sorts[t->sort], t->paused ? " (paused)" : "");
    if (t->now != NULL)
        top_frame(t->before, t->now, t->sort, width, height > 4 ? height - 3 : 1, &t->text);
    if (buf_ok(&t->text))
        terminal_show(&t->text);
}

/* Waits for the next update or a key. Returns false to quit. */
static bool keys(struct top *t)
{
    char key = terminal_key(&t->terminal, t->options->interval_ms);

    if (key == 'q' || terminal_ended(&t->terminal))
        return false;
    if (key == 's')
        t->sort = (enum top_sort)((t->sort + 1) % TOP_SORTS);
    if (key == 'p')
        t->paused = !t->paused;
    return true;
}

static int run_screen(struct top *t)
{
    uint64_t looks = 0;
    const char *trouble = NULL;

    do {
        if (!t->paused) {
            trouble = look(t) == OK ? NULL : t->reason;
            looks++;
        }
        draw(t, trouble);
    } while ((t->options->count == 0 || looks < t->options->count) && keys(t));
    terminal_give_back(&t->terminal);
    return CLI_OK;
}

/* ---- without a terminal ---- */

static int run_plain(struct top *t)
{
    int status = CLI_OK;

    for (uint64_t i = 0; status == CLI_OK && (t->options->count == 0 || i < t->options->count);
         i++) {
        if (i > 0)
            (void)poll(NULL, 0, (int)t->options->interval_ms);
        if (cli_reader_gone())
            return CLI_FAILED;
        if (i > 0 && look(t) != OK)
            return cli_fail(&command, CLI_FAILED, "%s", t->reason);
        buf_reset(&t->text);
        if (t->options->json)
            top_json(t->before, t->now, &t->text);
        else
            top_frame(t->before, t->now, t->sort, 0, 0, &t->text);
        if (!t->options->json)
            buf_char(&t->text, '\n');
        status = cli_show(&command, &t->text, CLI_OK);
    }
    return status;
}

/* Fails if the first sample cannot be taken. */
static int run(struct top *t)
{
    int status;

    if (broker_client_open(t->options->broker, &t->client, t->reason) != OK || look(t) != OK)
        status = cli_fail(&command, CLI_FAILED, "%s", t->reason);
    else if (!t->options->json && terminal_take(&t->terminal))
        status = run_screen(t);
    else
        status = run_plain(t);
    broker_client_close(t->client);
    return status;
}

int top_main(int argc, char **argv)
{
    struct top_options o;
    struct top t = {.options = &o};
    int operands;
    int status;

    if (!cli_begin(&command, &o, argc, argv, &operands, &status))
        return status;
    t.sort = (enum top_sort)o.sort;
    t.spare = mem_alloc(sizeof *t.spare);
    buf_init(&t.json, BROKER_CLIENT_TEXT_MAX);
    buf_init(&t.text, FRAME_MAX);
    status = run(&t);
    buf_clear(&t.json);
    buf_clear(&t.text);
    mem_free(t.now);
    mem_free(t.before);
    mem_free(t.spare);
    return status;
}

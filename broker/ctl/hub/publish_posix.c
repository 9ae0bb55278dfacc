/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/hub/publish.h"

#include "broker/ctl/lib/cli_posix.h"
#include "broker/ctl/lib/http_client_posix.h"
#include "broker/ctl/lib/json_read.h"
#include "broker/ctl/lib/problem_details.h"
#include "common/base/utf8.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define MESSAGE_MAX (16u << 20)
#define TOPICS_MAX 100
#define ID_SIZE 512 /* an event id is shorter */

struct publish_options {
    struct http_client_options client;
    const char *type;
    const char *id;
    uint64_t retry_ms;
    uint64_t ttl_ms;
    const char *if_last;
    bool is_private;
    bool ephemeral;
    bool lines;
    bool json;
};

#define FIELD(name) offsetof(struct publish_options, name)

static const struct option options[] = {
    HTTP_CLIENT_URL_OPTION(struct publish_options),
    {.name = "type",
     .type = OPTION_STRING,
     .value = "NAME",
     .help = "Event type, for addEventListener().",
     .field = FIELD(type)},
    {.name = "id",
     .type = OPTION_STRING,
     .value = "ID",
     .help = "Id that you choose. Messages with the same id are stored once.",
     .field = FIELD(id)},
    {.name = "retry",
     .type = OPTION_DURATION,
     .max = 86400000,
     .help = "Reconnection time for browsers that receive this message.",
     .field = FIELD(retry_ms)},
    {.name = "ttl",
     .type = OPTION_DURATION,
     .max = UINT64_C(31536000000),
     .unit_required = true,
     .help = "Age at which the message is no longer replayed or listed, in whole seconds.",
     .field = FIELD(ttl_ms)},
    {.name = "if-last",
     .type = OPTION_STRING,
     .fallback = "any",
     .value = "ID",
     .help =
         "Publish only if this is the last record of the first topic; none = if it has no records.",
     .field = FIELD(if_last)},
    {.name = "private",
     .type = OPTION_FLAG,
     .help = "Deliver only to clients whose token grants one of the topics.",
     .field = FIELD(is_private)},
    {.name = "ephemeral",
     .type = OPTION_FLAG,
     .help = "Deliver only to current subscribers; do not store.",
     .field = FIELD(ephemeral)},
    {.name = "lines",
     .type = OPTION_FLAG,
     .help = "Publish each line of standard input as a message.",
     .field = FIELD(lines)},
    HTTP_CLIENT_OPTIONS(struct publish_options),
    CLI_JSON_OPTION(struct publish_options),
};

static const struct cli_command command = {
    .table = {.program = "belfry publish",
              .summary = "Publishes a message and prints its id. Without MESSAGE, or with -, the "
                         "message is read from\n"
                         "standard input.",
              .operands = "TOPIC... [MESSAGE]",
              .options = options,
              .count = sizeof(options) / sizeof(options[0])},
    .examples = "  belfry publish news 'It works.'\n"
                "  belfry publish news sport '{\"home\":1}' --type goal --id goal-17\n"
                "  date | belfry publish clock\n"
                "  tail -f app.log | belfry publish log --lines\n",
    .operands_min = 1,
    .operands_max = TOPICS_MAX + 1,
};

struct publisher {
    const struct publish_options *options;
    struct http_client client;
    struct publish_fields fields;
    uint64_t failed; /* number of lines refused */
    struct buf body;
    struct buf answer;
    struct buf text;
    char reason[HTTP_CLIENT_REASON_SIZE];
};

static enum err post(struct publisher *p, const char *type)
{
    const struct http_request request = {
        .method = "POST",
        .path = "/publish",
        .type = type,
        .body = buf_all(&p->body),
        .token = p->client.token,
    };
    int status;

    buf_reset(&p->answer);
    return http_client_request(&p->client, &request, cli_now_ms() + HTTP_CLIENT_RESPONSE_MS,
                               &p->answer, &status, p->reason);
}

/* Shows the result of one record: its id, or the error. An ephemeral record has no id. */
static void show_answer(struct publisher *p, struct slice line)
{
    char text[ID_SIZE];

    if (json_read_text_of(line, "type", text, sizeof text)) {
        struct buf detail;

        buf_init(&detail, 1024);
        (void)problem_details_text(line, &detail);
        cli_note("belfry publish: %.*s", (int)detail.size, detail.size == 0 ? "" : detail.data);
        buf_clear(&detail);
        p->failed++;
    }
    if (p->options->json) {
        buf_slice(&p->text, line);
        buf_char(&p->text, '\n');
    } else if (json_read_text_of(line, "id", text, sizeof text)) {
        buf_printf(&p->text, "%s\n", text);
    }
}

static int show_answers(struct publisher *p)
{
    struct slice rest = buf_all(&p->answer);
    struct slice line;
    int status;

    buf_reset(&p->text);
    while (publish_next_line(&rest, true, &line)) {
        if (line.size > 0)
            show_answer(p, line);
    }
    status = cli_show(&command, &p->text, CLI_OK);
    return status == CLI_OK && p->failed > 0 ? CLI_FAILED : status;
}

static int send_one(struct publisher *p, struct slice data)
{
    if (!utf8_valid(data))
        return cli_fail(&command, CLI_FAILED, "the message is not UTF-8");
    publish_form(&p->fields, data, &p->body);
    if (!buf_ok(&p->body))
        return cli_fail(&command, CLI_FAILED, "the message is too large");
    if (post(p, "application/x-www-form-urlencoded") != OK)
        return cli_fail(&command, CLI_FAILED, "%s", p->reason);
    return show_answers(p);
}

/* ---- --lines ---- */

static int send_batch(struct publisher *p)
{
    if (p->body.size == 0)
        return CLI_OK;
    if (!buf_ok(&p->body))
        return cli_fail(&command, CLI_FAILED, "a line is too long");
    if (post(p, "application/x-ndjson") != OK)
        return cli_fail(&command, CLI_FAILED, "%s", p->reason);
    buf_reset(&p->body);
    (void)show_answers(p); /* refused lines are counted */
    return CLI_OK;
}

/* Sends the complete lines of the input. */
static int send_lines(struct publisher *p, struct buf *input, bool last)
{
    struct slice rest = buf_all(input);
    struct slice line;
    size_t count = 0;
    int status = CLI_OK;

    while (status == CLI_OK && publish_next_line(&rest, last, &line)) {
        if (!utf8_valid(line)) {
            cli_note("belfry publish: skipped a line that is not UTF-8");
            p->failed++;
            continue;
        }
        publish_line(&p->fields, line, &p->body);
        if (++count >= PUBLISH_BATCH_RECORDS || p->body.size >= PUBLISH_BATCH_BYTES) {
            status = send_batch(p);
            count = 0;
        }
    }
    buf_consume(input, input->size - rest.size);
    return status == CLI_OK ? send_batch(p) : status;
}

/* Sends lines as soon as they arrive: the input may be a pipe that never ends. */
static int publish_lines(struct publisher *p)
{
    char bytes[65536];
    struct buf input;
    ssize_t count;
    int status = CLI_OK;

    buf_init(&input, MESSAGE_MAX);
    while (status == CLI_OK && (count = read(STDIN_FILENO, bytes, sizeof bytes)) != 0) {
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            status = cli_fail(&command, CLI_FAILED, "standard input: %s", strerror(errno));
        else
            buf_append(&input, bytes, (size_t)count);
        if (!buf_ok(&input))
            status = cli_fail(&command, CLI_FAILED, "a line is too long");
        if (status == CLI_OK)
            status = send_lines(p, &input, false);
    }
    if (status == CLI_OK)
        status = send_lines(p, &input, true);
    buf_clear(&input);
    return status == CLI_OK && p->failed > 0 ? CLI_FAILED : status;
}

/* ---- one message ---- */

static int publish_input(struct publisher *p)
{
    struct buf input;
    int status;

    if (isatty(STDIN_FILENO))
        cli_note("belfry publish: reading the message from standard input; end it with Ctrl-D");
    buf_init(&input, MESSAGE_MAX);
    if (cli_read_input(&input) != OK) {
        status = cli_fail(&command, CLI_FAILED, "standard input is too large or cannot be read");
    } else {
        if (input.size > 0 && input.data[input.size - 1] == '\n')
            input.size--; /* a shell does the same for $(...) */
        status = send_one(p, slice_of(input.size == 0 ? "" : input.data, input.size));
    }
    buf_clear(&input);
    return status;
}

static int run(struct publisher *p, const char *message)
{
    if (http_client_init(&p->client, &p->options->client, p->reason) != OK)
        return cli_fail(&command, CLI_USAGE, "%s", p->reason);
    if (p->options->lines)
        return publish_lines(p);
    return message == NULL ? publish_input(p) : send_one(p, slice_str(message));
}

int publish_main(int argc, char **argv)
{
    struct publish_options o;
    struct publisher p = {.options = &o};
    const char *message = NULL;
    int operands;
    int status;

    if (!cli_begin(&command, &o, argc, argv, &operands, &status))
        return status;
    if (o.lines && (o.id[0] != '\0' || strcmp(o.if_last, "any") != 0))
        return cli_fail(&command, CLI_USAGE, "--lines cannot be combined with --id or --if-last");
    if (operands > 1 && !o.lines)
        message = argv[--operands];
    if (message != NULL && strcmp(message, "-") == 0)
        message = NULL;
    p.fields = (struct publish_fields){.topics = (const char *const *)argv,
                                       .topic_count = (size_t)operands,
                                       .type = o.type,
                                       .id = o.id,
                                       .retry_ms = o.retry_ms,
                                       .ttl_ms = o.ttl_ms,
                                       .if_last = o.if_last,
                                       .is_private = o.is_private,
                                       .ephemeral = o.ephemeral};
    buf_init(&p.body, (size_t)4 * MESSAGE_MAX);
    buf_init(&p.answer, MESSAGE_MAX);
    buf_init(&p.text, MESSAGE_MAX);
    status = run(&p, message);
    buf_clear(&p.body);
    buf_clear(&p.answer);
    buf_clear(&p.text);
    http_client_clear(&p.client);
    return status;
}

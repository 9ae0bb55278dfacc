/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* `belfry trim`: removes the oldest records of the log. */

#include "broker/ctl/operate/operate.h"

#include "broker/ctl/lib/cli_posix.h"
#include "broker/ctl/lib/json_read.h"
#include "broker/ctl/operate/edge_command_posix.h"
#include "common/wire/event_id.h"

#include <inttypes.h>
#include <stdio.h>

struct trim_options {
    const char *broker;
    const char *before;
    uint64_t older_than_ms;
    bool dry_run;
    bool yes;
    bool json;
};

static const struct option options[] = {
    CLI_BROKER_OPTION(struct trim_options),
    {.name = "before",
     .type = OPTION_STRING,
     .value = "ID",
     .help = "Remove the records before this event id or offset, which stays.",
     .field = offsetof(struct trim_options, before)},
    {.name = "older-than",
     .type = OPTION_DURATION,
     .unit_required = true,
     .help = "Remove the records older than this.",
     .field = offsetof(struct trim_options, older_than_ms)},
    {.name = "dry-run",
     .type = OPTION_FLAG,
     .help = "Only show what would be removed.",
     .field = offsetof(struct trim_options, dry_run)},
    OPERATE_YES_OPTION(struct trim_options),
    CLI_JSON_OPTION(struct trim_options),
};

static const struct cli_command command = {
    .table = {.program = "belfry trim",
              .summary =
                  "Permanently removes the oldest records of all topics. Clients that resume "
                  "from a removed\nrecord receive belfry.gap. The records of a single topic "
                  "cannot be removed; the broker's\n--topic-max-records and --topic-max-age "
                  "limit which of them are shown.",
              .options = options,
              .count = sizeof(options) / sizeof(options[0])},
    .examples = "  belfry trim --older-than 30d --dry-run\n"
                "  belfry trim --before k3f9x2-120000\n",
};

struct trimmed {
    char oldest[EVENT_ID_SIZE];
    uint64_t removed;
    uint64_t left;
};

static enum err send_trim(struct broker_client *client, const char *before, const char *age,
                          bool dry_run, struct trimmed *out, char reason[BROKER_CLIENT_REASON_SIZE])
{
    const struct slice arguments[] = {slice_str(before), slice_str(age),
                                      slice_str(dry_run ? "look" : "")};
    struct buf json;
    enum err err;

    buf_init(&json, BROKER_CLIENT_TEXT_MAX);
    err = broker_client_command(client, "trim", arguments, 3, &json, reason);
    if (err == OK &&
        (!json_read_text_of(buf_all(&json), "oldest", out->oldest, sizeof out->oldest) ||
         !json_read_number_of(buf_all(&json), "removed", &out->removed) ||
         !json_read_number_of(buf_all(&json), "left", &out->left))) {
        (void)snprintf(reason, BROKER_CLIENT_REASON_SIZE, "unexpected reply");
        err = ERR_MALFORMED;
    }
    buf_clear(&json);
    return err;
}

static int show(const struct trim_options *o, const struct trimmed *t)
{
    struct buf text;
    int status;

    buf_init(&text, 4096);
    if (o->json)
        buf_printf(&text, "{\"removed\":%" PRIu64 ",\"left\":%" PRIu64 ",\"oldest\":\"%s\"}\n",
                   t->removed, t->left, t->oldest);
    else
        buf_printf(&text, "%" PRIu64 " record%s %s, %" PRIu64 " %s; the log begins at %s\n",
                   t->removed, t->removed == 1 ? "" : "s",
                   o->dry_run ? "would be removed" : "removed", t->left,
                   o->dry_run ? "would be left" : "left", t->oldest);
    status = cli_show(&command, &text, CLI_OK);
    buf_clear(&text);
    return status;
}

/* Asks the broker first, so that exactly the records that are confirmed are removed. */
static int trim(const struct trim_options *o, struct broker_client *client)
{
    char reason[BROKER_CLIENT_REASON_SIZE];
    struct trimmed t = {.removed = 0};
    char age[24] = "";
    int status;

    if (o->older_than_ms > 0)
        (void)snprintf(age, sizeof age, "%" PRIu64, o->older_than_ms);
    if (send_trim(client, o->before, age, true, &t, reason) != OK)
        return cli_fail(&command, CLI_FAILED, "%s", reason);
    if (o->dry_run || t.removed == 0)
        return show(o, &t);
    if (!edge_command_confirm(&command, o->yes, &status,
                              "Permanently remove %" PRIu64 " of %" PRIu64
                              " records, all before %s",
                              t.removed, t.removed + t.left, t.oldest))
        return status;
    if (send_trim(client, t.oldest, "", false, &t, reason) != OK)
        return cli_fail(&command, CLI_FAILED, "%s", reason);
    return show(o, &t);
}

int trim_main(int argc, char **argv)
{
    char reason[BROKER_CLIENT_REASON_SIZE];
    struct broker_client *client = NULL;
    struct trim_options o;
    int operands;
    int status;

    if (!cli_begin(&command, &o, argc, argv, &operands, &status))
        return status;
    if ((o.before[0] != '\0') == (o.older_than_ms > 0))
        return cli_fail(&command, CLI_USAGE, "give exactly one of --before or --older-than");
    if (broker_client_open(o.broker, &client, reason) != OK)
        return cli_fail(&command, CLI_FAILED, "%s", reason);
    status = trim(&o, client);
    broker_client_close(client);
    return status;
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/doctor/doctor.h"

#include "broker/ctl/doctor/diagnosis.h"
#include "broker/ctl/doctor/probe_posix.h"
#include "broker/ctl/lib/cli_posix.h"

#include <stdio.h>

struct doctor_options {
    struct http_client_options client;
    const char *topic;
    uint64_t idle_ms;
    bool quick;
    bool json;
};

#define FIELD(name) offsetof(struct doctor_options, name)

static const struct option options[] = {
    {.name = "idle",
     .type = OPTION_DURATION,
     .fallback = "35s",
     .max = 3600000,
     .help = "Time to watch a silent stream; use more than twice the edges' --heartbeat.",
     .field = FIELD(idle_ms)},
    {.name = "quick",
     .type = OPTION_FLAG,
     .help = "Skip the tests that watch a silent and a closed stream.",
     .field = FIELD(quick)},
    {.name = "topic",
     .type = OPTION_STRING,
     .value = "TOPIC",
     .help = "Topic of the test records, if the token does not grant belfry-doctor/{id}.",
     .field = FIELD(topic)},
    HTTP_CLIENT_OPTIONS(struct doctor_options),
    CLI_JSON_OPTION(struct doctor_options),
};

static const struct cli_command command = {
    .table = {.program = "belfry doctor",
              .summary = "Tests streaming through your proxies and suggests fixes: lines for the "
                         "configuration of HAProxy\n"
                         "or nginx. It publishes about ten records, which expire after a minute. "
                         "Exit status 3: there\n"
                         "are problems.",
              .operands = "URL",
              .options = options,
              .count = sizeof(options) / sizeof(options[0])},
    .examples = "  belfry doctor http://127.0.0.1:8080\n"
                "  belfry doctor https://chat.example.org --token-file admin.token\n"
                "  belfry doctor https://chat.example.org --quick --json | jq '.findings[] | "
                "select(.level == \"bad\")'\n",
    .operands_min = 1,
    .operands_max = 1,
};

/* Begins with the tests that the others depend on, and ends with the longest. */
static enum err examine(struct probe *p, bool quick)
{
    enum err err;

    cli_progress("connecting");
    err = probe_reach(p);
    if (err != OK)
        return err;
    cli_progress("opening streams");
    probe_token(p);
    probe_head(p);
    cli_progress("timing events");
    probe_timing(p);
    probe_resume(p);
    cli_progress("opening many streams");
    probe_crowd(p);
    probe_body(p);
    if (!quick)
        probe_idle(p);
    cli_progress_end();
    return OK;
}

static int report(const struct doctor_facts *facts, bool json)
{
    struct doctor_diagnosis diagnosis;
    struct buf text;
    int status;

    doctor_diagnose(facts, &diagnosis);
    buf_init(&text, 1u << 20);
    if (json)
        doctor_report_json(facts, &diagnosis, &text);
    else
        doctor_report_text(facts, &diagnosis, &text);
    status = cli_show(&command, &text, diagnosis.bad == 0 ? CLI_OK : CLI_FOUND);
    buf_clear(&text);
    return status;
}

static int run(const struct doctor_options *o, const struct http_client *client)
{
    struct doctor_facts facts = {.url = ""};
    struct probe probe;

    (void)snprintf(facts.url, sizeof facts.url, "%s", o->client.url);
    if (probe_init(&probe, client, o->topic, o->idle_ms, &facts) != OK)
        return cli_fail(&command, CLI_USAGE, "--topic: must be at most 1000 bytes");
    if (examine(&probe, o->quick) != OK)
        return cli_fail(&command, CLI_FAILED, "%s", probe.route.reason);
    return report(&facts, o->json);
}

int doctor_main(int argc, char **argv)
{
    char reason[HTTP_CLIENT_REASON_SIZE];
    struct doctor_options o;
    struct http_client client;
    int operands;
    int status;

    if (!cli_begin(&command, &o, argc, argv, &operands, &status))
        return status;
    o.client.url = argv[0];
    if (http_client_init(&client, &o.client, reason) != OK)
        status = cli_fail(&command, CLI_USAGE, "%s", reason);
    else
        status = run(&o, &client);
    http_client_clear(&client);
    return status;
}

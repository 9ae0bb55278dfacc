/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "load.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage_text[] =
    "usage: bench_load --connect HOST:PORT[,HOST:PORT...] [options]\n"
    "  --streams N        event streams (1000)\n"
    "  --topics N         topics that the streams are spread over (1)\n"
    "  --publishers N     publishing connections (1)\n"
    "  --inflight N       maximum number of messages in flight; 1 is lock step (1)\n"
    "  --rate R           messages per second (as fast as --inflight allows)\n"
    "  --messages N       number of messages in the measured phase, or\n"
    "  --seconds S        duration of the measured phase (2)\n"
    "  --warmup N         messages before the measured phase (10)\n"
    "  --size BYTES       size of a message's data (200)\n"
    "  --deadline S       seconds without progress after which the run fails (15)\n"
    "  --subscribe PATH   (/subscribe?topic=t{topic})\n"
    "  --publish PATH     (/publish?topic=t{topic})\n"
    "  --watch NAME=PID   report CPU time and memory of this process; may be given several times\n"
    "publishing\n"
    "  --batch N          records per request, as NDJSON; --inflight counts requests (1: a plain "
    "body)\n"
    "  --topic-name NAME  topic of the records in NDJSON (t{topic})\n"
    "  --any-status       allow refused publishes, and do not check deliveries\n"
    "streams that resume\n"
    "  --resume ID        initial Last-Event-ID of all streams\n"
    "  --expect N         old messages that each stream gets before anything is published (0)\n"
    "  --storm PID        kill this process after the measured phase (0: close all streams);\n"
    "                     streams use the first address, then the last; publishers the last\n"
    "  --missed N         messages published before the streams reconnect (100)\n"
    "slow streams\n"
    "  --stalled N        streams that read nothing during the measured phase\n"
    "  --stalled-burst N  messages published before it, to fill their sockets (0)\n"
    "  --behind N         one more stream reads N old messages again and again, from\n"
    "  --behind-path PATH this path, after\n"
    "  --behind-id ID     this id\n"
    "idle streams\n"
    "  --idle S           seconds without publishes before the measured phase\n"
    "Prints one line of JSON.\n";

static void fail(const char *option, const char *value)
{
    fprintf(stderr, "bench_load: %s %s: invalid value\n%s", option, value, usage_text);
    exit(2);
}

static double number(const char *option, const char *text, double min, double max)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= min && value <= max))
        fail(option, text);
    return value;
}

static void parse_addresses(struct settings *settings, char *text)
{
    char *rest = NULL;
    for (char *one = strtok_r(text, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
        char *colon = strrchr(one, ':');
        if (!colon || settings->address_count == LOAD_ADDRESSES_MAX)
            fail("--connect", one);
        *colon = '\0';
        struct sockaddr_in *address = &settings->addresses[settings->address_count++];
        memset(address, 0, sizeof *address);
        address->sin_family = AF_INET;
        address->sin_port = htons((uint16_t)number("--connect", colon + 1, 1, 65535));
        if (inet_pton(AF_INET, one, &address->sin_addr) != 1)
            fail("--connect", one);
    }
}

static void parse_watch(struct settings *settings, const char *text)
{
    const char *equal = strchr(text, '=');
    if (!equal || settings->process_count == LOAD_PROCESSES_MAX)
        fail("--watch", text);
    struct process *process = &settings->processes[settings->process_count++];
    snprintf(process->name, sizeof process->name, "%.*s", (int)(equal - text), text);
    process->pid = (pid_t)number("--watch", equal + 1, 1, 1e9);
}

static const struct settings defaults = {
    .streams = 1000,
    .topics = 1,
    .publishers = 1,
    .inflight = 1,
    .seconds = 2,
    .warmup = 10,
    .size = 200,
    .deadline = 15,
    .subscribe_path = "/subscribe?topic=t{topic}",
    .publish_path = "/publish?topic=t{topic}",
    .batch = 1,
    .topic_name = "t{topic}",
    .missed = 100,
};

static const struct option long_options[] = {
    {"connect", required_argument, NULL, 'c'},
    {"streams", required_argument, NULL, 's'},
    {"topics", required_argument, NULL, 't'},
    {"publishers", required_argument, NULL, 'p'},
    {"inflight", required_argument, NULL, 'i'},
    {"rate", required_argument, NULL, 'r'},
    {"messages", required_argument, NULL, 'm'},
    {"seconds", required_argument, NULL, 'S'},
    {"warmup", required_argument, NULL, 'w'},
    {"size", required_argument, NULL, 'z'},
    {"deadline", required_argument, NULL, 'd'},
    {"subscribe", required_argument, NULL, 'U'},
    {"publish", required_argument, NULL, 'P'},
    {"watch", required_argument, NULL, 'W'},
    {"batch", required_argument, NULL, 'b'},
    {"topic-name", required_argument, NULL, 'n'},
    {"any-status", no_argument, NULL, 'a'},
    {"resume", required_argument, NULL, 'R'},
    {"expect", required_argument, NULL, 'e'},
    {"storm", required_argument, NULL, 'k'},
    {"missed", required_argument, NULL, 'M'},
    {"stalled", required_argument, NULL, 'l'},
    {"behind", required_argument, NULL, 'B'},
    {"behind-path", required_argument, NULL, 'Q'},
    {"behind-id", required_argument, NULL, 'I'},
    {"stalled-burst", required_argument, NULL, 'L'},
    {"idle", required_argument, NULL, 'D'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* Handles the options of special experiments. Returns false if `option` is not one of them. */
static bool take_special(struct settings *settings, int option, char *value)
{
    switch (option) {
    case 'b':
        settings->batch = (uint32_t)number("--batch", value, 1, 1000);
        return true;
    case 'n':
        settings->topic_name = value;
        return true;
    case 'a':
        settings->any_status = true;
        return true;
    case 'R':
        settings->resume = value;
        return true;
    case 'e':
        settings->expect = (uint32_t)number("--expect", value, 0, 1e9);
        return true;
    case 'k':
        settings->storm = true;
        settings->storm_pid = (pid_t)number("--storm", value, 0, 1e9);
        return true;
    case 'M':
        settings->missed = (uint32_t)number("--missed", value, 0, 1e6);
        return true;
    case 'l':
        settings->stalled = (uint32_t)number("--stalled", value, 0, 1e6);
        return true;
    case 'L':
        settings->stalled_burst = (uint64_t)number("--stalled-burst", value, 0, 1e9);
        return true;
    case 'B':
        settings->behind = (uint32_t)number("--behind", value, 1, 4e9);
        return true;
    case 'Q':
        settings->behind_path = value;
        return true;
    case 'I':
        settings->behind_id = value;
        return true;
    case 'D':
        settings->idle = number("--idle", value, 0, 1e6);
        return true;
    default:
        return false;
    }
}

static void take(struct settings *settings, int option, char *value)
{
    if (take_special(settings, option, value))
        return;
    switch (option) {
    case 'c':
        parse_addresses(settings, value);
        break;
    case 's':
        settings->streams = (uint32_t)number("--streams", value, 0, 1e6);
        break;
    case 't':
        settings->topics = (uint32_t)number("--topics", value, 1, 1e6);
        break;
    case 'p':
        settings->publishers = (uint32_t)number("--publishers", value, 1, 4096);
        break;
    case 'i':
        settings->inflight = (uint32_t)number("--inflight", value, 1, 1e6);
        break;
    case 'r':
        settings->rate = number("--rate", value, 0, 1e7);
        break;
    case 'm':
        settings->messages = (uint64_t)number("--messages", value, 0, 1e12);
        break;
    case 'S':
        settings->seconds = number("--seconds", value, 0, 1e6);
        break;
    case 'w':
        settings->warmup = (uint32_t)number("--warmup", value, 0, 1e6);
        break;
    case 'z':
        settings->size = (uint32_t)number("--size", value, LOAD_DATA_MIN, LOAD_DATA_MAX);
        break;
    case 'd':
        settings->deadline = number("--deadline", value, 0.1, 1e6);
        break;
    case 'U':
        settings->subscribe_path = value;
        break;
    case 'P':
        settings->publish_path = value;
        break;
    case 'W':
        parse_watch(settings, value);
        break;
    case 'h':
        fputs(usage_text, stdout);
        exit(0);
    default:
        fputs(usage_text, stderr);
        exit(2);
    }
}

void settings_parse(struct settings *settings, int argc, char **argv)
{
    *settings = defaults;
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        take(settings, option, optarg);
    if (settings->address_count == 0 || optind != argc)
        take(settings, '?', NULL);
    if (settings->publishers > settings->inflight)
        settings->publishers = settings->inflight;
    if (settings->stalled > settings->streams)
        settings->stalled = settings->streams;
    if (settings->behind && (!settings->behind_path || !settings->behind_id))
        fail("--behind", "needs --behind-path and --behind-id");
}

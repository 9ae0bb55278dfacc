/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/settings.h"

#include "common/process/log.h"
#include "edge/access/credentials.h"
#include "edge/access/origins.h"
#include "edge/http/request.h"
#include "edge/mercure/mercure.h"

#include <stdio.h>

#define FIELD(name) offsetof(struct settings, name)

/* A record must fit into one frame with room to spare (WIRE_FRAME_SIZE_MAX is 16 MiB). */
#define RECORD_BYTES_MAX (4u << 20)
#define BODY_BYTES_MAX (64u << 20)

/* "|HS256|HS384…", in the order of enum jws_alg */
#define ALGORITHM(id, name, family, digest, hash_size, curve, group, coordinate) "|" name
#define ALGORITHMS JWS_ALG_MAP(ALGORITHM)

static const struct option options[] = {
    {.name = "broker",
     .type = OPTION_STRING,
     .fallback = "ipc://./belfry-data/run",
     .value = "ADDRESS",
     .help = "The broker: ipc://DIR or tcp://HOST:PORT (and the two ports after it).",
     .field = FIELD(broker)},
    {.name = "name",
     .type = OPTION_STRING,
     .value = "NAME",
     .help = "What the operator's tools call this edge [its address]",
     .field = FIELD(name)},
    {.name = "listen",
     .type = OPTION_STRING,
     .value = "HOST:PORT,...",
     .help = "Serve HTTP there (a comma between several).",
     .field = FIELD(listen)},
    {.name = "public-url",
     .type = OPTION_STRING,
     .fallback = "http://localhost",
     .value = "ORIGIN",
     .help = "This hub as clients know it (https://example.org): URL patterns start from there.",
     .field = FIELD(public_url)},
    {.name = "listen-fd",
     .type = OPTION_NUMBER,
     .max = 65535,
     .value = "FD",
     .help = "Serve HTTP on this inherited listening socket; 0 = none.",
     .field = FIELD(listen_fd)},
    {.name = "reuse-port",
     .type = OPTION_FLAG,
     .help = "Let several edges bind the same port (SO_REUSEPORT).",
     .field = FIELD(reuse_port)},
    {.name = "ops",
     .type = OPTION_STRING,
     .value = "HOST:PORT",
     .help = "Serve /healthz, /readyz and /metrics there.",
     .field = FIELD(ops)},
    {.name = "tail-bytes",
     .type = OPTION_BYTES,
     .fallback = "64MiB",
     .min = 1u << 20,
     .help = "The newest records are held in memory up to this.",
     .field = FIELD(tail_bytes)},
    {.name = "warm-records",
     .type = OPTION_NUMBER,
     .fallback = "10000",
     .help = "So many records are fetched before the edge is ready.",
     .field = FIELD(warm_records)},
    {.name = "heartbeat",
     .type = OPTION_DURATION,
     .fallback = "15s",
     .min = 100,
     .max = 3600000,
     .help = "A silent stream gets a comment this often.",
     .field = FIELD(heartbeat_ms)},
    {.name = "publish-deadline",
     .type = OPTION_DURATION,
     .fallback = "5s",
     .min = 50,
     .max = 600000,
     .help = "A publish that is not stored by then is answered 503.",
     .field = FIELD(deadline_ms)},
    {.name = "max-streams",
     .type = OPTION_NUMBER,
     .fallback = "1000000",
     .max = 10000000,
     .help = "More are sent away, to come back later.",
     .field = FIELD(streams)},
    {.name = "max-stream-topics",
     .type = OPTION_NUMBER,
     .fallback = "100",
     .min = 1,
     .max = 1000,
     .help = "Topics of one stream.",
     .field = FIELD(stream_topics)},
    {.name = "max-body",
     .type = OPTION_BYTES,
     .fallback = "4MiB",
     .min = 1024,
     .max = BODY_BYTES_MAX,
     .help = "A request's body may not be larger.",
     .field = FIELD(body_bytes)},
    {.name = "max-record",
     .type = OPTION_BYTES,
     .fallback = "1MiB",
     .min = 1024,
     .max = RECORD_BYTES_MAX,
     .help = "A record with all its fields may not be larger (the broker has a limit too).",
     .field = FIELD(record_bytes)},
    {.name = "retry",
     .type = OPTION_DURATION,
     .fallback = "2s",
     .min = 10,
     .max = 3600000,
     .help = "Browsers reconnect after this, give or take a fifth.",
     .field = FIELD(retry_ms)},
    {.name = "request-timeout",
     .type = OPTION_DURATION,
     .fallback = "10s",
     .min = 50,
     .max = 3600000,
     .help = "A request must be complete by then.",
     .field = FIELD(request_ms)},
    {.name = "idle-timeout",
     .type = OPTION_DURATION,
     .fallback = "60s",
     .min = 50,
     .max = 3600000,
     .help = "A connection without a request is closed after this.",
     .field = FIELD(idle_ms)},
    {.name = "write-timeout",
     .type = OPTION_DURATION,
     .fallback = "30s",
     .min = 50,
     .max = 3600000,
     .help = "A client that takes nothing of a response is closed after this (not a stream).",
     .field = FIELD(write_ms)},
    {.name = "drain-window",
     .type = OPTION_DURATION,
     .fallback = "5s",
     .max = 3600000,
     .help = "After SIGTERM streams are closed over this time.",
     .field = FIELD(drain_ms)},
    {.name = "send-buffer",
     .type = OPTION_BYTES,
     .max = 1u << 30,
     .help = "SO_SNDBUF of connections; 0 = the system's choice.",
     .field = FIELD(send_buffer)},
    {.name = "jwt-key",
     .type = OPTION_STRING,
     .value = "KEY",
     .help = "Tokens are verified with this secret, PEM key or JWKS (better as BELFRY_JWT_KEY).",
     .field = FIELD(jwt_key)},
    {.name = "jwt-key-file",
     .type = OPTION_STRING,
     .value = "FILE",
     .help = "The same in a file, which is read again when it changes and on SIGHUP.",
     .field = FIELD(jwt_key_file)},
    {.name = "jwt-algorithm",
     .type = OPTION_CHOICE,
     .fallback = "any",
     .choices = "any" ALGORITHMS,
     .help = "The keys' algorithm, where they don't say; any: what suits them.",
     .field = FIELD(jwt_algorithm)},
    {.name = "jwt-issuer",
     .type = OPTION_STRING,
     .value = "NAME,...",
     .help = "A token's iss must be one of these.",
     .field = FIELD(jwt_issuer)},
    {.name = "jwt-audience",
     .type = OPTION_STRING,
     .value = "NAME,...",
     .help = "A token's aud must have one of these.",
     .field = FIELD(jwt_audience)},
    {.name = "jwt-leeway",
     .type = OPTION_DURATION,
     .fallback = "0s",
     .max = 3600000,
     .help = "How wrong clocks may be, for exp and nbf.",
     .field = FIELD(jwt_leeway_ms)},
    {.name = "token-cache",
     .type = OPTION_BYTES,
     .fallback = "16MiB",
     .max = 1u << 30,
     .help = "Verified tokens are remembered up to this.",
     .field = FIELD(token_cache_bytes)},
    {.name = "allow-anonymous",
     .type = OPTION_FLAG,
     .help = "Who has no token may listen to what is public; without keys: everybody may do all.",
     .field = FIELD(allow_anonymous)},
    {.name = "mercure-subscriptions",
     .type = OPTION_FLAG,
     .help = "Shows and tells of who listens to what, as Mercure has it.",
     .field = FIELD(mercure_subscriptions)},
    {.name = "cookie-name",
     .type = OPTION_STRING,
     .fallback = CREDENTIALS_COOKIE_DEFAULT,
     .value = "NAME",
     .help = "A token may come in this cookie.",
     .field = FIELD(cookie_name)},
    {.name = "cors-origins",
     .type = OPTION_STRING,
     .value = "ORIGIN,...",
     .help = "Pages of these origins may use the API; *: all, but without credentials.",
     .field = FIELD(cors_origins)},
    {.name = "publish-origins",
     .type = OPTION_STRING,
     .value = "ORIGIN,...",
     .help = "Pages of these origins may publish with a cookie, beside this host's own.",
     .field = FIELD(publish_origins)},
    {.name = "max-streams-per-address",
     .type = OPTION_NUMBER,
     .max = 10000000,
     .help = "More of one client address are sent away, to come back later; 0 = no limit.",
     .field = FIELD(address_streams)},
    {.name = "max-streams-per-subject",
     .type = OPTION_NUMBER,
     .max = 10000000,
     .help = "The same for a token's subject.",
     .field = FIELD(subject_streams)},
    {.name = "publish-rate",
     .type = OPTION_NUMBER,
     .max = RATE_LIMITER_RATE_MAX,
     .help = "Records per second of one address and of one subject; 0 = no limit.",
     .field = FIELD(publish_rate)},
    {.name = "publish-burst",
     .type = OPTION_NUMBER,
     .max = RATE_LIMITER_BURST_MAX,
     .help = "So many may come at once; 0 = ten seconds' worth.",
     .field = FIELD(publish_burst)},
    {.name = "ephemeral-rate",
     .type = OPTION_NUMBER,
     .max = RATE_LIMITER_RATE_MAX,
     .help = "The same as --publish-rate for records that are not stored.",
     .field = FIELD(ephemeral_rate)},
    {.name = "trusted-proxy",
     .type = OPTION_STRING,
     .value = "NETWORK,...",
     .help = "X-Forwarded-For counts when it comes from these addresses or blocks (10.0.0.0/8).",
     .field = FIELD(trusted_proxy)},
    {.name = "log-level",
     .type = OPTION_CHOICE,
     .fallback = "info",
     .choices = LOG_LEVELS,
     .help = "What is less is not logged.",
     .field = FIELD(log_level)},
    {.name = "log-format",
     .type = OPTION_CHOICE,
     .fallback = "logfmt",
     .choices = LOG_FORMATS,
     .help = "How a line of the log is written.",
     .field = FIELD(log_format)},
    {.name = "canary-interval",
     .type = OPTION_DURATION,
     .fallback = "1s",
     .max = 3600000,
     .help = "Measure the way to the broker and back this often; 0 = never.",
     .field = FIELD(canary_ms)},
    {.name = "version",
     .type = OPTION_FLAG,
     .help = "Shows the version and the commit it was built from.",
     .field = FIELD(version)},
};

static const struct option_table table = {
    .program = "belfry-edge",
    .summary = "Serves HTTP and event streams, and carries publishes to the broker.",
    .options = options,
    .count = sizeof options / sizeof options[0],
};

const struct option_table *settings_table(void)
{
    return &table;
}

void settings_edge(const struct settings *settings, struct edge_config *out)
{
    edge_config_init(out);
    out->tail_bytes = settings->tail_bytes;
    out->warm_records = settings->warm_records;
    out->heartbeat_ms = (uint32_t)settings->heartbeat_ms;
    out->deadline_ms = (uint32_t)settings->deadline_ms;
    out->streams = (uint32_t)settings->streams;
    out->stream_topics = (uint32_t)settings->stream_topics;
    out->record_bytes = settings->record_bytes;
    out->canary_ms = (uint32_t)settings->canary_ms;
}

enum jws_alg settings_algorithm(const struct settings *settings)
{
    return settings->jwt_algorithm == 0 ? JWS_ALG_ANY : (enum jws_alg)(settings->jwt_algorithm - 1);
}

struct limits_config settings_limits(const struct settings *settings)
{
    return (struct limits_config){
        .address_streams = (uint32_t)settings->address_streams,
        .subject_streams = (uint32_t)settings->subject_streams,
        .publish_rate = (uint32_t)settings->publish_rate,
        .publish_burst = (uint32_t)settings->publish_burst,
        .ephemeral_rate = (uint32_t)settings->ephemeral_rate,
    };
}

static enum err check_origins(const char *option, const char *origins, bool any,
                              char reason[OPTIONS_REASON_SIZE])
{
    struct slice bad = SLICE("*");

    if (origins_check(origins, &bad) == OK && (any || !origins_any(origins)))
        return OK;
    (void)snprintf(reason, OPTIONS_REASON_SIZE, "--%s: %.*s is no scheme://host[:port]", option,
                   (int)(bad.size < 100 ? bad.size : 100), bad.data);
    return ERR_INVALID;
}

static enum err check_public_url(const char *origin, char reason[OPTIONS_REASON_SIZE])
{
    if (strchr(origin, ',') == NULL && origin[0] != '\0' &&
        check_origins("public-url", origin, false, reason) == OK)
        return OK;
    (void)snprintf(reason, OPTIONS_REASON_SIZE, "--public-url: %.100s is no scheme://host[:port]",
                   origin);
    return ERR_INVALID;
}

enum err settings_hub_url(const struct settings *settings, char out[SELECTOR_BASE_MAX + 1])
{
    int size = snprintf(out, SELECTOR_BASE_MAX + 1, "%s" MERCURE_PATH, settings->public_url);

    return size > 0 && size <= SELECTOR_BASE_MAX ? OK : ERR_TOO_LARGE;
}

enum err settings_check(const struct settings *settings, struct networks *out_proxies,
                        char reason[OPTIONS_REASON_SIZE])
{
    enum err err = check_origins("cors-origins", settings->cors_origins, true, reason);

    /* Any page in the world could publish in its visitors' names. */
    if (err == OK)
        err = check_origins("publish-origins", settings->publish_origins, false, reason);
    if (err == OK)
        err = check_public_url(settings->public_url, reason);
    if (err == OK && networks_parse(slice_str(settings->trusted_proxy), out_proxies) != OK) {
        (void)snprintf(reason, OPTIONS_REASON_SIZE,
                       "--trusted-proxy: not a list of at most %d addresses and blocks "
                       "(10.0.0.0/8,::1): %.100s",
                       NETWORKS_MAX, settings->trusted_proxy);
        err = ERR_INVALID;
    }
    return err;
}

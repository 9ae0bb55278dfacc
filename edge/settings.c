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

/* Choices of --jwt-algorithm after "any": "|HS256|HS384…", in the order of enum jws_alg. */
#define ALGORITHM(id, name, family, digest, hash_size, curve, group, coordinate) "|" name
#define ALGORITHMS JWS_ALG_MAP(ALGORITHM)

static const struct option options[] = {
    {.name = "broker",
     .type = OPTION_STRING,
     .fallback = "ipc://./belfry-data/run",
     .value = "ADDRESS",
     .help =
         "Address of the broker: ipc://DIR or tcp://HOST:PORT. TCP also uses the next two ports.",
     .field = FIELD(broker)},
    {.name = "name",
     .type = OPTION_STRING,
     .value = "NAME",
     .help = "Name of this edge in the operator's tools. [its address]",
     .field = FIELD(name)},
    {.name = "listen",
     .type = OPTION_STRING,
     .value = "HOST:PORT,...",
     .help = "Addresses to serve HTTP on, separated by commas.",
     .field = FIELD(listen)},
    {.name = "public-url",
     .type = OPTION_STRING,
     .fallback = "http://localhost",
     .value = "ORIGIN",
     .help = "Origin at which clients reach this hub. Mercure's URL patterns are relative to it.",
     .field = FIELD(public_url)},
    {.name = "listen-fd",
     .type = OPTION_NUMBER,
     .max = 65535,
     .value = "FD",
     .help = "Descriptor of an inherited listening socket to serve HTTP on; 0 = none.",
     .field = FIELD(listen_fd)},
    {.name = "reuse-port",
     .type = OPTION_FLAG,
     .help = "Let several edges bind the same port (SO_REUSEPORT).",
     .field = FIELD(reuse_port)},
    {.name = "ops",
     .type = OPTION_STRING,
     .value = "HOST:PORT",
     .help = "Serve /healthz, /readyz and /metrics on this address.",
     .field = FIELD(ops)},
    {.name = "tail-bytes",
     .type = OPTION_BYTES,
     .fallback = "64MiB",
     .min = 1u << 20,
     .help = "Memory for the newest records.",
     .field = FIELD(tail_bytes)},
    {.name = "warm-records",
     .type = OPTION_NUMBER,
     .fallback = "10000",
     .help = "Number of records to load before the edge is ready.",
     .field = FIELD(warm_records)},
    {.name = "heartbeat",
     .type = OPTION_DURATION,
     .fallback = "15s",
     .min = 100,
     .max = 3600000,
     .help = "Interval of the comments that keep a quiet stream open.",
     .field = FIELD(heartbeat_ms)},
    {.name = "publish-deadline",
     .type = OPTION_DURATION,
     .fallback = "5s",
     .min = 50,
     .max = 600000,
     .help = "Time allowed to store a publish; after it the response is 503.",
     .field = FIELD(deadline_ms)},
    {.name = "max-streams",
     .type = OPTION_NUMBER,
     .fallback = "1000000",
     .max = 10000000,
     .help = "Maximum number of open streams; further clients are told to retry later.",
     .field = FIELD(streams)},
    {.name = "max-stream-topics",
     .type = OPTION_NUMBER,
     .fallback = "100",
     .min = 1,
     .max = 1000,
     .help = "Maximum number of topics per stream.",
     .field = FIELD(stream_topics)},
    {.name = "max-body",
     .type = OPTION_BYTES,
     .fallback = "4MiB",
     .min = 1024,
     .max = BODY_BYTES_MAX,
     .help = "Maximum size of a request body.",
     .field = FIELD(body_bytes)},
    {.name = "max-record",
     .type = OPTION_BYTES,
     .fallback = "1MiB",
     .min = 1024,
     .max = RECORD_BYTES_MAX,
     .help = "Maximum size of a record with all its fields. The broker has a limit, too.",
     .field = FIELD(record_bytes)},
    {.name = "retry",
     .type = OPTION_DURATION,
     .fallback = "2s",
     .min = 10,
     .max = 3600000,
     .help = "Delay before browsers reconnect, varied by up to 20 % per stream.",
     .field = FIELD(retry_ms)},
    {.name = "request-timeout",
     .type = OPTION_DURATION,
     .fallback = "10s",
     .min = 50,
     .max = 3600000,
     .help = "Time allowed to receive a complete request.",
     .field = FIELD(request_ms)},
    {.name = "idle-timeout",
     .type = OPTION_DURATION,
     .fallback = "60s",
     .min = 50,
     .max = 3600000,
     .help = "Time after which a connection without a request is closed.",
     .field = FIELD(idle_ms)},
    {.name = "write-timeout",
     .type = OPTION_DURATION,
     .fallback = "30s",
     .min = 50,
     .max = 3600000,
     .help = "Time after which a client that does not read its response is disconnected. Streams "
             "have no such limit.",
     .field = FIELD(write_ms)},
    {.name = "drain-window",
     .type = OPTION_DURATION,
     .fallback = "5s",
     .max = 3600000,
     .help = "Time over which streams are closed after SIGTERM.",
     .field = FIELD(drain_ms)},
    {.name = "send-buffer",
     .type = OPTION_BYTES,
     .max = 1u << 30,
     .help = "SO_SNDBUF of client connections; 0 = the system's default.",
     .field = FIELD(send_buffer)},
    {.name = "jwt-key",
     .type = OPTION_STRING,
     .value = "KEY",
     .help = "Key that verifies tokens: a secret, a PEM key or a JWKS. Prefer BELFRY_JWT_KEY or "
             "--jwt-key-file.",
     .field = FIELD(jwt_key)},
    {.name = "jwt-key-file",
     .type = OPTION_STRING,
     .value = "FILE",
     .help = "File with such a key. It is read again when it changes and on SIGHUP.",
     .field = FIELD(jwt_key_file)},
    {.name = "jwt-algorithm",
     .type = OPTION_CHOICE,
     .fallback = "any",
     .choices = "any" ALGORITHMS,
     .help = "Algorithm of keys that do not name one; any = all that fit the key.",
     .field = FIELD(jwt_algorithm)},
    {.name = "jwt-issuer",
     .type = OPTION_STRING,
     .value = "NAME,...",
     .help = "Accepted values of a token's iss claim.",
     .field = FIELD(jwt_issuer)},
    {.name = "jwt-audience",
     .type = OPTION_STRING,
     .value = "NAME,...",
     .help = "Accepted values of a token's aud claim.",
     .field = FIELD(jwt_audience)},
    {.name = "jwt-leeway",
     .type = OPTION_DURATION,
     .fallback = "0s",
     .max = 3600000,
     .help = "Clock skew allowed when checking exp and nbf.",
     .field = FIELD(jwt_leeway_ms)},
    {.name = "token-cache",
     .type = OPTION_BYTES,
     .fallback = "16MiB",
     .max = 1u << 30,
     .help = "Memory for verified tokens.",
     .field = FIELD(token_cache_bytes)},
    {.name = "allow-anonymous",
     .type = OPTION_FLAG,
     .help = "Let clients without a token subscribe to public topics. Without keys, allow "
             "everything to everyone.",
     .field = FIELD(allow_anonymous)},
    {.name = "mercure-subscriptions",
     .type = OPTION_FLAG,
     .help = "Serve Mercure's subscriptions API and publish its subscription events.",
     .field = FIELD(mercure_subscriptions)},
    {.name = "cookie-name",
     .type = OPTION_STRING,
     .fallback = CREDENTIALS_COOKIE_DEFAULT,
     .value = "NAME",
     .help = "Name of the cookie that may carry a token.",
     .field = FIELD(cookie_name)},
    {.name = "cors-origins",
     .type = OPTION_STRING,
     .value = "ORIGIN,...",
     .help = "Origins whose pages may use the API. * = all, but without credentials.",
     .field = FIELD(cors_origins)},
    {.name = "publish-origins",
     .type = OPTION_STRING,
     .value = "ORIGIN,...",
     .help = "Origins besides this host's own whose pages may publish with a cookie.",
     .field = FIELD(publish_origins)},
    {.name = "max-streams-per-address",
     .type = OPTION_NUMBER,
     .max = 10000000,
     .help = "Maximum streams per client address; further clients are told to retry later; 0 = "
             "unlimited.",
     .field = FIELD(address_streams)},
    {.name = "max-streams-per-subject",
     .type = OPTION_NUMBER,
     .max = 10000000,
     .help = "Maximum streams per token subject; further clients are told to retry later; 0 = "
             "unlimited.",
     .field = FIELD(subject_streams)},
    {.name = "publish-rate",
     .type = OPTION_NUMBER,
     .max = RATE_LIMITER_RATE_MAX,
     .help = "Maximum records per second per client address and per token subject; 0 = unlimited.",
     .field = FIELD(publish_rate)},
    {.name = "publish-burst",
     .type = OPTION_NUMBER,
     .max = RATE_LIMITER_BURST_MAX,
     .help = "Maximum burst of --publish-rate, in records; 0 = ten times the rate.",
     .field = FIELD(publish_burst)},
    {.name = "ephemeral-rate",
     .type = OPTION_NUMBER,
     .max = RATE_LIMITER_RATE_MAX,
     .help = "Maximum ephemeral records per second per client address and per token subject; 0 = "
             "unlimited.",
     .field = FIELD(ephemeral_rate)},
    {.name = "trusted-proxy",
     .type = OPTION_STRING,
     .value = "NETWORK,...",
     .help = "Addresses or networks (10.0.0.0/8) of proxies whose X-Forwarded-For is trusted.",
     .field = FIELD(trusted_proxy)},
    {.name = "log-level",
     .type = OPTION_CHOICE,
     .fallback = "info",
     .choices = LOG_LEVELS,
     .help = "Minimum level to log.",
     .field = FIELD(log_level)},
    {.name = "log-format",
     .type = OPTION_CHOICE,
     .fallback = "logfmt",
     .choices = LOG_FORMATS,
     .help = "Format of log lines.",
     .field = FIELD(log_format)},
    {.name = "canary-interval",
     .type = OPTION_DURATION,
     .fallback = "1s",
     .max = 3600000,
     .help = "Interval of the round-trip measurements to the broker; 0 = never.",
     .field = FIELD(canary_ms)},
    {.name = "version",
     .type = OPTION_FLAG,
     .help = "Show the version and the commit it was built from.",
     .field = FIELD(version)},
};

static const struct option_table table = {
    .program = "belfry-edge",
    .summary = "Serves HTTP and event streams, and passes publishes on to the broker.",
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
    (void)snprintf(reason, OPTIONS_REASON_SIZE, "--%s: %.*s is not scheme://host[:port]", option,
                   (int)(bad.size < 100 ? bad.size : 100), bad.data);
    return ERR_INVALID;
}

static enum err check_public_url(const char *origin, char reason[OPTIONS_REASON_SIZE])
{
    if (strchr(origin, ',') == NULL && origin[0] != '\0' &&
        check_origins("public-url", origin, false, reason) == OK)
        return OK;
    (void)snprintf(reason, OPTIONS_REASON_SIZE, "--public-url: %.100s is not scheme://host[:port]",
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

    /* "*" is not allowed here: any page in the world could publish in its visitors' names. */
    if (err == OK)
        err = check_origins("publish-origins", settings->publish_origins, false, reason);
    if (err == OK)
        err = check_public_url(settings->public_url, reason);
    if (err == OK && networks_parse(slice_str(settings->trusted_proxy), out_proxies) != OK) {
        (void)snprintf(reason, OPTIONS_REASON_SIZE,
                       "--trusted-proxy: must be at most %d addresses and networks "
                       "(10.0.0.0/8,::1), not %.100s",
                       NETWORKS_MAX, settings->trusted_proxy);
        err = ERR_INVALID;
    }
    return err;
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* belfry-edge: makes the configuration of the server from its options. */

#include "common/http/endpoint.h"
#include "common/process/process_posix.h"
#include "common/process/program_main_posix.h"
#include "common/process/version.h"
#include "edge/api/assets.h"
#include "edge/mercure/mercure_subscriptions.h"
#include "edge/settings.h"
#include "edge/shell/server_uv.h"

#define LINGER_MS 2000

static int fail(int status, const char *reason)
{
    return program_fail(settings_table(), status, reason);
}

static struct conn_config connections(const struct settings *settings)
{
    return (struct conn_config){
        .exchange =
            {
                .assets = {web_assets, web_asset_count},
                .data_max = settings->record_bytes,
                .retry_ms = (uint32_t)settings->retry_ms,
                .stream_topics = (uint32_t)settings->stream_topics,
                .subscriptions = settings->mercure_subscriptions,
                .access = {.anonymous = settings->allow_anonymous,
                           .cookie_name = settings->cookie_name,
                           .cors_origins = settings->cors_origins,
                           .publish_origins = settings->publish_origins},
            },
        .body_max = settings->body_bytes,
        .request_ms = (uint32_t)settings->request_ms,
        .idle_ms = (uint32_t)settings->idle_ms,
        .write_ms = (uint32_t)settings->write_ms,
        .linger_ms = LINGER_MS,
    };
}

static int serve(const void *options)
{
    const struct settings *settings = options;
    struct server_config config = {
        .broker = settings->broker,
        .name = settings->name,
        .listen = settings->listen,
        .listen_fd = settings->listen_fd == 0 ? -1 : (int)settings->listen_fd,
        .reuse_port = settings->reuse_port,
        .send_buffer = (uint32_t)settings->send_buffer,
        .drain_window_ms = (uint32_t)settings->drain_ms,
        .conn = connections(settings),
        .keys = {.text = settings->jwt_key,
                 .file = settings->jwt_key_file,
                 .alg = settings_algorithm(settings),
                 .issuers = settings->jwt_issuer,
                 .audiences = settings->jwt_audience,
                 .leeway_ms = settings->jwt_leeway_ms,
                 .cache_bytes = settings->token_cache_bytes},
        .public = settings->allow_anonymous,
        .limits = settings_limits(settings),
        .log = program_log(settings->log_level, settings->log_format),
    };
    char hub_url[SELECTOR_BASE_MAX + 1];
    char reason[SERVER_REASON_SIZE];
    struct networks proxies;

    if (settings_check(settings, &proxies, reason) != OK)
        return fail(PROGRAM_WRONG_OPTION, reason);
    if (settings_hub_url(settings, hub_url) != OK)
        return fail(PROGRAM_WRONG_OPTION, "--public-url: too long");
    config.conn.exchange.proxies = &proxies;
    config.conn.exchange.hub_url = slice_str(hub_url);
    config.keys.base = slice_str(hub_url);
    if (endpoint_parse_option("ops", settings->ops, &config.ops, reason) != OK)
        return fail(PROGRAM_WRONG_OPTION, reason);
    config.files = process_raise_files();
    settings_edge(settings, &config.edge);
    config.edge.describe = mercure_subscription_event;
    return server_run(&config, reason) == OK ? 0 : fail(PROGRAM_FAILED, reason);
}

int main(int argc, char **argv)
{
    struct settings settings;
    const struct program program = {.options = settings_table(),
                                    .version = version_text,
                                    .settings = &settings,
                                    .show_version = &settings.version,
                                    .serve = serve};

    return program_main(&program, argc, argv);
}

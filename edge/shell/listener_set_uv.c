/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/listener_set_uv.h"

#include "common/http/endpoint.h"

#include <stdio.h>
#include <string.h>

#define ADDRESS_SIZE 300

/* Refuses an address that other machines can reach, unless that is allowed: without keys, everybody
 * who can reach it may read and write. */
static enum err check_public(const struct listener_set_config *config, const char *address,
                             char reason[LISTENER_SET_REASON_SIZE])
{
    if (config->public || endpoint_is_loopback(address))
        return OK;
    (void)snprintf(reason, LISTENER_SET_REASON_SIZE,
                   "%.80s can be reached by other machines, and there are no keys for tokens: "
                   "give --jwt-key-file, or --allow-anonymous to let everybody read and write",
                   address);
    return ERR_DENIED;
}

static enum err add(struct listener_set *l, struct uv_loop_s *loop,
                    const struct listener_set_config *config, const char *address,
                    char reason[LISTENER_SET_REASON_SIZE])
{
    struct listener_config each = config->each;
    enum err err;

    if (l->count >= LISTENER_SET_MAX) {
        (void)snprintf(reason, LISTENER_SET_REASON_SIZE, "--listen: more than %d addresses",
                       LISTENER_SET_MAX);
        return ERR_TOO_MANY;
    }
    each.address = address;
    err = listener_create(loop, &each, &l->all[l->count], reason);
    if (err != OK)
        return err;
    l->count++;
    return check_public(config, listener_address(l->all[l->count - 1]), reason);
}

/* Opens the addresses to bind before the inherited socket: the first listener's address is that of
 * the edge in the operator's tools. */
enum err listener_set_open(struct listener_set *l, struct uv_loop_s *loop,
                           const struct listener_set_config *config,
                           char reason[LISTENER_SET_REASON_SIZE])
{
    const char *at = config->addresses;
    enum err err = OK;

    l->count = 0;
    while (*at != '\0' && err == OK) {
        char address[ADDRESS_SIZE];
        size_t size = strcspn(at, ",");

        (void)snprintf(address, sizeof address, "%.*s", (int)(size < 290 ? size : 290), at);
        err = add(l, loop, config, address, reason);
        at += at[size] == ',' ? size + 1 : size;
    }
    if (err == OK && config->each.fd >= 0)
        err = add(l, loop, config, NULL, reason);
    if (err == OK && l->count == 0) {
        (void)snprintf(reason, LISTENER_SET_REASON_SIZE,
                       "nothing to listen on: give --listen or --listen-fd");
        err = ERR_INVALID;
    }
    return err;
}

void listener_set_finish(struct listener_set *l)
{
    while (l->count > 0)
        listener_finish(l->all[--l->count]);
}

void listener_set_close(struct listener_set *l)
{
    while (l->count > 0)
        listener_close(l->all[--l->count]);
}

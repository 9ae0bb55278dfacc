/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/admin_command.h"

#include "edge/api/api_call.h"
#include "edge/api/exchange.h"

#include "tests/unit/edge/api/exchange_fixture.h"

/* Operators' streams and commands (edge/core/stats_feed.c, edge/api/admin_command.c), and access to
 * them (edge/api/handle_admin.c). The test plays the broker. */

#define ADMIN_PERIOD_MS 1000
#define STATS "event: belfry.stats\ndata: {\"head\":1}\n\n"
#define GONE "event: belfry.unavailable\ndata: {\"detail\":\"the broker does not answer\"}\n\n"

/* ---- the core ---- */

static void open_admin(struct fixture *f, struct client *c)
{
    char topic[EDGE_STATS_TOPIC_SIZE];
    struct slice selector;
    struct subscribe spec = {.selectors = &selector, .selector_count = 1, .stats = true};

    edge_stats_topic(f->e, topic);
    selector = slice_str(topic);
    assert_int_equal(fixture_try_spec(f, c, &spec), OK);
    buf_reset(&c->got);
}

static void reply(struct fixture *f, enum err code, const char *text)
{
    struct wire_frame frame = {.type = WIRE_REPLY};

    frame.reply = (struct wire_reply){.request = fixture_last(f, WIRE_COMMAND)->command.request,
                                      .code = code,
                                      .text = slice_str(text)};
    fixture_receive(f, &frame);
}

/* Lets time pass while the broker sends beacons. */
static void pass(struct fixture *f, uint64_t ms)
{
    while (ms > 0) {
        uint64_t step = ms < 250 ? ms : 250;

        fixture_beacon(f, true, 0, 0);
        fixture_tick(f, step);
        ms -= step;
    }
}

static void stats_are_queried_while_a_stream_is_open(void **state)
{
    struct fixture *f = fixture_open();
    struct client first;
    struct client second;

    (void)state;
    fixture_join(f, 0);
    for (int i = 0; i < 3; i++)
        pass(f, ADMIN_PERIOD_MS);
    assert_int_equal(fixture_count(f, WIRE_COMMAND), 0);
    open_admin(f, &first);
    pass(f, 1);
    fixture_transcript(f, "send stats\n"); /* at once */
    reply(f, OK, "{\"head\":1}");
    fixture_got(&first, STATS);
    open_admin(f, &second);
    pass(f, ADMIN_PERIOD_MS - 2);
    assert_int_equal(fixture_count(f, WIRE_COMMAND), 1);
    pass(f, 1);
    fixture_transcript(f, "send stats\n"); /* once for both */
    reply(f, OK, "{\"head\":1}");
    fixture_got(&first, STATS);
    fixture_got(&second, STATS);
    fixture_leave(f, &first);
    pass(f, ADMIN_PERIOD_MS);
    fixture_transcript(f, "send stats\n");
    fixture_leave(f, &second);
    reply(f, OK, "{\"head\":1}"); /* no stream is open */
    for (int i = 0; i < 3; i++)
        pass(f, ADMIN_PERIOD_MS);
    fixture_transcript(f, "");
    fixture_close(f);
}

static void one_query_at_a_time(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 0);
    open_admin(f, &c);
    pass(f, 1);
    fixture_transcript(f, "send stats\n");
    pass(f, 4 * ADMIN_PERIOD_MS);
    fixture_transcript(f, "");
    fixture_got(&c, "");
    pass(f, ADMIN_PERIOD_MS);
    fixture_got(&c, GONE); /* no reply in time */
    fixture_transcript(f, "send stats\n");
    reply(f, ERR_NOT_FOUND, "no such command");
    fixture_got(&c, GONE);
    fixture_leave(f, &c);
    fixture_close(f);
}

static void a_silent_broker(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 0);
    open_admin(f, &c);
    fixture_tick(f, 5000); /* no beacon in that time */
    fixture_forget(f);
    fixture_tick(f, ADMIN_PERIOD_MS);
    assert_int_equal(fixture_count(f, WIRE_COMMAND), 0);
    buf_char(&c.got, '\0');
    assert_non_null(strstr(c.got.data, GONE));
    fixture_leave(f, &c);
    fixture_close(f);
}

static void the_stream_gets_no_records(void **state)
{
    static const struct slice a[] = {SLICE_INIT("a")};
    const struct record record = {.topic_count = 1, .topics = a, .data = SLICE("x")};
    struct fixture *f = fixture_open();
    struct client c;
    char topic[EDGE_STATS_TOPIC_SIZE];

    (void)state;
    fixture_join(f, 0);
    open_admin(f, &c);
    fixture_record(f, &record, 1);
    fixture_got(&c, "");
    /* Its topic is derived from a key that only the edge has. */
    edge_stats_topic(f->e, topic);
    assert_int_equal(topic_check(slice_str(topic)), OK);
    assert_true(strlen(topic) > 16);
    fixture_leave(f, &c);
    fixture_close(f);
}

/* A stream without a token gets nothing. */
static void others_get_nothing(void **state)
{
    static const struct slice all[] = {SLICE_INIT("a")};
    const struct subscribe spec = {.selectors = all, .selector_count = 1};
    struct fixture *f = fixture_open();
    struct client admin;
    struct client other;

    (void)state;
    fixture_join(f, 0);
    open_admin(f, &admin);
    assert_int_equal(fixture_try_spec(f, &other, &spec), OK);
    buf_reset(&other.got);
    fixture_tick(f, 1);
    reply(f, OK, "{\"head\":1}");
    fixture_got(&admin, STATS);
    fixture_got(&other, "");
    fixture_leave(f, &admin);
    fixture_leave(f, &other);
    fixture_close(f);
}

/* ---- commands allowed over HTTP ---- */

static bool allows(const char *command, const char *first, const char *second)
{
    struct admin_command c = {.command = slice_str(command)};

    c.arguments[0] = slice_str(first);
    c.arguments[1] = slice_str(second);
    c.count = second[0] != '\0' ? 2 : first[0] != '\0';
    return admin_command_allowed(&c);
}

static void allowed_commands(void **state)
{
    (void)state;
    assert_true(allows("stats", "", ""));
    assert_true(allows("topics", "", ""));
    assert_true(allows("presence", "a", ""));
    assert_true(allows("trim", "1", ""));
    assert_true(allows("log-level", "", ""));
    assert_true(allows("edge", "edge-1", "clients"));
    assert_true(allows("edge", "edge-1", "disconnect"));
    assert_true(allows("edge", "edge-1", "drain"));
    assert_true(allows("edge", "edge-1", "undrain"));
    assert_true(allows("edge", "edge-1", "log-level"));
    assert_false(allows("edge", "edge-1", "session"));
    assert_false(allows("edge", "edge-1", "members"));
    assert_false(allows("edge", "drain", ""));
    assert_false(allows("session", "a", "b"));
    assert_false(allows("drain", "", ""));
    assert_false(allows("find", "a", ""));
    assert_false(allows("", "", ""));
}

/* ---- access ---- */

/* A token is "admin", "other" or not valid. */
static enum token_error verify(void *context, uint64_t unix_ms, struct slice token,
                               struct grants **out, char detail[TOKEN_DETAIL_SIZE])
{
    bool admin = slice_equal(token, SLICE("admin"));

    (void)context;
    (void)unix_ms;
    (void)snprintf(detail, TOKEN_DETAIL_SIZE, "bad");
    if (!admin && !slice_equal(token, SLICE("other")))
        return TOKEN_MALFORMED;
    *out = grants_create((struct slice){NULL, 0});
    (*out)->exp_ms = GRANTS_FOREVER;
    (*out)->admin = admin;
    return TOKEN_OK;
}

static int setup(void **state)
{
    *state = world_open(fixture_open(), 0);
    return 0;
}

/* `headers`: names and values, ended by NULL. Returns the status, or 0 if the request waits for the
 * broker. */
static int ask(struct world *w, const char *method, const char *target, const char *peer,
               const char *const *headers)
{
    enum exchange_result result;

    for (size_t i = 0; headers[i] != NULL; i += 2)
        world_header(w, headers[i], headers[i + 1]);
    assert_int_equal(address_parse(slice_str(peer), &w->peer), OK);
    result = world_ask(w, method, target, "{\"command\":\"stats\"}");
    if (result == EXCHANGE_WAITS) {
        pending_query_destroy(w->x.pending);
        w->x.pending = NULL;
        return 0;
    }
    if (result == EXCHANGE_STREAM)
        edge_unsubscribe(w->f->e, w->x.stream);
    assert_true(w->out.size > 12);
    return atoi(w->out.data + 9);
}

static int look(struct world *w, const char *peer, const char *const *headers)
{
    return ask(w, "GET", "/admin/events", peer, headers);
}

static int change(struct world *w, const char *peer, const char *const *headers)
{
    return ask(w, "POST", "/admin/commands", peer, headers);
}

#define HERE "Host", "127.0.0.1:8080"
#define JSON_BODY "Content-Type", "application/json"

static void without_keys_only_this_machine(void **state)
{
    const char *const here[] = {HERE, NULL};
    const char *const name[] = {"Host", "localhost", NULL};
    const char *const six[] = {"Host", "[::1]:8080", NULL};
    const char *const rebound[] = {"Host", "evil.example:8080", NULL};
    const char *const none[] = {NULL};
    const char *const forwarded[] = {HERE, "X-Forwarded-For", "127.0.0.1", NULL};
    const char *const via[] = {HERE, "Via", "1.1 proxy", NULL};
    struct world *w = *state;

    assert_int_equal(look(w, "127.0.0.1", here), 200);
    assert_int_equal(look(w, "127.8.0.1", name), 200);
    assert_int_equal(look(w, "::1", six), 200);
    assert_int_equal(look(w, "192.0.2.1", here), 403);
    assert_int_equal(look(w, "2001:db8::1", here), 403);
    assert_int_equal(look(w, "127.0.0.1", rebound), 403);
    assert_int_equal(look(w, "127.0.0.1", none), 403);
    assert_int_equal(look(w, "127.0.0.1", forwarded), 403);
    assert_int_equal(look(w, "127.0.0.1", via), 403);
    assert_int_equal(ask(w, "HEAD", "/admin/events", "127.0.0.1", here), 200);
    assert_null(w->x.stream);
    assert_int_equal(ask(w, "POST", "/admin/events", "127.0.0.1", here), 405);
}

static void a_trusted_proxy(void **state)
{
    const char *const near[] = {HERE, "X-Forwarded-For", "127.0.0.1", NULL};
    const char *const far[] = {HERE, "X-Forwarded-For", "192.0.2.7", NULL};
    struct networks proxies;
    struct world *w = *state;

    assert_int_equal(networks_parse(SLICE("10.0.0.1,127.0.0.1"), &proxies), OK);
    w->config.proxies = &proxies;
    assert_int_equal(look(w, "127.0.0.1", far), 403);
    assert_int_equal(look(w, "10.0.0.1", near), 200);
}

static void commands_without_keys(void **state)
{
    const char *const plain[] = {HERE, JSON_BODY, NULL};
    const char *const own[] = {HERE, JSON_BODY, "Origin", "http://127.0.0.1:8080", NULL};
    const char *const foreign[] = {HERE, JSON_BODY, "Origin", "https://evil.example", NULL};
    const char *const sandboxed[] = {HERE, JSON_BODY, "Origin", "null", NULL};
    const char *const form[] = {HERE, "Content-Type", "text/plain", NULL};
    struct world *w = *state;

    assert_int_equal(change(w, "127.0.0.1", plain), 0);
    assert_int_equal(change(w, "127.0.0.1", own), 0);
    assert_int_equal(change(w, "127.0.0.1", foreign), 403);
    assert_int_equal(change(w, "127.0.0.1", sandboxed), 403);
    assert_int_equal(change(w, "192.0.2.1", plain), 403);
    assert_int_equal(change(w, "127.0.0.1", form), 415);
}

static void with_keys_a_token(void **state)
{
    const char *const none[] = {HERE, JSON_BODY, NULL};
    const char *const admin[] = {JSON_BODY, "Authorization", "Bearer admin", NULL};
    const char *const other[] = {JSON_BODY, "Authorization", "Bearer other", NULL};
    const char *const bad[] = {JSON_BODY, "Authorization", "Bearer bad", NULL};
    const char *const cookie[] = {HERE, JSON_BODY, "Cookie", "token=admin", NULL};
    const char *const own[] = {HERE,     JSON_BODY,     "Origin", "http://127.0.0.1:8080",
                               "Cookie", "token=admin", NULL};
    struct world *w = *state;

    w->context.access.verify = verify;
    w->config.access.anonymous = true;
    assert_int_equal(look(w, "127.0.0.1", none), 401);
    assert_int_equal(look(w, "192.0.2.1", admin), 200);
    assert_int_equal(look(w, "192.0.2.1", other), 403);
    assert_int_equal(look(w, "127.0.0.1", bad), 401);
    assert_int_equal(look(w, "192.0.2.1", cookie), 200);
    assert_int_equal(ask(w, "GET", "/admin/events?authorization=admin", "192.0.2.1", none), 200);
    assert_int_equal(change(w, "127.0.0.1", none), 401);
    assert_int_equal(change(w, "192.0.2.1", admin), 0);
    assert_int_equal(change(w, "192.0.2.1", other), 403);
    assert_int_equal(change(w, "192.0.2.1", cookie),
                     403); /* a browser may have sent it without the user */
    assert_int_equal(change(w, "192.0.2.1", own), 0);
    assert_int_equal(ask(w, "POST", "/admin/commands?authorization=admin", "192.0.2.1", none), 401);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stats_are_queried_while_a_stream_is_open),
        cmocka_unit_test(one_query_at_a_time),
        cmocka_unit_test(a_silent_broker),
        cmocka_unit_test(the_stream_gets_no_records),
        cmocka_unit_test(others_get_nothing),
        cmocka_unit_test(allowed_commands),
        cmocka_unit_test_setup_teardown(without_keys_only_this_machine, setup, world_close),
        cmocka_unit_test_setup_teardown(a_trusted_proxy, setup, world_close),
        cmocka_unit_test_setup_teardown(commands_without_keys, setup, world_close),
        cmocka_unit_test_setup_teardown(with_keys_a_token, setup, world_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/api_call.h"

#include "edge/api/exchange.h"
#include "edge/mercure/mercure_subscriptions.h"

#include "tests/unit/edge/api/exchange_fixture.h"

/* Mercure's subscriptions API (edge/api/handle_mercure_subscriptions.c). The test plays the
 * broker. */

#define PATH MERCURE_SUBSCRIPTIONS_PATH
#define UUID "urn:uuid:498f2734-221d-45fe-af64-a4489476784a"
#define UUID_PART "urn%3Auuid%3A498f2734-221d-45fe-af64-a4489476784a"
#define LISTED(selector) "{\"selector\":\"" selector "\",\"subscriber\":\"" UUID "\"}"
#define PAGE(list) "{\"version\":\"3.2\",\"subscriptions\":[" list "],\"more\":false}"

static int setup(void **state)
{
    struct fixture *f = fixture_open();
    struct world *w;

    f->config.describe = mercure_subscription_event;
    w = world_open(f, 3);
    w->config.subscriptions = true;
    w->config.hub_url = SLICE("https://hub.example/.well-known/mercure");
    *state = w;
    return 0;
}

/* `header`: the name of a header, or NULL. */
static enum exchange_result ask_with(struct world *w, const char *method, const char *target,
                                     const char *header, const char *value)
{
    if (header != NULL)
        world_header(w, header, value);
    return world_ask(w, method, target, "");
}

static enum exchange_result ask(struct world *w, const char *target)
{
    return ask_with(w, "GET", target, NULL, NULL);
}

/* Compares the query that was sent to the broker: "command argument|argument|…". */
static void assert_asked(struct world *w, const char *expected)
{
    const struct wire_command *asked;
    char text[1024];
    size_t used;

    fixture_drain(w->f);
    asked = &w->f->sent[w->f->sent_count - 1].command;
    assert_int_equal(w->f->sent[w->f->sent_count - 1].type, WIRE_COMMAND);
    used = (size_t)snprintf(text, sizeof text, "%.*s ", (int)asked->name.size, asked->name.data);
    for (size_t i = 0; i < asked->argument_count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%.*s", i == 0 ? "" : "|",
                                 (int)asked->arguments[i].size, asked->arguments[i].data);
    assert_string_equal(text, expected);
}

static void answer(struct world *w, enum err code, const char *text)
{
    const struct edge_action action = {.type = EDGE_REPLY,
                                       .reply = {.result = code, .text = slice_str(text)}};

    assert_int_equal(world_reply(w, &action), EXCHANGE_RESPONDED);
}

static void without_the_option_the_paths_are_404(void **state)
{
    struct world *w = *state;

    w->config.subscriptions = false;
    assert_int_equal(ask(w, PATH), EXCHANGE_RESPONDED);
    world_expect(w, "HTTP/1.1 404 ");
    assert_int_equal(ask_with(w, "OPTIONS", PATH "/a", NULL, NULL), EXCHANGE_RESPONDED);
    world_expect(w, "HTTP/1.1 404 ");
}

static void collections(void **state)
{
    struct world *w = *state;

    assert_int_equal(ask(w, PATH "?x=1"), EXCHANGE_WAITS);
    assert_asked(w, "subscriptions |||1000");
    answer(w, OK, PAGE(LISTED("a") "," LISTED("\\u0001{x}") "," LISTED("{x}")));
    world_expect(w, "HTTP/1.1 200 ");
    world_expect(w, "Content-Type: application/ld+json\r\n");
    world_expect(w, "ETag: \"k3f9x2-3;3.2\"\r\n");
    world_expect(w, "\r\n\r\n{\"@context\":\"https://mercure.rocks/\",\"id\":\"" PATH
                    "?x=1\",\"type\":\"Subscriptions\",\"lastEventID\":\"k3f9x2-3\","
                    "\"subscriptions\":[{\"@context\"");
    world_expect(w, "\"topic\":\"a\",\"subscriber\":\"" UUID "\",\"active\":true},{\"@context\"");
    world_expect(w, "\"topic\":\"{x}\",\"subscriber\":\"" UUID "\",\"active\":true}]}\n");
    assert_int_equal(ask(w, PATH "/exact/%7Bx%7D?limit=5&after=3-1"), EXCHANGE_WAITS);
    assert_asked(w, "subscriptions \x01{x}||3-1|5");
    answer(w, OK,
           "{\"version\":\"3.2\",\"subscriptions\":[" LISTED(
               "\\u0001{x}") "],\"more\":true,\"next\":\"3-7\"}");
    world_expect(w, "Content-Type: application/json\r\n");
    world_expect(w, "ETag: \"k3f9x2-3;3.2;modern\"\r\n");
    world_expect(w, "Link: </.well-known/mercure>; rel=\"mercure\"; last-event-id=\"k3f9x2-3\"; "
                    "type=\"mercure\"; content-type=\"application/json\"\r\n");
    world_expect(w, "\r\n\r\n{\"id\":\"" PATH
                    "/exact/%7Bx%7D\",\"type\":\"subscriptions\",\"next\":\"" PATH
                    "/exact/%7Bx%7D?limit=5&after=3-7\",\"subscriptions\":[{\"id\"");
}

static void one(void **state)
{
    struct world *w = *state;

    assert_int_equal(ask(w, PATH "/a/" UUID_PART), EXCHANGE_WAITS);
    assert_asked(w, "subscriptions a|" UUID "||1000");
    answer(w, OK, PAGE(LISTED("a")));
    world_expect(w,
                 "\r\n\r\n{\"@context\":\"https://mercure.rocks/\",\"id\":\"" PATH "/a/" UUID_PART
                 "\",\"type\":\"Subscription\",\"topic\":\"a\",\"subscriber\":\"" UUID
                 "\",\"active\":true,\"lastEventID\":\"k3f9x2-3\"}\n");
    assert_int_equal(ask(w, PATH "/urlpattern/%2Fa%2F%3Ab/" UUID_PART), EXCHANGE_WAITS);
    assert_asked(w, "subscriptions \x02https://hub.example/.well-known/mercure\x02/a/:b|" UUID
                    "||1000");
    answer(w, OK, PAGE(LISTED("\\u0002https://hub.example/.well-known/mercure\\u0002/a/:b")));
    world_expect(w,
                 "\r\n\r\n{\"id\":\"" PATH "/urlpattern/%2Fa%2F%3Ab/" UUID_PART
                 "\",\"type\":\"subscription\",\"match_type\":\"urlpattern\",\"match\":\"/a/:b\","
                 "\"subscriber\":\"" UUID "\",\"active\":true}\n");
    assert_int_equal(ask(w, PATH "/a/" UUID_PART), EXCHANGE_WAITS);
    answer(w, OK, PAGE("")); /* an unexpected reply */
    world_expect(w, "HTTP/1.1 404 ");
}

static void not_modified(void **state)
{
    static const char *const known[] = {"\"k3f9x2-3;3.2\"", "\"x\", W/\"k3f9x2-3;3.2\"", "*"};
    struct world *w = *state;

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_int_equal(ask_with(w, "GET", PATH, "If-None-Match", known[i]), EXCHANGE_WAITS);
        answer(w, OK, PAGE(""));
        world_expect(w, "HTTP/1.1 304 ");
        world_expect(w, "ETag: \"k3f9x2-3;3.2\"\r\n");
        assert_null(strstr(w->out.data, "Content-Type"));
        assert_memory_equal(w->out.data + w->out.size - 5, "\r\n\r\n", 5);
    }
    assert_int_equal(ask_with(w, "GET", PATH, "If-None-Match", "\"k3f9x2-3;3.1\""), EXCHANGE_WAITS);
    answer(w, OK, PAGE(""));
    world_expect(w, "HTTP/1.1 200 ");
    assert_int_equal(ask_with(w, "HEAD", PATH, "If-None-Match", "\"k3f9x2-3;3.1\""),
                     EXCHANGE_WAITS);
    answer(w, OK, PAGE(""));
    world_expect(w, "HTTP/1.1 200 ");
    assert_memory_equal(w->out.data + w->out.size - 5, "\r\n\r\n", 5);
}

static void failures(void **state)
{
    static const struct {
        enum err code;
        const char *answer;
        const char *status;
    } all[] = {
        {ERR_NOT_FOUND, "no such subscription", "HTTP/1.1 404 "},
        {ERR_INVALID, "after: x", "HTTP/1.1 400 "},
        {ERR_UNKNOWN, "after: x", "HTTP/1.1 410 "},
        {ERR_TIMEOUT, "", "HTTP/1.1 503 "},
        {OK, "nonsense", "HTTP/1.1 500 "},
    };
    struct world *w = *state;

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_int_equal(ask(w, PATH "?after=1-1"), EXCHANGE_WAITS);
        answer(w, all[i].code, all[i].answer);
        world_expect(w, all[i].status);
        world_expect(w, "Content-Type: text/plain; charset=utf-8\r\n");
        assert_int_equal(w->out.data[w->out.size - 2], '\n');
    }
    for (unsigned i = 0; i < 10; i++)
        fixture_tick(w->f, 1000); /* the broker is silent */
    w->now.ms = w->f->now;
    assert_int_equal(ask(w, PATH), EXCHANGE_RESPONDED);
    world_expect(w, "HTTP/1.1 503 ");
    world_expect(w, "Retry-After: 1\r\n");
}

static void bad_requests(void **state)
{
    static const char *const bad[] = {PATH "?limit=0", PATH "?limit=1001", PATH "?limit=x",
                                      PATH "?%",       PATH "/%0d",        PATH "/nothing/a/b"};
    struct world *w = *state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(ask(w, bad[i]), EXCHANGE_RESPONDED);
        world_expect(w, "HTTP/1.1 400 ");
    }
    assert_int_equal(ask(w, "/.well-known/mercure/%73ubscriptions"), EXCHANGE_RESPONDED);
    world_expect(w, "HTTP/1.1 404 ");
    assert_int_equal(ask_with(w, "POST", PATH, NULL, NULL), EXCHANGE_RESPONDED);
    world_expect(w, "HTTP/1.1 405 ");
}

/* A stream without a subject also has a name and gets the events of others. */
static void streams(void **state)
{
    struct world *w = *state;
    struct wire_frame frame = {.type = WIRE_PRESENCE};

    assert_int_equal(ask(w, "/.well-known/mercure?topic=*"), EXCHANGE_STREAM);
    edge_writable(w->f->e, w->x.stream);
    w->f->transcript.size = 0;
    fixture_drain(w->f);
    buf_char(&w->f->transcript, '\0');
    assert_non_null(strstr(w->f->transcript.data, "*/urn:uuid:"));
    buf_reset(&w->client.got);
    frame.presence = (struct wire_presence){.epoch = w->f->epoch,
                                            .term = w->f->term,
                                            .topic = SLICE("a"),
                                            .member = SLICE(UUID),
                                            .joined = 1,
                                            .count = 1};
    fixture_receive(w->f, &frame);
    buf_char(&w->client.got, '\0');
    assert_non_null(strstr(w->client.got.data, "\"id\":\"" PATH "/a/" UUID_PART "\""));
    edge_unsubscribe(w->f->e, w->x.stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_the_option_the_paths_are_404, setup, world_close),
        cmocka_unit_test_setup_teardown(collections, setup, world_close),
        cmocka_unit_test_setup_teardown(one, setup, world_close),
        cmocka_unit_test_setup_teardown(not_modified, setup, world_close),
        cmocka_unit_test_setup_teardown(failures, setup, world_close),
        cmocka_unit_test_setup_teardown(bad_requests, setup, world_close),
        cmocka_unit_test_setup_teardown(streams, setup, world_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

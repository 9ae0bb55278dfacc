/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/http/response.h"

#include "edge/http/request.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void expect(const struct buf *out, const char *text)
{
    assert_true(buf_ok(out));
    if (!slice_equal(buf_all(out), slice_str(text)))
        print_error("got:\n%.*s\n", (int)out->size, out->data);
    assert_true(slice_equal(buf_all(out), slice_str(text)));
}

static void test_response(void **state)
{
    struct buf out;
    struct response r = {.status = 200,
                         .type = "text/plain",
                         .body = SLICE("hello"),
                         .date = "Fri, 20 Nov 2026 07:32:00 GMT",
                         .extra = "ETag: \"x\"\r\n"};

    (void)state;
    buf_init(&out, 1000);
    response_write(&out, &r);
    expect(&out, "HTTP/1.1 200 OK\r\nDate: Fri, 20 Nov 2026 07:32:00 GMT\r\n"
                 "Content-Type: text/plain\r\nContent-Length: 5\r\nETag: \"x\"\r\n\r\nhello");

    buf_reset(&out);
    r.head_only = true;
    r.date = NULL;
    r.close = true;
    response_write(&out, &r);
    expect(&out, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n"
                 "ETag: \"x\"\r\nConnection: close\r\n\r\n");
    buf_clear(&out);
}

static void test_no_content(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    response_write(&out, &(struct response){.status = 204, .allow = METHOD_GET | METHOD_OPTIONS});
    expect(&out, "HTTP/1.1 204 No Content\r\nAllow: GET, OPTIONS\r\n\r\n");
    buf_reset(&out);
    response_write(&out, &(struct response){.status = 304, .body = SLICE("never")});
    expect(&out, "HTTP/1.1 304 Not Modified\r\n\r\n");
    buf_clear(&out);
}

static void test_problem(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    response_problem(&out, &(struct response){.retry_secs = 1},
                     &(struct problem){.status = 503, .detail = "say \"when\""});
    expect(&out, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
                 "Content-Length: 100\r\nRetry-After: 1\r\n\r\n"
                 "{\"type\":\"/problems/unavailable\",\"title\":\"Service Unavailable\","
                 "\"status\":503,\"detail\":\"say \\\"when\\\"\"}\n");
    buf_reset(&out);
    problem_document(&out, &(struct problem){400, "if_last: no", SLICE(",\"last\":null")});
    expect(&out, "{\"type\":\"/problems/invalid\",\"title\":\"Bad Request\",\"status\":400,"
                 "\"detail\":\"if_last: no\",\"field\":\"if_last\",\"last\":null}");
    buf_reset(&out);
    problem_document(&out, &(struct problem){.status = 299, .detail = "a b: c"});
    expect(&out, "{\"type\":\"/problems/error\",\"title\":\"Error\",\"status\":299,"
                 "\"detail\":\"a b: c\"}");
    buf_clear(&out);
}

static void test_problem_names(void **state)
{
    (void)state;
    assert_true(problem_is_name(SLICE("rate")));
    assert_true(problem_is_name(slice_str(problem_name(400))));
    assert_false(problem_is_name(slice_str(problem_name(200))));
    assert_false(problem_is_name(SLICE("rat")));
    assert_false(problem_is_name(SLICE("")));
}

static void test_stream(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    response_stream(&out, NULL);
    expect(&out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                 "Cache-Control: no-cache, no-transform\r\nX-Accel-Buffering: no\r\n"
                 "Connection: close\r\n\r\n");
    buf_reset(&out);
    response_stream(&out, "Vary: Origin\r\n");
    expect(&out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                 "Cache-Control: no-cache, no-transform\r\nX-Accel-Buffering: no\r\n"
                 "Vary: Origin\r\nConnection: close\r\n\r\n");
    buf_clear(&out);
}

/* A buffer that is too small is an error: nothing is cut off silently. */
static void test_overflow(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 40);
    response_problem(&out, &(struct response){.close = true},
                     &(struct problem){.status = 400, .detail = "no"});
    assert_false(buf_ok(&out));
    buf_clear(&out);
}

static void test_status_text(void **state)
{
    (void)state;
    assert_string_equal(status_text(507), "Insufficient Storage");
    assert_string_equal(status_text(299), "Error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_response),    cmocka_unit_test(test_no_content),
        cmocka_unit_test(test_problem),     cmocka_unit_test(test_problem_names),
        cmocka_unit_test(test_stream),      cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_status_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/doctor/diagnosis.h"

#include "common/base/slice.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct doctor_finding *find(struct doctor_diagnosis *d, const char *check,
                                   enum doctor_level level, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static struct doctor_finding *find(struct doctor_diagnosis *d, const char *check,
                                   enum doctor_level level, const char *format, ...)
{
    struct doctor_finding f = {.check = check, .level = level};
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(f.text, sizeof f.text, format, arguments);
    va_end(arguments);
    assert(d->count < DOCTOR_FINDINGS_MAX);
    d->findings[d->count] = f;
    d->bad += level == DOCTOR_BAD;
    return &d->findings[d->count++];
}

/* ---- HTTP version ---- */

static void diagnose_version(const struct doctor_facts *facts, struct doctor_diagnosis *d)
{
    const struct doctor_reach *r = &facts->reach;
    struct doctor_finding *f;

    if (r->tls && strcmp(r->protocol, "h2") == 0) {
        (void)find(d, "version", DOCTOR_GOOD,
                   "HTTP/2 over TLS: all streams of a browser share one connection");
        return;
    }
    if (r->tls) {
        f = find(
            d, "version", DOCTOR_BAD,
            "TLS without HTTP/2: a browser opens at most six connections per host, and each stream "
            "uses one; with six tabs, no other request gets through");
        f->haproxy = "bind :443 ssl crt FILE alpn h2,http/1.1";
        f->nginx = "listen 443 ssl http2;";
        return;
    }
    f = find(d, "version", r->loopback ? DOCTOR_NOTE : DOCTOR_BAD,
             "no TLS, so browsers use HTTP/1.1: at most six connections per host, and each stream "
             "uses one; with six tabs, no other request gets through (sharing one stream per "
             "browser in a SharedWorker helps)");
    f->haproxy = "bind :443 ssl crt FILE alpn h2,http/1.1";
    f->nginx = "listen 443 ssl http2;";
}

/* ---- tokens ---- */

static void diagnose_token(const struct doctor_facts *facts, struct doctor_diagnosis *d)
{
    const struct doctor_token *t = &facts->token;
    struct doctor_finding *f;

    if (!t->tried)
        return;
    if (t->by_header) {
        (void)find(d, "authorization", DOCTOR_GOOD, "the Authorization header reaches the edge");
        return;
    }
    if (!t->by_query) {
        (void)find(d, "authorization", DOCTOR_BAD,
                   "the token is refused in the header and in the query; see belfry token --check");
        return;
    }
    f = find(
        d, "authorization", DOCTOR_BAD,
        "the Authorization header is removed on the way; the token is accepted only in the query");
    f->haproxy = "remove: http-request del-header Authorization";
    f->nginx = "proxy_set_header Authorization $http_authorization;";
}

/* ---- the head ---- */

static bool has_word(const char *text, const char *word)
{
    return strstr(text, word) != NULL;
}

static void diagnose_headers(const struct doctor_head *h, struct doctor_diagnosis *d)
{
    struct doctor_finding *f;

    if (!slice_starts(slice_str(h->type), SLICE("text/event-stream"))) {
        f = find(d, "headers", DOCTOR_BAD,
                 "Content-Type is \"%s\" instead of text/event-stream, so EventSource gives up",
                 h->type);
        f->haproxy = "remove: http-response set-header Content-Type (or del-header)";
        f->nginx = "proxy_pass_header Content-Type;";
        return;
    }
    if (h->aged || !has_word(h->cache, "no-cache")) {
        f = find(d, "headers", DOCTOR_BAD, "%s",
                 h->aged ? "the stream comes from a cache"
                         : "Cache-Control: no-cache, no-transform is removed on the way, so caches "
                           "may store or "
                           "compress the stream");
        f->haproxy = h->aged ? "remove: http-request cache-use, http-response cache-store"
                             : "remove: http-response del-header Cache-Control (or set-header)";
        f->nginx =
            h->aged ? "proxy_cache off;" : "remove: proxy_hide_header Cache-Control; expires ...;";
        return;
    }
    (void)find(d, "headers", DOCTOR_GOOD, "Content-Type and Cache-Control are unchanged%s",
               h->chunked ? " (the proxy uses chunked encoding)" : "");
}

static void diagnose_compression(const struct doctor_head *h, struct doctor_diagnosis *d)
{
    struct doctor_finding *f;

    if (h->encoding[0] == '\0' && !h->plain_only) {
        (void)find(d, "compression", DOCTOR_GOOD, "the stream is not compressed");
        return;
    }
    if (h->plain_only)
        f = find(
            d, "compression", DOCTOR_BAD,
            "a client that accepts compressed responses, as browsers do, does not even receive "
            "the head of a stream: it waits in the compressor");
    else
        f = find(d, "compression", DOCTOR_BAD,
                 "the stream is compressed (%s): events wait until the compressor has enough data",
                 h->encoding);
    f->haproxy =
        "compression type text/html text/css application/javascript   # without text/event-stream";
    f->nginx = "gzip_types text/css application/javascript;   # without text/event-stream and *";
}

/* Returns false if there is no stream, so that nothing else can be diagnosed. */
static bool diagnose_head(const struct doctor_facts *facts, struct doctor_diagnosis *d)
{
    const struct doctor_head *h = &facts->head;

    if (!h->tried)
        return false;
    if (!h->came) {
        struct doctor_finding *f =
            find(d, "buffering", DOCTOR_BAD,
                 "not even the head of a stream arrived within %d ms: the proxy waits for the "
                 "end of the response, which never comes",
                 DOCTOR_WAIT_MS);
        f->haproxy = "remove: option http-buffer-response, http-response wait-for-body";
        f->nginx = "proxy_buffering off;";
        return false;
    }
    if (h->status != 200) {
        (void)find(d, "stream", DOCTOR_BAD,
                   "the response to a stream is %d%s%s, so EventSource gives up permanently",
                   h->status, h->detail[0] == '\0' ? "" : ": ", h->detail);
        return false;
    }
    diagnose_headers(h, d);
    diagnose_compression(h, d);
    return true;
}

/* ---- timing ---- */

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

static int64_t median(const struct doctor_timing *t)
{
    int64_t sorted[DOCTOR_ROUNDS];
    size_t count = t->arrived < DOCTOR_ROUNDS ? t->arrived : DOCTOR_ROUNDS;

    memcpy(sorted, t->late_ms, sizeof sorted);
    qsort(sorted, count, sizeof sorted[0], by_size);
    return count == 0 ? 0 : sorted[count / 2];
}

static void fix_buffering(struct doctor_finding *f)
{
    f->haproxy = "remove: option http-buffer-response, http-response wait-for-body";
    f->nginx = "proxy_buffering off;   # and remove: proxy_ignore_headers X-Accel-Buffering";
}

static void diagnose_buffering(const struct doctor_timing *t, struct doctor_diagnosis *d)
{
    struct doctor_finding *f;

    if (t->first_ms < 0 || t->arrived < t->sent) {
        if (t->padding_kib >= 0)
            f = find(
                d, "buffering", DOCTOR_BAD,
                "events are held back: %u of %u arrived within %d ms, and more only after %" PRId64
                " KiB of further data",
                t->arrived, t->sent, DOCTOR_WAIT_MS, t->padding_kib);
        else
            f = find(d, "buffering", DOCTOR_BAD,
                     "events are held back: %u of %u arrived within %d ms", t->arrived, t->sent,
                     DOCTOR_WAIT_MS);
        fix_buffering(f);
        return;
    }
    if (t->sent == 0)
        (void)find(d, "buffering", DOCTOR_GOOD, "the first event arrived at once (%" PRId64 " ms)",
                   t->first_ms);
    else
        (void)find(d, "buffering", DOCTOR_GOOD, "none: %u of %u events arrived", t->arrived,
                   t->sent);
}

static void diagnose_delay(const struct doctor_timing *t, struct doctor_diagnosis *d)
{
    int64_t late = median(t);
    struct doctor_finding *f;

    if (t->arrived == 0)
        return;
    if (late < DOCTOR_LATE_MS) {
        (void)find(d, "delay", DOCTOR_GOOD,
                   "an event arrives %" PRId64
                   " ms after the response to its publish (median of %u)",
                   late, t->arrived);
        return;
    }
    f = find(d, "delay", DOCTOR_BAD,
             "an event arrives %" PRId64
             " ms after the response to its publish (median of %u): the proxy waits for more data "
             "to send with it",
             late, t->arrived);
    f->haproxy = "option http-no-delay";
    f->nginx = "tcp_nodelay on; tcp_nopush off; proxy_buffering off;";
}

static void diagnose_timing(const struct doctor_facts *facts, struct doctor_diagnosis *d)
{
    const struct doctor_timing *t = &facts->timing;
    struct doctor_finding *f;

    if (!t->tried)
        return;
    if (t->publish_status != 0)
        (void)find(d, "publish", DOCTOR_BAD, "the response to a publish is %d: %s",
                   t->publish_status, t->publish_detail);
    diagnose_buffering(t, d);
    diagnose_delay(t, d);
    if (t->repeated == 0)
        return;
    f = find(d, "repeats", DOCTOR_BAD,
             "%u events arrived more than once: the proxy repeats publishes", t->repeated);
    f->haproxy = "http-request disable-l7-retry if METH_POST";
    f->nginx = "remove non_idempotent from: proxy_next_upstream";
}

static void diagnose_resume(const struct doctor_facts *facts, struct doctor_diagnosis *d)
{
    const struct doctor_resume *r = &facts->resume;
    struct doctor_finding *f;

    if (!r->tried)
        return;
    if (r->by_header) {
        (void)find(
            d, "resume", DOCTOR_GOOD,
            "the Last-Event-ID header reaches the edge: clients receive events they have missed");
        return;
    }
    f = find(d, "resume", DOCTOR_BAD, "%s",
             r->by_query
                 ? "the Last-Event-ID header is removed on the way, so clients that reconnect miss "
                   "events"
                 : "events that were published while a client was away did not arrive when it "
                   "came back");
    f->haproxy = "remove: http-request del-header Last-Event-ID";
    f->nginx = "proxy_pass_request_headers on; proxy_set_header Last-Event-ID $http_last_event_id;";
}

/* ---- many streams, large bodies, clients that leave ---- */

static void diagnose_crowd(const struct doctor_facts *facts, struct doctor_diagnosis *d)
{
    const struct doctor_crowd *c = &facts->crowd;
    struct doctor_finding *f;

    if (!c->tried)
        return;
    if (c->opened == DOCTOR_STREAMS && c->published) {
        (void)find(d, "streams", DOCTOR_GOOD,
                   "%u streams at a time, and another request beside them", c->opened);
        return;
    }
    if (c->opened == DOCTOR_STREAMS)
        f = find(d, "streams", DOCTOR_BAD, "with %u open streams, another request is not answered",
                 c->opened);
    else
        f = find(d, "streams", DOCTOR_BAD,
                 "only %u of %d streams from one address could be opened (status %d)", c->opened,
                 DOCTOR_STREAMS, c->status);
    f->haproxy = "raise: maxconn (frontend and server lines), stick-table limits";
    f->nginx = "raise: limit_conn, worker_connections";
    f->edge = "--max-streams-per-address";
}

static void diagnose_body(const struct doctor_facts *facts, struct doctor_diagnosis *d)
{
    const struct doctor_body *b = &facts->body;
    struct doctor_finding *f;

    if (!b->tried)
        return;
    if (b->by_edge) {
        (void)find(d, "body", DOCTOR_GOOD, "bodies of %zu MiB reach the edge",
                   DOCTOR_BODY_BYTES >> 20);
        return;
    }
    f = find(d, "body", DOCTOR_NOTE,
             "the proxy refuses a body of %zu MiB with %d (edges accept 4 MiB: --max-body)",
             DOCTOR_BODY_BYTES >> 20, b->status);
    f->nginx = "client_max_body_size 4m;";
    f->haproxy = "raise what is compared with req.body_size";
}

static void diagnose_ghost(const struct doctor_facts *facts, struct doctor_diagnosis *d)
{
    const struct doctor_ghost *g = &facts->ghost;
    struct doctor_finding *f;

    if (!g->tried || !g->seen)
        return;
    if (g->gone) {
        (void)find(
            d, "leaving", DOCTOR_GOOD,
            "a client that leaves disappears from presence (after %.1f s, with 5 s of grace)",
            (double)g->after_ms / 1000);
        return;
    }
    f = find(d, "leaving", DOCTOR_BAD,
             "a client that left is still present after %.1f s: the proxy keeps its stream open",
             (double)g->after_ms / 1000);
    f->haproxy = "option abortonclose";
    f->nginx = "proxy_ignore_client_abort off;";
}

/* ---- silence ---- */

static void diagnose_cut(const struct doctor_idle *i, struct doctor_diagnosis *d)
{
    struct doctor_finding *f;

    if (i->signs == 0)
        f = find(
            d, "idle", DOCTOR_BAD,
            "a silent stream is closed after %.1f s: the timeout must be longer than the edges' "
            "heartbeat (15 s)",
            (double)i->silent_ms / 1000);
    else
        f = find(
            d, "idle", DOCTOR_BAD,
            "the stream was closed after %.1f s, although it was never silent for more than %.1f "
            "s: the proxy limits the duration of a response, or was restarted",
            (double)i->watched_ms / 1000, (double)i->silence_ms / 1000);
    f->haproxy = "timeout server 60s";
    f->nginx = "proxy_read_timeout 60s;";
    f->edge = "--heartbeat 5s";
}

static void diagnose_idle(const struct doctor_facts *facts, struct doctor_diagnosis *d)
{
    const struct doctor_idle *i = &facts->idle;
    struct doctor_finding *f;

    if (!i->tried)
        return;
    if (i->cut) {
        diagnose_cut(i, d);
    } else if (i->signs == 0 && i->watched_ms >= 20000) {
        f = find(d, "idle", DOCTOR_BAD,
                 "no heartbeat arrived in %.0f s: they are held back, or the edges' --heartbeat is "
                 "longer",
                 (double)i->watched_ms / 1000);
        fix_buffering(f);
    } else {
        (void)find(d, "idle", DOCTOR_GOOD, "open for %.0f s; %u heartbeats, longest silence %.1f s",
                   (double)i->watched_ms / 1000, i->signs, (double)i->silence_ms / 1000);
    }
}

void doctor_diagnose(const struct doctor_facts *facts, struct doctor_diagnosis *out)
{
    *out = (struct doctor_diagnosis){.count = 0};
    diagnose_version(facts, out);
    diagnose_token(facts, out);
    if (!diagnose_head(facts, out))
        return;
    diagnose_timing(facts, out);
    diagnose_resume(facts, out);
    diagnose_crowd(facts, out);
    diagnose_body(facts, out);
    diagnose_ghost(facts, out);
    diagnose_idle(facts, out);
}

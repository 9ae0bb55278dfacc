/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/core.h"

#include "common/base/mem.h"

/* Questions to the broker on behalf of HTTP requests: commands, and pages of the log. And wishes of other edges
 * for streams of ours, and commands of operators, which come by the broker. */

#define ASK_MS 5000 /* then there is no answer */
#define ANSWER_SIZE_MAX (8u << 20)
#define PAGE_BYTES_MAX (4u << 20) /* of bodies; a page of larger records has fewer */

static struct ask *new_ask(struct edge *e, uint64_t now_ms, enum ask_type type,
                           struct slice command, const struct slice *arguments, size_t count,
                           void *request)
{
    size_t bytes = command.size;
    struct ask *ask;
    char *text;

    for (size_t i = 0; i < count; i++)
        bytes += arguments[i].size;
    ask = mem_try(sizeof *ask + (count + 1) * sizeof *arguments + bytes);
    if (ask == NULL)
        return NULL;
    memset(ask, 0, sizeof *ask);
    ask->type = type;
    ask->request = request;
    ask->deadline_ms = now_ms + ASK_MS;
    ask->count = count;
    ask->arguments = (struct slice *)(void *)(ask + 1);
    text = (char *)(ask->arguments + count + 1);
    for (size_t i = 0; i <= count; i++) {
        struct slice s = i < count ? arguments[i] : command;

        if (s.size > 0)
            memcpy(text, s.data, s.size);
        ask->arguments[i] = slice_of(text, s.size);
        text += s.size;
    }
    buf_init(&ask->answer, ANSWER_SIZE_MAX);
    list_init(&ask->link);
    list_push(&e->asks, &ask->link);
    e->ask_count++;
    e->ask_unsent++;
    e->now_ms = now_ms;
    e->busy = true;
    return ask;
}

static void free_ask(struct edge *e, struct ask *ask)
{
    if (ask == NULL)
        return;
    list_remove(&ask->link);
    buf_clear(&ask->answer);
    mem_free(ask->entries);
    mem_free(ask);
    e->ask_count--;
}

enum err edge_ask(struct edge *e, uint64_t now_ms, struct slice command,
                  const struct slice *arguments, size_t count, void *request)
{
    if (!link_up(&e->link) || e->ask_count >= EDGE_ASKS_MAX)
        return ERR_UNAVAILABLE;
    return new_ask(e, now_ms, ASK_COMMAND, command, arguments, count, request) == NULL
               ? ERR_NO_MEMORY
               : OK;
}

enum err edge_history(struct edge *e, uint64_t now_ms, const struct history *spec, void *request)
{
    enum ask_type type = spec->after == EDGE_BACKWARD ? ASK_PLACE : ASK_PAGE;
    struct ask *ask;

    if (!link_up(&e->link) || e->ask_count >= EDGE_ASKS_MAX)
        return ERR_UNAVAILABLE;
    if (spec->selector_count > e->config.stream_topics)
        return ERR_TOO_MANY;
    ask =
        new_ask(e, now_ms, type, (struct slice){0}, spec->selectors, spec->selector_count, request);
    if (ask == NULL)
        return ERR_NO_MEMORY;
    ask->after = spec->after;
    ask->before = spec->before;
    ask->limit = spec->limit;
    ask->backward = type == ASK_PLACE;
    /* Fixed now: what comes later is not of this page. */
    ask->until = e->inbox.known_head;
    if (ask->before <= ask->until)
        ask->until = ask->before == 0 ? 0 : ask->before - 1;
    return OK;
}

void asks_forget(struct edge *e, const void *request)
{
    struct list *lists[] = {&e->asks, &e->answers};

    for (size_t k = 0; k < 2; k++) {
        for (struct list *i = lists[k]->next; i != lists[k]; i = i->next) {
            struct ask *ask = LIST_ENTRY(i, struct ask, link);

            if (ask->request == request)
                ask->request = NULL;
        }
    }
}

static void finish(struct edge *e, struct ask *ask, enum err code)
{
    ask->code = code;
    e->ask_unsent -= !ask->sent;
    ask->sent = true;
    if (admin_answered(e, ask->request, code, buf_all(&ask->answer))) {
        free_ask(e, ask);
        return;
    }
    list_remove(&ask->link);
    list_push(&e->answers, &ask->link);
}

static struct ask *find_ask(struct edge *e, uint64_t id)
{
    for (struct list *i = e->asks.next; i != &e->asks; i = i->next) {
        struct ask *ask = LIST_ENTRY(i, struct ask, link);

        if (ask->sent && ask->id == id)
            return ask;
    }
    return NULL;
}

bool asks_reply(struct edge *e, const struct wire_reply *frame)
{
    struct ask *ask = find_ask(e, frame->request);

    if (ask == NULL || ask->type != ASK_COMMAND)
        return false;
    buf_slice(&ask->answer, frame->text);
    finish(e, ask, buf_ok(&ask->answer) ? frame->code : ERR_NO_MEMORY);
    return true;
}

/* Makes room for one more body: a page that is read backward loses its oldest record, a forward one ends here. */
static bool page_has_room(struct ask *ask, size_t size)
{
    while (ask->entry_count > 0 && ask->answer.size + size > PAGE_BYTES_MAX) {
        if (!ask->backward)
            return false;
        buf_consume(&ask->answer, ask->entries[0].body.size);
        ask->entry_count--;
        memmove(ask->entries, ask->entries + 1, ask->entry_count * sizeof *ask->entries);
        ask->cut = true;
    }
    return ask->entry_count < ask->limit;
}

/* Adds an answer's records to the page. *out_full: it takes no more. */
static enum err keep_records(struct ask *ask, const struct wire_records *frame, bool *out_full)
{
    *out_full = false;
    ask->next = frame->next;
    ask->oldest = frame->oldest;
    ask->head = frame->head;
    if (ask->entries == NULL)
        ask->entries = mem_try((ask->limit + 1) * sizeof *ask->entries);
    if (ask->entries == NULL)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < frame->count && !*out_full; i++) {
        if (!page_has_room(ask, frame->entries[i].body.size)) {
            ask->next = i == 0 ? ask->after : frame->entries[i - 1].offset;
            *out_full = true;
            break;
        }
        ask->entries[ask->entry_count++] = frame->entries[i];
        buf_slice(&ask->answer, frame->entries[i].body);
    }
    return buf_ok(&ask->answer) ? OK : ERR_NO_MEMORY;
}

/* Part of a page: on with the rest, or it is done. */
static void take_page(struct edge *e, struct ask *ask, const struct wire_records *frame)
{
    bool full;
    size_t at = 0;
    enum err err = keep_records(ask, frame, &full);

    if (err == OK && !full && frame->next < ask->until && frame->next > ask->after &&
        ask->entry_count < ask->limit) {
        ask->after = frame->next;
        ask->sent = false;
        e->ask_unsent++;
        return;
    }
    for (size_t i = 0; i < ask->entry_count; i++) {
        ask->entries[i].body.data = ask->answer.data + at;
        at += ask->entries[i].body.size;
    }
    finish(e, ask, err);
}

bool asks_records(struct edge *e, const struct wire_records *frame)
{
    struct ask *ask = find_ask(e, frame->request);
    bool fits = (frame->code == OK || frame->code == ERR_EXPIRED) &&
                epoch_equal(frame->epoch, e->link.epoch);

    if (ask == NULL || ask->type == ASK_COMMAND)
        return false;
    if (!fits) {
        finish(e, ask, frame->code == ERR_UNKNOWN ? ERR_UNKNOWN : ERR_UNAVAILABLE);
    } else if (ask->type == ASK_PLACE) {
        ask->type = ASK_PAGE;
        ask->after = frame->next;
        ask->sent = false;
        e->ask_unsent++;
    } else {
        take_page(e, ask, frame);
    }
    return true;
}

void asks_tick(struct edge *e)
{
    /* In the order of their deadlines. */
    while (!list_empty(&e->asks)) {
        struct ask *ask = LIST_ENTRY(e->asks.next, struct ask, link);

        if (e->now_ms < ask->deadline_ms)
            return;
        finish(e, ask, ERR_TIMEOUT);
    }
}

static void ask_frame(struct edge *e, const struct ask *ask, struct wire_frame *out)
{
    uint64_t until = ask->until;

    memset(out, 0, sizeof *out);
    if (ask->type == ASK_COMMAND) {
        out->type = WIRE_ADMIN;
        out->admin = (struct wire_admin){.request = ask->id,
                                         .command = ask->arguments[ask->count],
                                         .arguments = ask->arguments,
                                         .argument_count = ask->count};
    } else if (ask->type == ASK_PLACE) {
        out->type = WIRE_LATEST;
        out->latest = (struct wire_latest){.request = ask->id,
                                           .epoch = e->link.epoch,
                                           .count = ask->limit,
                                           .until = until,
                                           .selectors = ask->arguments,
                                           .selector_count = ask->count};
    } else {
        out->type = WIRE_READ;
        out->read = (struct wire_read){.request = ask->id,
                                       .epoch = e->link.epoch,
                                       .after = ask->after,
                                       .until = until,
                                       .max_bytes = 1u << 20,
                                       .selectors = ask->arguments,
                                       .selector_count = ask->count};
    }
}

static bool next_granted(struct edge *e, struct edge_action *out)
{
    struct list *node = list_shift(&e->granted);

    if (node == NULL)
        return false;
    e->wished = LIST_ENTRY(node, struct wish, link);
    memset(&out->frame, 0, sizeof out->frame);
    out->frame.type = WIRE_REPLY;
    out->frame.reply = (struct wire_reply){
        .request = e->wished->ask, .code = e->wished->code, .text = e->wished->parts[0]};
    return true;
}

bool asks_next_frame(struct edge *e, struct edge_action *out)
{
    out->type = EDGE_SEND;
    out->socket = EDGE_SOCKET_CONTROL;
    if (next_granted(e, out))
        return true;
    /* What is new stands at the end; a page whose place is known may stand anywhere. */
    for (struct list *i = e->asks.prev; e->ask_unsent > 0 && i != &e->asks; i = i->prev) {
        struct ask *ask = LIST_ENTRY(i, struct ask, link);

        if (ask->sent)
            continue;
        ask->sent = true;
        e->ask_unsent--;
        ask->id = ++e->link.last_request;
        ask_frame(e, ask, &out->frame);
        return true;
    }
    return false;
}

static void wish_action(const struct wish *wish, struct edge_action *out)
{
    out->type = wish->type;
    out->ask = wish->ask;
    if (wish->type == EDGE_COMMAND) {
        out->command = wish->command;
        out->arguments = wish->parts;
        out->argument_count = wish->count;
        return;
    }
    out->session = wish->parts[0];
    out->body = wish->parts[1];
    out->token = wish->parts[2];
}

bool asks_next_answer(struct edge *e, struct edge_action *out)
{
    struct list *node;

    mem_free(e->wished);
    e->wished = NULL;
    free_ask(e, e->asked);
    e->asked = NULL;
    while ((node = list_shift(&e->answers)) != NULL) {
        struct ask *ask = LIST_ENTRY(node, struct ask, link);

        e->asked = ask;
        if (ask->request == NULL) {
            free_ask(e, ask);
            e->asked = NULL;
            continue;
        }
        out->type = ask->type == ASK_COMMAND ? EDGE_ANSWERED : EDGE_PAGE;
        out->request = ask->request;
        out->result = ask->code;
        out->epoch = e->link.epoch;
        out->answer = ask->type == ASK_COMMAND ? buf_all(&ask->answer) : (struct slice){0};
        out->entries = ask->entries;
        out->entry_count = ask->entry_count;
        out->cut = ask->cut;
        out->next = ask->next;
        out->oldest = ask->oldest;
        out->head = ask->head;
        return true;
    }
    node = list_shift(&e->wishes);
    if (node == NULL)
        return false;
    e->wished = LIST_ENTRY(node, struct wish, link);
    wish_action(e->wished, out);
    return true;
}

/* ---- wishes ---- */

static struct wish *new_wish(uint64_t ask, enum err code, const struct slice *texts, size_t count)
{
    size_t bytes = 0;
    struct wish *wish;

    for (size_t i = 0; i < count; i++)
        bytes += texts[i].size;
    wish = mem_try(sizeof *wish + bytes);
    if (wish == NULL)
        return NULL;
    *wish = (struct wish){.ask = ask, .code = code, .type = EDGE_SESSION, .count = count};
    list_init(&wish->link);
    bytes = 0;
    for (size_t i = 0; i < count; i++) {
        if (texts[i].size > 0)
            memcpy(wish->text + bytes, texts[i].data, texts[i].size);
        wish->parts[i] = slice_of(wish->text + bytes, texts[i].size);
        bytes += texts[i].size;
    }
    return wish;
}

void edge_session_answer(struct edge *e, uint64_t ask, enum err code, struct slice text)
{
    struct wish *wish = new_wish(ask, code, &text, 1);

    e->busy = true;
    if (wish != NULL)
        list_push(&e->granted, &wish->link);
}

static void take_command(struct edge *e, const struct wire_admin *frame)
{
    static const char *const texts[] = {
#define X(name, text) [name] = (text),
        EDGE_COMMANDS(X)
#undef X
    };
    size_t i = 0;
    struct wish *wish;

    while (i < sizeof texts / sizeof texts[0] && !slice_equal(frame->command, slice_str(texts[i])))
        i++;
    if (i == sizeof texts / sizeof texts[0]) {
        edge_session_answer(e, frame->request, ERR_NOT_FOUND, SLICE("no such command"));
        return;
    }
    if (frame->argument_count > EDGE_ARGUMENTS_MAX) {
        edge_session_answer(e, frame->request, ERR_INVALID,
                            SLICE("the command's arguments are wrong"));
        return;
    }
    wish = new_wish(frame->request, OK, frame->arguments, frame->argument_count);
    if (wish == NULL)
        return;
    wish->type = EDGE_COMMAND;
    wish->command = (enum edge_command)i;
    list_push(&e->wishes, &wish->link);
}

/* "trim" [where the log begins now]: nobody waits for an answer. */
static void take_trim(struct edge *e, const struct wire_admin *frame)
{
    struct epoch epoch;
    uint64_t oldest;

    if (frame->argument_count == 1 && event_id_parse(frame->arguments[0], &epoch, &oldest) == OK &&
        epoch_equal(epoch, e->link.epoch))
        edge_forget_before(e, oldest);
}

void asks_wish(struct edge *e, const struct wire_admin *frame)
{
    struct wish *wish;

    if (slice_equal(frame->command, SLICE("members"))) {
        presence_tell_all(&e->presence);
    } else if (slice_equal(frame->command, SLICE("trim"))) {
        take_trim(e, frame);
    } else if (slice_equal(frame->command, SLICE("session")) && frame->argument_count == 3) {
        wish = new_wish(frame->request, OK, frame->arguments, 3);
        if (wish != NULL)
            list_push(&e->wishes, &wish->link);
    } else {
        take_command(e, frame);
    }
}

static void free_wishes(struct list *wishes)
{
    struct list *node;

    while ((node = list_shift(wishes)) != NULL)
        mem_free(LIST_ENTRY(node, struct wish, link));
}

void asks_clear(struct edge *e)
{
    struct list *node;

    free_ask(e, e->asked);
    while ((node = list_shift(&e->asks)) != NULL || (node = list_shift(&e->answers)) != NULL)
        free_ask(e, LIST_ENTRY(node, struct ask, link));
    free_wishes(&e->wishes);
    free_wishes(&e->granted);
    mem_free(e->wished);
}

/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "sim.h"

#include "common/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAULTY_MS 5000 /* virtual time with faults */
#define CALM_MS 60000  /* maximum time until the system is at rest; small pages take long */

/* splitmix64, by Sebastiano Vigna: a full period from any seed. */
uint64_t chance_next(struct chance *c)
{
    uint64_t z = (c->state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t chance_below(struct chance *c, uint64_t limit)
{
    return limit == 0 ? 0 : chance_next(c) % limit;
}

bool chance_percent(struct chance *c, unsigned percent)
{
    return chance_below(c, 100) < percent;
}

bool chance_permille(struct chance *c, unsigned permille)
{
    return chance_below(c, 1000) < permille;
}

void sim_fail(const struct sim *s, const char *format, ...)
{
    va_list args;

    printf("seed %llu, at %llu ms: ", (unsigned long long)s->seed, (unsigned long long)s->now_ms);
    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
    printf("\nagain: sim --seed %llu\n", (unsigned long long)s->seed);
    exit(1);
}

static void some_fault(struct sim *s)
{
    struct sim_edge *edge = &s->edges[chance_below(&s->chance, SIM_EDGES)];

    switch (chance_below(&s->chance, 8)) {
    case 0:
        broker_crash(s);
        break;
    case 1:
    case 2:
        edge_crash(s, edge);
        break;
    case 3:
    case 4:
        edge->cut_until_ms = s->now_ms + chance_below(&s->chance, 2500);
        break;
    case 5:
        if (s->broker.up) /* like SIGSTOP */
            s->broker.paused_until_ms = s->now_ms + chance_below(&s->chance, 3000);
        break;
    case 6:
        s->journal.full = !s->journal.full;
        break;
    default:
        break;
    }
}

static void step(struct sim *s)
{
    s->now_ms += 1 + chance_below(&s->chance, 9);
    bus_turn(s);
    broker_turn(s);
    clients_turn(s);
    clients_publish(s);
    for (int i = 0; i < SIM_EDGES; i++)
        edge_turn(s, &s->edges[i]);
    if (!s->calm && chance_permille(&s->chance, 1 + s->fault_level / 2))
        some_fault(s);
}

static bool at_rest(const struct sim *s)
{
    struct edge_status status;
    const char *why;

    for (uint32_t i = 0; i < s->publish_count; i++) {
        if (!s->publishes[i].acked && !s->publishes[i].given_up)
            return false;
    }
    for (int i = 0; i < SIM_EDGES; i++) {
        if (!s->edges[i].up || !edge_ready(s->edges[i].core, &why))
            return false;
        edge_status(s->edges[i].core, &status);
        if (status.head != s->journal.count)
            return false;
    }
    for (int i = 0; i < SIM_CLIENTS; i++) {
        const struct sim_client *c = &s->clients[i];
        if (!c->placed || !epoch_equal(c->epoch, s->journal.epoch) ||
            client_next(s, c, c->position) != NULL)
            return false;
    }
    return true;
}

static void run(struct sim *s)
{
    sim_journal_init(s);
    s->fault_level = (unsigned)chance_below(&s->chance, 30);
    s->broker.decoder = wire_decoder_create();
    buf_init(&s->scratch, WIRE_FRAME_SIZE_MAX);
    for (int i = 0; i < SIM_EDGES; i++) {
        s->edges[i].decoder = wire_decoder_create();
        bus_reset(s, &s->edges[i]);
        edge_start(s, &s->edges[i]);
    }
    broker_start(s);
    clients_init(s);
    while (s->now_ms < FAULTY_MS)
        step(s);
    s->calm = true;
    s->journal.full = false;
    for (int i = 0; i < SIM_EDGES; i++)
        s->edges[i].cut_until_ms = 0;
    while (s->now_ms < FAULTY_MS + CALM_MS && !at_rest(s))
        step(s);
    clients_finish(s);
}

static void clear(struct sim *s)
{
    for (int i = 0; i < SIM_CLIENTS; i++)
        client_gone(s, &s->clients[i]);
    clients_clear(s);
    s->calm = true;
    broker_crash(s);
    for (int i = 0; i < SIM_EDGES; i++) {
        edge_crash(s, &s->edges[i]);
        wire_decoder_destroy(s->edges[i].decoder);
    }
    wire_decoder_destroy(s->broker.decoder);
    sim_journal_clear(s);
    buf_clear(&s->scratch);
}

static void run_seed(uint64_t seed, bool sabotage_commit, uint64_t totals[4])
{
    struct sim *s = mem_alloc(sizeof *s);

    s->seed = s->chance.state = seed;
    s->sabotage_commit = sabotage_commit;
    run(s);
    totals[0] += s->deliveries;
    totals[1] += s->publish_count;
    totals[2] += s->crashes;
    totals[3] += s->gaps;
    clear(s);
    mem_free(s);
}

int main(int argc, char **argv)
{
    const char *seeds = getenv("BELFRY_SIM_SEEDS");
    uint64_t count = seeds != NULL ? strtoull(seeds, NULL, 10) : 2000;
    uint64_t first = 1;
    bool sabotage_commit = false;
    uint64_t totals[4] = {0};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc) {
            count = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--first") == 0 && i + 1 < argc) {
            first = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            first = strtoull(argv[++i], NULL, 10);
            count = 1;
        } else if (strcmp(argv[i], "--sabotage-commit") == 0) {
            sabotage_commit = true;
        } else {
            (void)fprintf(stderr,
                          "usage: sim [--seeds N] [--first N] [--seed N] [--sabotage-commit]\n");
            return 2;
        }
    }
    for (uint64_t seed = first; seed < first + count; seed++) {
        if (getenv("BELFRY_SIM_VERBOSE") != NULL)
            (void)fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
        run_seed(seed, sabotage_commit, totals);
    }
    printf(
        "%llu seeds: %llu publishes, %llu deliveries, %llu crashes, %llu gap events; every promise "
        "held\n",
        (unsigned long long)count, (unsigned long long)totals[1], (unsigned long long)totals[0],
        (unsigned long long)totals[2], (unsigned long long)totals[3]);
    return 0;
}

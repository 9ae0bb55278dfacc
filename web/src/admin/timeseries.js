// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The last 15 minutes of statistics, one sample per second, derived from the broker's counters.

export const WINDOW_S = 900;
const COLUMNS = ['time', 'streams', 'publishes', 'deliveries', 'p50', 'p99', 'lag', 'round'];

const sum = (edges, name) => edges.reduce((total, edge) => total + (edge[name] ?? 0), 0);
const most = (edges, name) => edges.reduce((found, edge) => Math.max(found, edge[name] ?? 0), 0);

// Returns the rate per second from two readings of a counter, or null if the counter was reset or
// read only once.
export function rate(before, now, seconds) {
  return before === undefined || !(seconds > 0) || now < before ? null : (now - before) / seconds;
}

export function createTimeSeries({ window = WINDOW_S } = {}) {
  const columns = Object.fromEntries(COLUMNS.map((name) => [name, []]));
  let last = null;
  let edges = new Map(); // by incarnation: {pings, delivered, rate}

  // Each edge reports its counters once a second, at its own time; `pings` counts these reports.
  function deliveries(stats) {
    const next = new Map();
    for (const { incarnation, delivered, pings } of stats.edges) {
      const before = edges.get(incarnation);
      const fresh = before === undefined || before.pings !== pings;
      next.set(incarnation, {
        delivered,
        pings,
        rate: fresh
          ? (rate(before?.delivered, delivered, pings - before?.pings) ?? 0)
          : before.rate,
      });
    }
    edges = next;
    return [...next.values()].reduce((total, edge) => total + edge.rate, 0);
  }

  function publishes(stats) {
    const same = last !== null && last.term === stats.term && last.epoch === stats.epoch;
    return same
      ? rate(last.taken, stats.taken, (stats.uptime_ms - last.uptime_ms) / 1000)
      : null;
  }

  return {
    columns,
    // `now`: Unix time in seconds. Returns the newest sample.
    take(stats, now) {
      const sample = {
        time: now,
        streams: sum(stats.edges, 'streams'),
        publishes: publishes(stats),
        deliveries: deliveries(stats),
        p50: stats.commit_us.p50 / 1000,
        p99: stats.commit_us.p99 / 1000,
        lag: most(stats.edges, 'lag'),
        round: most(stats.edges, 'canary_p50_us') / 1000,
      };
      last = stats;
      COLUMNS.forEach((name) => columns[name].push(sample[name]));
      while (columns.time[0] < now - window) {
        COLUMNS.forEach((name) => columns[name].shift());
      }
      return sample;
    },
  };
}

// Returns the state of an edge in a word, and whether it is good. An edge reports its position once
// a second: records published since then are not a lag.
export function stateOf(edge, publishes = 0) {
  if (edge.last_seen_ms > 3000) {
    return { word: 'silent', good: false };
  }
  if (edge.name_clash) {
    return { word: 'name clash', good: false };
  }
  if (edge.draining) {
    return { word: 'draining', good: false };
  }
  return edge.lag > 1000 + 2 * publishes ? { word: 'behind', good: false } : { word: 'serving', good: true };
}

// The busiest topics first: by records per second since the listing before, then by records.
export function rankTopics(before, topics, seconds) {
  const known = new Map(before.map(({ topic, records }) => [topic, records]));
  return topics
    .map((each) => ({ ...each, rate: rate(known.get(each.topic), each.records, seconds) ?? 0 }))
    .sort((a, b) => b.rate - a.rate || b.records - a.records || (a.topic < b.topic ? -1 : 1));
}

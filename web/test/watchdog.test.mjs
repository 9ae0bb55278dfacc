// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWatchdog } from '../src/shared/watchdog.js';
import { fakeTimers } from './lib.mjs';

function started() {
  const timers = fakeTimers();
  let alarms = 0;
  const watchdog = createWatchdog({
    onMissing: () => (alarms += 1),
    setTimer: timers.set,
    clearTimer: timers.clear,
  });
  return { watchdog, timers, alarms: () => alarms };
}

test('a message shown in time raises no alarm', async () => {
  const { watchdog, timers, alarms } = started();
  ['a', 'b'].forEach(watchdog.stored);
  await timers.pass(14000);
  ['a', 'b', 'of another'].forEach(watchdog.shown);
  await timers.pass(60000);
  assert.equal(alarms(), 0);
  assert.equal(timers.size(), 0);
});

test('all missing messages raise one alarm', async () => {
  const { watchdog, timers, alarms } = started();
  ['a', 'b'].forEach(watchdog.stored);
  await timers.pass(15000);
  await timers.pass(15000);
  assert.equal(alarms(), 1);
  assert.equal(timers.size(), 0);
});

test('a new connection starts again', async () => {
  const { watchdog, timers, alarms } = started();
  watchdog.stored('a');
  watchdog.reset();
  await timers.pass(60000);
  assert.equal(alarms(), 0);
});

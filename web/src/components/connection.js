// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The state of the connection in a few words.

import { t, time } from '../words/language.js';
import { CONNECTED, CONNECTING, STOPPED } from '../shared/stream.js';

const SIMPLE = { [CONNECTED]: 'connected', [CONNECTING]: 'connecting', [STOPPED]: 'stopped' };

export function wordsOf({ state, since }) {
  return SIMPLE[state] ? t(SIMPLE[state]) : t('reconnecting', { time: time('clock', since) });
}

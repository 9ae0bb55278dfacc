// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Returns the text for the state of the connection.

import { t, time } from '../i18n/language.js';
import { CONNECTED, CONNECTING, STOPPED } from '../shared/stream.js';

const SIMPLE = { [CONNECTED]: 'connected', [CONNECTING]: 'connecting', [STOPPED]: 'stopped' };

export function connectionText({ state, since }) {
  return SIMPLE[state] ? t(SIMPLE[state]) : t('reconnecting', { time: time('clock', since) });
}

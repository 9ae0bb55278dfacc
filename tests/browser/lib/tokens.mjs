// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import { createHmac } from 'node:crypto';

export const SECRET = 'a secret of the tests that is long enough for HS256';

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

// Returns a token with these grants: { publish: […], subscribe: […], payload }.
export function token(grants, claims = {}) {
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ mercure: grants, ...claims })}`;
  return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
}

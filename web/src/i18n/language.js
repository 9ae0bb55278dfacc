// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The page's texts, in the language of the browser or the one that was chosen.

import { computed, ref } from 'vue';
import { browserStorage } from '../shared/storage.js';
import { format } from '../text/time.js';
import { choose, localeFor, translate } from './translations.js';

const wanted = navigator.languages ?? [];

export const language = ref(choose(browserStorage.get('language'), wanted));
export const locale = computed(() => localeFor(language.value, wanted));

export function setLanguage(next) {
  language.value = choose(next, []);
  browserStorage.set('language', language.value);
}

// t('name') or t('name', {values})
export const t = (name, values) => translate(language.value, name, values);

export const time = (style, at) => format(locale.value, style, at);

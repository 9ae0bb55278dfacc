// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// The texts of each language, and the choice of a reader's language.

import en from './en.js';
import zh from './zh.js';

export const TRANSLATIONS = { en, zh };
export const LANGUAGES = { en: 'English', zh: '中文' };

const short = (tag) => String(tag).toLowerCase().split('-')[0];

// The first language wanted that there is; `kept` is the reader's choice, '' for none.
export function choose(kept, wanted) {
  return [kept, ...wanted].map(short).find((tag) => Object.hasOwn(TRANSLATIONS, tag)) ?? 'en';
}

// How the reader writes dates in that language: `en-GB` of all that is `en`.
export function localeFor(language, wanted) {
  return wanted.find((tag) => short(tag) === language) ?? language;
}

// Returns the text of 'name' or 'group.name', with `values` filled in; '' when there is none.
export function translate(language, name, values) {
  const found = name.split('.').reduce((texts, part) => texts?.[part], TRANSLATIONS[language]);
  return typeof found === 'function' ? found(values) : (found ?? '');
}

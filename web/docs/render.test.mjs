// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderPages } from './render.mjs';

// Renders a page of this text, beside two others.
function render(text, name = 'page') {
  const sources = { README: '# Index\n', page: '# This & that\n', other: '# The other\n' };
  sources[name] += `\n${text}\n`;
  return renderPages(sources)[name];
}

const main = (html) => /<\/h1>\n([^]*)<\/main>/.exec(html)[1].trim();

test('links lead to the pages that are served; of others the text stays', () => {
  for (const [text, shown] of [
    ['[x](other.md#y)', '<a href="other#y">x</a>'],
    ['[the *index*](README.md)', '<a href="../docs">the <em>index</em></a>'],
    ['[`x`](#y)', '<a href="#y"><code>x</code></a>'],
    ['[z](https://a.b/?c&d)', '<a href="https://a.b/?c&amp;d">z</a>'],
    ['[x](elsewhere.md), [`y`](../z.c)', 'x, <code>y</code>'],
    ['[x](elsewhere.md) [y](other.md)', 'x <a href="other">y</a>'],
  ]) {
    assert.equal(main(render(text)), `<p>${shown}</p>`);
  }
  assert.match(render('[x](other.md)', 'README'), /<a href="docs\/other">x<\/a>/);
});

test('no HTML of a page reaches the reader', () => {
  assert.equal(main(render('<script>&"')), '<p>&lt;script&gt;&amp;&quot;</p>');
  assert.doesNotMatch(render('[x](javascript:alert)'), /href="javascript/);
});

test('headings have the ids that GitHub gives them, and the contents link to them', () => {
  const html = render('## A `b`, c\n\n## A b c\n\n### D');
  assert.match(html, /<h2 id="a-b-c">A <code>b<\/code>, c<\/h2>\n<h2 id="a-b-c-1">A b c<\/h2>/);
  assert.match(
    html,
    /<li><a href="#a-b-c">A <code>b<\/code>, c<\/a><\/li>\n<li><a href="#a-b-c-1">/,
  );
  assert.match(html, /<h3 id="d">/);
  assert.doesNotMatch(html, /href="#d"/);
});

test('the frame has the title and the menu', () => {
  const html = render('');
  assert.match(html, /<title>This &amp; that · Belfry<\/title>/);
  assert.match(
    html,
    /<a href="page" aria-current="page">This &amp; that<\/a><\/li>\n<li><a href="other">/,
  );
  assert.match(render('', 'README'), /<title>Belfry documentation<\/title>/);
});

test('rows about problems can be linked to, and long paths can be broken', () => {
  const path = '/subscriptions/{topic}/{subscriber}';
  const html = main(
    render(`| a | |\n| --- | --- |\n| \`/problems/rate\` | 429 |\n| \`${path}\` | |`),
  );
  assert.match(html, /^<div class="wide" tabindex="0"><table>[^]*<\/table><\/div>$/);
  assert.match(html, /<tr>\n<th>a<\/th>\n<td><\/td>\n<\/tr>/);
  assert.match(html, /<tr id="problem-rate">\n<td><code>\/problems\/rate<\/code>/);
  assert.match(
    html,
    /<code class="path">\/<wbr>subscriptions\/<wbr>{topic}\/<wbr>{subscriber}<\/code>/,
  );
});

test('the output of a command differs from commands', () => {
  const open = (info) =>
    main(render(`\`\`\`${info}\na <b>\n\`\`\``)).replace(/a &lt;b&gt;\n.*/, '');
  assert.equal(open('sh'), '<pre tabindex="0"><code>');
  assert.equal(open('json output'), '<pre tabindex="0" class="output"><code>');
  assert.equal(open('text output background'), '<pre tabindex="0" class="later"><code>');
});

// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers
//
// Bundles the chat and the operator's page, and makes the pages of /docs:
//
//   node build.mjs [--out dist] [--docs ../deploy/docs]
//
// The same sources give the same bytes wherever the tree lies: ctest builds once more and compares
// with the committed dist/. That is why names carry no hash, scope ids come from the file's name
// alone, and no setting is taken from files around this folder.

import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compileScript, compileStyle, parse } from '@vue/compiler-sfc';
import esbuild from 'esbuild';
import { PAGES, renderPages } from './docs/render.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const options = { out: { type: 'string' }, docs: { type: 'string' } };
const { values } = parseArgs({ options });
const out = resolve(values.out ?? join(here, 'dist'));
const docs = resolve(values.docs ?? join(here, '../deploy/docs'));

function parseComponent(source, path) {
  const filename = basename(path);
  const { descriptor, errors } = parse(source, { filename });
  if (errors.length > 0) {
    throw errors[0];
  }
  const id = `data-v-${createHash('sha256').update(filename).digest('hex').slice(0, 6)}`;
  return { descriptor, id, filename };
}

async function loadComponent({ path }) {
  const { descriptor, id } = parseComponent(await readFile(path, 'utf8'), path);
  const script = compileScript(descriptor, {
    id,
    isProd: true,
    inlineTemplate: true,
    genDefaultAs: 'component',
  });
  const styles = descriptor.styles.map((_, i) => `import ${JSON.stringify(`${path}?style=${i}`)};`);
  const scope = descriptor.styles.some((style) => style.scoped)
    ? `component.__scopeId = ${JSON.stringify(id)};`
    : '';
  return {
    contents: [...styles, script.content, scope, 'export default component;'].join('\n'),
    resolveDir: dirname(path),
  };
}

async function loadStyle({ path }) {
  const [file, index] = path.split('?style=');
  const { descriptor, id, filename } = parseComponent(await readFile(file, 'utf8'), file);
  const { content, scoped } = descriptor.styles[index];
  const result = compileStyle({ source: content, filename, id, scoped, isProd: true });
  if (result.errors.length > 0) {
    throw result.errors[0];
  }
  return { contents: result.code, loader: 'css', resolveDir: dirname(file) };
}

const vue = {
  name: 'vue',
  setup(build) {
    build.onResolve({ filter: /\?style=\d+$/ }, ({ path }) => ({ path, namespace: 'style' }));
    build.onLoad({ filter: /\.vue$/ }, loadComponent);
    build.onLoad({ filter: /.*/, namespace: 'style' }, loadStyle);
  },
};

async function licence(name, file, words) {
  const text = await readFile(join(here, 'node_modules', name, 'LICENSE'), 'utf8');
  const { version } = JSON.parse(
    await readFile(join(here, 'node_modules', name, 'package.json'), 'utf8'),
  );
  return `${file} contains ${words.replace('@', version)}:\n\n${text}`;
}

async function licences() {
  const vueText = await licence('vue', 'app.js and admin.js', 'Vue @ (https://vuejs.org/)');
  const words = 'uPlot @ (https://github.com/leeoniya/uPlot)';
  return `${vueText}\n${await licence('uplot', 'admin.js', words)}`;
}

async function buildDocs() {
  const texts = PAGES.map((name) => readFile(join(docs, `${name}.md`), 'utf8'));
  const sources = (await Promise.all(texts)).map((text, at) => [PAGES[at], text]);
  const pages = renderPages(Object.fromEntries(sources));
  for (const [name, html] of Object.entries(pages)) {
    await writeFile(join(out, name === 'README' ? 'docs.html' : `docs/${name}.html`), html);
  }
  const styles = ['src/theme.css', 'docs/style.css'].map((name) => readFile(join(here, name)));
  await writeFile(join(out, 'docs.css'), Buffer.concat(await Promise.all(styles)));
}

await rm(out, { recursive: true, force: true });
await mkdir(join(out, 'docs'), { recursive: true });
await buildDocs();
const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  target: ['chrome100', 'firefox100', 'safari15.4'],
  charset: 'utf8',
  legalComments: 'eof',
  mainFields: ['module', 'main'],
  conditions: ['module', 'import'],
  tsconfigRaw: '{}',
};

const production = {
  'process.env.NODE_ENV': '"production"',
  __VUE_OPTIONS_API__: 'false',
  __VUE_PROD_DEVTOOLS__: 'false',
  __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
};

// The worker first: the page finds the one that it was built with by its hash.
await esbuild.build({
  ...common,
  entryPoints: ['src/shared/worker.js'],
  outfile: join(out, 'worker.js'),
  format: 'iife',
});
const worker = createHash('sha256').update(await readFile(join(out, 'worker.js')));
await esbuild.build({
  ...common,
  entryPoints: ['src/main.js'],
  outfile: join(out, 'app.js'),
  format: 'esm',
  define: {
    __CORE_VERSION__: JSON.stringify(worker.digest('hex').slice(0, 12)),
    ...production,
  },
  plugins: [vue],
});
// The operator's page.
await esbuild.build({
  ...common,
  entryPoints: ['src/admin/main.js'],
  outfile: join(out, 'admin.js'),
  format: 'esm',
  define: production,
  plugins: [vue],
});
await cp(join(here, 'src/admin/index.html'), join(out, 'admin.html'));
for (const name of ['index.html', 'favicon.svg']) {
  await cp(join(here, 'src', name), join(out, name));
}
await writeFile(join(out, 'licences.txt'), await licences());

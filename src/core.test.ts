import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { taskNames } from './tasks/node/registry.ts';

const root = new URL('../', import.meta.url);
const entry = new URL('core.ts', import.meta.url);

interface Import {
  readonly from: string;
  readonly specifier: string;
}

/** All files that `file` leads to by relative imports (static or dynamic), and every import of something else. */
function closure(file: URL): { files: string[]; outside: Import[] } {
  const files = new Set<string>();
  const outside: Import[] = [];
  const visit = (url: URL) => {
    if (files.has(url.href)) return;
    files.add(url.href);
    const { importedFiles } = ts.preProcessFile(readFileSync(url, 'utf8'), true, true);
    for (const { fileName: specifier } of importedFiles) {
      if (specifier.startsWith('.')) visit(new URL(specifier, url));
      else outside.push({ from: fileURLToPath(url), specifier });
    }
  };
  visit(file);
  return { files: [...files], outside };
}

/** What a browser tab cannot have. */
function forbidden({ files, outside }: ReturnType<typeof closure>): string[] {
  const inNode = files.filter((f) => f.slice(root.href.length).split('/').includes('node'));
  const packages = outside.filter(({ specifier: s }) =>
    /^node:|^(sharp|onnxruntime-node|commander|hono)(\/|$)/.test(s),
  );
  return [...inNode.map((f) => `leads to ${f}`), ...packages.map((p) => `${p.from} imports ${p.specifier}`)];
}

describe('core', () => {
  const reached = closure(entry);
  const tasks = taskNames.map((name) => [name, closure(new URL(`tasks/${name}/index.ts`, import.meta.url))] as const);

  it.each([['core', reached] as const, ...tasks])('%s imports nothing that a browser tab lacks', (_, found) => {
    expect(forbidden(found)).toEqual([]);
  });

  it.each([['core', reached] as const, ...tasks])('%s needs few packages', (_, { outside }) => {
    const allowed = new Set([
      '@bufbuild/protobuf/wire',
      '@huggingface/tokenizers',
      'leven',
      'onnxruntime-common',
      'onnxruntime-web/wasm',
      'zod',
    ]);
    expect(outside.filter((i) => !allowed.has(i.specifier))).toEqual([]);
  });

  it('knows no task: a new one is a folder with an index.ts, and a line in the registry', () => {
    const folder = `${root.href}src/tasks/`;
    const inTasks = reached.files.filter((f) => f.startsWith(folder)).map((f) => f.slice(folder.length));
    expect(inTasks.filter((f) => f.includes('/'))).toEqual([]);
  });

  it('was walked to its end, by a walk that notices what is forbidden', () => {
    expect(reached.files.length).toBeGreaterThan(40);
    for (const f of ['base/tensor', 'graph/ops/conv', 'runtime/web/web', 'models/ascan/ascan']) {
      expect(reached.files).toContain(new URL(`src/${f}.ts`, root).href);
    }
    const native = new URL('runtime/node/open.ts', import.meta.url);
    expect(existsSync(native)).toBe(true);
    const found = forbidden(closure(native)).join('\n');
    expect(found).toMatch(/imports onnxruntime-node/);
    expect(found).toMatch(/imports node:os/);
    expect(found).toMatch(/leads to .*runtime\/node\/wasm\.ts/);
  });

  it('exports what its users need', async () => {
    const core = await import('./core.ts');
    const { graph, input, ops, gradients, show, cleanUp } = core;
    const x = input('x', 'float32', []);
    const [dx] = gradients(ops.mul(x, x), [x]);
    expect(show(cleanUp(graph({ dx: dx! })))).toMatch(/Mul|Add/);
    expect(core.modelNames()).toContain('ascan-nano');
  });
});

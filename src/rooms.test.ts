import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { brokenOrder, circles, type House } from '../scripts/rooms/rules.ts';
import house from './rooms.json' with { type: 'json' };

const src = fileURLToPath(new URL('.', import.meta.url));

describe('the house', () => {
  it('has every import go to a room before, or to its own', () => {
    expect(brokenOrder(src, house)).toEqual([]);
  });

  it('has no circles of files', () => {
    expect(circles(src)).toEqual([]);
  });

  it('lists exactly the rooms there are, and CONTRIBUTING says the same', () => {
    const folders = readdirSync(src, { withFileTypes: true }).filter((e) => e.isDirectory() && e.name !== 'testing');
    const names = house.rooms.map(({ name }) => name);
    expect([...names].sort()).toEqual(folders.map((e) => e.name).sort());
    const page = readFileSync(new URL('../CONTRIBUTING.md', import.meta.url), 'utf8').replace(/\s+/g, ' ');
    expect(page).toContain(`\`${names.join(' → ')}\``);
  });
});

describe('the rules', () => {
  const small: House = { rooms: ['low', 'high'].map((name) => ({ name, holds: '' })) };
  const made: string[] = [];
  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
  });

  /** A house of files with these contents. */
  function tree(files: Record<string, string>): string {
    const root = mkdtempSync(join(tmpdir(), 'yosegi-rooms-'));
    made.push(root);
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    return root;
  }

  const sound = {
    'index.ts': "export * from './high/b.ts';",
    'low/a.ts': 'export const a = 1;',
    'low/a.test.ts': "import { b } from '../high/b.ts'; b;",
    'low/testing/help.ts': "import { b } from '../../high/b.ts'; b;",
    'high/b.ts': "import { a } from '../low/a.ts';\nexport const b = a;",
  };

  it('pass a sound house', () => {
    const root = tree(sound);
    expect(brokenOrder(root, small)).toEqual([]);
    expect(circles(root)).toEqual([]);
  });

  it.each([
    ['a value', "import { b } from '../high/b.ts'; b;"],
    ['a type', "import type { B } from '../high/b.ts'; export type A = B;"],
    ['a type inside a type', "export type A = import('../high/b.ts').B;"],
    ['what is handed on', "export { b } from '../high/b.ts';"],
    ['everything', "export * from '../high/b.ts';"],
    ['for its effects', "import '../high/b.ts';"],
    ['late', "export const b = () => import('../high/b.ts');"],
    ['as a worker', "export const u = new URL('../high/b.ts', import.meta.url);"],
  ])('find an import of a later room: %s', (_, text) => {
    const root = tree({ ...sound, 'low/a.ts': `export const a = 1;\n${text}` });
    expect(brokenOrder(root, small)).toEqual(["low/a.ts:2 imports high/b.ts: 'low' comes before 'high'"]);
  });

  it('find imports of tests and of the top, and rooms without a place', () => {
    const root = tree({
      ...sound,
      'high/b.ts': "import '../low/testing/help.ts';\nimport '../index.ts';",
      'new/c.ts': '',
    });
    expect(brokenOrder(root, small)).toEqual([
      'high/b.ts:1 imports low/testing/help.ts: that file is for tests alone',
      "high/b.ts:2 imports index.ts: a file at the top, which knows all rooms, is not for 'high'",
      "new/c.ts: the room 'new' has no place in rooms.json",
    ]);
  });

  it('find circles of values, of any length, and let types and late imports be', () => {
    const links = (to: string, how = '') =>
      `import ${how}{ x } from './${to}.ts';\nexport const ${how ? 'y' : 'x'} = 1;`;
    const ring = (how?: string) =>
      tree({ 'low/1.ts': links('2'), 'low/2.ts': links('3'), 'low/3.ts': links('1', how), 'low/4.ts': links('1') });
    expect(circles(ring())).toEqual([['low/1.ts', 'low/2.ts', 'low/3.ts']]);
    expect(circles(ring('type '))).toEqual([]);
    expect(circles(tree({ 'low/1.ts': "import './1.ts';" }))).toEqual([['low/1.ts']]);
    expect(circles(tree({ 'low/1.ts': "export const y = () => import('./1.ts');" }))).toEqual([]);
  });
});

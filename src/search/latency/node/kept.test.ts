import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { graph } from '../../../graph/graph.ts';
import { createModel } from '../../../models/registry.ts';
import { nativeRuntime } from '../../../runtime/node/native.ts';
import { LatencyTable } from '../table.ts';
import { cacheFolder, type Device, keptTimes } from './kept.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-kept-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const device: Device = { cpu: 'a CPU', cores: 2, os: 'Linux', runtime: 'ort 1', yosegi: '1', threads: 1 };
const in_ = (name: string, more: Partial<Device> = {}) =>
  keptTimes({ device: { ...device, ...more }, folder: join(root, name) });
const network = (layout: string) =>
  graph({ logits: createModel('ascan-micro', { size: 32, classes: 3 }, { layout }).logits });

it('what was timed once is taken from there afterwards; only what is new is timed', async () => {
  const runtime = await nativeRuntime({ threads: 1 });
  const first = new LatencyTable(runtime, 1, await in_('a'));
  const ms = await first.expect(network('C|C|C|C'));
  expect(first.from).toEqual({ kept: 0, measured: first.size });
  const again = new LatencyTable(runtime, 1, await in_('a'));
  // All but what one call takes, which is measured anew.
  expect(Math.abs((await again.expect(network('C|C|C|C'))) - ms)).toBeLessThan(1);
  expect(again.from).toEqual({ kept: first.size, measured: 0 });
  await again.expect(network('C|C|CT|C'));
  expect(again.from.measured).toBeGreaterThan(0);
  expect(again.from.measured).toBeLessThan(4);
  await runtime.close();
});

it('another processor, runtime, version or number of threads is measured again', async () => {
  await (await in_('b')).add(new Map([['part', 1.5]]));
  expect((await in_('b')).get('part')).toBe(1.5);
  for (const other of [{ cpu: 'another' }, { cores: 4 }, { runtime: 'ort 2' }, { yosegi: '2' }, { threads: 2 }])
    expect((await in_('b', other)).get('part')).toBeUndefined();
});

it('several that write at once lose nothing of each other', async () => {
  const writers = await Promise.all(Array.from({ length: 8 }, () => in_('c')));
  for (let round = 0; round < 5; round++)
    await Promise.all(writers.map((w, i) => w.add(new Map([[`part ${round} of ${i}`, i + round / 10]]))));
  // Whoever was written over writes again with its next part.
  await Promise.all(writers.map((w, i) => w.add(new Map([[`last of ${i}`, i]]))));
  for (const w of writers) await w.add(new Map());
  const all = await in_('c');
  for (let i = 0; i < 8; i++) {
    expect(all.get(`last of ${i}`)).toBe(i);
    for (let round = 0; round < 5; round++) expect(all.get(`part ${round} of ${i}`)).toBe(i + round / 10);
  }
  expect(await readdir(join(root, 'c', 'blocks'))).toHaveLength(1);
});

it('a file that is cut off is written anew; a folder that takes none is said once and stops nobody', async () => {
  const before = await in_('d');
  await before.add(new Map([['part', 2]]));
  await writeFile(before.file, (await readFile(before.file, 'utf8')).slice(0, 40));
  const after = await in_('d');
  expect(after.get('part')).toBeUndefined();
  await after.add(new Map([['part', 3]]));
  expect((await in_('d')).get('part')).toBe(3);
  await mkdir(join(root, 'e'));
  await writeFile(join(root, 'e', 'blocks'), 'a file where the folder should be');
  const told: string[] = [];
  const none = await keptTimes({ device, folder: join(root, 'e'), onNotice: (m) => told.push(m) });
  for (const part of ['x', 'y']) await none.add(new Map([[part, 1]]));
  expect(none.get('x')).toBe(1);
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/times of blocks are not kept: .*blocks/);
});

it('lies where caches lie', () => {
  expect(cacheFolder({ YOSEGI_CACHE: '/c', XDG_CACHE_HOME: '/x' })).toBe('/c');
  expect(cacheFolder({ XDG_CACHE_HOME: '/x' })).toBe(join('/x', 'yosegi'));
  expect(cacheFolder({})).toMatch(/\.cache.yosegi$/);
});

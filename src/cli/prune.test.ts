import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadRun } from '../run/node/run-folder.ts';
import { workplace } from './testing/photographs.ts';
import { toldAll as told } from './testing/told.ts';
import { yosegi } from './testing/yosegi.ts';

/** A run's network with fewer channels, as a user makes, judges and ships it. Real pictures of steel (X-SDD). */
let place: Awaited<ReturnType<typeof workplace>>;
const at = (...names: string[]) => join(place.root, ...names);

beforeAll(async () => {
  place = await workplace(12);
  const short = ['--model', 'mobilenetv2_035', '--size', '96', '--epochs', '1', '--batch', '8'];
  await told('train', place.images, ...short, '--out', at('whole'));
});
afterAll(() => place.remove());

it('prunes to a share of the multiply-adds in two steps, and what comes out is a run', async () => {
  const half50 = ['--macs', '50%', '--steps', '2', '--epochs', '1', '--by', 'taylor'];
  const text = await told('prune', at('whole'), ...half50, '--out', at('half'));
  expect(text).toMatch(/step 1 of 2: .*step 2 of 2: /s);
  const [before, now] = [...text.matchAll(/(?:before|now) .* (\d+) M multiply-adds/g)].map(([, m]) => Number(m));
  expect(now).toBeLessThanOrEqual(Math.ceil(before! / 2));
  const [whole, half] = [await loadRun(at('whole')), await loadRun(at('half'))];
  expect(half.run.macs).toBeLessThanOrEqual(0.55 * whole.run.macs);
  // The pictures are split as before.
  expect(half.run.images).toEqual(whole.run.images);
  expect(await told('eval', at('half'))).toMatch(/accuracy/);
  expect(await told('export', at('half'), '--out', at('bundle'))).toMatch(/differ by at most/);
  expect(await told('verify', at('bundle'))).toContain('The bundle is good.');
});

it('prunes until a measured time is met', async () => {
  const text = await told(
    'prune',
    at('whole'),
    '--speed',
    '1.2x',
    '--epochs',
    '1',
    '--by',
    'scale',
    '--out',
    at('fast'),
  );
  expect(text).toMatch(/before .* ms\nnow .* ms/);
});

it('says what is missing, and what is not pruned', async () => {
  const refused = async (...args: string[]) => {
    const { code, err } = await yosegi('prune', ...args, '--out', at('never'));
    expect(code).toBe(1);
    return err;
  };
  expect(await refused(at('whole'))).toMatch(/One of --speed 2x, --ms 3, --macs 50%/);
  expect(await refused(at('whole'), '--macs', '2')).toMatch(/between 0 and 1/);
  expect(await refused(at('whole'), '--macs', '0.0001')).toMatch(/does not become that small/);
  expect(await refused(at('nothing'), '--macs', '0.5')).toMatch(/is not a run folder/);
});

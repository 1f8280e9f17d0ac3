import { cp, link, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Progress, progressSchema } from '../train/checkpoint.ts';
import { epochSchema } from '../train/epoch.ts';
import { parseSafetensors } from '../weights/safetensors.ts';
import { quick, workplace } from './testing/photographs.ts';
import { type Ended, start } from './testing/start.ts';
import { all, yosegi } from './testing/yosegi.ts';

let place: Awaited<ReturnType<typeof workplace>>;
const at = (name: string) => join(place.root, name);

// Everything that has a state: momentum, moving averages, dropped paths, drawn augmentations, balanced sampling.
const options = [
  ...[...quick, '--epochs', '4', '--warmup', '1', '--seed', '3', '--checkpoint-seconds', '0', '--augment', 'strong'],
  ...['--ema', '0.9', '--drop-path', '0.1', '--drop-rate', '0.1', '--sampling', 'balanced'],
];
const train = (out: string) => start(['train', place.images, '--out', out, ...options]);

let whole: Ended;
beforeAll(async () => {
  place = await workplace();
  whole = await train(at('whole')).ended;
});
afterAll(() => place.remove());

const checkpointPath = (run: string) => join(run, 'last', 'checkpoint.safetensors');

/** Where a run's checkpoint stands, from the header of the file alone. */
async function progress(run: string): Promise<Progress | undefined> {
  const file = await open(checkpointPath(run)).catch(() => undefined);
  if (!file) return undefined;
  try {
    const length = (await file.read(new Uint8Array(8), 0, 8, 0)).buffer;
    const size = Number(new DataView(length.buffer).getBigUint64(0, true));
    const { buffer } = await file.read(new Uint8Array(size), 0, size, 8);
    const { __metadata__: metadata } = JSON.parse(new TextDecoder().decode(buffer));
    return progressSchema.parse(JSON.parse(metadata.progress));
  } finally {
    await file.close();
  }
}

/** A run without what depends on the clock. */
async function outcome(run: string) {
  const log = (await readFile(join(run, 'log.jsonl'), 'utf8')).trim().split('\n');
  const { metadata, tensors } = parseSafetensors(await readFile(checkpointPath(run)));
  const { seconds: _, history, ...rest } = progressSchema.parse(JSON.parse(metadata.progress!));
  return {
    log: log.map((line) => timeless(epochSchema.parse(JSON.parse(line)))),
    history: history.map(timeless),
    progress: rest,
    best: (await readFile(join(run, 'best', 'model.safetensors'))).toString('latin1'),
    tensors: new Map(
      [...tensors].map(([name, t]) => [
        name,
        Buffer.from(t.data.buffer, t.data.byteOffset, t.data.byteLength).toString('latin1'),
      ]),
    ),
  };
}

function timeless<T extends { seconds: number; imagesPerSecond: number }>(epoch: T) {
  const { seconds: _, imagesPerSecond: __, ...rest } = epoch;
  return rest;
}

/** Compares without printing megabytes where they differ. */
async function expectSame(run: string, other: string): Promise<void> {
  const [a, b] = await Promise.all([outcome(run), outcome(other)]);
  expect(a.log).toEqual(b.log);
  expect(a.history).toEqual(b.history);
  expect(a.progress).toEqual(b.progress);
  expect([...a.tensors.keys()]).toEqual([...b.tensors.keys()]);
  for (const [name, bytes] of a.tensors) expect(bytes === b.tensors.get(name), name).toBe(true);
  expect(a.best === b.best, 'best/model.safetensors').toBe(true);
}

describe('yosegi train --resume', () => {
  it('goes on after kill -9 to the very weights of a training that was not stopped', async () => {
    expect(whole.err).toContain('finished');
    const run = at('killed');
    const child = train(run);
    for (let p = await progress(run); !p || p.epoch < 1 || p.batch < 1; p = await progress(run)) await sleep(5);
    child.kill('SIGKILL');
    expect(await child.ended).toMatchObject({ code: null, signal: 'SIGKILL' });
    const left = (await progress(run))!;
    expect(left.step).toBeLessThan(12);
    // What a kill in the middle of a write leaves, beside the file and in place of the last line.
    await writeFile(join(run, 'last', '.checkpoint.safetensors.0123456789ab.tmp'), 'half a check');
    await writeFile(join(run, 'log.jsonl'), '{"epoch":0,"st');

    const resumed = await yosegi('train', '--resume', '--out', run);
    expect(resumed).toMatchObject({ code: 0, out: '' });
    expect(resumed.err).toContain(`going on at step ${left.step}\n`);
    expect(resumed.err).toMatch(/epoch {3}4 .*\nfinished\n/);
    await expectSame(run, at('whole'));
  });

  it('stops at Ctrl-C with a checkpoint, says how to go on, and does', async () => {
    const run = at('stopped');
    const child = train(run);
    while (!child.err().includes('epoch   1')) await sleep(5);
    child.kill('SIGINT');
    const { code, err } = await child.ended;
    expect(code).toBe(130);
    expect(err).toContain(`stopped; go on with: yosegi train --resume --out ${run}\n`);
    expect(err).not.toContain('next:');
    expect((await progress(run))!.step).toBeLessThan(12);

    // Moved images are no other images.
    await cp(place.images, at('moved'), { recursive: true });
    expect(await yosegi('train', at('moved'), '--resume', '--out', run)).toMatchObject({ code: 0 });
    await expectSame(run, at('whole'));
  });

  it('ends at once at Ctrl-C while it reads images, and holds nothing', async () => {
    const many = at('many');
    await cp(place.images, many, { recursive: true });
    for (const name of await readdir(many)) {
      const [first = ''] = await readdir(join(many, name));
      for (let i = 0; i < 400; i++) await link(join(many, name, first), join(many, name, `again-${i}.jpg`));
    }
    const out = at('reading');
    const child = start(['train', many, '--out', out, ...options]);
    // The folder is this process's before the first picture is read.
    while ((await readdir(out).catch(() => [])).length === 0) await sleep(5);
    await sleep(100);
    child.kill('SIGINT');
    const { code, err } = await child.ended;
    expect([code, err]).toEqual([130, expect.stringContaining('stopped before the first step\n')]);
    expect(err).not.toContain('stopping after');
    expect(await readdir(out)).toEqual([]);
  });

  it('begins again where it was killed before its first checkpoint', async () => {
    const run = at('early');
    await cp(at('whole'), run, { recursive: true });
    for (const file of ['last', 'best', 'log.jsonl', 'data.json']) await rm(join(run, file), { recursive: true });
    const { code, err } = await yosegi('train', '--resume', '--out', run);
    expect(code, err).toBe(0);
    expect(err).toContain(`${run} was stopped before its first checkpoint: it begins again, with the same options\n`);
    await expectSame(run, at('whole'));
  });

  it('refuses what would not be the same training, and says what to do', async () => {
    const fresh = at('no-checkpoint');
    await cp(at('whole'), fresh, { recursive: true });
    await rm(checkpointPath(fresh));
    const torn = at('torn');
    await cp(at('whole'), torn, { recursive: true });
    await truncate(checkpointPath(torn), 1_000_000);
    const fewer = join(place.root, 'fewer');
    await cp(place.images, fewer, { recursive: true });
    await rm(join(fewer, 'red-iron', '2001.jpg'));
    const resume = (...args: string[]) => ['train', '--resume', '--out', ...args];
    const answers = await all([
      resume(at('whole'), '--lr', '0.1', '--epochs', '9'),
      resume(at('nothing')),
      resume(fresh),
      resume(torn),
      ['train', fewer, ...resume(at('whole')).slice(1)],
    ]);
    for (const { code } of answers) expect(code).toBe(1);
    const [changed, nothing, missing, damaged, other] = answers.map(({ err }) => err);
    expect(changed).toMatch(/keeps the options it was started with: leave out --epochs, --lr\n/);
    expect(nothing).toMatch(/not a run folder.*'yosegi train DATA --out/);
    expect(missing).toMatch(/checkpoint\.safetensors is gone, after 4 epochs: train again with --force\n/);
    expect(damaged).toMatch(/cannot resume .*checkpoint\.safetensors is damaged: train again with --force\n/);
    expect(other).toMatch(
      /images that it is trained on are gone from .*fewer: 1 \(red-iron\/2001\.jpg\)\. Put them back/,
    );
    for (const err of [changed, nothing, missing, damaged, other]) expect(err).not.toMatch(/\n {4}at /);
  });
});

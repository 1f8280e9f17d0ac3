import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { preprocessing } from '../../data/preprocess.ts';
import type { ExitsRecord } from '../../exits/record.ts';
import { example, record } from '../../exits/testing/record.ts';
import { openDataset } from '../../feed/node/dataset.ts';
import { summarise } from '../../feed/node/summary.ts';
import { classify } from '../../tasks/classify/node/classify.ts';
import { benchmark, epochs, evaluation, run } from '../testing/input.ts';
import { readReport, writeReport } from './report.ts';

let base: string;
let data: string;
const evil = '<img onerror=x>';
const names = [evil, 'ok'];

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'yosegi-report-'));
  data = join(base, 'pictures');
  for (const [c, name] of names.entries()) {
    await mkdir(join(data, name), { recursive: true });
    for (let i = 0; i < 10; i++) {
      const picture = sharp({
        create: { width: 400, height: 200, channels: 3, background: { r: c * 200, g: i * 20, b: 0 } },
      });
      await picture.png().toFile(join(data, name, `1-${i}.jpg`));
    }
  }
});

afterAll(() => rm(base, { recursive: true, force: true }));

/** A run folder holding `files`, those given as objects written as JSON. */
async function folder(files: Record<string, unknown>): Promise<string> {
  const path = await mkdtemp(join(base, 'run-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(path, name, '..'), { recursive: true });
    await writeFile(join(path, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return path;
}

const two = run({ classes: names });
const judged = () =>
  evaluation(
    [
      [6, 4],
      [0, 10],
    ],
    { names },
  );
const lines = epochs(5).map((epoch) => JSON.stringify(epoch));

describe('writeReport', () => {
  it('puts everything a run folder holds on one page, pictures inside', async () => {
    const dataset = await openDataset(data, classify, { workers: 0 });
    const summary = summarise(dataset);
    await dataset.close();
    const path = await folder({
      'run.json': run({ classes: names, data }),
      'log.jsonl': `${lines.join('\n')}\n`,
      'eval.json': judged(),
      'bench.json': benchmark(),
      'data.json': summary,
      'bundle/model.onnx': 'x'.repeat(2_000_000),
      'bundle/golden/a.bin': 'x'.repeat(500_000),
    });
    const written = await writeReport(path, { lang: 'en' });
    expect(written).toMatchObject({ path: join(path, 'report.html'), pictures: 4 });
    const page = await readFile(written.path, 'utf8');
    expect(page).toContain('2.5\u00a0MB');
    expect(page).toContain('kept: epoch 4');
    expect(page).not.toContain('<img onerror');
    expect(page).toContain('&lt;img onerror=x&gt;');
    const thumbnail = page.match(/src="data:image\/jpeg;base64,([^"]+)"/)![1]!;
    expect(await sharp(Buffer.from(thumbnail, 'base64')).metadata()).toMatchObject({
      format: 'jpeg',
      width: 160,
      height: 80,
    });
    expect(page).not.toContain('data.json');
  });

  it('needs only run.json, and writes Japanese beside English', async () => {
    const path = await folder({ 'run.json': two });
    expect((await writeReport(path, { lang: 'ja' })).path).toBe(join(path, 'report.ja.html'));
    const page = await readFile(join(path, 'report.ja.html'), 'utf8');
    expect(page).toContain('<html lang="ja">');
    expect(page).toContain('yosegi eval');
    const out = join(base, 'elsewhere.html');
    expect((await writeReport(path, { lang: 'en', out })).path).toBe(out);
  });
});

describe('a model that images leave early', () => {
  const perceiver = { classes: names, model: 'ascan-micro-perceiver', preprocessing: preprocessing({ size: 32 }) };
  const weights = 'the weights';
  const chosen = (change: Partial<ExitsRecord> = {}) => {
    const shown = example({ file: 'ok/1-3.jpg' });
    const [first, ...rest] = record().leavers;
    return record({
      classes: names,
      weights: createHash('sha256').update(weights).digest('hex'),
      policy: { ...record().policy, always: [] },
      leavers: [{ ...first!, examples: [shown] }, ...rest.map((l) => ({ ...l, examples: [] }))],
      byClass: [
        [1, 1, 1],
        [1, 1, 1],
      ],
      ...change,
    });
  };

  it('is shown with its pictures from exits.json', async () => {
    const path = await folder({
      'run.json': run({ ...perceiver, data }),
      'exits.json': chosen(),
      'best/model.safetensors': weights,
    });
    const read = await readReport(path);
    expect(read.exits).toEqual({ names: ['early', 'late', 'end'], record: chosen() });
    expect([...read.pictures.keys()]).toEqual(['ok/1-3.jpg']);
    expect(await readFile((await writeReport(path, { lang: 'en' })).path, 'utf8')).toContain('id="exits"');
  });

  it('is known as such without exits.json, and exits.json for other weights is not believed', async () => {
    const bare = await folder({ 'run.json': run(perceiver) });
    expect((await readReport(bare)).exits).toEqual({ names: ['latent3', 'latent4', 'backbone', 'merged'] });
    const trained = await folder({
      'run.json': run(perceiver),
      'exits.json': chosen({ weights: 'b'.repeat(64) }),
      'best/model.safetensors': weights,
    });
    expect((await readReport(trained)).exits).toEqual({ names: ['early', 'late', 'end'], stale: true });
    expect((await readReport(await folder({ 'run.json': two }))).exits).toBeUndefined();
    expect((await readReport(await folder({ 'run.json': run({ model: 'gone' }) }))).exits).toBeUndefined();
    const broken = await folder({ 'run.json': run(perceiver), 'exits.json': '{}' });
    await expect(readReport(broken)).rejects.toThrow(
      /exits\.json is not what this version of yosegi expects.*yosegi exits/s,
    );
  });
});

describe('readReport', () => {
  it('says which file is wrong and what to do', async () => {
    await expect(readReport(join(base, 'none'))).rejects.toThrow(/not a run folder: it has no run\.json/);
    const broken = await folder({ 'run.json': two, 'eval.json': '{"split":' });
    await expect(readReport(broken)).rejects.toThrow(/eval\.json is not JSON.*yosegi eval/s);
    const wrong = await folder({ 'run.json': two, 'bench.json': { machine: 1 } });
    await expect(readReport(wrong)).rejects.toThrow(
      /bench\.json is not what this version of yosegi expects.*machine.*yosegi bench/s,
    );
    const other = await folder({
      'run.json': two,
      'eval.json': evaluation(
        [
          [1, 0],
          [0, 1],
        ],
        { names: ['a', 'b'] },
      ),
    });
    await expect(readReport(other)).rejects.toThrow(/eval\.json has other classes than run\.json/);
  });

  it('forgives a last line of the log that was cut short, but no other', async () => {
    const cut = await folder({ 'run.json': two, 'log.jsonl': `${lines.join('\n')}\n{"epoch":5,"st` });
    expect((await readReport(cut)).epochs).toEqual(epochs(5));
    const torn = await folder({ 'run.json': two, 'log.jsonl': [lines[0], '{"epo', lines[2]].join('\n') });
    await expect(readReport(torn)).rejects.toThrow(/log\.jsonl, line 2, is no epoch/);
  });

  it('counts an epoch that was trained again once, as it was the last time', async () => {
    const again = { ...epochs(5)[1]!, trainLoss: 0.5 };
    const path = await folder({
      'run.json': two,
      'log.jsonl': [...lines.slice(0, 2), JSON.stringify(again)].join('\n'),
    });
    expect((await readReport(path)).epochs).toEqual([epochs(5)[0], again]);
  });

  it('does without pictures that have gone, but not when told where they are', async () => {
    const path = await folder({ 'run.json': two, 'eval.json': judged() });
    expect((await readReport(path)).pictures.size).toBe(0);
    expect((await readReport(path, { dataFolder: data })).pictures.size).toBe(4);
    await expect(readReport(path, { dataFolder: join(base, 'none') })).rejects.toThrow(/there is no folder/);
  });

  it('reads no file outside the pictures, whatever eval.json names', async () => {
    const secret = join(base, 'secret.png');
    await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
      .png()
      .toFile(secret);
    const e = judged();
    for (const worst of e.worst) worst.file = '../secret.png';
    e.worst[0]!.file = secret;
    const path = await folder({ 'run.json': two, 'eval.json': e });
    expect((await readReport(path, { dataFolder: data })).pictures.size).toBe(0);
  });

  it('quotes a folder for the shell where it must', async () => {
    const path = join(base, 'my run');
    await mkdir(path);
    await writeFile(join(path, 'run.json'), JSON.stringify(two));
    expect((await readReport(path)).runFolder).toBe(`'${path}'`);
  });
});

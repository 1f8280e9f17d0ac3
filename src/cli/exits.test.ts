import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExitsRecord, exitsSchema } from '../exits/record.ts';
import { writeSmallRun } from '../run/node/testing/write-run.ts';
import { benchCommand } from './bench.ts';
import { evalCommand } from './eval.ts';
import { exitsCommand } from './exits.ts';
import { exportCommand } from './export.ts';
import { predictCommand } from './predict.ts';
import { classes, quick, workplace } from './testing/photographs.ts';
import type { Printed } from './testing/printed.ts';
import { runCommand } from './testing/run-command.ts';
import { yosegi } from './testing/yosegi.ts';
import { verifyCommand } from './verify.ts';

let place: Awaited<ReturnType<typeof workplace>>;
let run = '';

beforeAll(async () => {
  place = await workplace(40);
  run = join(place.root, 'run');
  const model = ['--model', 'ascan-micro-perceiver', '--size', '32', '--batch', '8', '--threads', '1'];
  const trained = await yosegi('train', place.images, '--out', run, ...model, '--epochs', '4', '--val-fraction', '0.3');
  expect(trained.err).toContain('finished');
}, 240_000);
afterAll(() => place.remove());

const exits = (...args: string[]) => runCommand(exitsCommand(), [run, '--threads', '1', '--seconds', '0.1', ...args]);
const record = async (): Promise<ExitsRecord> =>
  exitsSchema.parse(JSON.parse(await readFile(join(run, 'exits.json'), 'utf8')));
const predictions = async (...args: string[]) => {
  const files = [join(place.images, 'red-iron'), join(place.images, 'slag-inclusion')];
  const { out } = await runCommand(predictCommand(), [...args, ...files, '--json', '--top', '3', '--threads', '1']);
  return out
    .trim()
    .split('\n')
    .map((line): Printed => JSON.parse(line));
};

describe('yosegi exits', () => {
  it('prints the curve and stores a policy that fits its budget', async () => {
    const { out, err } = await exits();
    expect(out).toMatch(/4 exits, calibrated on \d+ images of the val split/);
    expect(out).toMatch(/latent3.*\n.*latent4.*\n.*backbone.*\n.*merged.*\n.*whole network as one program/);
    expect(out).toMatch(/→ .*%/);
    expect(out).toMatch(/test: 24 images, accuracy/);
    expect(err).toContain('exits.json');
    const kept = await record();
    expect(kept.chosen.accuracy).toBeGreaterThanOrEqual(kept.val.exits.at(-1)!);
    expect(kept.macs).toEqual([...kept.macs].sort((a, b) => a - b));
    expect(kept.distribution.exits.map((n) => n / kept.val.images)).toEqual(kept.val.policy.shares);
    expect(kept.curve[0]!.shares[0]).toBe(1);

    const budget = (kept.macs[0]! + kept.macs[3]!) / 2;
    await exits('--budget', `${budget}macs`);
    const cheap = await record();
    expect(cheap.chosen.macs).toBeLessThanOrEqual(budget * (1 + 1e-9));
    expect(cheap.budget).toEqual({ kind: 'macs', value: budget });

    const printed = exitsSchema.parse(
      JSON.parse((await exits('--search', 'published', '--budget', '1000ms', '--json')).out),
    );
    expect(printed).toEqual(await record());
    expect(printed).toMatchObject({ method: 'published', policy: { always: [], suspicion: 1 } });
    expect(printed.curve).toHaveLength(33);
  });

  it('keeps classes to the end that must not leave early', async () => {
    await exits('--never', 'red-iron', '--budget', '1000ms');
    const { policy } = await record();
    expect(policy.always).toEqual([classes.indexOf('red-iron')]);
    expect(policy.suspicion).toBeLessThan(1);
    for (const p of await predictions(run, '--explain')) {
      if ('ranked' in p && p.ranked[0]!.label === 'red-iron') expect(p.left?.exit).toBe('merged');
    }
    await expect(exits('--never', 'red-irn')).rejects.toThrow(/did you mean 'red-iron'/);
  });

  it('keeps images of each exit, and what came of them', async () => {
    await exits('--budget', '1000ms');
    const kept = await record();
    expect(kept.leavers.map((l) => l.left / 24)).toEqual(kept.test!.policy.shares);
    expect(kept.leavers.reduce((sum, l) => sum + l.lost, 0)).toBe(kept.test!.lost);
    expect(kept.byClass.flat().reduce((a, b) => a + b)).toBe(24);
    const answers = new Map((await predictions(run, '--explain')).map((p) => [p.file, p]));
    let compared = 0;
    for (const [k, { examples }] of kept.leavers.entries()) {
      for (const e of examples) {
        expect(e.file.split('/')[0]).toBe(e.truth);
        const p = answers.get(join(place.images, e.file));
        if (!p || !('ranked' in p)) continue;
        expect([p.left?.exit, p.ranked[0]!.label]).toEqual([kept.exits[k], e.predicted]);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(2);
    expect(kept.curve.every((p) => p.test !== null)).toBe(true);
    const last = kept.curve.at(-1)!;
    expect(last.shares.at(-1)).toBe(1);
    expect(last.test!.accuracy).toBe(kept.test!.exits.at(-1));
  });

  it('compares with other networks on the same images, in turns', async () => {
    const plain = join(place.root, 'backbone');
    const options = [...quick, '--epochs', '1', '--val-fraction', '0.3'];
    await yosegi('train', place.images, '--out', plain, ...options);
    const { out } = await exits('--static', plain);
    const [one, ...more] = (await record()).statics;
    expect(more).toEqual([]);
    expect(one).toMatchObject({ name: 'backbone', folder: plain, model: 'ascan-micro' });
    expect(one!.ms).toBeGreaterThan(0);
    const { accuracy } = JSON.parse((await runCommand(evalCommand(), [plain, '--json'])).out);
    expect(one!.accuracy).toBe(accuracy);
    expect(out).toMatch(/beside other networks, on the 24 images of the test split/);
    expect(out).toMatch(/ascan-micro \(backbone\) .*(faster|slower), accuracy [+−]\d+\.\d points \([+−]\d+ images?\)/);

    await expect(exits('--static', run)).rejects.toThrow(/is the run itself/);
    const other = join(place.root, 'other-classes');
    await writeSmallRun(other);
    await expect(exits('--static', other)).rejects.toThrow(/knows other classes \(crack, dent, fine\)/);
    const drew = join(place.root, 'drew-others');
    await yosegi('train', place.images, '--out', drew, ...options, '--seed', '7');
    await expect(exits('--static', drew)).rejects.toThrow(/has learned \d+ of the 24 test images.*same seed/s);
  });

  it('says what it cannot do', async () => {
    await expect(exits('--budget', '5 apples')).rejects.toThrow(/is no budget/);
    await expect(exits('--budget', '1macs')).rejects.toThrow(/cheapest policy costs/);
    const plain = join(place.root, 'plain');
    await writeSmallRun(plain);
    await expect(runCommand(exitsCommand(), [plain])).rejects.toThrow(/has no exits.*ascan-nano-perceiver/);
    await expect(runCommand(predictCommand(), [plain, place.images, '--explain'])).rejects.toThrow(/needs a policy/);
  });
});

describe('a policy in use', () => {
  beforeAll(async () => {
    await exits('--budget', '1000ms');
    // Thresholds that send images everywhere, whatever so short a training has given.
    const r = await record();
    const sure = (await predictions(run, '--no-early'))
      .map((p) => ('ranked' in p ? p.ranked[0]!.confidence : 0))
      .sort();
    const middle = sure[sure.length >> 1]!;
    const policy = { thresholds: [middle, middle, middle], always: [], suspicion: 1 };
    await writeFile(join(run, 'exits.json'), JSON.stringify({ ...r, policy }));
  });

  it('decides in predict, which says where images left; --no-early runs them to the end', async () => {
    const { policy, exits: names } = await record();
    const [early, whole] = [await predictions(run, '--explain'), await predictions(run, '--no-early')];
    expect(new Set(early.map((p) => ('ranked' in p ? p.left?.exit : ''))).size).toBeGreaterThan(1);
    for (const [i, p] of early.entries()) {
      const q = whole[i]!;
      if (!('ranked' in p && 'ranked' in q)) throw new Error(`no answer for ${p.file}`);
      const { exit, passed } = p.left!;
      expect(passed.map((e) => e.exit)).toEqual(names.slice(0, names.indexOf(exit) + 1));
      for (const [k, e] of passed.slice(0, -1).entries()) expect(e.confidence).toBeLessThan(policy.thresholds[k]!);
      expect(passed.at(-1)!.confidence).toBeCloseTo(p.ranked[0]!.confidence, 5);
      expect(q).not.toHaveProperty('left');
      if (exit === 'merged') expect(p.ranked[0]!.confidence).toBeCloseTo(q.ranked[0]!.confidence, 4);
    }
    const { out } = await runCommand(predictCommand(), [run, place.images, '--explain']);
    expect(out).toMatch(/left at the last of/);
    expect(out).toMatch(/latent3 \d+ % → latent4 \d+ %/);
  });

  it('is timed by bench, beside the whole network', async () => {
    const args = [run, '--threads', '1', '--batches', '1', '--seconds', '0.05'];
    expect((await runCommand(benchCommand(), args)).out).toMatch(
      /images that leave early.*measured on 24 .*as one file/s,
    );
    const { early } = JSON.parse((await runCommand(benchCommand(), [...args, '--json'])).out);
    expect(early).toMatchObject({ split: 'test', images: 24 });
    expect(early.parts.mean).toBeGreaterThan(0);
  });

  it('travels in the bundle, in both forms, is verified and used there', async () => {
    const early = await predictions(run, '--explain');
    for (const form of [[], ['--embed-preprocessing', '--softmax']]) {
      const bundle = join(place.root, `bundle${form.length}`);
      await runCommand(exportCommand(), [run, '--out', bundle, ...form]);
      const good = await runCommand(verifyCommand(), [bundle]);
      expect(good.out).toMatch(/✓ onnxruntime-node.*✓ onnxruntime-web.*The bundle is good/s);
      const shipped = await predictions(bundle, '--explain');
      expect(shipped.map((p) => ('ranked' in p ? p.left?.exit : ''))).toEqual(
        early.map((p) => ('ranked' in p ? p.left?.exit : '')),
      );
    }
    const bundle = join(place.root, 'bundle0');
    expect(await readFile(join(bundle, 'README.md'), 'utf8')).toContain('exits/one-file.onnx');
    const part = join(bundle, 'exits', 'part-2.onnx');
    const bytes = await readFile(part);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(part, bytes);
    expect((await runCommand(verifyCommand(), [bundle, '--device', 'native'])).out).toMatch(
      /✗ exits\/part-2\.onnx was changed/,
    );
    const without = join(place.root, 'without');
    const { out } = await runCommand(exportCommand(), [run, '--out', without, '--no-exits']);
    expect(out).not.toContain('exits');
  });

  it('is not used for other weights', async () => {
    const other = join(place.root, 'other');
    await cp(run, other, { recursive: true });
    const path = join(other, 'exits.json');
    await writeFile(
      path,
      (await readFile(path, 'utf8')).replace(/"weights":\s*"\w{64}"/, `"weights":"${'0'.repeat(64)}"`),
    );
    const { err } = await runCommand(predictCommand(), [other, place.images]);
    expect(err).toMatch(/is not used.*about other weights/s);
    await expect(runCommand(exportCommand(), [other])).rejects.toThrow(/about other weights/);
    await rm(other, { recursive: true });
  });
});

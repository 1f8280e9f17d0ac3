import { cp, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evalCommand } from './eval.ts';
import { exportCommand } from './export.ts';
import { reportCommand } from './report.ts';
import { quick, workplace } from './testing/photographs.ts';
import { runCommand } from './testing/run-command.ts';
import { start } from './testing/start.ts';
import { trainCommand } from './train.ts';

let place: Awaited<ReturnType<typeof workplace>>;
const at = (...names: string[]) => join(place.root, ...names);
const options = [...quick, '--epochs', '1', '--warmup', '0', '--checkpoint-seconds', '0'];

beforeAll(async () => {
  place = await workplace();
  await runCommand(trainCommand(), [place.images, '--out', at('run'), ...options]);
});
afterAll(() => place.remove());

/** A copy of the trained run and of its images, for a test to spoil. */
async function copied(name: string): Promise<{ run: string; images: string }> {
  await cp(at('run'), at(name, 'run'), { recursive: true });
  await cp(place.images, at(name, 'images'), { recursive: true });
  return { run: at(name, 'run'), images: at(name, 'images') };
}

/** The lines of a run's split list after the first. */
async function items(run: string): Promise<{ path: string; split: string }[]> {
  const [, ...lines] = (await readFile(join(run, 'split.jsonl'), 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}
const pathsOf = async (run: string, split: string) =>
  (await items(run)).filter((i) => i.split === split).map((i) => i.path);

async function json(...path: string[]) {
  return JSON.parse(await readFile(at(...path), 'utf8'));
}
const refused = (command: Parameters<typeof runCommand>[0], args: string[]) =>
  runCommand(command, args).then(
    () => 'not refused',
    (error: Error) => error.message,
  );

describe('the split of a run', () => {
  it('never changes: what is gone, changed or new is named, and no image moves', async () => {
    const { run, images } = await copied('less');
    const test = await pathsOf(run, 'test');
    const train = await pathsOf(run, 'train');
    const [gone, changed] = test;
    await rm(join(images, gone!));
    await cp(join(images, train[0]!), join(images, changed!));
    await cp(join(images, train[1]!), join(images, 'red-iron', 'new.jpg'));
    const { out, err } = await runCommand(evalCommand(), [run, '--data', images]);
    expect(err).toContain(`gone since the run began, and left out: 1 (${gone})`);
    expect(err).toContain(`changed since the run began, and left out: 1 (${changed})`);
    expect(err).toContain('used by a new run only: 1 (red-iron/new.jpg)');
    expect(out).toContain(`${test.length - 2} images of the test split\n`);
    const { belongsTo, images: judged } = await json('less', 'run', 'eval.json');
    expect(judged).toBe(test.length - 2);
    expect(belongsTo.set).toMatchObject({ kind: 'own', split: 'test', images: test.length - 2, left: 2 });
  });

  it('must be the one that the run began with', async () => {
    const { run } = await copied('list');
    const file = join(run, 'split.jsonl');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('"split":"train"', '"split":"test"'));
    expect(await refused(evalCommand(), [run])).toMatch(/split\.jsonl was changed since the run began/);
    await rm(file);
    expect(await refused(evalCommand(), [run])).toMatch(/split\.jsonl is gone/);
  });
});

describe('eval --data', () => {
  it('judges all of another folder in a file of its own, which the page names; classes may be missing', async () => {
    const { run, images } = await copied('other');
    await runCommand(evalCommand(), [run]);
    const own = await readFile(join(run, 'eval.json'), 'utf8');
    await rename(join(images, 'slag-inclusion'), at('other', 'away'));
    await rename(images, at('other', 'new day'));
    // Other pictures, so that it is not the run's own folder.
    for (const name of ['red-iron', 'surface-scratch']) {
      const folder = at('other', 'new day', name);
      for (const file of await readdir(folder)) await rename(join(folder, file), join(folder, `x-${file}`));
    }
    const { out, err } = await runCommand(evalCommand(), [run, '--data', at('other', 'new day')]);
    expect(out).toMatch(/^24 images of the folder .*new day \(all of it/);
    expect(err).toContain('no pictures of slag-inclusion');
    expect(err).toMatch(/\d+ of these 24 images were trained on/);
    const record = await json('other', 'run', 'eval-new-day.json');
    expect(record.images).toBe(24);
    expect(record.belongsTo.set).toMatchObject({ kind: 'folder', part: 'all', missing: ['slag-inclusion'] });
    expect(await readFile(join(run, 'eval.json'), 'utf8')).toBe(own);
    await runCommand(reportCommand(), [run]);
    expect(await readFile(join(run, 'report.html'), 'utf8')).toContain(
      'It was then tested on 24 images of the folder new day, another set than its own.',
    );
    // One class alone, and one that the run does not know.
    await rm(at('other', 'new day', 'red-iron'), { recursive: true });
    const one = await runCommand(evalCommand(), [run, '--data', at('other', 'new day')]);
    expect(one.out).toMatch(/^12 images of the folder/);
    await cp(at('other', 'new day', 'surface-scratch'), at('other', 'new day', 'dent'), { recursive: true });
    expect(await refused(evalCommand(), [run, '--data', at('other', 'new day')])).toMatch(
      /has a class that the model does not know: dent\. It knows red-iron/,
    );
  });
});

describe('what a number belongs to', () => {
  it('is checked: numbers of other weights are neither shown nor shipped', async () => {
    const { run } = await copied('stale');
    await runCommand(evalCommand(), [run]);
    const record = await json('stale', 'run', 'eval.json');
    expect(record.belongsTo).toMatchObject({ threads: expect.any(Number), runtime: expect.stringContaining('onnx') });
    const shipped = await runCommand(exportCommand(), [run, '--no-pictures']);
    expect(shipped.err).toBe('');
    expect((await json('stale', 'run', 'bundle', 'metrics.json')).belongsTo.evaluation).toEqual(record.belongsTo);
    // As if it had been trained on since.
    record.belongsTo.weights = '0'.repeat(64);
    await writeFile(join(run, 'eval.json'), JSON.stringify(record));
    const page = await runCommand(reportCommand(), [run]);
    expect(page.err).toMatch(/eval\.json is not used: it is about other weights than the run has now\. .*yosegi eval/);
    expect(await readFile(join(run, 'report.html'), 'utf8')).toContain('Not measured yet');
    const again = await runCommand(exportCommand(), [run, '--no-pictures', '--force']);
    expect(again.err).toMatch(/eval\.json is not used/);
    expect(await readdir(join(run, 'bundle'))).not.toContain('metrics.json');
  });

  it('weights with one other bit are refused', async () => {
    const { run } = await copied('bit');
    const file = join(run, 'best', 'model.safetensors');
    const bytes = await readFile(file);
    bytes[bytes.length - 2]! ^= 0x40;
    await writeFile(file, bytes);
    for (const command of [evalCommand(), exportCommand()]) {
      expect(await refused(command, [run])).toMatch(/is not what was written: its SHA-256 is another/);
    }
  });
});

describe('train --resume', () => {
  it('refuses images, threads or a runtime that are others, says which, and goes on with --allow-changes', async () => {
    const { run, images } = await copied('resume');
    const [first, second] = await pathsOf(run, 'train');
    const resume = [images, '--resume', '--out', run];
    const { mtime } = await stat(join(images, first!));
    await cp(join(images, second!), join(images, first!));
    await utimes(join(images, first!), mtime, mtime);
    expect(await refused(trainCommand(), resume)).toMatch(
      new RegExp(`images with another content: 1 \\(${first}\\)\\. .*--allow-changes`),
    );
    await cp(join(place.images, first!), join(images, first!));
    const record = await json('resume', 'run', 'run.json');
    const { environment } = record;
    const elsewhere = { ...environment, threads: 7, runtime: 'onnxruntime-node 0.9.0' };
    await writeFile(join(run, 'run.json'), JSON.stringify({ ...record, environment: elsewhere }));
    const message = await refused(trainCommand(), resume);
    expect(message).toContain(`the runtime: onnxruntime-node 0.9.0 before, ${environment.runtime} now`);
    expect(message).toContain(`threads: 7 before, ${environment.threads} now`);
    await runCommand(trainCommand(), [...resume, '--allow-changes']);
    const now = await json('resume', 'run', 'run.json');
    expect(now.environment).toEqual(environment);
    expect(now.changes).toHaveLength(2);
    await rm(join(images, first!));
    expect(await refused(trainCommand(), resume)).toMatch(new RegExp(`are gone from .*: 1 \\(${first}\\)`));
  });
});

describe('a run folder', () => {
  it('overlaps with no folder of images, and takes nothing of the user’s', async () => {
    await cp(place.images, at('mine', 'source'), { recursive: true });
    await cp(at('run', 'run.json'), at('mine', 'run.json'));
    const before = await readdir(at('mine'), { recursive: true });
    const train = (data: string, out: string) => refused(trainCommand(), [data, '--out', out, '--force', ...options]);
    expect(await train(at('mine', 'source'), at('mine'))).toMatch(/source lies in the run folder/);
    expect(await train(at('mine'), at('mine', 'source', 'run'))).toMatch(/lies in the folder of images/);
    expect(await readdir(at('mine'), { recursive: true })).toEqual(before);
    // Other files under names that a run uses.
    await mkdir(at('notes'));
    await writeFile(at('notes', 'data.json'), '{}');
    expect(await train(place.images, at('notes'))).toMatch(/no run folder and holds data\.json/);
    // A user's pictures in a run's own folder, and a run that is replaced.
    const { run } = await copied('again');
    await writeFile(join(run, 'best', 'mine.txt'), 'keep');
    await writeFile(join(run, 'exits.json'), '{}');
    await cp(place.images, join(run, 'source'), { recursive: true });
    await runCommand(trainCommand(), [place.images, '--out', run, '--force', ...options]);
    expect(await readFile(join(run, 'best', 'mine.txt'), 'utf8')).toBe('keep');
    expect(await readdir(join(run, 'source'))).toHaveLength(3);
    expect(await readdir(run)).not.toContain('exits.json');
  });

  it('is written by one process at a time', async () => {
    const run = at('locked');
    const first = start(['train', place.images, '--out', run, ...quick, '--epochs', '500', '--warmup', '0']);
    while (!(await stat(join(run, '.yosegi.lock')).catch(() => undefined))) await sleep(50);
    const second = await refused(trainCommand(), [place.images, '--out', run, '--force', ...options]);
    expect(second).toMatch(/is in use: process \d+ on .* holds it for 'train' since/);
    first.kill('SIGKILL');
    await first.ended;
  });
});

describe('best weights that are gone or damaged', () => {
  it('are missed when the run goes on, not at its end', async () => {
    const { run, images } = await copied('best-gone');
    await rm(join(run, 'best'), { recursive: true });
    const again = await start(['train', images, '--resume', '--out', run]).ended;
    expect(again.code).toBe(1);
    expect(again.err).toMatch(/model\.safetensors is gone, and the training has ended.*Train again with --force/s);
  });
});

describe('golden pictures', () => {
  it('come from the test split, as it was when the run began', async () => {
    const { run, images } = await copied('golden');
    const record = await json('golden', 'run', 'run.json');
    await writeFile(join(run, 'run.json'), JSON.stringify({ ...record, data: images }));
    const golden = async () => {
      await runCommand(exportCommand(), [run, '--force']);
      const text = await readFile(join(run, 'bundle', 'golden', 'picture-0.png'));
      return text.toString('base64');
    };
    const before = await golden();
    // Neither a new picture nor one that was trained on takes part.
    const [trained] = await pathsOf(run, 'train');
    await cp(join(images, trained!), join(images, trained!.split('/')[0]!, '000-new.jpg'));
    expect(await golden()).toBe(before);
    // Every test picture is another one now: none is shipped.
    for (const path of await pathsOf(run, 'test')) await cp(join(images, trained!), join(images, path));
    const { err } = await runCommand(exportCommand(), [run, '--force']);
    expect(err).toMatch(/as it was when the run began/);
  });
});

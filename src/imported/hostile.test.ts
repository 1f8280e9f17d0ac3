import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { YosegiError } from '../base/errors.ts';
import { encodeSafetensors, parseSafetensors } from '../weights/safetensors.ts';
import { importFolder } from './node/import-folder.ts';
import { ModelFolderError } from './node/model-folder-error.ts';
import { openImported } from './node/open-imported.ts';
import { GRAPH, type ModelRecord, RECORD, WEIGHTS } from './record.ts';
import { fixturePath, temporaryFolder } from './testing/folder.ts';

const root = temporaryFolder();
const good = join(root, 'good');
const bad = join(root, 'bad');

beforeAll(async () => {
  await importFolder(fixturePath('squeezenet-l17'), good);
});

/** Evenly spread; fc.double is not, most of its numbers are next to nothing. */
const share = fc.nat(999_999).map((n) => n / 1e6);

/** One file in four ends too early. */
const seldomCut = fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: share });

/** A copy of the good folder, changed; `seal` writes the changed files' checksums into the record. */
function spoilt(change: (folder: string) => void, seal = false): string {
  rmSync(bad, { recursive: true, force: true });
  cpSync(good, bad, { recursive: true });
  change(bad);
  if (!seal) return bad;
  const record = JSON.parse(readFileSync(join(bad, RECORD), 'utf8'));
  for (const file of [GRAPH, WEIGHTS]) {
    const bytes = readFileSync(join(bad, file));
    record.files[file] = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  }
  writeFileSync(join(bad, RECORD), JSON.stringify(record));
  return bad;
}

const edited = (change: (record: ModelRecord) => unknown) =>
  spoilt((folder) => {
    const record = JSON.parse(readFileSync(join(folder, RECORD), 'utf8'));
    const next = change(record);
    writeFileSync(join(folder, RECORD), typeof next === 'string' ? next : JSON.stringify(next ?? record));
  });

/** Opens or refuses with an error of ours, soon. */
async function survives(folder: string): Promise<boolean> {
  const start = performance.now();
  try {
    await openImported(folder, { classes: 3 });
    return true;
  } catch (error) {
    if (!(error instanceof YosegiError)) throw error;
    return false;
  } finally {
    expect(performance.now() - start).toBeLessThan(5000);
  }
}

describe('a model folder', () => {
  it.each<[string, (folder: string) => void, string, RegExp]>([
    ['without a graph', (f) => rmSync(join(f, GRAPH)), GRAPH, /is missing/],
    ['without a record', (f) => rmSync(join(f, RECORD)), RECORD, /is missing/],
    ['with a cut file', (f) => truncateSync(join(f, WEIGHTS), 900), WEIGHTS, /has 900 bytes, model\.json says \d+/],
    [
      'with a changed byte',
      (f) => {
        const bytes = readFileSync(join(f, GRAPH));
        bytes[bytes.length >> 1]! ^= 1;
        writeFileSync(join(f, GRAPH), bytes);
      },
      GRAPH,
      /was changed: its SHA-256/,
    ],
    [
      'with a link in the place of a file',
      (f) => {
        rmSync(join(f, WEIGHTS));
        symlinkSync(join(good, WEIGHTS), join(f, WEIGHTS));
      },
      WEIGHTS,
      /is a link/,
    ],
    [
      'with a folder in the place of a file',
      (f) => {
        rmSync(join(f, GRAPH));
        mkdirSync(join(f, GRAPH));
      },
      GRAPH,
      /is not an ordinary file/,
    ],
  ])('%s is refused, and the file is named', async (_, change, file, problem) => {
    const error = await openImported(spoilt(change)).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ModelFolderError);
    expect(error).toMatchObject({ file, message: expect.stringMatching(problem) });
  });

  it.skipIf(process.platform === 'win32')('with a pipe in it does not wait', async () => {
    const folder = spoilt((f) => {
      rmSync(join(f, GRAPH));
      execFileSync('mkfifo', [join(f, GRAPH)]);
    });
    await expect(openImported(folder)).rejects.toThrow(/is not an ordinary file/);
  });

  it.each<[string, (record: ModelRecord) => unknown, RegExp]>([
    ['is no JSON', () => '{', /is not JSON/],
    ['is of a newer version', (r) => ({ ...r, format: 2 }), /written by a newer yosegi/],
    ['has another kind', (r) => ({ ...r, kind: 'yosegi-bundle' }), /is not what this version of yosegi expects/],
    [
      'has files elsewhere',
      (r) => ({ ...r, files: { '../model.onnx': r.files[GRAPH] } }),
      /is not what this version of yosegi expects: .*files/,
    ],
    ['has too few labels', (r) => ({ ...r, labels: ['a'] }), /1 labels for 5 classes/],
    ['has another size', (r) => ({ ...r, size: [32, 32] }), /its size is not that of the model/],
    ['has other classes', (r) => ({ ...r, classes: 7 }), /does not give what the record says/],
    ['is cut', (r) => ({ ...r, classes: null }), /does not give what the record says/],
    [
      'has a parameter twice',
      (r) => ({ ...r, parameters: [...r.parameters, r.parameters[0]] }),
      /two of them have the same name/,
    ],
    ['lacks a parameter', (r) => ({ ...r, parameters: r.parameters.slice(1) }), /is not expected so/],
    [
      'has a parameter of another shape',
      (r) => ({ ...r, parameters: r.parameters.map((p, i) => (i === 0 ? { ...p, shape: [1] } : p)) }),
      /is float32\[8,3,3,3\], not float32\[1\]/,
    ],
  ])('whose record %s is refused', async (_, change, message) => {
    await expect(openImported(edited(change))).rejects.toThrow(message);
  });

  it('with weights of another type or name is refused, and they are listed', async () => {
    const folder = spoilt((f) => {
      const { tensors } = parseSafetensors(readFileSync(join(f, WEIGHTS)), { copy: true });
      const [name, t] = [...tensors][0]!;
      tensors.delete(name);
      tensors.set('more', { dtype: 'float64', shape: t.shape, data: Float64Array.from(t.data as Float32Array) });
      writeFileSync(join(f, WEIGHTS), encodeSafetensors(tensors));
    }, true);
    await expect(openImported(folder)).rejects.toThrow(/ is missing; more is not expected so/);
  });

  it('changed anywhere and sealed again, four hundred times, opens or is refused', async () => {
    const files = [RECORD, GRAPH, WEIGHTS] as const;
    const originals = files.map((f) => readFileSync(join(good, f)));
    let [opened, refused] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.nat(2),
        fc.array(fc.tuple(share, fc.uint8Array({ minLength: 1, maxLength: 3 })), {
          minLength: 1,
          maxLength: 3,
        }),
        seldomCut,
        async (which, changes, cut) => {
          const whole = originals[which]!;
          const bytes = Uint8Array.from(cut === null ? whole : whole.subarray(0, Math.floor(cut * whole.length)));
          for (const [at, put] of changes) {
            // Headers say something in every byte; half of the changes go there.
            const span = which === 2 && put[0]! % 2 === 0 ? Math.min(3000, bytes.length) : bytes.length;
            const start = Math.floor(at * Math.max(0, span - 1));
            bytes.set(put.subarray(0, Math.max(0, bytes.length - start)), start);
          }
          rmSync(bad, { recursive: true, force: true });
          mkdirSync(bad);
          for (const [i, f] of files.entries()) writeFileSync(join(bad, f), i === which ? bytes : originals[i]!);
          if (which > 0) {
            const record = JSON.parse(originals[0]!.toString());
            record.files[files[which]!] = {
              bytes: bytes.length,
              sha256: createHash('sha256').update(bytes).digest('hex'),
            };
            writeFileSync(join(bad, RECORD), JSON.stringify(record));
          }
          if (await survives(bad)) opened++;
          else refused++;
        },
      ),
      { seed: 7, numRuns: 400 },
    );
    expect(opened).toBeGreaterThan(20);
    expect(refused).toBeGreaterThan(100);
  });
});

describe('importing', () => {
  it('a damaged file writes nothing, in two hundred ways', async () => {
    const whole = readFileSync(fixturePath('oldies-l9'));
    const [file, out] = [join(root, 'damaged.onnx'), join(root, 'out')];
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        seldomCut,
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 3 }),
        async (cut, changes) => {
          const bytes = Uint8Array.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          writeFileSync(file, bytes.subarray(0, cut === null ? bytes.length : Math.floor(cut * bytes.length)));
          rmSync(out, { recursive: true, force: true });
          try {
            await importFolder(file, out);
            expect(await survives(out)).toBe(true);
          } catch (error) {
            if (!(error instanceof YosegiError)) throw error;
            refused++;
            expect(existsSync(out)).toBe(false);
          }
        },
      ),
      { seed: 8, numRuns: 200 },
    );
    expect(refused).toBeGreaterThan(40);
    expect(readdirSync(root).filter((f) => f.startsWith('.'))).toEqual([]);
  });

  it('never takes the place of what is no model, or of a model without force', async () => {
    const full = join(root, 'full');
    mkdirSync(full);
    writeFileSync(join(full, 'mine.txt'), 'keep');
    const file = fixturePath('squeezenet-l17');
    await expect(importFolder(file, full, { force: true })).rejects.toThrow(/is not empty and no model folder/);
    expect(readFileSync(join(full, 'mine.txt'), 'utf8')).toBe('keep');
    const taken = spoilt(() => {});
    await expect(importFolder(file, taken)).rejects.toThrow(/replace it with --force/);
    await importFolder(file, taken, { force: true, name: 'second' });
    expect((await openImported(taken)).model.name).toBe('second');
    await expect(importFolder(file, join(full, 'mine.txt'))).rejects.toThrow(/cannot use .*mine\.txt/);
  });
});

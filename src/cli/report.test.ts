import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluation, run } from '../report/testing/input.ts';
import { reportCommand } from './report.ts';
import { runCommand } from './testing/run-command.ts';

let base: string;
const names = ['dent', 'ok'];
const confusion = [
  [8, 2],
  [0, 10],
];

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'yosegi-report-'));
  for (const name of names) {
    await mkdir(join(base, 'pictures', name), { recursive: true });
    const picture = sharp({ create: { width: 40, height: 40, channels: 3, background: 'grey' } });
    await picture.jpeg().toFile(join(base, 'pictures', name, '1-0.jpg'));
  }
  await writeFile(join(base, 'run.json'), JSON.stringify(run({ classes: names })));
  await writeFile(join(base, 'eval.json'), JSON.stringify(evaluation(confusion, { names })));
});

afterAll(() => rm(base, { recursive: true, force: true }));

const report = (...args: string[]) => runCommand(reportCommand(), args);

describe('yosegi report', () => {
  it('writes both languages and says where', async () => {
    const { out } = await report(base, '--lang', 'both', '--data', join(base, 'pictures'));
    expect(out).toMatch(/report\.html {2}\(\d+ kB, 1 picture\)\n.*report\.ja\.html {2}\(\d+ kB, 1 picture\)\n$/);
    for (const name of ['report.html', 'report.ja.html']) {
      expect(await readFile(join(base, name), 'utf8')).toContain('data:image/jpeg');
    }
  });

  it('writes one page to a chosen file, and refuses one name for two pages', async () => {
    const out = join(base, 'meeting.html');
    await report(base, '--lang', 'ja', '--out', out);
    expect(await readFile(out, 'utf8')).toContain('<html lang="ja">');
    await expect(report(base, '--lang', 'both', '--out', out)).rejects.toThrow(/leave one of them out/);
    await expect(report(base, '--lang', 'fr')).rejects.toThrow(/Allowed choices are en, ja, both/);
  });
});

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadRun } from '../run/node/run-folder.ts';
import { demoCommand } from './demo.ts';
import { workplace } from './testing/photographs.ts';
import { runCommand } from './testing/run-command.ts';

it('goes the whole way with the commands that a user would type', async () => {
  const { root, images, remove } = await workplace();
  try {
    const out = join(root, 'run');
    const shown = await runCommand(demoCommand(images), ['--out', out, '--epochs', '1']);
    expect(shown.code).toBe(0);
    expect((await loadRun(out)).run).toMatchObject({
      model: 'ascan-micro',
      pretrained: { weights: 'box:ascan-micro-distilled' },
    });
    const typed = [...shown.out.matchAll(/^\$ yosegi ([a-z]+)/gm)].map(([, verb]) => verb);
    expect(typed).toEqual(['data', 'train', 'eval', 'bench', 'export', 'verify', 'report']);
    expect(shown.out).toMatch(/Done in \d+\.\d min\. Look at .*report\.html/);
    const left = ['bench.json', 'best', 'bundle', 'data.json', 'eval.json', 'first', 'last', 'log.jsonl'];
    expect((await readdir(out)).sort()).toEqual([...left, 'report.html', 'report.ja.html', 'run.json', 'split.jsonl']);
  } finally {
    await remove();
  }
}, 180_000);

it('says that the photographs are not there', async () => {
  await expect(runCommand(demoCommand('/no/such/folder'), [])).rejects.toThrow(/not in this installation.*clone/);
});

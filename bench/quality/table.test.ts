import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { qualityText, writeQuality } from './table.ts';

const judged = (accuracy: number) => ({ accuracy, loss: 0.5, calibrationError: 0.02 });
const about = { torch: '2.11.0', device: 'a GPU' };
const ways = { last: judged(0.5), best: judged(0.25) };
const peer = { about, runs: [{ set: 'steel', seed: 0, images: 4, test: { weights: ways, average: ways } }] };
const ours = (accuracies: readonly number[]) => ({
  about: 'a CPU',
  runs: accuracies.map((accuracy, seed) => ({
    set: 'steel',
    seed,
    images: 4,
    ...judged(accuracy),
    bestEpoch: 1,
    seconds: 9,
  })),
});

it('means the seeds, and leaves alone what stands around its section', () => {
  const dir = mkdtempSync(join(tmpdir(), 'quality-'));
  const file = join(dir, 'RESULTS.md');
  writeFileSync(file, '# Results\n\n| a | b |\n');
  writeQuality(file, qualityText(ours([0.5, 1]), peer));
  expect(readFileSync(file, 'utf8')).toContain('| **yosegi** | 75.00 | 50.0, 100.0 | 0.500 | 2.0 |\n');
  writeFileSync(file, `${readFileSync(file, 'utf8')}\nBy hand.\n`);
  writeQuality(file, qualityText(ours([0.25]), peer));
  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(/^# Results\n\n\| a \| b \|\n\n## What/);
  expect(text).toMatch(/\n\| PyTorch, weights, last epoch \| 50\.00 .*\n\nBy hand\.\n$/);
  expect(text).toContain('| **yosegi** | 25.00 | 25.0 |');
  rmSync(dir, { recursive: true });
});

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { check } from '../src/base/errors.ts';
import { shown } from './load.ts';
import { root } from './venv.ts';

/**
 * Seconds from the start of this process to the first training step, and of a whole epoch with decoding, augmentation and validation, of
 * the built library (`npm run build`) with its defaults: `node --import tsx bench/start.ts [DIR]` (default: the demo's photographs).
 * In brackets, seconds of processors. bench/adapters.ts times the steps alone.
 */
const library = join(root, 'dist/index.js');
check(existsSync(library), () => `${library} is not there: npm run build`);
const marks: string[] = [];
const mark = (what: string) => {
  const { user, system } = process.cpuUsage();
  marks.push(`${what} ${(performance.now() / 1000).toFixed(1)} (${((user + system) / 1e6).toFixed(1)})`);
};
mark('here');
const { trainRun } = (await import(pathToFileURL(library).href)) as typeof import('../src/index.ts');
mark('library loaded');
const folder = mkdtempSync(join(tmpdir(), 'yosegi-start-'));
try {
  await trainRun({
    data: process.argv[2] ?? join(root, 'demo/data/x-sdd'),
    out: join(folder, 'run'),
    train: { epochs: 1 },
    hooks: {
      onScan: (done, total) => {
        if (done === total) mark('pictures decoded');
      },
      onStart: () => mark('weights and runtime there'),
      onStep: ({ step }) => {
        if (step === 1) mark('first step done');
      },
      onEpoch: ({ seconds, imagesPerSecond }) =>
        mark(`epoch done, ${seconds.toFixed(1)} s of it steps, ${imagesPerSecond.toFixed(1)} images/s, at`),
    },
  });
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`${marks.join('\n')}\nload average ${shown(loadavg())}`);

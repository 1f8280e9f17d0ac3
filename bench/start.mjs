import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Seconds from the start of this process to the first training step, and of a whole epoch with decoding, augmentation and validation, of
 * the built library (`npm run build`) with its defaults: `node bench/start.mjs [DIR]` (default: the demo's photographs). In brackets,
 * seconds of processors. Plain JavaScript, as a loader of TypeScript would count into the start. bench/adapters.ts times steps alone.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const library = new URL('../dist/index.js', import.meta.url);
if (!existsSync(library)) throw new Error(`${library.pathname} is not there: npm run build`);
const mark = (what) => {
  const { user, system } = process.cpuUsage();
  console.log(`${what} ${(performance.now() / 1000).toFixed(1)} (${((user + system) / 1e6).toFixed(1)})`);
};
const { trainRun } = await import(library);
mark('library loaded');
const folder = mkdtempSync(join(tmpdir(), 'yosegi-start-'));
try {
  await trainRun({
    data: process.argv[2] ?? join(root, 'demo/data/x-sdd'),
    out: join(folder, 'run'),
    train: { epochs: 1 },
    hooks: {
      onScan: (done, total) => done === total && mark('pictures decoded'),
      onStart: () => mark('weights and runtime there'),
      onStep: ({ step }) => step === 1 && mark('first step done'),
      onEpoch: ({ seconds, imagesPerSecond }) =>
        mark(`epoch done, ${seconds.toFixed(1)} s of it steps at ${imagesPerSecond.toFixed(1)} images/s,`),
    },
  });
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`load average ${loadavg().map((v) => v.toFixed(1))}`);

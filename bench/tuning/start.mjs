import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * A new process of the built library (`npm run build`) on its way to a first training step above stride 16, as `yosegi train DIR` does it from the
 * weights in the package: `node bench/tuning/start.mjs [DIR] [SIZE] [THREADS]` (default: the demo's photographs, 224 pixels, all cores). A line for each
 * part of the way: seconds since the start, and in brackets those of processors; then {"first_step":true,"peak_rss_mb":x}, which
 * bench/tuning/starter.ts waits for. Plain JavaScript, as a loader of TypeScript would count into the start.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const library = new URL('../../dist/index.js', import.meta.url);
if (!existsSync(library)) throw new Error(`${library.pathname} is not there: npm run build`);
const [data = join(root, 'demo/data/x-sdd'), size = '224', threads] = process.argv.slice(2);
const mark = (what) => {
  const { user, system } = process.cpuUsage();
  console.log(`${what} ${(performance.now() / 1000).toFixed(1)} (${((user + system) / 1e6).toFixed(1)})`);
};
const peakMiB = () =>
  process.platform === 'linux'
    ? Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024
    : process.resourceUsage().maxRSS / 1024;
const folder = mkdtempSync(join(tmpdir(), 'yosegi-start-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const { trainRun } = await import(library);
mark('library loaded');
await trainRun({
  data,
  out: join(folder, 'run'),
  size: Number(size),
  recipe: { crop: { scale: [0.5, 1] }, hflip: 0.5 },
  train: { freeze: ['blocks.4'], batch: 32, ...(threads && { threads: Number(threads) }) },
  hooks: {
    onScan: (done, total) => done === total && mark('pictures decoded'),
    onStart: () => mark('weights and runtime there'),
    onStep: () => {
      mark('first step done');
      console.log(JSON.stringify({ first_step: true, peak_rss_mb: peakMiB() }));
      process.exit(0);
    },
  },
});

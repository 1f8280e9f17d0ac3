/** Train, evaluate, measure and export in a few lines: real photographs of steel defects, one short epoch's worth of learning. */
import { rmSync } from 'node:fs';
import {
  evaluateRun,
  exportBundle,
  openPredictor,
  openRuntime,
  trainRun,
  verifyBundle,
  writeReport,
} from '../src/index.ts';

const run = 'runs/example';
rmSync(run, { recursive: true, force: true });

await trainRun({
  data: 'demo/data/x-sdd',
  out: run,
  model: 'ascan-micro',
  size: 32,
  train: { epochs: 4, lr: 3e-3 },
  hooks: {
    onEpoch: (e) =>
      console.log(`epoch ${e.epoch + 1}: loss ${e.trainLoss.toFixed(3)}, validation accuracy ${e.val?.accuracy}`),
  },
});
const { figures, images } = await evaluateRun(run);
console.log(`test accuracy ${figures.accuracy?.toFixed(3)} on ${images} images`);

const { folder } = await exportBundle({ run });
const checked = await verifyBundle(folder, { runtimes: [await openRuntime()] });
console.log(`bundle ${folder}: ${checked.ok ? 'good' : 'damaged'}`);
await writeReport(run, { lang: 'en' });

const predictor = await openPredictor(folder);
for await (const p of predictor.predictFiles(['demo/data/x-sdd/images/red-iron/2001.jpg'])) console.log(p);
await predictor.close();

import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { check } from '../src/base/errors.ts';
import { table } from '../src/base/text/table.ts';
import { importFolder } from '../src/imported/node/import-folder.ts';
import { trainRun } from '../src/run/node/train-run.ts';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import { peerPython, root } from './venv.ts';

/**
 * `npx tsx bench/ultralytics.ts`: classifiers that Ultralytics exports, taken in and trained. They are not among the fixtures, as
 * its licence (AGPL-3.0) does not let them be; the peers' Python needs `pip install ultralytics`. Images: demo/data.
 */
const names = ['yolov8n-cls', 'yolo11n-cls', 'yolo12n-cls'];
const SIZE = 64;
const folder = await mkdtemp(join(tmpdir(), 'yosegi-ultralytics-'));
try {
  const python = peerPython(console.error);
  const script = join(root, 'bench/peers/ultralytics_export.py');
  const { status } = spawnSync(python, [script, folder, String(SIZE), ...names.map((n) => `${n}.yaml`)], {
    stdio: ['ignore', 2, 2],
  });
  check(status === 0, 'Ultralytics could not export: is it installed in the peers’ Python (pip install ultralytics)?');
  const rows = [['file', 'operators of it', 'deviation from the file', 'loss of epochs 1 to 3 on X-SDD']];
  for (const name of names) {
    const model = join(folder, name);
    const runtime = await nativeRuntime();
    const { draft, agreement } = await importFolder(join(folder, `${name}.onnx`), model, { preset: 'unit', runtime });
    await runtime.close();
    const { result } = await trainRun({
      data: resolve(root, 'demo/data/x-sdd'),
      out: join(folder, `${name}-run`),
      model,
      train: { epochs: 3, batch: 32, lr: 1e-3, warmup: 0.5 },
    });
    rows.push([
      `${name}.onnx, opset ${draft.opset}`,
      String(draft.original.file.graph.node.length),
      'difference' in agreement ? agreement.difference.toExponential(1) : agreement.unknown,
      result.history.map((e) => e.trainLoss.toFixed(3)).join(' → '),
    ]);
  }
  console.log(table(rows));
} finally {
  await rm(folder, { recursive: true, force: true });
}

import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readRun } from '../run/node/run-folder.ts';
import { environmentSchema } from '../run/provenance.ts';
import { floats } from '../tasks/task.ts';
import { readSafetensors } from '../weights/node/files.ts';
import { workplace } from './testing/photographs.ts';
import { command } from './testing/start.ts';
import { told } from './testing/told.ts';

/** Training in several processes, as Open MPI's mpirun starts them. Real pictures of steel (X-SDD). */
const mpirun = spawnSync('mpirun', ['--version']).status === 0;
if (!mpirun)
  console.warn('mpirun is not installed (apt-get install openmpi-bin): training in several processes is not tested');

let place: Awaited<ReturnType<typeof workplace>>;
beforeAll(async () => {
  place = await workplace(12);
});
afterAll(() => place.remove());

const options = [
  ...['--model', 'vit_tiny_patch16_224', '--scratch', '--size', '32', '--epochs', '2', '--threads', '1'],
  ...['--optimizer', 'sgd', '--lr', '0.01'],
];

it.skipIf(!mpirun)(
  'two processes with four images each come to what one with eight comes to',
  { timeout: 240_000 },
  async () => {
    const out = `${place.root}/two`;
    const train = [...command, 'train', place.images, ...options, '--batch', '4', '--out', out];
    const run = promisify(execFile);
    const many = [
      '--allow-run-as-root',
      '--oversubscribe',
      '--mca',
      'mpi_yield_when_idle',
      '1',
      '-n',
      '2',
      process.execPath,
      ...train,
    ];
    const { stderr } = await run('mpirun', many, { cwd: fileURLToPath(new URL('../..', import.meta.url)) });
    // One of them speaks.
    expect(stderr.match(/finished/g)).toHaveLength(1);
    expect(stderr).toMatch(/2 epochs of 3 steps in 2 processes/);
    expect(environmentSchema.parse((await readRun(out)).environment).processes).toBe(2);
    await told('train', place.images, ...options, '--batch', '8', '--out', `${place.root}/one`);
    const [two, one] = await Promise.all(
      ['two', 'one'].map((name) => readSafetensors(`${place.root}/${name}/best/model.safetensors`)),
    );
    const furthest = [...two!.tensors].map(([name, t]) => {
      const other = floats(one!.tensors.get(name), name);
      return floats(t, name).reduce((m, v, i) => Math.max(m, Math.abs(v - other[i]!)), 0);
    });
    expect(Math.max(...furthest)).toBeLessThan(1e-6);
    expect(await told('eval', out)).toMatch(/accuracy/);
  },
);

import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { shownPlace } from '../search/queue/node/open.ts';
import { runCommand } from './testing/run-command.ts';
import { workerCommand } from './worker.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-worker-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const worker = (...args: string[]) => runCommand(workerCommand(), args);

describe('yosegi worker', () => {
  it('ends when there was nothing to do for a while', async () => {
    const { code, err } = await worker('--queue', join(root, 'queue'), '--idle', '0');
    expect(code).toBe(0);
    expect(err).toMatch(/waiting for trials in .*queue; Ctrl-C stops/);
  });

  it('writes a script for Slurm that starts workers, which hear the signals themselves', async () => {
    const share = join(root, 'a share');
    const { out } = await worker(
      '--queue',
      share,
      '--print',
      'slurm',
      '--workers',
      '12',
      '--cpus',
      '4',
      '--hours',
      '0.5',
    );
    expect(out).toMatch(/^#!\/bin\/bash\n/);
    expect(out).toMatch(/^#SBATCH --array=1-12$/m);
    expect(out).toMatch(/^#SBATCH --cpus-per-task=4$/m);
    expect(out).toMatch(/^#SBATCH --time=30$/m);
    // What it runs, with a yosegi that shows what it was given.
    await writeFile(join(root, 'yosegi'), '#!/bin/sh\necho "$YOSEGI_QUEUE|$*|$$"\n', { mode: 0o755 });
    const run = (script: string, more: Record<string, string> = {}) =>
      spawnSync('bash', ['-c', script], {
        encoding: 'utf8',
        env: { PATH: `${root}:${process.env.PATH}`, SLURM_CPUS_PER_TASK: '4', ...more },
      });
    const { stdout, pid } = run(out);
    expect(stdout).toBe(`${share}|worker --threads 4 --idle 10|${pid}\n`);
    // A password stands in no file.
    const secret = await worker('--queue', 'redis://:hush@host', '--print', 'slurm', '--data', '/share/images');
    expect(secret.out).not.toContain('hush');
    expect(run(secret.out).stderr).toMatch(/YOSEGI_QUEUE/);
    expect(run(secret.out, { YOSEGI_QUEUE: 'redis://:hush@host' }).stdout).toMatch(/--data \/share\/images/);
  });

  it('writes an indexed Job for Kubernetes', async () => {
    const { out } = await worker(
      '--queue',
      '/share/q',
      '--print',
      'kubernetes',
      '--workers',
      '3',
      '--image',
      'ours/yosegi:1',
    );
    const job = parse(out);
    expect(job).toMatchObject({ apiVersion: 'batch/v1', kind: 'Job' });
    expect(job.spec).toMatchObject({ completionMode: 'Indexed', completions: 3, parallelism: 3 });
    const [container] = job.spec.template.spec.containers;
    expect(container.image).toBe('ours/yosegi:1');
    expect(container.command.slice(0, 2)).toEqual(['yosegi', 'worker']);
    expect(container.env).toEqual([{ name: 'YOSEGI_QUEUE', value: '/share/q' }]);
    const secret = await worker('--queue', 'postgres://u:hush@host/db', '--print', 'kubernetes', '--image', 'i');
    expect(secret.out).not.toContain('hush');
    expect(secret.out).toContain('secretKeyRef');
  });

  it('says what is wrong before it waits', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(worker()).rejects.toThrow(/--queue/);
    await expect(worker('--queue', join(root, 'file'))).rejects.toThrow(/file/);
    await expect(worker('--queue', 'http://host')).rejects.toThrow(/is no queue/);
    await expect(worker('--queue', 'redis://ho st')).rejects.toThrow(/is no address/);
    expect(shownPlace('postgres://me:hush@host/db')).toBe('postgres://me:***@host/db');
    expect(shownPlace('/share/a queue')).toBe('/share/a queue');
    await expect(worker('--queue', 'q', '--print', 'kubernetes')).rejects.toThrow(/--image/);
    await expect(worker('--queue', 'q', '--workers', '3')).rejects.toThrow(/--print/);
  });
});

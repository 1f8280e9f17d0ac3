import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'tsdown';
import { expect } from 'vitest';
import { sha256 } from '../../../base/node/sha256.ts';
import { keyOf } from '../../space.ts';
import type { Trial } from '../../trial.ts';
import { rungs, worth } from './made-up.ts';

/** For tests: builds what is killed into a folder, so that it starts in a fraction of what the sources take. */
export async function buildFaults(folder: string): Promise<void> {
  const at = (name: string) => fileURLToPath(new URL(`${name}.child.ts`, import.meta.url));
  await build({
    config: false,
    entry: { worker: at('worker'), search: at('search') },
    outDir: folder,
    outExtensions: () => ({ js: '.js' }),
    format: 'esm',
    platform: 'node',
    dts: false,
    clean: false,
    logLevel: 'error',
    deps: { alwaysBundle: ['zod', 'leven', 'bullmq', 'ioredis', 'pg'], onlyBundle: false },
  });
}

/** For tests: processes around a queue, and what they leave. */
export class Crowd {
  readonly out: string;
  readonly #built: string;
  readonly #place: string;
  readonly #children = new Map<string, ChildProcess>();
  readonly #errors: string[] = [];

  /** @param built where `buildFaults` built */
  constructor(place: string, out: string, built: string) {
    mkdirSync(out, { recursive: true });
    this.#built = built;
    this.#place = place;
    this.out = out;
  }

  get names(): string[] {
    return [...this.#children.keys()];
  }

  get log(): string[] {
    return linesOf(join(this.out, 'log'));
  }

  get trials(): Trial[] {
    return linesOf(join(this.out, 'trials.jsonl')).map((line) => JSON.parse(line));
  }

  /** Starts the search, or workers in a process, whose trainings take up to so many milliseconds. */
  start(name: string, { milliseconds = 200, count = 1 } = {}): ChildProcess {
    const log = join(this.out, 'log');
    const args = name === 'search' ? [this.#place, this.out] : [this.#place, log, String(milliseconds), String(count)];
    const file = join(this.#built, `${name === 'search' ? 'search' : 'worker'}.js`);
    const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'inherit', 'pipe'] });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => void this.#errors.push(`${name}: ${text}`));
    this.#children.set(name, child);
    return child;
  }

  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#children.get(name)!;
    this.#children.delete(name);
    const ended = endOf(child);
    child.kill(signal);
    await ended;
  }

  signal(name: string, signal: NodeJS.Signals): void {
    this.#children.get(name)!.kill(signal);
  }

  /** Lets the search come to its end, and ends the workers. */
  async finish(): Promise<void> {
    writeFileSync(join(this.out, 'enough'), '');
    const search = this.#children.get('search')!;
    await endOf(search);
    expect(search.exitCode).toBe(0);
    this.#children.delete('search');
    await Promise.all(this.names.map((name) => this.kill(name, 'SIGTERM')));
    expect(this.#errors).toEqual([]);
  }

  /** Whatever a test did: nothing of it runs on. */
  async end(): Promise<void> {
    await Promise.all(this.names.map((name) => this.kill(name)));
  }

  /** No trial lost, none counted twice, each with its own answer. */
  check(): void {
    const { trials, log } = this;
    expect(trials.map(({ number }) => number)).toEqual(trials.map((_, i) => i));
    expect(new Set(trials.map((t) => `${keyOf(t.design)}/${t.rung}`)).size).toBe(trials.length);
    for (const { design, rung, accuracy } of trials) expect(accuracy).toBe(worth(design, rungs[rung]!));
    const counted = new Set(trials.map(({ design, rung }) => `${rung}-${sha256(keyOf(design)).slice(0, 16)}`));
    const answered = log.filter((line) => line.startsWith('answered ')).map((line) => line.split(' ')[1]!);
    // Whoever was told that its answer counts was the only one, and it does.
    expect(new Set(answered).size).toBe(answered.length);
    for (const id of answered) expect(counted).toContain(id.replace(/^\w+-/, ''));
  }
}

/** Workers in a process, where the environment wants fewer than a test does: a process each takes minutes of a processor. */
const MOST = Number(process.env.YOSEGI_TEST_WORKERS ?? 10);

/**
 * A search and ten workers, some in a process: kills one of the processes at random, which comes back, until so many were killed; watches that
 * nothing that was known goes away, and that all is well at the end.
 */
export async function randomKills(crowd: Crowd, kills: number, together: number): Promise<void> {
  const count = Math.min(MOST, together);
  const workers = Array.from({ length: 10 / count }, (_, i) => `worker ${i}`);
  const sizeOf = (name: string) => (name === 'search' ? 1 : count);
  const start = (name: string) => crowd.start(name, { count });
  for (const name of ['search', ...workers]) start(name);
  let before: Trial[] = [];
  for (let killed = 0; killed < kills; ) {
    // Not while all of them only start.
    for (const lines = crowd.log.length; crowd.log.length < lines + 3; ) await sleep(30);
    await sleep(40 * Math.random());
    // One of eleven is the search.
    const name = Math.random() < 1 / 11 ? 'search' : workers[Math.floor(Math.random() * workers.length)]!;
    await crowd.kill(name);
    start(name);
    killed += sizeOf(name);
    const now = crowd.trials;
    expect(now.slice(0, before.length)).toEqual(before);
    expect(best(now)).toBeGreaterThanOrEqual(best(before));
    before = now;
  }
  await crowd.finish();
  crowd.check();
}

const best = (trials: readonly Trial[]) => Math.max(0, ...trials.map(({ accuracy }) => accuracy ?? 0));

const linesOf = (path: string): string[] =>
  existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').filter(Boolean) : [];

const endOf = (child: ChildProcess) =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise<void>((done) => void child.once('close', () => done()));

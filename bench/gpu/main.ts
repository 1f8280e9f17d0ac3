import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/base/errors.ts';
import { digits } from '../../src/base/text/numbers.ts';
import { table } from '../../src/base/text/table.ts';
import { checkCase } from '../../src/graph/ops/testing/check-case.ts';
import { createModel } from '../../src/models/registry.ts';
import { nativeRuntime } from '../../src/runtime/node/native.ts';
import { type Place, type Timed, timeInference, timeTraining } from './models.ts';
import { checkOperators, type Outcome, operatorCases } from './operators.ts';

/**
 * What bench/gpu.sh runs: operators on the GPU against recorded cases, then three models in inference and training on GPU and processor,
 * and PyTorch beside where it is. Every part is a process of its own with a time of its own, as a driver may end it; what cannot be done is
 * said in a line, and the rest goes on.
 */
const { values: o, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '330' },
    quick: { type: 'boolean', default: false },
    fixtures: { type: 'string', default: fileURLToPath(new URL('fixtures', import.meta.url)) },
    torch: { type: 'string', default: fileURLToPath(new URL('torch_gpu.py', import.meta.url)) },
  },
});
const end = performance.now() + Number(o.seconds) * 1000;
const left = () => Math.max(1, (end - performance.now()) / 1000);

const subjects = [
  { name: 'ascan-nano', size: 64, classes: 10, train: 32 },
  { name: 'mobilenetv3_large_100', size: 224, classes: 1000, train: 32 },
  { name: 'resnet18', size: 224, classes: 1000, train: 32 },
] as const;
const modes = ['infer1', 'infer32', 'train'] as const;
type Mode = (typeof modes)[number];
const titles: Record<Mode, string> = {
  infer1: 'inference, batch 1',
  infer32: 'inference, batch 32',
  train: 'training step',
};

/** In a quick run, each so many-th case. */
const QUICK = 24;

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** Runs a part in a process of its own; gives its lines, and why it ended early. */
function part(
  command: string,
  args: readonly string[],
  seconds: number,
  each: (line: never) => void,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, seconds * 1000);
    child.stderr.on('data', (text) => {
      said = (said + text).slice(-600);
    });
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      if (line.startsWith('{')) each(JSON.parse(line) as never);
    });
    const done = (why?: string) => {
      clearTimeout(timer);
      resolve(why);
    };
    child.once('error', (error) => done(error.message));
    lines.once('close', () => {
      const finish = (code: number | null, signal: string | null) =>
        done(
          late
            ? `its ${digits(seconds)} s were over`
            : code === 0
              ? undefined
              : `ended (${signal ?? code}) ${lastLine(said)}`,
        );
      if (child.exitCode !== null || child.signalCode !== null) finish(child.exitCode, child.signalCode);
      else child.once('exit', finish);
    });
  });
}

const lastLine = (text: string) => text.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
const own = (...args: string[]) => [fileURLToPath(import.meta.url), ...args];

/** The cases from `first` on, each `by`th, in one process after another: one that the driver ends begins again behind its case. */
async function stripe(
  first: number,
  by: number,
  count: number,
  until: number,
  add: (o: Outcome) => void,
): Promise<void> {
  for (let from = first; from < count; ) {
    const seconds = (until - performance.now()) / 1000;
    if (seconds < 1) return;
    let last = from - by;
    const why = await part(process.execPath, own('operators', String(from), String(by)), seconds, (o: Outcome) => {
      last = o.number;
      add(o);
    });
    if (!why || performance.now() >= until) return;
    // It ended inside a case: that one is wrong.
    from = last + by;
    const lost = operatorCases(o.fixtures)[from];
    if (lost) add({ number: from, family: lost.family, name: lost.case.name, wrong: why });
    from += by;
  }
}

async function operators(seconds: number): Promise<void> {
  const until = performance.now() + seconds * 1000;
  const count = operatorCases(o.fixtures).length;
  const outcomes: Outcome[] = [];
  const apart = o.quick ? QUICK : 1;
  const lanes = Math.max(1, Math.min(6, Math.floor(availableParallelism() / 2)));
  await Promise.all(
    Array.from({ length: lanes }, (_, i) =>
      stripe(i * apart, lanes * apart, count, until, (x) => void outcomes.push(x)),
    ),
  );
  const asked = Math.ceil(count / apart);
  const wrong = outcomes.filter((x) => x.wrong);
  const left = asked - outcomes.length;
  console.log(
    `operators on WebGPU: ${outcomes.length - wrong.length} of ${asked} cases (outputs, gradients, slopes) agree, ${wrong.length} do not` +
      `${left > 0 ? `, ${left} were not tried: the time was over` : ''}`,
  );
  for (const { family, name, wrong: text } of wrong.slice(0, 25)) console.log(`  ${family}, ${name}: ${text}`);
}

interface Row {
  readonly model: string;
  readonly mode: Mode;
  readonly gpu?: Timed;
  readonly cpu?: Timed;
}

/** Seconds that PyTorch's side may need. */
const FOR_TORCH = 50;

async function models(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name } of subjects) {
    for (const mode of modes) {
      const row: Record<Place, Timed | undefined> = { gpu: undefined, cpu: undefined };
      for (const place of ['gpu', 'cpu'] as const) {
        const seconds = Math.min(left() - FOR_TORCH, o.quick ? 120 : 45);
        const keep = (t: Timed) => {
          row[place] = t;
        };
        const args = own('model', name, mode, place, ...(o.quick ? ['--quick'] : []));
        const why = seconds < 5 ? 'the time was over' : await part(process.execPath, args, seconds, keep);
        if (why) console.log(`${name}, ${titles[mode]}, ${place === 'gpu' ? 'WebGPU' : 'processor'}: ${why}`);
      }
      rows.push({ model: name, mode, ...row });
    }
  }
  return rows;
}

const key = (model: string, mode: string) => `${model} ${mode}`;

async function torch(): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  if (!existsSync(o.torch)) return times;
  const why = await part(
    'python3',
    [o.torch, ...(o.quick ? ['--quick'] : [])],
    Math.min(left(), 90),
    (t: { model: string; mode: string; ms?: number; note?: string }) => {
      if (t.ms !== undefined) times.set(key(t.model, t.mode), t.ms);
      if (t.note) console.log(`PyTorch: ${t.note}`);
    },
  );
  if (why) console.log(`PyTorch: ${why}`);
  return times;
}

/** The largest difference, relative to the largest number. */
function apart(a: Timed | undefined, b: Timed | undefined): string {
  if (!a || !b) return '–';
  const scale = Math.max(...b.numbers.map(Math.abs), 1e-6);
  return Math.max(...a.numbers.map((x, i) => Math.abs(x - b.numbers[i]!) / scale)).toExponential(1);
}

async function all(): Promise<void> {
  const begun = performance.now();
  const start = await part(process.execPath, own('start'), 60, (line: { ok: string }) => console.log(line.ok));
  if (start) console.log(`WebGPU does not start here: ${start}`);
  else await operators(Math.min(left() * 0.45, 150));
  const rows = await models();
  const peers = await torch();
  const ms = (t: Timed | undefined) => (t ? digits(t.median) : '–');
  console.log(
    table([
      ['ms', '', 'WebGPU', 'processor', 'PyTorch on the GPU', 'WebGPU and processor apart by'],
      ...rows.map(({ model, mode, gpu, cpu }) => {
        const peer = peers.get(key(model, mode));
        return [model, titles[mode], ms(gpu), ms(cpu), peer === undefined ? '–' : digits(peer), apart(gpu, cpu)];
      }),
    ]),
  );
  console.log(`took ${digits((performance.now() - begun) / 1000)} s`);
}

/** Whether WebGPU works here at all: the first recorded product. */
async function started(): Promise<void> {
  const runtime = await nativeRuntime({ provider: 'webgpu' });
  const first = operatorCases(o.fixtures).find(({ family }) => family === 'matmul')!;
  await checkCase(runtime, first.case);
  say({ ok: `WebGPU starts: ${runtime.name} ${runtime.version}, ${first.case.name} is right` });
}

const [what = 'all', ...rest] = positionals;
try {
  if (what === 'all') await all();
  else if (what === 'start') await started();
  else if (what === 'operators') {
    const [from, by] = rest.map(Number) as [number, number];
    await checkOperators(await nativeRuntime({ provider: 'webgpu' }), o.fixtures, { from, by }, say);
  } else {
    const [name, mode, place] = rest as [string, Mode, Place];
    const s = subjects.find((x) => x.name === name)!;
    const model = createModel(s.name, { size: s.size, classes: s.classes });
    const seconds = o.quick ? 0 : 2;
    const batch = mode === 'infer1' ? 1 : o.quick ? 2 : 32;
    say(
      mode === 'train'
        ? await timeTraining(model, batch, place, seconds)
        : await timeInference(model, batch, place, seconds),
    );
  }
  process.exit(0);
} catch (error) {
  console.error(messageOf(error));
  process.exit(1);
}

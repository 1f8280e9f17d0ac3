import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { check, messageOf } from '../src/base/errors.ts';
import { digits } from '../src/base/text/numbers.ts';
import { table } from '../src/base/text/table.ts';
import { percentile } from '../src/measure/percentile.ts';
import { exitSubject } from './exits/subjects.ts';
import { checkQuiet, disturbedText, shown } from './load.ts';
import { SESSION } from './our-runtime.ts';
import type { Message, Peer } from './protocol.ts';
import { startOurs } from './sides.ts';
import { modelKeys, subjects } from './subjects.ts';
import { turn } from './turn.ts';

const usage = `npx tsx bench/session-options.ts [nano mobilenetv3 …] [options]: what ONNX Runtime's session options do to each kind of program
  --kinds train,batch1,batch32,exits   some kinds only
  --only name,name    some options only
  --rounds n          turns of each (default 7)
  --busy              measures although other work keeps the machine busy`;

/** What is set beside what yosegi sets anyway; each is raced against nothing. */
const cores = availableParallelism();
const session = (more: Readonly<Record<string, string>>) => ({ extra: { session: more } });
const variants: Readonly<Record<string, Message>> = {
  'as it is': {},
  'no memory pattern': { enableMemPattern: false },
  'no arena': { enableCpuMemArena: false },
  neither: { enableMemPattern: false, enableCpuMemArena: false },
  'denormals are zero': session({ set_denormal_as_zero: '1' }),
  'no spinning': session({ 'intra_op.allow_spinning': '0' }),
  'sleep between runs': session({ force_spinning_stop: '1' }),
  'spins 100 µs': session({ 'intra_op.spin_duration_us': '100' }),
  'spins 2 ms': session({ 'intra_op.spin_duration_us': '2000' }),
  'threads on cores': session({
    intra_op_thread_affinities: Array.from({ length: cores - 1 }, (_, i) => i + 2).join(';'),
  }),
};

const kinds = {
  train: (key: string) => ({ title: 'training step', request: only(key, 'train', 8) }),
  batch1: (key: string) => ({ title: 'inference, batch 1', request: only(key, 'infer', 1) }),
  batch32: (key: string) => ({ title: 'inference, batch 32', request: only(key, 'infer', 32) }),
} as const;

/** The subject of a mode; training at the model's own batch. */
function only(key: string, mode: 'train' | 'infer', batch: number): Message {
  const all = subjects([key], mode, false);
  return { ...(all.find((s) => mode === 'train' || s.batch === batch) ?? all[0]!) };
}

interface Side {
  readonly name: string;
  readonly peer: Peer;
  readonly ms: number[];
  iterations: number;
}

/** Milliseconds of one turn. */
const TURN = 500;

async function measure(
  title: string,
  prepare: (peer: Peer) => Promise<unknown>,
  names: readonly string[],
  rounds: number,
) {
  const sides: Side[] = [];
  const failed: string[] = [];
  for (const name of names) {
    const peer = startOurs({ [SESSION]: JSON.stringify(variants[name]) });
    try {
      await prepare(peer);
      const { ms } = await peer.ask<{ ms: number[] }>('run', { id: 'it', iters: 3 });
      sides.push({ name, peer, ms: [], iterations: Math.max(2, Math.min(60, Math.round(TURN / Math.min(...ms)))) });
    } catch (error) {
      failed.push(`${name}: ${messageOf(error)}`);
      await peer.close();
    }
  }
  const medians = new Map<string, number[]>(sides.map((s) => [s.name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let k = 0; k < sides.length; k++) {
      const side = sides[(round + k) % sides.length]!;
      const ms = await turn(side.peer, { id: 'it', iters: side.iterations + 1 });
      side.ms.push(...ms);
      medians.get(side.name)!.push(percentile(ms, 50));
    }
  }
  const base = medians.get(sides[0]!.name)!;
  const rows: string[][] = [];
  for (const { name, peer, ms } of sides) {
    const own = medians.get(name)!;
    const { peak_rss_mb } = await peer.ask<{ peak_rss_mb: number }>('memory');
    await peer.close();
    const ratio = percentile(
      own.map((m, i) => m / base[i]!),
      50,
    );
    rows.push([name, digits(percentile(ms, 50)), digits(Math.min(...ms)), ratio.toFixed(3), peak_rss_mb.toFixed(0)]);
  }
  console.log(`${title}; load average now ${shown(loadavg())}`);
  console.log(table([['beside what is set', 'median ms', 'least ms', 'of the time', 'peak MiB'], ...rows]));
  for (const text of failed) console.log(`failed: ${text}`);
}

async function main() {
  const { values: o, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      kinds: { type: 'string', default: 'train,batch1,batch32,exits' },
      only: { type: 'string' },
      rounds: { type: 'string', default: '7' },
      busy: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (o.help) return console.log(usage);
  const rounds = Number(o.rounds);
  check(Number.isInteger(rounds) && rounds >= 1, () => `--rounds must be a whole number above 0, got '${o.rounds}'`);
  const names = ['as it is', ...(o.only?.split(',') ?? Object.keys(variants)).filter((n) => n !== 'as it is')];
  for (const n of names)
    check(variants[n], () => `no option is named '${n}'; there are ${Object.keys(variants).join(', ')}`);
  const before = loadavg();
  checkQuiet(before, cores, o.busy);
  console.log(`load average ${shown(before)} before, ${cores} cores`);
  const keys = positionals.length > 0 ? positionals : modelKeys.filter((k) => k === 'nano' || k === 'mobilenetv3');
  const asked = o.kinds.split(',');
  for (const kind of ['train', 'batch1', 'batch32'] as const) {
    if (!asked.includes(kind)) continue;
    for (const key of keys) {
      const { title, request } = kinds[kind](key);
      await measure(
        `${key}: ${title}`,
        (p) => p.ask('prepare', { id: 'it', threads: cores, ...request }),
        names,
        rounds,
      );
    }
  }
  if (asked.includes('exits')) {
    const subject = exitSubject('mobilenetv3-perceiver');
    const thresholds = [0.5, 0.5, 0.5];
    await measure(
      `${subject.model}: staged exits, one image after another`,
      async (p) => {
        await p.ask('open', { ...subject, threads: cores });
        await p.ask('enter', { id: 'it', way: 'parts', count: 4, batch: 1, thresholds });
      },
      // What staged programs set themselves.
      names.filter((n) => n !== 'sleep between runs'),
      rounds,
    );
  }
  const after = loadavg();
  process.stdout.write(disturbedText({ before, after, cores }));
  console.log(`load average ${shown(after)} after`);
}

main().catch((error) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});

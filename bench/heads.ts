import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { messageOf } from '../src/base/errors.ts';
import { describeMachine } from '../src/measure/node/machine.ts';
import { percentile } from '../src/measure/percentile.ts';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import { type HeadSubject, headSubjects } from './heads/subjects.ts';
import { checkQuiet, disturbedText, shown } from './load.ts';
import { Peer } from './protocol.ts';
import { turn } from './turn.ts';
import { peerPython, root } from './venv.ts';

/**
 * `YOSEGI_PEERS=venv npx tsx bench/heads.ts [--rounds 9] [--only boxes] [--busy] [--out FILE]`: pictures a second at batch 1 of the heads for boxes, areas and
 * anomalies, as they ship, beside torchvision's FCOS, segmentation_models_pytorch's FPN and PatchCore on the same backbone; every side in a process of its
 * own, in turns. What the venv must hold says bench/dense/common.py; YOSEGI_SHARED names the pictures.
 */
const modes = ['eager', 'channels_last', 'compile', 'jit frozen'] as const;
/** Milliseconds that one turn should last. */
const TURN = 400;

interface Racer {
  readonly name: string;
  readonly peer: Peer;
  readonly iters: number;
  readonly medians: number[];
}

const { values: o } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    only: { type: 'string' },
    busy: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});
const threads = availableParallelism();
const before = loadavg();
checkQuiet(before, threads, o.busy);
const python = peerPython(console.error);
const data = process.env.YOSEGI_SHARED ?? `${root}../shared/data`;

async function race(subject: HeadSubject): Promise<string> {
  const peers: Peer[] = [];
  const racers: Racer[] = [];
  const failed: string[] = [];
  const enter = async (name: string, peer: Peer, request: Readonly<Record<string, unknown>>) => {
    peers.push(peer);
    console.error(`${subject.title}: preparing ${name}`);
    const { first_ms } = await peer.ask<{ first_ms: number }>('prepare', { ...request, threads });
    racers.push({ name, peer, iters: Math.max(3, Math.ceil(TURN / first_ms)), medians: [] });
  };
  try {
    await enter(
      'yosegi',
      new Peer('yosegi', process.execPath, ['--import', 'tsx', `${root}bench/heads/ours.ts`]),
      subject,
    );
    for (const variant of modes) {
      const name = `${subject.peer}, ${variant}`;
      const peer = new Peer(name, python, [`${root}bench/dense/peer_speed.py`, '--root', data, '--serve']);
      await enter(name, peer, { peer: subject.peer, variant }).catch((error) =>
        failed.push(messageOf(error).slice(0, 200)),
      );
    }
    for (let round = 0; round < Number(o.rounds); round++) {
      for (const { peer, iters, medians } of racers) {
        medians.push(percentile(await turn(peer, { iters: iters + 1 }), 50));
      }
    }
    const memory = await Promise.all(
      racers.map(async ({ peer }) => (await peer.ask<{ peak_rss_mb: number }>('memory')).peak_rss_mb),
    );
    for (const text of failed) console.error(`left out: ${text}`);
    return rowOf(subject, racers, memory);
  } finally {
    await Promise.all(peers.map((p) => p.close()));
  }
}

/** Ours beside the mode of the peer with the least median. */
function rowOf({ title, size }: HeadSubject, [ours, ...theirs]: readonly Racer[], memory: readonly number[]): string {
  const median = (r: Racer) => percentile(r.medians, 50);
  const best = theirs.toSorted((a, b) => median(a) - median(b))[0]!;
  const ratio = percentile(
    ours!.medians.map((m, i) => best.medians[i]! / m),
    50,
  );
  const cells = [
    `${title}, ${size.join('×')}`,
    median(ours!).toFixed(2),
    (1000 / median(ours!)).toFixed(0),
    best.name,
    median(best).toFixed(2),
    (1000 / median(best)).toFixed(0),
    ratio.toFixed(2),
    memory[0]!.toFixed(0),
    Math.min(...memory.slice(1)).toFixed(0),
  ];
  return `| ${cells.join(' | ')} |`;
}

const rows: string[] = [];
for (const subject of headSubjects.filter((s) => !o.only || s.title.includes(o.only))) {
  rows.push(await race(subject));
  console.error(rows.at(-1));
}
const { cpu, cores, runtime } = describeMachine(await nativeRuntime());
const after = loadavg();
const text = `${disturbedText({ before, after, cores })}${cpu}, ${cores} cores, ${runtime}; ${new Date().toISOString()}, load average ${shown(before)} before, ${shown(after)} after, of which the bench keeps ${threads} busy itself; ${o.rounds} rounds.

| head on MobileNetV2, batch 1 | yosegi ms | pictures/s | peer, its best mode | ms | pictures/s | times as fast (medians of rounds, pair by pair) | yosegi peak MiB | least peer MiB |
| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}
`;
console.log(text);
if (o.out) writeFileSync(o.out, text);

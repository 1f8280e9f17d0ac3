import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { table } from '../src/base/text/table.ts';
import { deployGraph } from '../src/bundle/deploy.ts';
import { bindSymbols } from '../src/graph/bind.ts';
import { percentile } from '../src/measure/percentile.ts';
import { classifier } from '../src/models/model.ts';
import { toOnnx } from '../src/onnx/print.ts';
import { encodeModel } from '../src/onnx/wire/model.ts';
import { formulaWeights } from '../src/testing/formula.ts';
import { exported } from './exported.ts';
import { shown } from './load.ts';
import type { Peer } from './protocol.ts';
import { startOurs, startPlain } from './sides.ts';
import { modelKeys, modelOf, type Subject, subjects, titleOf } from './subjects.ts';
import { PAUSE } from './turn.ts';
import { peerPython } from './venv.ts';

/**
 * Milliseconds of processor time of one inference on one thread, so that it may be measured beside other work: our program, the very bytes
 * that it loads on bare onnxruntime-node (also with the batch fixed), and what PyTorch exports there, in turns.
 * `YOSEGI_PEERS=venv npx tsx bench/infer-time.ts [nano regnety …] [rounds]`; PyTorch's export needs that venv and is else left out.
 */
const words = process.argv.slice(2);
const rounds = Number(words.find((w) => /^\d+$/.test(w)) ?? 7);
const wanted = words.filter((w) => !/^\d+$/.test(w));
const folder = mkdtempSync(join(tmpdir(), 'yosegi-infer-'));

interface Side {
  readonly name: string;
  readonly peer: Peer;
  readonly request: Readonly<Record<string, unknown>>;
  readonly ms: number[];
}

function sidesOf(s: Subject): Side[] {
  const model = modelOf(s);
  const { graph, constants } = deployGraph(model, { logits: model.logits }, formulaWeights(classifier(model)));
  const shape = [s.batch, 3, s.size, s.size];
  const plain = (name: string, file: string): Side => ({ name, peer: startPlain(), request: { file, shape }, ms: [] });
  const printed = (name: string, g: typeof graph): Side => {
    const file = join(folder, `${name}.onnx`);
    writeFileSync(file, encodeModel(toOnnx(g, { constants, target: 'standard' })));
    return plain(name, file);
  };
  return [
    { name: 'yosegi', peer: startOurs(), request: s, ms: [] },
    printed('same bytes, bare', graph),
    printed('batch fixed, bare', bindSymbols(graph, { N: s.batch })),
    ...(process.env.YOSEGI_PEERS
      ? [plain('PyTorch’s export, bare', exported(peerPython(console.error), s, folder).file)]
      : []),
  ];
}

for (const s of subjects(wanted.length > 0 ? wanted : modelKeys, 'infer', false)) {
  const sides = sidesOf(s);
  const before = shown(loadavg());
  for (const { peer, request } of sides) await peer.ask('prepare', { id: 'it', ...request, threads: 1 });
  const iters = s.batch > 1 ? 3 : 20;
  for (let round = 0; round < rounds; round++) {
    for (const { peer, ms } of sides) {
      const { processor_ms } = await peer.ask<{ processor_ms: number[] }>('run', { id: 'it', iters: iters + 1 });
      ms.push(...processor_ms.slice(1));
      await sleep(PAUSE);
    }
  }
  const rows = sides.map(async ({ name, peer, ms }) => {
    const { peak_rss_mb } = await peer.ask<{ peak_rss_mb: number }>('memory');
    await peer.close();
    return [name, percentile(ms, 50).toFixed(2), Math.min(...ms).toFixed(2), peak_rss_mb.toFixed(0)];
  });
  console.log(`${titleOf(s)}, one thread, load average ${before} before and ${shown(loadavg())} after`);
  console.log(table([['processor ms', 'median', 'least', 'peak MiB'], ...(await Promise.all(rows))]));
}
rmSync(folder, { recursive: true });

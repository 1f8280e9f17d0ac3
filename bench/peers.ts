import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { check, messageOf, oneOf } from '../src/base/errors.ts';
import { type Agreement, agreement } from './agreement.ts';
import type { Peer } from './protocol.ts';
import { type Race, race, startOurs, startPeer } from './race.ts';
import { resultsText } from './results.ts';
import { modelKeys, subjects } from './subjects.ts';
import { peerPython, root } from './venv.ts';

const usage = `npm run bench:peers -- [options]: yosegi against PyTorch on this machine
  --quick             few rounds, without the longest subject
  --only train|infer  one kind only
  --models nano,tiny  some models only
  --rounds n          turns of every side (default 9, quick 3)
  --out FILE          where the results go (default bench/RESULTS.md when everything is raced, else nowhere)`;

/** What was written by hand from here on stays when the numbers are written anew. */
const KEPT = '## What falls short and why';
const note = (text: string) => console.error(text);
const load = () =>
  loadavg()
    .map((v) => v.toFixed(1))
    .join(', ');

async function main(): Promise<void> {
  const { values: o } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      models: { type: 'string' },
      rounds: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (o.help) return console.log(usage);
  const rounds = Number(o.rounds ?? (o.quick ? 3 : 9));
  check(Number.isInteger(rounds) && rounds >= 1, () => `--rounds must be a whole number above 0, got '${o.rounds}'`);
  const only = o.only === undefined ? undefined : oneOf('kind', o.only, ['train', 'infer'] as const);
  const raced = subjects(o.models?.split(',') ?? modelKeys, only, o.quick);
  const python = peerPython(note);
  const threads = availableParallelism();
  const before = loadavg()[0]!;
  const started = [new Date().toISOString(), load()];

  const [ours, torch] = [startOurs(), startPeer(python)];
  const peaks = { torch: 0, ort: 0 };
  const [mine, theirs] = [await ours.ask('info'), await torch.ask('info')];
  await measurePeaks(ours, torch, threads, peaks);
  const agreements: Agreement[] = [];
  for (const s of raced.filter((s, i) => raced.findIndex((t) => t.model === s.model) === i)) {
    note(`${s.model}: comparing both sides' numbers`);
    agreements.push(await agreement(ours, python, s));
  }
  await Promise.all([ours.close(), torch.close()]);

  const races: Race[] = [];
  for (const s of raced) races.push(await race(s, { python, threads, rounds, note }));
  const again = [startOurs(), startPeer(python)] as const;
  await measurePeaks(...again, threads, peaks);
  await Promise.all(again.map((p) => p.close()));

  const text = resultsText({
    facts: [
      ['machine', `${theirs.cpu}, ${threads} cores, ${mine.memoryGiB} GiB, ${mine.os}, ${theirs.capability}`],
      ['yosegi', `${mine.runtime}, Node ${mine.node}`],
      ['peer', `torch ${theirs.torch}, Python ${theirs.python}, ${theirs.threads} threads`],
      ['started', `${started[0]}, load average ${started[1]}`],
      ['ended', `${new Date().toISOString()}, load average ${load()} (the bench itself keeps ${threads} cores busy)`],
    ],
    load: before,
    cores: threads,
    peaks,
    agreements,
    races,
  });
  console.log(text);
  const whole = !o.quick && !only && !o.models;
  const out = o.out ?? (whole ? join(root, 'bench/RESULTS.md') : undefined);
  if (out) writeFileSync(out, text + keptPart(out));
}

function keptPart(file: string): string {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const at = before.indexOf(KEPT);
  return at < 0 ? '' : `\n${before.slice(at)}`;
}

/** Both sides' best rate of one large matrix product, in turns. */
async function measurePeaks(ours: Peer, torch: Peer, threads: number, best: { torch: number; ort: number }) {
  note('measuring the matrix product of both sides');
  for (let i = 0; i < 3; i++) {
    const request = { n: 2048, threads, iters: 5 };
    best.ort = Math.max(best.ort, (await ours.ask<{ gflops: number }>('gemm', request)).gflops);
    best.torch = Math.max(best.torch, (await torch.ask<{ gflops: number }>('gemm', request)).gflops);
  }
}

main().catch((error) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});

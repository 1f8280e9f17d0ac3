import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Outcomes } from './ours.ts';

const judged = z.object({ accuracy: z.number(), loss: z.number(), calibrationError: z.number() });
type Judged = z.infer<typeof judged>;
const ways = z.object({ last: judged, best: judged });

/** What peer.py writes: each training judged with the weights or their average, of the best epoch or the last one. */
const peerSchema = z.object({
  about: z.object({ torch: z.string(), device: z.string() }),
  runs: z.array(
    z.object({ set: z.string(), seed: z.int(), images: z.int(), test: z.object({ weights: ways, average: ways }) }),
  ),
});
type Peer = z.infer<typeof peerSchema>;
export const readPeer = (file: string): Peer => peerSchema.parse(JSON.parse(readFileSync(file, 'utf8')));

const HEADING = '## What fine-tuning knows in the end';
const percent = (x: number, digits = 1) => (100 * x).toFixed(digits);
const mean = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;

/** The section of RESULTS.md: a table for each set, our side first. */
export function qualityText(ours: Outcomes, peer: Peer): string {
  const sets = [...new Set(ours.runs.map((r) => r.set))];
  return [
    HEADING,
    '',
    'MobileNetV2 from the same ImageNet weights, fine-tuned above stride 16 on the same images, split, epochs and recipe (bench/quality/recipe.json:',
    'AdamW, cosine, random resized crop, mirroring, average of the weights). Judged on test images; a value for each seed. PyTorch is judged in',
    'four ways; `average, best epoch` is ours by rule. `npx tsx bench/quality.ts table` writes this from bench/quality/ours.json and peer.json.',
    '',
    `Ours: ${ours.about}. PyTorch: torch ${peer.about.torch}, ${peer.about.device}.`,
    ...sets.flatMap((set) => ['', ...tableOf(set, ours, peer)]),
  ].join('\n');
}

function tableOf(set: string, ours: Outcomes, peer: Peer): string[] {
  const runs = peer.runs.filter((r) => r.set === set);
  const rows: (readonly [string, readonly Judged[]])[] = [
    ['**yosegi**', ours.runs.filter((r) => r.set === set)],
    ['PyTorch, average, best epoch', runs.map((r) => r.test.average.best)],
    ['PyTorch, average, last epoch', runs.map((r) => r.test.average.last)],
    ['PyTorch, weights, best epoch', runs.map((r) => r.test.weights.best)],
    ['PyTorch, weights, last epoch', runs.map((r) => r.test.weights.last)],
  ];
  return [
    `| ${set}, ${runs[0]!.images} test images | accuracy, % | seeds | loss | calibration error, % |`,
    '| --- | ---: | ---: | ---: | ---: |',
    ...rows.map(([name, all]) => {
      const of = (part: keyof Judged) => mean(all.map((j) => j[part]));
      const seeds = all.map((j) => percent(j.accuracy)).join(', ');
      return `| ${name} | ${percent(of('accuracy'), 2)} | ${seeds} | ${of('loss').toFixed(3)} | ${percent(of('calibrationError'))} |`;
    }),
  ];
}

/** Puts the section into a file that may hold it already; what is written by hand below its tables stays. */
export function writeQuality(file: string, text: string): void {
  const before = existsSync(file) ? readFileSync(file, 'utf8').trimEnd() : '';
  const at = before.indexOf(HEADING);
  const head = at < 0 ? `${before}\n\n` : before.slice(0, at);
  const lines = at < 0 ? [] : before.slice(at).split('\n');
  const kept = lines.slice(lines.findLastIndex((line) => line.startsWith('|')) + 1).join('\n');
  writeFileSync(file, `${`${head}${text}\n${kept}`.trimEnd()}\n`);
}

import { readFile, writeFile } from 'node:fs/promises';
import { scaleLinear, scaleLog } from 'd3-scale';
import type { Trained } from './petah.ts';
import { spread, spreadText } from './spread.ts';

/** `npx tsx recipes/petah-picture.ts`: recipes/petah.json as a table (printed) and as a picture, docs/petah.svg. */
const root = new URL('..', import.meta.url);
const runs: Trained[] = JSON.parse(await readFile(new URL('recipes/petah.json', root), 'utf8'));

const ways = {
  attention: { text: 'attention', colour: '#b3500f', dash: '5 4' },
  convolution: { text: 'convolutions', colour: '#2f7d4f', dash: '2 3' },
  both: { text: 'attention and convolutions', colour: '#1f5f9e', dash: '' },
  transformer: { text: 'attention and MLPs', colour: '#8a5aa8', dash: '8 3 2 3' },
  all: { text: 'all three', colour: '#3d4a58', dash: '1 3' },
} as const;
const sets = {
  'x-sdd': 'X-SDD',
  clothing: 'clothing',
  'bccd-crops': 'blood cells (crops of BCCD)',
  'bsdata-tiles': 'pits (tiles of bsdata)',
} as const;
/** Those that have been trained on. */
const trainedOn = (Object.keys(sets) as (keyof typeof sets)[]).filter((set) => runs.some((r) => r.set === set));
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [470, 320, 52, 16, 34, 46];

const of = (set: string, way: string, rank = 0) =>
  runs.filter((r) => r.set === set && r.way === way && r.rank === rank);
const accuracies = (found: readonly Trained[]) => found.map((r) => r.accuracy);
const ranks = [...new Set(runs.map((r) => r.rank))].filter((r) => r > 0).sort((a, b) => a - b);
const shown = Object.keys(ways).filter((way) => runs.some((r) => r.way === way)) as (keyof typeof ways)[];
const thousands = (n: number) => n.toLocaleString('en');

function table(): string {
  const rows = Object.keys(sets).flatMap((set) => {
    const row = (text: string, found: readonly Trained[]) =>
      found.length === 0
        ? []
        : [
            `| ${sets[set as keyof typeof sets]} | ${text} | ${thousands(found[0]!.learned)} | ${found[0]!.ranks ? [...new Set(found[0]!.ranks)].join('–') : ''} | ${spreadText(accuracies(found))} % | ${spread(found.map((r) => r.loss))[0].toFixed(2)} | ${accuracies(
              found,
            )
              .map((v) => (100 * v).toFixed(1))
              .join(', ')} |`,
          ];
    return [
      ...row('linear probe', of(set, 'probe')),
      ...ranks.flatMap((rank) => shown.flatMap((way) => row(ways[way].text, of(set, way, rank)))),
      ...row('everything', of(set, 'full')),
    ];
  });
  return [
    '| data | trained | numbers | ranks | test accuracy | loss | seeds |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function panel(set: keyof typeof sets): string {
  const own = runs.filter((r) => r.set === set);
  const numbers = own.map((r) => r.learned).filter((n) => n > 0);
  const x = scaleLog([Math.min(...numbers) / 1.3, Math.max(...numbers) * 1.3], [LEFT, WIDTH - RIGHT]);
  const bars = own.map((r) => spread(accuracies(of(set, r.way, r.rank)))).flatMap(([m, d]) => [m - d, m + d]);
  const y = scaleLinear([Math.min(...bars), Math.max(...bars)], [HEIGHT - BOTTOM, TOP]).nice(6);
  const n = (v: number) => v.toFixed(1);
  const grid = y.ticks(6).map(
    (t) => `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${n(y(t))}" y2="${n(y(t))}"/>
<text class="tick" x="${LEFT - 7}" y="${n(y(t) + 4)}" text-anchor="end">${Math.round(100 * t)} %</text>`,
  );
  const marks = [10_000, 30_000, 100_000, 300_000, 1_000_000]
    .filter((t) => t >= x.domain()[0]! && t <= x.domain()[1]!)
    .map(
      (t) =>
        `<text class="tick" x="${n(x(t))}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${t >= 1e6 ? '1 M' : `${t / 1000} k`}</text>`,
    );
  const probe = of(set, 'probe');
  const below = probe.length > 0 ? spread(accuracies(probe))[0] : undefined;
  const floor =
    below === undefined
      ? ''
      : `<line class="probe" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${n(y(below))}" y2="${n(y(below))}"/>
<text class="tick" x="${WIDTH - RIGHT}" y="${n(y(below) - 5)}" text-anchor="end">linear probe</text>`;
  const spot = (found: readonly Trained[], colour: string, shift: number) => {
    if (found.length === 0) return '';
    const [mean, deviation] = spread(accuracies(found));
    const at = n(x(found[0]!.learned) + shift);
    return `<line stroke="${colour}" x1="${at}" x2="${at}" y1="${n(y(mean - deviation))}" y2="${n(y(mean + deviation))}"/>
<circle fill="${colour}" cx="${at}" cy="${n(y(mean))}" r="3.5"/>`;
  };
  const lines = shown.map((way, i) => {
    const { colour, dash } = ways[way];
    const points = ranks.map((rank) => of(set, way, rank)).filter((found) => found.length > 0);
    const shift = 3 * (i - (shown.length - 1) / 2);
    const path = points.map((p) => `${n(x(p[0]!.learned) + shift)},${n(y(spread(accuracies(p))[0]))}`).join(' ');
    return `<polyline fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}" points="${path}"/>
${points.map((p) => spot(p, colour, shift)).join('\n')}`;
  });
  const full = of(set, 'full');
  const end =
    full.length > 0
      ? `<text class="tick" x="${n(x(full[0]!.learned))}" y="${n(y(spread(accuracies(full))[0]) - 12)}" text-anchor="end">everything</text>`
      : '';
  return [
    `<text class="title" x="${LEFT}" y="20">${sets[set]}</text>`,
    ...[...grid, ...marks, floor, ...lines, spot(full, '#16293d', 0), end],
    `<text class="axis" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">trained numbers, the head not counted</text>`,
  ].join('\n');
}

/** Two panels a row. */
const BESIDE = 2;
const rows = Math.ceil(trainedOn.length / BESIDE);
const pageWidth = Math.max(600, Math.min(BESIDE, trainedOn.length) * WIDTH);
const pageHeight = rows * HEIGHT + 32;
const legend = shown.map((way, i) => {
  const at = LEFT + i * 190;
  return `<line stroke="${ways[way].colour}" stroke-width="2" stroke-dasharray="${ways[way].dash}" x1="${at}" x2="${at + 26}" y1="${pageHeight - 18}" y2="${pageHeight - 18}"/>
<text class="tick" x="${at + 32}" y="${pageHeight - 14}">${ways[way].text}</text>`;
});
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${pageWidth} ${pageHeight}" font-family="system-ui, sans-serif">
<title>Accuracy against trained numbers: low-rank pairs beside attention, convolutions, and both</title>
<style>.grid{stroke:#e1e6ec}.probe{stroke:#8d97a5;stroke-dasharray:5 4}.tick{font-size:12px;fill:#3d4a58}.axis{font-size:12px;fill:#3d4a58}.title{font-size:14px;font-weight:600;fill:#16293d}</style>
<rect fill="#fff" width="${pageWidth}" height="${pageHeight}"/>
${trainedOn
  .map((set, i) => {
    const row = Math.floor(i / BESIDE);
    return `<g transform="translate(${(i % BESIDE) * WIDTH} ${row * HEIGHT})">${panel(set)}</g>`;
  })
  .join('\n')}
${legend.join('\n')}
</svg>
`;
await writeFile(new URL('docs/petah.svg', root), svg);
console.log(table());

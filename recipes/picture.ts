import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { at, frame } from '../src/page/charts/frame.ts';
import { placeLabels } from '../src/page/charts/labels.ts';
import { ticks } from '../src/page/charts/ticks.ts';
import { Html, html } from '../src/page/html.ts';
import { root } from './carry-out.ts';

/** A network in a picture of accuracy against time. */
export interface Spot {
  readonly name: string;
  readonly ms: number;
  /** Mean and standard deviation, shares. */
  readonly accuracy: readonly [number, number];
  /** Stands out. */
  readonly marked: boolean;
}

export interface Panel {
  readonly title: string;
  readonly spots: readonly Spot[];
}

/** Of `frame`, in units of the drawing. */
const [WIDTH, HEIGHT, TITLE, LINE] = [440, 270, 30, 18];
const STYLE = `text{font:13px sans-serif;fill:#444c56}.title{font-weight:700;fill:#1f2328}.sign{font-weight:700;fill:#1f2328}
.grid{stroke:#e6e9ee}.mark{stroke:#b6bec9}.whisker{stroke:#1f6fb2;opacity:.55}.spot{fill:#fff;stroke:#1f6fb2;stroke-width:2}.spot.marked{fill:#1f6fb2}`;

/** Accuracy (mean, and a standard deviation to either side) against milliseconds, a panel for each data set; a picture of docs/. */
export async function writePicture(file: string, panels: readonly Panel[]): Promise<void> {
  const names = panels[0]!.spots.map(({ name }) => name);
  // A letter of the legend is some 7 wide.
  const widest = 30 + 7 * Math.max(...names.map((name) => name.length));
  const columns = Math.max(1, Math.min(panels.length + 1, Math.floor((WIDTH * panels.length - 58) / widest)));
  const [width, height] = [WIDTH * panels.length, TITLE + HEIGHT + 12 + LINE * Math.ceil(names.length / columns)];
  const apart = (width - 58) / columns;
  const drawing = html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>Accuracy against milliseconds</title>
${Html.style(STYLE)}<rect width="${width}" height="${height}" fill="#fff"/>
${panels.map(
  (panel, i) => html`<text class="title" x="${i * WIDTH + 58}" y="20">${panel.title}</text>
<svg x="${i * WIDTH}" y="${TITLE}" width="${WIDTH}" height="${HEIGHT}"><title>${panel.title}</title>${drawn(panel)}</svg>`,
)}
${names.map((name, i) => html`<text x="${at(58 + (i % columns) * apart)}" y="${TITLE + HEIGHT + 14 + LINE * Math.floor(i / columns)}"><tspan class="sign">${signOf(i)}</tspan>  ${name}</text>`)}
</svg>`;
  await writeFile(join(root, 'docs', file), `${drawing}\n`);
}

const signOf = (i: number) => String.fromCharCode(65 + i);

function drawn({ title, spots }: Panel): Html {
  const ends = spots.flatMap(({ accuracy: [mean, deviation] }) => [mean - deviation, mean + deviation]);
  const xs = spots.map(({ ms }) => ms);
  const plot = frame(
    { title: 'ms, one picture, one thread', ticks: ticks(Math.min(...xs), Math.max(...xs)), format: String },
    {
      title: '',
      ticks: ticks(Math.min(...ends), Math.max(...ends)),
      format: (share) => `${Number((100 * share).toFixed(1))} %`,
    },
    HEIGHT,
  );
  const places = spots.map(({ ms, accuracy }) => ({ x: plot.x(ms), y: plot.y(accuracy[0]) }));
  const labels = placeLabels(places, { left: 60, right: WIDTH - 14, top: 12, bottom: HEIGHT - 46 });
  const body = spots.map(({ name, marked, accuracy: [mean, deviation] }, i) => {
    const x = at(places[i]!.x);
    return html`<g><title>${`${name}: ${(100 * mean).toFixed(1)} ± ${(100 * deviation).toFixed(1)} %`}</title>
<line class="whisker" x1="${x}" x2="${x}" y1="${at(plot.y(mean - deviation))}" y2="${at(plot.y(mean + deviation))}"/>
<circle class="spot${marked ? ' marked' : ''}" cx="${x}" cy="${at(places[i]!.y)}" r="5"/>
<text class="sign" x="${at(labels[i]!.x)}" y="${at(labels[i]!.y + 4)}" text-anchor="middle">${signOf(i)}</text></g>`;
  });
  return plot.draw(title, body);
}

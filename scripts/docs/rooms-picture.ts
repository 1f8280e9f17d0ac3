import { type Arrow, arrowsOf, sourceFiles } from '../rooms/imports.ts';
import { type House, roomOf } from '../rooms/rules.ts';

const ROW = 34;
const TOP = 46;
const LEFT = 300;
const BOX = 92;
const WIDTH = 980;

/** How many imports go from one room to another, for each pair with any; types count as well. */
function traffic(root: string): Map<string, Map<string, number>> {
  const counts = new Map<string, Map<string, number>>();
  const arrows = sourceFiles(root).flatMap((file): Arrow[] => arrowsOf(root, file));
  for (const { from, to } of arrows) {
    const [a, b] = [roomOf(from), roomOf(to)];
    if (a === undefined || b === undefined || a === b) continue;
    const row = counts.get(a) ?? new Map<string, number>();
    counts.set(a, row.set(b, (row.get(b) ?? 0) + 1));
  }
  return counts;
}

/** Lines are as wide as the logarithm of what they stand for, in whole steps: the picture changes when the house does. */
const widthOf = (imports: number) => 0.5 + 0.5 * Math.floor(Math.log2(imports) / 2);

/**
 * The rooms as an SVG: one below the other in their order, each with what it holds, and on the left an arc from each room to every
 * room that it imports from. All arcs go up, or the order is broken.
 */
export function roomsPicture(root: string, { rooms }: House): string {
  const place = new Map(rooms.map(({ name }, i) => [name, TOP + i * ROW + ROW / 2]));
  const counts = traffic(root);
  const arcs = rooms.flatMap(({ name }) =>
    rooms.flatMap((other) => {
      const imports = counts.get(name)?.get(other.name);
      return imports === undefined
        ? []
        : [arc(place.get(name)!, place.get(other.name)!, imports, `${name} → ${other.name}`)];
    }),
  );
  const boxes = rooms.map(({ name, holds }) => {
    const y = place.get(name)!;
    return `<rect class="room" x="${LEFT}" y="${y - 12}" width="${BOX}" height="24" rx="4"/>
<text class="name" x="${LEFT + BOX / 2}" y="${y + 5}" text-anchor="middle">${escaped(name)}</text>
<text class="holds" x="${LEFT + BOX + 14}" y="${y + 4.5}">${escaped(holds)}</text>`;
  });
  const height = TOP + rooms.length * ROW + 14;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif">
<title>The rooms of yosegi and what they import from</title>
<style>
.back{fill:#fff}.room{fill:#eaf1f8;stroke:#1f5f9e}.name{font-size:13px;font-weight:600;fill:#16293d}
.holds{font-size:12px;fill:#3d4a58}.arc{fill:none;stroke:#1f5f9e;opacity:.32}.arc:hover{opacity:1;stroke:#b3500f}.head{font-size:12px;fill:#6a7683}
</style>
<rect class="back" width="${WIDTH}" height="${height}"/>
<text class="head" x="${LEFT}" y="24">A room imports from rooms above it; each arc goes from a room up to one that it uses.</text>
${arcs.join('\n')}
${boxes.join('\n')}
</svg>
`;
}

function arc(from: number, to: number, imports: number, title: string): string {
  const reach = 26 + 0.36 * Math.abs(from - to);
  const x = LEFT - 2;
  return `<path class="arc" stroke-width="${widthOf(imports)}" d="M${x} ${from}C${round(x - reach)} ${from} ${round(x - reach)} ${to} ${x} ${to}"><title>${escaped(title)}</title></path>`;
}

const round = (value: number) => Math.round(value * 10) / 10;

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

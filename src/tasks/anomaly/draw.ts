import type { Colour } from '../../data/draw.ts';
import type { Image } from '../../data/image.ts';
import type { AnomalyAnswer } from './answer.ts';
import { heatValues } from './heat.ts';

/** From which share of what good pictures reach on a heat map is seen, and where it is as strong as it gets. */
const [FAINT, FULL] = [0.6, 2];
const MOST = 0.7;
const [WARM, HOT]: readonly Colour[] = [
  [255, 214, 0],
  [214, 0, 32],
];
/** A line where good pictures end. */
const EDGE: Colour = [255, 255, 255];

/** Lays the heat over its picture: nothing where it is as good pictures are, yellow to red where it is not, a white line where the map passes 1. */
export function drawHeat({ width, height, data }: Image, { heat }: AnomalyAnswer): void {
  if (!heat) return;
  const values = heatValues(heat);
  const [rows, columns] = heat.size;
  const at = (x: number, y: number) => {
    const [u, v] = [((x + 0.5) * columns) / width - 0.5, ((y + 0.5) * rows) / height - 0.5];
    const [left, top] = [clamp(Math.floor(u), columns), clamp(Math.floor(v), rows)];
    const [right, bottom] = [Math.min(columns - 1, left + 1), Math.min(rows - 1, top + 1)];
    const [a, b] = [Math.min(1, Math.max(0, u - left)), Math.min(1, Math.max(0, v - top))];
    const row = (r: number) => values[r * columns + left]! * (1 - a) + values[r * columns + right]! * a;
    return row(top) * (1 - b) + row(bottom) * b;
  };
  let above = new Float32Array(width);
  for (let y = 0; y < height; y++) {
    const here = Float32Array.from({ length: width }, (_, x) => at(x, y));
    for (let x = 0; x < width; x++) {
      const value = here[x]!;
      const beside = [x > 0 ? here[x - 1]! : value, y > 0 ? above[x]! : value];
      const edge = beside.some((v) => v > 1 !== value > 1);
      const strength = Math.min(1, Math.max(0, (value - FAINT) / (FULL - FAINT)));
      if (strength === 0 && !edge) continue;
      for (let c = 0; c < 3; c++) {
        const i = (y * width + x) * 3 + c;
        const colour = WARM![c]! * (1 - strength) + HOT![c]! * strength;
        const share = Math.min(MOST, 0.25 + strength);
        data[i] = edge ? EDGE[c]! : Math.round(data[i]! * (1 - share) + colour * share);
      }
    }
    above = here;
  }
}

const clamp = (i: number, count: number) => Math.min(count - 1, Math.max(0, i));

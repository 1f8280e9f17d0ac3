/** A place in a drawing. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Half of a marker's width, and half of what a short label takes. */
const MARKER = 7;
const LABEL = { x: 6, y: 7 };
/** Distances tried, the nearest first, and at each of them these directions. */
const REACHES = [15, 22, 30, 40, 52];
const DIRECTIONS = Array.from({ length: 12 }, (_, i) => (i * Math.PI) / 6);

/**
 * Where to write short labels beside markers that may lie close together: each as near to its marker as it can be without
 * touching another label, any marker or one of the `others`, which get no label, inside `bounds`. Where there is no such place
 * it takes the one that touches least. Ours: neither d3 nor a small library of its kind places labels round points.
 */
export function placeLabels(markers: readonly Place[], bounds: Box, others: readonly Place[] = []): Place[] {
  const taken = [...markers, ...others].map((m) => boxAt(m, MARKER, MARKER));
  return markers.map((m) => {
    let best = { place: m, touched: Number.POSITIVE_INFINITY };
    for (const reach of REACHES) {
      for (const angle of DIRECTIONS) {
        // Straight above first, where a label hides least.
        const place = { x: m.x + reach * Math.sin(angle), y: m.y - reach * Math.cos(angle) };
        const box = boxAt(place, LABEL.x, LABEL.y);
        const touched = taken.reduce((sum, other) => sum + shared(box, other), outside(box, bounds));
        if (touched < best.touched) best = { place, touched };
      }
      if (best.touched === 0) break;
    }
    taken.push(boxAt(best.place, LABEL.x, LABEL.y));
    return best.place;
  });
}

function boxAt({ x, y }: Place, halfWidth: number, halfHeight: number): Box {
  return { left: x - halfWidth, right: x + halfWidth, top: y - halfHeight, bottom: y + halfHeight };
}

/** Area that two boxes share. */
function shared(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Area of a box that lies outside others' bounds, weighing more than touching something inside. */
function outside(box: Box, bounds: Box): number {
  const area = (box.right - box.left) * (box.bottom - box.top);
  return 10 * (area - shared(box, bounds));
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../../base/random.ts';
import { type Corners, moveBoxes } from '../geometry/boxes.ts';
import { resized } from '../geometry/placement.ts';
import { recipe } from './recipe.ts';
import { cropByTargets } from './targets.ts';

const crop = { scale: [0.05, 0.3] as [number, number], ratio: [0.75, 4 / 3] as [number, number] };

describe('cropByTargets', () => {
  it('lies inside the picture and holds a box, whole where it fits', () => {
    const side = fc.integer({ min: 8, max: 200 });
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(side, side, part, part, part, part, fc.nat(), (width, height, x, y, w, h, seed) => {
        const [left, top] = [x * width * 0.9, y * height * 0.9];
        const target: Corners = [
          left,
          top,
          left + 0.1 + w * (width - left - 0.1),
          top + 0.1 + h * (height - top - 0.1),
        ];
        const settings = { seeing: 1, prefer: 'any' as const, minVisible: 0 };
        const box = cropByTargets(width, height, crop, settings, 1, [target], random(seed));
        const [moved] = moveBoxes([target], resized([height, width], [50, 50], box));
        expect(Math.min(box.x, box.y, width - box.x - box.width, height - box.y - box.height)).toBeGreaterThanOrEqual(
          0,
        );
        expect(moved!.visible).toBeGreaterThan(0);
        const [across, down] = [target[2] - target[0], target[3] - target[1]];
        if (across < box.width - 1 && down < box.height - 1) expect(moved!.visible).toBeCloseTo(1, 6);
      }),
      { numRuns: 300 },
    );
  });

  const targets: Corners[] = [
    [10, 10, 14, 14],
    [60, 20, 190, 180],
  ];
  const holds = (settings: { seeing: number; prefer: 'any' | 'small'; minVisible: number }, which: number) =>
    Array.from({ length: 300 }, (_, seed) => {
      const box = cropByTargets(200, 200, crop, settings, 1, targets, random(seed));
      return moveBoxes([targets[which]!], resized([200, 200], [50, 50], box))[0]?.visible ?? 0;
    });

  it('sees small boxes sooner where asked', () => {
    const seen = (settings: Parameters<typeof holds>[0]) => holds(settings, 0).filter((v) => v === 1).length;
    const blind = seen({ seeing: 0, prefer: 'any', minVisible: 0 });
    const any = seen({ seeing: 1, prefer: 'any', minVisible: 0 });
    expect(any).toBeGreaterThan(2 * blind);
    expect(seen({ seeing: 1, prefer: 'small', minVisible: 0 })).toBeGreaterThan(1.5 * any);
  });

  it('cuts fewer boxes to less than asked', () => {
    const slivers = (minVisible: number) =>
      holds({ seeing: 0.5, prefer: 'any', minVisible }, 1).filter((v) => v > 0 && v < 0.2).length;
    expect(slivers(0)).toBeGreaterThan(60);
    expect(slivers(0.2)).toBeLessThan(slivers(0) / 2);
  });
});

describe('recipes for dense tasks', () => {
  it('either crop or jitter the scale', () => {
    expect(() => recipe('dense', { crop: { scale: [0.5, 1] } })).toThrow(/crop and scaleJitter exclude each other/);
    expect(recipe('small').crop?.targets?.prefer).toBe('small');
  });
});

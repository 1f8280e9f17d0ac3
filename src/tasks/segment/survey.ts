import { percent } from '../../base/text/percent.ts';
import { ignoreIndex } from '../../data/geometry/mask.ts';
import { runsOf } from '../../data/geometry/rle.ts';
import { counted, median, type Survey, type SurveyTable } from '../survey.ts';
import type { SegmentTarget } from './target.ts';

/** Classes that take less of their pictures than this are lost when those are made small. */
const TINY = 0.005;

/** Pixels and pictures of each class. */
export const segmentSurvey: Survey<SegmentTarget> = {
  background: 0,
  tables(pictures, classes): SurveyTable[] {
    const shares = classes.map((): number[] => []);
    const pixels = new Float64Array(ignoreIndex + 1);
    let marked = 0;
    for (const { target } of pictures) {
      const [height, width] = target.size;
      let rest = width * height;
      for (const { label, runs } of target.parts) {
        const area = pixelsOf(target, runs);
        pixels[label]! += area;
        rest -= area;
        if (label > 0) shares[label]?.push(area / (width * height));
      }
      pixels[0]! += rest;
      if (rest > 0) shares[0]?.push(rest / (width * height));
      if (target.parts.some(({ label }) => label !== ignoreIndex)) marked++;
    }
    const all = pixels.reduce((a, b) => a + b, 0);
    const rows = classes.map((name, label) => {
      const own = shares[label]!;
      return [name, percent(pixels[label]! / all, 2), counted(own.length), percent(median(own), 2)];
    });
    const without = pictures.length - marked;
    const notes = [`${counted(marked)} pictures with something else than ${classes[0]}, ${counted(without)} without`];
    if (pixels[ignoreIndex]! > 0) {
      notes.push(`${percent(pixels[ignoreIndex]! / all, 2)} of the pixels are not labelled and do not count`);
    }
    const tiny = classes.slice(1).filter((_, i) => shares[i + 1]!.length > 0 && median(shares[i + 1]!) < TINY);
    if (tiny.length > 0) {
      notes.push(
        `${tiny.join(', ')}: less than ${percent(TINY, 1)} of a picture that shows it: train on crops and predict by tiles`,
      );
    }
    return [{ title: 'pixels', columns: ['class', 'of all pixels', 'pictures', 'of these'], rows, notes }];
  },
  uneven:
    'Some classes are rare: judge class by class, not by the mean alone, and weigh them (--pixel-weights balanced).',
};

/** Pixels of a part, from its packed runs. */
export function pixelsOf({ size }: SegmentTarget, runs: string): number {
  return runsOf({ size, counts: runs }).reduce((sum, run, i) => sum + (i % 2 === 1 ? run : 0), 0);
}

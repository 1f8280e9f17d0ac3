import { check } from '../../../base/errors.ts';
import type { Detection } from '../../../data/geometry/tiles.ts';
import { type AreaRange, byScore, type Matched, match, type TrueBox } from './match.ts';
import { type OperatingPoint, operatingPoints } from './thresholds.ts';

/** Areas, in pixels, where COCO's small ends and medium begins, and where medium ends and large begins. */
export const [SMALL, MEDIUM] = [32 ** 2, 96 ** 2];
const ranges = {
  all: [0, 1e10],
  small: [0, SMALL],
  medium: [SMALL, MEDIUM],
  large: [MEDIUM, 1e10],
} as const satisfies Record<string, AreaRange>;
type RangeName = keyof typeof ranges;

/** 0.5, 0.55 … 0.95. */
const thresholds = Array.from({ length: 10 }, (_, i) => 0.5 + i * 0.05);
const most = 100;

/** COCO's figures, 0 … 1; null where there was nothing to find. Averages are over classes that occur and over overlaps 0.5 … 0.95. */
export interface DetectionFigures {
  /** Average precision. */
  readonly ap: number | null;
  /** With an overlap (IoU) of 0.5. */
  readonly ap50: number | null;
  readonly ap75: number | null;
  /** Of things below 32², up to 96² and above, in pixels of the picture that was judged. */
  readonly apSmall: number | null;
  readonly apMedium: number | null;
  readonly apLarge: number | null;
  /** Average recall with at most 1, 10, 100 detections of a class in a picture. */
  readonly ar1: number | null;
  readonly ar10: number | null;
  readonly ar100: number | null;
  readonly arSmall: number | null;
  readonly arMedium: number | null;
  readonly arLarge: number | null;
  /** The same of each class. */
  readonly classes: readonly {
    readonly ap: number | null;
    readonly ap50: number | null;
    readonly ar100: number | null;
    readonly support: number;
  }[];
}

/** Average precision and recall as COCO defines them (COCOeval of pycocotools, `bbox`), picture by picture. */
export class DetectionJudge {
  readonly classes: number;
  #pictures = 0;
  readonly #matched: Record<RangeName, Matched[]>[];

  constructor(classes: number) {
    check(Number.isInteger(classes) && classes >= 1, () => `there is at least one class to find, got ${classes}`);
    this.classes = classes;
    this.#matched = Array.from({ length: classes }, () => ({ all: [], small: [], medium: [], large: [] }));
  }

  /**
   * Adds one picture: what is in it, and what was found; boxes in the same pixels.
   * @throws YosegiError when a class does not exist, or a score is no number
   */
  add(truths: readonly TrueBox[], detections: readonly Detection[]): void {
    for (const { index } of [...truths, ...detections]) {
      check(
        Number.isInteger(index) && index >= 0 && index < this.classes,
        () => `boxes are of classes 0 … ${this.classes - 1}, got ${index}`,
      );
    }
    for (const { score } of detections) check(Number.isFinite(score), () => `scores are numbers, got ${score}`);
    this.#pictures++;
    this.#matched.forEach((byRange, c) => {
      const [t, d] = [truths.filter(({ index }) => index === c), detections.filter(({ index }) => index === c)];
      if (t.length + d.length === 0) return;
      for (const name of Object.keys(ranges) as RangeName[]) {
        byRange[name].push(match(t, d, thresholds, ranges[name], most));
      }
    });
  }

  /** COCO's figures so far. */
  figures(): DetectionFigures {
    const of = (name: RangeName, limit = most) => this.#matched.map((byRange) => curve(byRange[name], limit));
    const [all, small, medium, large] = [of('all'), of('small'), of('medium'), of('large')];
    const ap = (curves: readonly Curve[], bit?: number) =>
      mean(curves.flatMap(({ precision }) => pick(precision, bit)));
    const ar = (curves: readonly Curve[]) => mean(curves.flatMap(({ recall }) => recall));
    return {
      ap: ap(all),
      ap50: ap(all, 0),
      ap75: ap(all, 5),
      apSmall: ap(small),
      apMedium: ap(medium),
      apLarge: ap(large),
      ar1: ar(of('all', 1)),
      ar10: ar(of('all', 10)),
      ar100: ar(all),
      arSmall: ar(small),
      arMedium: ar(medium),
      arLarge: ar(large),
      classes: all.map((c) => ({ ap: ap([c]), ap50: ap([c], 0), ar100: ar([c]), support: c.wanted })),
    };
  }

  /** Misses and false alarms of a class, or of all together, at every threshold of the score (IoU 0.5). */
  points(index?: number): OperatingPoint[] {
    const of = index === undefined ? this.#matched : [this.#matched[index]!];
    return operatingPoints(
      of.flatMap(({ all }) => all),
      this.#pictures,
    );
  }
}

interface Curve {
  /** For each overlap the mean precision at 101 levels of recall; empty where nothing is to be found. */
  readonly precision: readonly number[];
  readonly recall: readonly number[];
  readonly wanted: number;
}

/** COCOeval's `accumulate` of one class and range. */
function curve(pictures: readonly Matched[], limit: number): Curve {
  const wanted = pictures.reduce((sum, p) => sum + p.wanted, 0);
  if (wanted === 0) return { precision: [], recall: [], wanted };
  const [scores, hits, ignored] = (['scores', 'hits', 'ignored'] as const).map((part) =>
    pictures.flatMap((p) => p[part].slice(0, limit)),
  ) as [number[], number[], number[]];
  const order = byScore(scores);
  const both = thresholds.map((_, bit) => {
    const precisions: number[] = [];
    const recalls: number[] = [];
    let right = 0;
    let wrong = 0;
    for (const i of order) {
      if ((hits[i]! >> bit) & 1) right++;
      else if (!((ignored[i]! >> bit) & 1)) wrong++;
      recalls.push(right / wanted);
      precisions.push(right / (right + wrong + 2 ** -52));
    }
    for (let i = precisions.length - 1; i > 0; i--) precisions[i - 1] = Math.max(precisions[i - 1]!, precisions[i]!);
    let at = 0;
    let sum = 0;
    for (let level = 0; level <= 100; level++) {
      while (at < recalls.length && recalls[at]! < level * 0.01) at++;
      sum += precisions[at] ?? 0;
    }
    return { precision: sum / 101, recall: recalls.at(-1) ?? 0 };
  });
  return { precision: both.map((b) => b.precision), recall: both.map((b) => b.recall), wanted };
}

function pick(values: readonly number[], bit?: number): readonly number[] {
  return bit === undefined ? values : values.slice(bit, bit + 1);
}

function mean(values: readonly number[]): number | null {
  return values.length > 0 ? values.reduce((a, b) => a + b, 0) / values.length : null;
}

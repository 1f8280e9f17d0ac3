import { check } from '../../../base/errors.ts';
import type { Detection } from '../../../data/geometry/tiles.ts';
import { overlap, type TrueBox } from './match.ts';

/**
 * Counts what things were taken for, with what was missed and what was not there: [classes + 1][classes + 1]; rows are the true classes and last
 * the false alarms, columns the predicted classes and last the misses.
 */
export class BoxConfusion {
  readonly rows: number[][];
  readonly #classes: number;
  readonly #score: number;
  readonly #iou: number;

  /** Detections from `score` on are believed; boxes that overlap by `iou` or more are the same place. */
  constructor(classes: number, score: number, iou = 0.5) {
    this.#classes = classes;
    this.#score = score;
    this.#iou = iou;
    this.rows = Array.from({ length: classes + 1 }, () => new Array<number>(classes + 1).fill(0));
  }

  /**
   * Adds one picture. Boxes are paired by place, those that overlap most first, where overlaps are equal those of one class; what lies in a crowd or on
   * something difficult is not counted.
   * @throws YosegiError when a class does not exist
   */
  add(truths: readonly TrueBox[], detections: readonly Detection[]): void {
    const classes = this.#classes;
    for (const { index } of [...truths, ...detections]) {
      check(index >= 0 && index < classes, () => `boxes are of classes 0 … ${classes - 1}, got ${index}`);
    }
    const counted = truths.filter((t) => !t.crowd && !t.difficult);
    const others = truths.filter((t) => t.crowd || t.difficult);
    const found = detections.filter(({ score }) => score >= this.#score);
    const pairs = found
      .flatMap((d) => counted.map((t) => ({ d, t, iou: overlap(d.box, t), same: d.index === t.index })))
      .filter(({ iou }) => iou >= this.#iou)
      .sort((a, b) => b.iou - a.iou || Number(b.same) - Number(a.same) || b.d.score - a.d.score);
    const [usedFound, usedTrue] = [new Set<Detection>(), new Set<TrueBox>()];
    for (const { d, t } of pairs) {
      if (usedFound.has(d) || usedTrue.has(t)) continue;
      usedFound.add(d);
      usedTrue.add(t);
      this.rows[t.index]![d.index]! += 1;
    }
    for (const t of counted) if (!usedTrue.has(t)) this.rows[t.index]![classes]! += 1;
    for (const d of found) {
      if (usedFound.has(d) || others.some((t) => overlap(d.box, t) >= this.#iou)) continue;
      this.rows[classes]![d.index]! += 1;
    }
  }
}

import { check } from '../../base/errors.ts';
import { mask } from '../../data/geometry/mask.ts';
import type { Placement, Size } from '../../data/geometry/placement.ts';
import { packRuns, rleOf } from '../../data/geometry/rle.ts';
import type { Tensors } from '../../runtime/runtime.ts';
import { auroc } from '../auroc.ts';
import type { Batch } from '../batch.ts';
import { Gatherer } from '../gather.ts';
import { maskOfTarget } from '../segment/target.ts';
import type { EvaluatedSplit, Figures, Meter, MeterContext } from '../task.ts';
import { ownMap, THRESHOLD } from './answer.ts';
import type { AnomalyEvaluation, AnomalyExample } from './evaluation.ts';
import { type SmallHeat, shrinkHeat } from './heat.ts';
import { PixelCurves } from './metrics/index.ts';
import { settledOptions } from './options.ts';
import type { AnomalyTarget } from './target.ts';

/** Pictures that are kept with their heat maps: mistakes of each sort, and what is right. */
const MISTAKES = 12;
const RIGHT = 6;

interface Scored {
  readonly score: number;
  readonly truth: AnomalyTarget;
}

/** Judges how anomalies are found: pictures by their scores, and where there is time for it pixels and examples at the pictures' own size. */
export function anomalyMeter({
  fileOf = (i) => `picture ${i}`,
  detailed = false,
  options,
}: MeterContext): Meter<AnomalyTarget, AnomalyEvaluation> {
  const gatherer = new Gatherer<AnomalyTarget>();
  const scored: Scored[] = [];
  const curves = detailed ? new PixelCurves() : undefined;
  const shown = {
    missed: new Best(MISTAKES, (a, b) => a.score - b.score),
    falseAlarms: new Best(MISTAKES, (a, b) => b.score - a.score),
    found: new Best(RIGHT, (a, b) => b.score - a.score),
    passed: new Best(RIGHT, (a, b) => b.score - a.score),
  };

  const look = (one: Scored, map: Float32Array, size: Size, placements: readonly Placement[], file: string) => {
    const own = ownMap(map, size, placements);
    const whole = placements[0]!.from;
    const truth = truthOf(one.truth, whole);
    if (truth) curves?.add(own, truth, whole);
    const wrong = one.truth.anomalous !== one.score > THRESHOLD;
    const list = one.truth.anomalous ? shown[wrong ? 'missed' : 'found'] : shown[wrong ? 'falseAlarms' : 'passed'];
    list.offer(one.score, () => exampleOf(one, file, own, whole, one.truth.anomalous ? truth : undefined));
  };

  const figures = (): Figures => {
    const { good, anomalous, missed, falseAlarms } = counts(scored);
    const area = areaUnder(scoresOf(scored, true), scoresOf(scored, false));
    const pixels = curves?.figures();
    return {
      ...(area !== null && { auroc: area }),
      ...(anomalous > 0 && { missed: missed / anomalous }),
      ...(good > 0 && { falseAlarms: falseAlarms / good }),
      ...(typeof pixels?.auroc === 'number' && { pixelAuroc: pixels.auroc }),
      ...(typeof pixels?.aupro === 'number' && { aupro: pixels.aupro }),
    };
  };

  return {
    add(outputs: Tensors, batch: Batch<AnomalyTarget>): void {
      const [, , height, width] = outputs.map?.shape ?? [];
      check(height && width, 'a finder of anomalies gives a map [N, 1, height, width]');
      for (const { index, truth, placements, views } of gatherer.add(outputs, batch)) {
        const one = { score: views[0]!.score![0]!, truth };
        check(!Number.isNaN(one.score), () => `the score of ${fileOf(index)} is not a number: was the model fitted?`);
        scored.push(one);
        if (detailed) look(one, views[0]!.map!, [height, width], placements, fileOf(index));
      }
    },
    figures,
    evaluation(split: EvaluatedSplit): AnomalyEvaluation {
      const sorted = (anomalous: boolean) => scoresOf(scored, anomalous).sort((a, b) => a - b);
      const scores = { good: sorted(false), anomalous: sorted(true) };
      return {
        split,
        images: scored.length,
        ...counts(scored),
        auroc: areaUnder(scores.anomalous, scores.good),
        pixels: curves?.figures() ?? { auroc: null, aupro: null, regions: 0 },
        threshold: thresholdIn(options),
        kinds: kindsOf(scored, scores.good),
        scores,
        examples: {
          missed: shown.missed.list(),
          falseAlarms: shown.falseAlarms.list(),
          found: shown.found.list(),
          passed: shown.passed.list(),
        },
      };
    },
  };
}

/** Which pixels are anomalous, at the picture's own size; undefined where an anomalous picture was not drawn. */
function truthOf({ anomalous, mask: drawn }: AnomalyTarget, [height, width]: Size): Uint8Array | undefined {
  if (!drawn) return anomalous ? undefined : new Uint8Array(height * width);
  check(
    drawn.size[0] === height && drawn.size[1] === width,
    () => `a mask of ${drawn.size[1]}×${drawn.size[0]} does not belong to a picture of ${width}×${height}`,
  );
  return maskOfTarget(drawn).data;
}

function counts(scored: readonly Scored[]): Pick<AnomalyEvaluation, 'good' | 'anomalous' | 'missed' | 'falseAlarms'> {
  const n = { good: 0, anomalous: 0, missed: 0, falseAlarms: 0 };
  for (const { score, truth } of scored) {
    n[truth.anomalous ? 'anomalous' : 'good']++;
    if (truth.anomalous && score <= THRESHOLD) n.missed++;
    if (!truth.anomalous && score > THRESHOLD) n.falseAlarms++;
  }
  return n;
}

/** Scores of the anomalous pictures, or of the good ones. */
const scoresOf = (scored: readonly Scored[], anomalous: boolean): number[] =>
  scored.flatMap(({ score, truth }) => (truth.anomalous === anomalous ? [score] : []));

/** The AUROC of scores of anomalous and of good pictures; null without either. */
const areaUnder = (bad: readonly number[], good: readonly number[]): number | null =>
  bad.length > 0 && good.length > 0 ? auroc(bad, good) : null;

function kindsOf(scored: readonly Scored[], good: readonly number[]): AnomalyEvaluation['kinds'] {
  const names = new Set(scored.flatMap(({ truth: { anomalous, kind } }) => (anomalous && kind ? [kind] : [])));
  return [...names].sort().map((name) => {
    const own = scored.filter(({ truth }) => truth.kind === name);
    const scores = own.map(({ score }) => score);
    return { name, images: own.length, missed: counts(own).missed, auroc: areaUnder(scores, good) };
  });
}

function thresholdIn(options: unknown): AnomalyEvaluation['threshold'] {
  const known = settledOptions.safeParse(options).data;
  if (!known?.promised) return null;
  const { falseAlarms: promised, pictures } = known.promised;
  return { wished: known.falseAlarms, promised, pictures };
}

function exampleOf(
  { score, truth: { anomalous, kind } }: Scored,
  file: string,
  map: Float32Array,
  size: Size,
  truth: Uint8Array | undefined,
): AnomalyExample {
  const heat = shrinkHeat(map, size);
  return {
    file,
    score,
    anomalous,
    ...(kind !== undefined && { kind }),
    heat,
    ...(truth && { truth: drawnTruth(truth, size, heat) }),
  };
}

/** The cells of a heat map that hold an anomalous pixel. */
function drawnTruth(truth: Uint8Array, [height, width]: Size, { size: [h, w] }: SmallHeat): string {
  const cells = mask(w, h);
  for (let i = 0; i < truth.length; i++) {
    if (truth[i] !== 1) continue;
    const row = Math.floor((Math.floor(i / width) * h) / height);
    cells.data[row * w + Math.floor(((i % width) * w) / width)] = 1;
  }
  return packRuns(rleOf(cells).counts);
}

/** The first few of examples in an order, each made only where it is among them. */
class Best {
  readonly #most: number;
  readonly #order: (a: { score: number }, b: { score: number }) => number;
  readonly #kept: AnomalyExample[] = [];

  constructor(most: number, order: (a: { score: number }, b: { score: number }) => number) {
    this.#most = most;
    this.#order = order;
  }

  offer(score: number, make: () => AnomalyExample): void {
    const last = this.#kept.at(-1);
    if (this.#kept.length === this.#most && last && this.#order({ score }, last) >= 0) return;
    this.#kept.push(make());
    this.#kept.sort(this.#order);
    this.#kept.length = Math.min(this.#kept.length, this.#most);
  }

  list(): AnomalyExample[] {
    return this.#kept;
  }
}

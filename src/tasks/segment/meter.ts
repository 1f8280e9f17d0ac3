import { check } from '../../base/errors.ts';
import { ignoreIndex } from '../../data/geometry/mask.ts';
import type { Size } from '../../data/geometry/placement.ts';
import { regionsOf } from '../../data/geometry/regions.ts';
import type { Tensors } from '../../runtime/runtime.ts';
import type { Batch } from '../batch.ts';
import { Gatherer } from '../gather.ts';
import { judgePictures, type ScoredPicture } from '../pictures.ts';
import type { EvaluatedSplit, Figures, Meter, MeterContext } from '../task.ts';
import { type Decoded, decode, pictureScore } from './decode.ts';
import { drawMistakes } from './drawn.ts';
import type { SegmentEvaluation } from './evaluation.ts';
import { BoundaryJudge, PixelConfusion } from './metrics/index.ts';
import { mean } from './metrics/pixels.ts';
import { maskOfTarget, type SegmentTarget } from './target.ts';

/** Pictures that are kept with their file names. */
const WORST = 24;
/** Smaller false regions are not counted: a share of the picture. */
const LEAST = 1e-5;

/** Judges a segmenter at the pictures' own size. */
export function segmentMeter({
  classes,
  fileOf = (i) => `picture ${i}`,
  detailed = false,
}: MeterContext): Meter<SegmentTarget, SegmentEvaluation> {
  const gatherer = new Gatherer<SegmentTarget>();
  const confusion = new PixelConfusion(classes.length);
  const edges = detailed ? new BoundaryJudge(classes.length) : undefined;
  const scored: ScoredPicture[] = [];
  const shown = classes.map(() => 0);
  const regions = { foundPixels: [] as number[], missedPixels: [] as number[], falseAlarms: 0 };
  const worst: SegmentEvaluation['worst'] = [];
  const loss = { sum: 0, count: 0 };

  const judge = (truth: Uint8Array, said: Decoded, file: string) => {
    confusion.add(truth, said.labels);
    const score = pictureScore(said);
    const truths = new Set(truth);
    for (const c of truths) if (c < classes.length) shown[c]!++;
    scored.push({ score, truth: [...truths].some((c) => c > 0 && c < classes.length) });
    addLoss(loss, truth, said);
    if (!detailed) return;
    edges?.add(truth, said.labels, said.size);
    addRegions(regions, truth, said);
    keepWorst(worst, { file, score, ...mistakes(truth, said.labels) }, () =>
      drawMistakes(truth, said.labels, said.size),
    );
  };

  const figures = (): Figures & { iou: number; miou: number; dice: number; accuracy: number; loss: number } => {
    const f = confusion.figures();
    const things = f.classes.slice(1);
    return {
      iou: mean(things.map(({ iou }) => iou)),
      miou: f.miou,
      dice: mean(things.map(({ dice }) => dice)),
      accuracy: f.accuracy,
      loss: loss.count > 0 ? loss.sum / loss.count : 0,
    };
  };

  return {
    add(outputs: Tensors, batch: Batch<SegmentTarget>): void {
      const [, , height, width] = outputs.logits?.shape ?? [];
      check(height && width, 'a segmenter gives logits [N, classes, height, width]');
      for (const { index, truth, placements, views } of gatherer.add(outputs, batch)) {
        const said = decode(
          views.map((v) => v.logits!),
          [height, width],
          placements,
        );
        judge(maskFor(truth, said.size), said, fileOf(index));
      }
    },
    figures,
    evaluation(split: EvaluatedSplit): SegmentEvaluation {
      const f = confusion.figures();
      const borders = edges?.figures();
      return {
        split,
        images: scored.length,
        ...figures(),
        classes: f.classes.map((c, i) => ({
          name: classes[i]!,
          pictures: shown[i]!,
          ...c,
          boundaryIou: borders?.classes[i]?.iou ?? null,
          boundaryF: borders?.classes[i]?.f ?? null,
        })),
        confusion: confusion.rows(),
        pictures: judgePictures(scored),
        regions: {
          found: regions.foundPixels.length,
          missed: regions.missedPixels.length,
          foundPixels: regions.foundPixels.toSorted((a, b) => a - b),
          missedPixels: regions.missedPixels.toSorted((a, b) => a - b),
          falseAlarms: regions.falseAlarms,
        },
        worst,
      };
    },
  };
}

/** The truth at the picture's own size. */
function maskFor(truth: SegmentTarget, [height, width]: Size): Uint8Array {
  const { data } = maskOfTarget(truth);
  check(
    truth.size[0] === height && truth.size[1] === width,
    () => `a mask of ${truth.size[1]}×${truth.size[0]} does not belong to a picture of ${width}×${height}`,
  );
  return data;
}

function addLoss(loss: { sum: number; count: number }, truth: Uint8Array, { logits, labels, totals }: Decoded): void {
  const plane = truth.length;
  const classes = logits.length / plane;
  for (let i = 0; i < plane; i++) {
    const t = truth[i]!;
    if (t >= classes) continue;
    loss.sum += Math.log(totals[i]!) + logits[labels[i]! * plane + i]! - logits[t * plane + i]!;
    loss.count++;
  }
}

function mistakes(truth: Uint8Array, said: Uint8Array): { missed: number; wrong: number; right: number } {
  const n = { missed: 0, wrong: 0, right: 0 };
  for (let i = 0; i < truth.length; i++) {
    const [t, p] = [truth[i]!, said[i]!];
    if (t === ignoreIndex) continue;
    if (t !== 0 && t === p) n.right++;
    if (t !== 0 && t !== p) n.missed++;
    if (p !== 0 && t !== p) n.wrong++;
  }
  return n;
}

type Worst = SegmentEvaluation['worst'][number];

function keepWorst(worst: Worst[], one: Omit<Worst, 'drawn'>, draw: () => Worst['drawn']): void {
  const bad = ({ missed, wrong }: Omit<Worst, 'drawn'>) => missed + wrong;
  if (bad(one) === 0 || (worst.length === WORST && bad(one) <= bad(worst[WORST - 1]!))) return;
  worst.push({ ...one, drawn: draw() });
  worst.sort((a, b) => bad(b) - bad(a));
  worst.length = Math.min(worst.length, WORST);
}

/** A true region counts as found where any of its pixels is called what it is; a region that touches no truth is a false alarm. */
function addRegions(
  into: { foundPixels: number[]; missedPixels: number[]; falseAlarms: number },
  truth: Uint8Array,
  { labels, size }: Decoded,
): void {
  const isThing = (i: number) => truth[i]! > 0 && truth[i] !== ignoreIndex;
  const real = regionsOf(isThing, size);
  const hit = new Uint8Array(real.sizes.length + 1);
  const said = regionsOf((i) => labels[i]! > 0, size);
  const touches = new Uint8Array(said.sizes.length + 1);
  for (let i = 0; i < labels.length; i++) {
    if (isThing(i) && labels[i] === truth[i]) hit[real.of[i]!] = 1;
    if (labels[i]! > 0 && truth[i]! > 0) touches[said.of[i]!] = 1;
  }
  real.sizes.forEach((pixels, r) => {
    (hit[r + 1] ? into.foundPixels : into.missedPixels).push(pixels);
  });
  into.falseAlarms += said.sizes.filter((pixels, r) => !touches[r + 1] && pixels >= LEAST * labels.length).length;
}

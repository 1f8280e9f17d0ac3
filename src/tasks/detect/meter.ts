import { boxArea, boxIou } from '../../data/geometry/boxes.ts';
import type { Size } from '../../data/geometry/placement.ts';
import type { Detection } from '../../data/geometry/tiles.ts';
import type { Tensors } from '../../runtime/runtime.ts';
import type { Batch } from '../batch.ts';
import { Gatherer } from '../gather.ts';
import { judgePictures } from '../pictures.ts';
import type { EvaluatedSplit, Figures, Meter, MeterContext } from '../task.ts';
import { forMetrics, ofPicture } from './decode.ts';
import type { DetectEvaluation, DetectPoint } from './evaluation.ts';
import { foundIn } from './found.ts';
import { BoxConfusion, DetectionJudge, pointFor } from './metrics/index.ts';
import type { TrueBox } from './metrics/match.ts';
import type { DetectTarget } from './target.ts';

const WORST = 24;
/** What may be asked of a threshold. */
const WISHES = [
  { missed: 0.01 },
  { missed: 0.05 },
  { missed: 0.1 },
  { falseAlarms: 0.01 },
  { falseAlarms: 0.1 },
  { falseAlarms: 1 },
];
/** Boxes are right where they overlap a thing of their class by this. */
const RIGHT = 0.5;

/** A picture with what is in it and what was found: at most 100 boxes. */
interface Seen {
  readonly file: string;
  readonly size: Size;
  readonly truths: readonly TrueBox[];
  readonly found: readonly Detection[];
}

/** Judges a detector as COCO does, in pixels of the pictures. */
export function detectMeter({
  classes,
  fileOf = (i) => `picture ${i}`,
  detailed = false,
}: MeterContext): Meter<DetectTarget, DetectEvaluation> {
  const gatherer = new Gatherer<DetectTarget>();
  const judge = new DetectionJudge(classes.length);
  /** Kept where everything will be asked: a threshold is known only at the end. */
  const seen: Seen[] = [];
  return {
    add(outputs: Tensors, batch: Batch<DetectTarget>): void {
      for (const { index, truth, placements, views } of gatherer.add(outputs, batch)) {
        const each = views.map((v, i) => foundIn(shippedOf(v), classes.length, placements[i]!.size, forMetrics));
        const found = ofPicture(each, placements, forMetrics);
        const truths = truth.objects.map(({ label, ...object }): TrueBox => ({ ...object, index: label }));
        judge.add(truths, found);
        if (detailed) seen.push({ file: fileOf(index), size: placements[0]!.from, truths, found });
      }
    },
    figures(): Figures {
      const { ap, ap50 } = judge.figures();
      return { ap50: ap50 ?? 0, ap: ap ?? 0 };
    },
    evaluation(split: EvaluatedSplit): DetectEvaluation {
      const { classes: each, arSmall: _s, arMedium: _m, arLarge: _l, ...figures } = judge.figures();
      const points = judge.points();
      const best = bestPoint(points);
      const confusion = new BoxConfusion(classes.length, best?.score ?? 1, RIGHT);
      for (const { truths, found } of seen) confusion.add(truths, found);
      const mistakes = seen.map((one) => mistakesIn(one, best?.score ?? 1));
      return {
        split,
        images: seen.length,
        objects: seen.reduce((n, { truths }) => n + truths.filter(counts).length, 0),
        ...figures,
        classes: each.map((c, i) => ({ name: classes[i]!, ...c })),
        best,
        wishes: WISHES.map((wish) => ({ ...wish, point: pointFor(points, wish) })),
        confusion: confusion.rows,
        pictures: judgePictures(
          seen.map(({ truths, found }) => ({ score: found[0]?.score ?? 0, truth: truths.length > 0 })),
        ),
        areas: {
          missed: mistakes.flatMap(({ missed }) => missed.map(boxArea)).sort((a, b) => a - b),
          all: seen.flatMap(({ truths }) => truths.filter(counts).map(({ box }) => boxArea(box))).sort((a, b) => a - b),
        },
        worst: mistakes
          .filter(({ missed, wrong }) => missed.length + wrong.length > 0)
          .sort((a, b) => b.missed.length + b.wrong.length - a.missed.length - a.wrong.length)
          .slice(0, WORST),
      };
    },
  };
}

/** What one view's outputs are when they are shipped: a trained head's scores are logits, those of a model of another tool are `confidence`. */
function shippedOf({
  scores,
  confidence,
  ...view
}: Readonly<Record<string, Float32Array>>): Record<string, Float32Array> {
  const sure = confidence ?? scores?.map((v) => 1 / (1 + Math.exp(-v)));
  return { ...view, ...(sure && { scores: sure }) };
}

const counts = ({ crowd, difficult }: TrueBox) => !crowd && !difficult;

/** The point of the best F1. */
function bestPoint(points: readonly DetectPoint[]): DetectPoint | null {
  const f1 = ({ missed, precision }: DetectPoint) => {
    const recall = 1 - missed;
    return recall + precision > 0 ? (2 * recall * precision) / (recall + precision) : 0;
  };
  return points.reduce<DetectPoint | null>((a, b) => (a === null || f1(b) > f1(a) ? b : a), null);
}

type Mistakes = DetectEvaluation['worst'][number];

/** Which things were missed and which boxes are wrong, by place and class. */
function mistakesIn({ file, size, truths, found }: Seen, least: number): Mistakes {
  const believed = found.filter(({ score }) => score >= least);
  const open = new Set(truths.filter(counts));
  const others = truths.filter((t) => !counts(t));
  const [right, wrong]: [Mistakes['right'], Mistakes['wrong']] = [[], []];
  for (const { box, index } of believed) {
    const hit = [...open]
      .filter((t) => t.index === index)
      .map((t) => ({ t, iou: boxIou(t.box, box) }))
      .sort((a, b) => b.iou - a.iou)[0];
    if (hit && hit.iou >= RIGHT) {
      open.delete(hit.t);
      right.push([...box]);
    } else if (!others.some((t) => boxIou(t.box, box) > 0)) wrong.push([...box]);
  }
  return { file, size: [size[0], size[1]], missed: [...open].map(({ box }) => [...box]), wrong, right };
}

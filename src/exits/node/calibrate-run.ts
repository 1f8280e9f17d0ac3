import { check, oneOf, YosegiError } from '../../base/errors.ts';
import { yosegiVersion } from '../../base/node/version.ts';
import type { Dataset } from '../../feed/node/dataset.ts';
import type { Effort } from '../../measure/interleave.ts';
import { describeMachine } from '../../measure/node/machine.ts';
import { classifier, type ExitModel, type Model } from '../../models/model.ts';
import { modelEntry, modelNames } from '../../models/registry.ts';
import { type LoadedRun, loadRun } from '../../run/node/run-folder.ts';
import { stampOf } from '../../run/node/stamped.ts';
import { settingsOf } from '../../run/settings.ts';
import { type Device, openRuntime } from '../../runtime/node/open.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { type CalibrateOptions, calibrate, type Goal } from '../calibration/calibrate.ts';
import type { CurvePoint } from '../calibration/curve.ts';
import { rulesFor } from '../calibration/never.ts';
import { chooseOnTheClock } from '../calibration/on-the-clock.ts';
import { judge, leaving, outcomes } from '../judge/evaluate.ts';
import { leaversOf } from '../judge/examples.ts';
import { distributionOf } from '../policy/distribution.ts';
import { type Policy, toTheEnd } from '../policy/policy.ts';
import { cutAtExits, hasExits } from '../program/cut.ts';
import { measureExits } from '../program/measure.ts';
import { compileCut } from '../program/staged.ts';
import { wholeProgram } from '../program/whole.ts';
import type { Budget, ExitPoint, ExitResult, ExitsRecord, SplitReport } from '../record.ts';
import { writeExits } from './exits-file.ts';
import { type PolicyTimes, timePolicy } from './policy-timer.ts';
import { type ExitImages, look, openRunData, type Seen } from './run-images.ts';
import { judgeStatics, loadStatics } from './statics.ts';

export interface CalibrateRunOptions extends Pick<CalibrateOptions, 'search'> {
  /** Default: as cheap as can be at the accuracy of the network run to the end. */
  readonly budget?: Budget;
  /** Names of classes that must always go to the end. */
  readonly never?: readonly string[];
  /** Share of the images of those classes that may leave early all the same; default none. */
  readonly miss?: number;
  /** Another folder of images than the one trained on. */
  readonly data?: string;
  /** Run folders of other networks to compare with. */
  readonly statics?: readonly string[];
  readonly device?: Device;
  readonly threads?: number;
  /** How long each exit is timed. */
  readonly effort?: Partial<Effort>;
  readonly onNotice?: (message: string) => void;
  readonly onProgress?: (what: string, done: number, of: number) => void;
}

/**
 * Chooses when images may leave a trained model early: all exits are evaluated on the val split, with the transforms of a test,
 * leaving at each exit is timed on this machine at batch 1, a policy is chosen for the budget, tried on both splits, compared
 * with other networks, and written to `exits.json` in the run's folder.
 */
export async function calibrateRun(folder: string, options: CalibrateRunOptions = {}): Promise<ExitsRecord> {
  const loaded = await loadRun(folder);
  const { run } = loaded;
  const model = withExits(loaded.model);
  const always = (options.never ?? []).map((name) => run.classes.indexOf(oneOf('class', name, run.classes)));
  const statics = await loadStatics(options.statics ?? [], loaded);
  const { dataset, setOf } = await openRunData(loaded, options.data, {
    onScan: (d, n) => options.onProgress?.('reading images', d, n),
    onNotice: options.onNotice,
  });
  try {
    const runtime = await openRuntime(options);
    try {
      return await calibrated(folder, { loaded, model, always, statics, dataset, setOf, runtime }, options);
    } finally {
      await runtime.close();
    }
  } finally {
    await dataset.close();
  }
}

interface Parts {
  readonly loaded: LoadedRun;
  readonly model: ExitModel;
  readonly always: readonly number[];
  readonly statics: readonly LoadedRun[];
  readonly dataset: Dataset;
  readonly setOf: ExitImages['setOf'];
  readonly runtime: Runtime;
}

/** Images that exits and networks are timed on, one after another. */
const TIMED = 64;

async function calibrated(folder: string, parts: Parts, options: CalibrateRunOptions): Promise<ExitsRecord> {
  const { loaded, model, always, dataset, setOf, runtime } = parts;
  const { run, weights } = loaded;
  const { onProgress = () => {} } = options;
  const cut = cutAtExits(model, weights);
  const staged = await compileCut(runtime, cut);
  const whole = await wholeProgram(runtime, classifier(model), weights);
  const seen = (split: 'val' | 'test') =>
    look(staged, dataset, split, run.preprocessing, (d, n) => onProgress(`evaluating ${split}`, d, n));
  const val = await seen('val');
  check(val, () => `${dataset.root} has no val images: exits are calibrated on images that the model did not train on`);
  const statics = await judgeStatics(runtime, parts.statics, loaded, dataset, { timed: TIMED, onProgress });
  const modelled = await measureExits(staged, val.images.slice(0, TIMED), {
    effort: options.effort,
    onProgress: (share) => onProgress('timing the exits', Math.round(100 * share), 100),
  });
  const { macs } = staged;
  const budget: Budget = options.budget ?? { kind: 'keep' };
  const rules = rulesFor(val.logits, val.labels, run.classes.length, always, options.miss);
  const choose = (ms: readonly number[]) =>
    calibrate(val.logits, val.labels, run.classes.length, budget.kind === 'macs' ? macs : ms, goalOf(budget, val), {
      rules,
      search: options.search,
      seed: settingsOf(run.options).train.seed,
    });
  const timed = (policy: Policy, { images }: Seen) =>
    timePolicy(runtime, { staged, whole, cut, others: statics }, policy, images, (share) =>
      onProgress('timing the policy', Math.round(100 * share), 100),
    );
  const most = budget.kind === 'ms' ? budget.value : undefined;
  const onTheClock = await chooseOnTheClock(modelled, most, choose, (policy) => timed(policy, val));
  const { costs: ms, clocked } = onTheClock;
  const { policy, method, curve, chosen } = onTheClock.calibration;
  const result = ({ shares, accuracy }: Pick<CurvePoint, 'shares' | 'accuracy'>): ExitResult => {
    const cost = (costs: readonly number[]) => shares.reduce((sum, s, k) => sum + s * costs[k]!, 0);
    return { shares: [...shares], accuracy, macs: cost(macs), ms: cost(ms) };
  };
  const point = (p: Omit<CurvePoint, 'cost'>): ExitPoint => ({ thresholds: [...p.thresholds], ...result(p) });
  const report = (split: Seen, { measured }: PolicyTimes): SplitReport => {
    const { shares, accuracy, ...rest } = judge(split, policy);
    return { ...rest, policy: point({ thresholds: policy.thresholds, shares, accuracy }), measured };
  };
  const test = await seen('test');
  const tested = test && (await timed(policy, test));
  const judgedTimes = tested ?? clocked;
  const thresholds = curve.map((p) => p.thresholds);
  const outcome = test && outcomes(test, { always: policy.always, suspicion: policy.suspicion }, thresholds);
  const belongsTo = await stampOf(folder, run, runtime, setOf(test ? 'test' : 'val'));
  const record: ExitsRecord = {
    format: 1,
    kind: 'yosegi-exits',
    created: new Date().toISOString(),
    yosegi: await yosegiVersion(),
    model: run.model,
    belongsTo,
    weights: belongsTo.weights,
    exits: [...staged.exits],
    classes: [...run.classes],
    policy,
    budget,
    method,
    miss: options.miss ?? 0,
    machine: describeMachine(runtime),
    threads: runtime.threads,
    macs: [...macs],
    ms: [...ms],
    wholeMs: judgedTimes.measured.whole.mean,
    curve: curve.map((p, i) => ({ ...point(p), test: outcome ? result(outcome[i]!) : null })),
    chosen: point(chosen),
    val: report(val, clocked),
    test: test && tested ? report(test, tested) : null,
    ...leaversOf(test ?? val, policy, (test ?? val).files, run.classes),
    statics: statics.map(({ network }, i) => ({ ...network, ms: judgedTimes.others[i]! })),
    distribution: distributionOf(leaving(val, policy), staged.exits.length),
  };
  await writeExits(folder, record);
  return record;
}

function withExits(model: Model): ExitModel {
  if (hasExits(model)) return model;
  const names = modelNames().filter((name) => modelEntry(name).family === 'dynamic-perceiver');
  throw new YosegiError(
    `${model.name} has no exits: every image runs to its end. Models with exits are ${names.slice(-3).join(', ')} and ` +
      `${names.length - 3} more (yosegi info): train one of them`,
  );
}

function goalOf(budget: Budget, val: Seen): Goal {
  if (budget.kind === 'accuracy') return { accuracy: budget.value };
  if (budget.kind !== 'keep') return { cost: budget.value };
  return { accuracy: judge(val, toTheEnd(val.logits.length)).accuracy };
}

import { shellPath } from '../base/node/shell.ts';
import { classesText } from '../base/text/classes.ts';
import { percent } from '../base/text/percent.ts';
import type { Hooks, TrainRunResult } from '../run/node/fit.ts';
import type { Run } from '../run/records.ts';
import { taskNamed } from '../tasks/node/registry.ts';
import { figureText, headlineOf, partsText } from './figures.ts';
import { duration, statusLine } from './progress.ts';

/** What was taken of stored weights, what starts anew and what was left, a line each. */
function pretrainedText(from: NonNullable<Run['pretrained']>): string[] {
  const head = from.headReplaced ? 'a new head' : 'their own head';
  const resized = from.resized.length > 0 ? `, ${from.resized.length} resized for this input` : '';
  const lines = [
    ['starts anew', from.fresh ?? []],
    ['not part of this network', from.unused ?? []],
    ['left over', from.surplus],
  ] as const;
  return [
    `weights of ${from.weights}: ${from.loaded} tensors${resized}, ${head}`,
    ...lines.flatMap(([what, names]) => (names.length > 0 ? [`  ${what}: ${someOf(names)}`] : [])),
    ...(from.carried ?? []).map(({ name, known, rows }) => `  ${name}: ${known} of ${rows} rows were known`),
  ];
}

const someOf = (names: readonly string[]) =>
  `${names.slice(0, 4).join(', ')}${names.length > 4 ? ` … (${names.length})` : ''}`;

const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** What training shows: a status line, a line an epoch, and what to do next. */
export function trainHooks(out: string, prefix = 'yosegi') {
  const line = statusLine();
  const say = (text: string) => {
    line.clear();
    process.stderr.write(`${text}\n`);
  };
  let headline = headlineOf();
  const hooks: Hooks = {
    onScan: (done, total) => line.show(`reading images ${done}/${total}`),
    onNotice: say,
    onStart: ({ run: r, settings, model, task, processes, resumedAt }) => {
      headline = headlineOf(task);
      const { train: n, val, test } = r.images;
      say(
        `${model.name}: ${(r.parameters / 1e6).toFixed(2)} M parameters, ${(r.macs / 1e6).toFixed(0)} M multiply-adds an image of ${r.preprocessing.size.join('×')}`,
      );
      if (r.pretrained) for (const text of pretrainedText(r.pretrained)) say(text);
      if (r.teacher) say(`taught by ${r.teacher.from}`);
      const classes = r.classes.length > 0 ? `${classesText(r.classes.length)}; ` : '';
      say(`${classes}${n} images to train on, ${val} to validate, ${test} to test`);
      if (r.problems.length > 0)
        say(`${r.problems.length} files could not be used, e.g. ${r.problems[0]!.file}: ${r.problems[0]!.reason}`);
      say(
        resumedAt > 0
          ? `going on at step ${resumedAt}`
          : task.fitting
            ? 'fitted in a few looks at them, without training steps; Ctrl-C stops'
            : `${settings.train.epochs} epochs of ${Math.max(1, Math.floor(n / (settings.train.batch * processes)))} steps${processes > 1 ? ` in ${processes} processes` : ''}; Ctrl-C stops safely`,
      );
    },
    onDownload: (done, total) => line.show(`downloading weights ${mib(done)} of ${mib(total)}`),
    onFit: (what, done, of) => line.show(`${what} ${percent(done / of)}`),
    onFeatures: (split, done, of) => line.show(`features of the ${split} images ${percent(done / of)}`),
    onValidate: (done, of) => line.show(`validating ${percent(done / of)}`),
    onStep: (e) =>
      line.show(
        `epoch ${e.epoch + 1}  step ${e.batch}/${e.batches}  loss ${e.loss.toFixed(3)}  ${headline.label} ${figureText(headline, e.figures)}  ` +
          `${e.imagesPerSecond.toFixed(0)} img/s  ${duration(e.eta)} left`,
      ),
    onEpoch: (e) =>
      say(
        `epoch ${String(e.epoch + 1).padStart(3)}  loss ${e.trainLoss.toFixed(3)}  train ${figureText(headline, e.train)}  ` +
          `val ${figureText(headline, e.val)}${e.val?.loss === undefined ? '' : ` (loss ${e.val.loss.toFixed(3)})`}  ` +
          `${partsText(headline, e.val)}` +
          `${e.imagesPerSecond.toFixed(0)} img/s  ${duration(e.seconds)}${e.best ? '  kept' : ''}`,
      ),
  };
  const finish = ({ run, result }: TrainRunResult) => {
    line.clear();
    const { reason, best } = result;
    const words = {
      finished: 'finished',
      stopped: `stopped; go on with: ${prefix} train --resume --out ${shellPath(out)}`,
      'no improvement': 'stopped early: the validation no longer gets better',
    };
    say(words[reason]);
    const task = taskNamed(run.task);
    const told = headlineOf(task);
    if (best && task.fitting) {
      const known = task.figures.filter(({ name }) => best.figures[name] !== undefined);
      if (known.length > 0)
        say(`validation: ${known.map((f) => `${f.label} ${figureText(f, best.figures)}`).join(', ')}`);
    } else if (best) {
      const { figures } = best;
      const what = `validation ${told.label} ${figureText(told, figures)}`;
      say(
        `kept as best: epoch ${best.epoch + 1}, ${what}, loss ${figures.loss?.toFixed(3) ?? '–'}  ${partsText(told, figures)}`.trimEnd(),
      );
    }
    if (best && reason !== 'stopped')
      say(
        `next: ${['eval', 'bench', 'report', 'export'].map((verb) => `${prefix} ${verb} ${shellPath(out)}`).join('; ')}`,
      );
  };
  return { hooks, say, finish };
}

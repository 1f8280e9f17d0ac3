import { basename, join } from 'node:path';
import { check } from '../../base/errors.ts';
import { atomicWrite } from '../../base/node/atomic.ts';
import { readJson } from '../../base/node/read-json.ts';
import { shellPath } from '../../base/node/shell.ts';
import { benchmarkSchema } from '../../measure/benchmark.ts';
import type { Lang } from '../../page/format.ts';
import { ROBUSTNESS_FILE, robustnessSchema } from '../../robustness/record.ts';
import { readLog } from '../../run/node/log-file.ts';
import { readRun } from '../../run/node/run-folder.ts';
import { readSplit } from '../../run/node/split-file.ts';
import { makeAgain, otherEvaluations, readStamped, stateOf } from '../../run/node/stamped.ts';
import type { RunState } from '../../run/provenance.ts';
import type { Run } from '../../run/records.ts';
import type { SplitList } from '../../run/split-list.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import { dataSummarySchema } from '../data-summary.ts';
import type { OtherSet, ReportInput } from '../input.ts';
import { renderReport } from '../render.ts';
import { readRunExits } from './exits.ts';
import { folderBytes } from './folder-bytes.ts';
import { thumbnails } from './pictures.ts';

export interface ReadReportOptions {
  /** The folder of pictures; default: the one the run names, if it is still there. */
  readonly dataFolder?: string;
}

export interface WriteReportOptions extends ReadReportOptions {
  readonly lang: Lang;
  /** Where to; default `report.html`, or `report.<lang>.html` for other languages than English, in the run folder. */
  readonly out?: string;
}

export interface WrittenReport {
  readonly path: string;
  readonly bytes: number;
  /** Pictures on the page. */
  readonly pictures: number;
}

/** Reads a run folder, renders its report and writes it; see {@link readReport} for the errors. */
export async function writeReport(runFolder: string, options: WriteReportOptions): Promise<WrittenReport> {
  return saveReport(await readReport(runFolder, options), runFolder, options.lang, options.out);
}

/** Renders what was read in one language and writes the page in one step. */
export async function saveReport(
  input: ReportInput,
  runFolder: string,
  lang: Lang,
  out = join(runFolder, lang === 'en' ? 'report.html' : `report.${lang}.html`),
): Promise<WrittenReport> {
  const page = new TextEncoder().encode(renderReport(input, lang));
  await atomicWrite(out, page);
  return { path: out, bytes: page.length, pictures: input.pictures.size };
}

/**
 * Everything a run folder holds for a report: run.json, and where present log.jsonl, eval.json, robustness.json, bench.json, data.json, exits.json,
 * the bundle's size and small pictures of the worst mistakes and of images that left early.
 * @throws YosegiError when run.json is missing, a file does not hold what it should, or the given data folder no pictures
 */
export async function readReport(runFolder: string, options: ReadReportOptions = {}): Promise<ReportInput> {
  const at = (name: string) => join(runFolder, name);
  const run = await readRun(runFolder);
  const task = taskNamed(run.task);
  const folder = shellPath(runFolder);
  const again = (verb: string) => makeAgain(verb, runFolder);
  const now = await stateOf(runFolder, run);
  const judged = await readStamped(at('eval.json'), task.evaluation, now, again('eval'));
  const timed = await readStamped(at('bench.json'), benchmarkSchema, now, again('bench'));
  const under = await readStamped(at(ROBUSTNESS_FILE), robustnessSchema, now, again('eval --robust'));
  const evaluation = judged?.stale ? undefined : judged?.record;
  const elsewhere = await othersOf(runFolder, task, now, again('eval'));
  const names = evaluation?.classes?.map(({ name }) => name).join('\n');
  check(names === undefined || names === run.classes.join('\n'), () => {
    return `${at('eval.json')} has other classes than run.json: it belongs to another model. ${again('eval')}`;
  });
  const exits = await readRunExits(runFolder, run, now);
  const leavers = exits?.record?.belongsTo?.set?.kind === 'folder' ? [] : (exits?.record?.leavers ?? []);
  const examples = leavers.flatMap((l) => l.examples.map((e) => e.file));
  const page = task.page('en');
  const shown = evaluation ? page.files(evaluation) : [];
  return {
    run,
    task,
    epochs: await readLog(runFolder, task.figures),
    evaluation,
    benchmark: timed?.stale ? undefined : timed?.record,
    robustness: under?.stale ? undefined : under?.record,
    others: elsewhere.sets,
    stale: [judged?.stale, timed?.stale, under?.stale, ...elsewhere.stale].filter((reason) => reason !== undefined),
    bundleBytes: await folderBytes(at('bundle')),
    exits,
    pictures: await picturesOf(
      { run, task, list: await readSplit(runFolder, run), side: page.pictureSide },
      [...shown, ...examples],
      options.dataFolder,
    ),
    dataSummary: await readJson(at('data.json'), dataSummarySchema, 'Delete it to make the report without counts.'),
    runFolder: folder,
  };
}

/** Evaluations of other folders that are about the run as it is now. */
async function othersOf(
  runFolder: string,
  task: NodeTask,
  now: RunState,
  again: string,
): Promise<{ sets: OtherSet[]; stale: (string | undefined)[] }> {
  const sets: OtherSet[] = [];
  const stale: (string | undefined)[] = [];
  for (const name of await otherEvaluations(runFolder)) {
    const found = await readStamped(join(runFolder, name), task.evaluation, now, again);
    const set = found?.belongsTo?.set;
    if (found?.stale) stale.push(found.stale);
    else if (found && set?.kind === 'folder') {
      const { trainedOn, missing } = set;
      sets.push({ name: basename(set.folder), evaluation: found.record, trainedOn, missing });
    }
  }
  return { sets, stale };
}

interface Wanted {
  readonly run: Run;
  readonly task: NodeTask;
  readonly list: SplitList | undefined;
  readonly side: number | undefined;
}

/** A folder the user named must work; the one the run remembers may have gone. */
async function picturesOf(
  { run, task, list, side }: Wanted,
  files: readonly string[],
  given?: string,
): Promise<Map<string, string>> {
  if (given !== undefined) return thumbnails(given, task, files, list, side);
  return files.length === 0
    ? new Map()
    : thumbnails(run.data, task, files, list, side).catch(() => new Map<string, string>());
}

import { check, YosegiError } from '../base/errors.ts';
import type { Dim } from '../graph/dim.ts';
import type { Graph } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import type { Imported } from '../onnx/read.ts';
import { type FileAnswers, outputsText } from './contracts/contract.ts';
import { contractNamed, type Recognised, recognised, unsure } from './contracts/contracts.ts';
import { isRow } from './ending.ts';
import type { ModelRecord } from './record.ts';

/** What a detector or a segmenter answers, by the contract of its outputs. */
export interface OwnAnswers {
  readonly record: NonNullable<ModelRecord['answers']>;
  readonly contract: Recognised['contract'];
  /** Why it is this one. */
  readonly why: string;
  /** By name, as the task knows them. */
  readonly values: Readonly<Record<string, Value>>;
  /** The file's outputs that they are made of. */
  readonly reads: Readonly<Record<string, Value>>;
  /** Names of the classes, where they are known. */
  readonly labels: readonly string[] | null;
  readonly notes: readonly string[];
}

interface AnswersOptions {
  /** Name of a contract, where the outputs do not say which one is meant. */
  readonly output?: string;
  readonly labels?: readonly string[];
}

/**
 * The file's own answers where it is a detector or a segmenter; undefined where it is a classifier, or nothing that is known.
 * @throws YosegiError where several contracts are possible, or the one that is named does not fit
 */
export function answersOf(
  { graph: g, producer }: Imported,
  size: readonly [number, number],
  { output, labels }: AnswersOptions,
): OwnAnswers | undefined {
  const batch = batchOf(g);
  const file: FileAnswers = {
    outputs: g.outputs,
    size,
    batch,
    producer: producer || g.name,
    ...(labels && { labels }),
  };
  const found = output === undefined ? chosenFor(file) : contractNamed(output, file);
  if (!found) return undefined;
  const { contract, reading } = found;
  const names = reading.labels ?? labels;
  const classes = reading.classes ?? names?.length;
  check(
    classes !== undefined,
    () =>
      `the outputs (${outputsText(g.outputs)}) are those of ${contract.name} and do not show how many classes there are: ` +
      'give the names of the classes, one a line, in options.labels',
  );
  const values = reading.answers(classes);
  for (const [name, { type }] of Object.entries(values)) {
    if (type.shape[0] !== batch)
      throw new YosegiError(`${name} of ${contract.name} is [${type.shape}], not one for each image`);
  }
  return {
    record: { contract: contract.name, task: contract.task, outputs: Object.keys(values), classes },
    contract,
    why: reading.why,
    values,
    reads: Object.fromEntries(reading.reads.map((name) => [name, g.outputs.get(name)!])),
    labels: names?.length === classes ? names : null,
    notes: reading.notes ?? [],
  };
}

/** How many pictures a graph takes: the first dimension of what it reads. */
export const batchOf = ({ inputs }: Graph): Dim => inputs[0]?.type.shape[0] ?? 'N';

/** What is sure; nothing where the file may be a classifier; else an error that lists what is possible. */
function chosenFor(file: FileAnswers): Recognised | undefined {
  const { sure, possible } = recognised(file);
  if (sure || possible.length === 0) return sure;
  const read = new Set(possible.flatMap(({ reading }) => reading.reads));
  const rows = [...file.outputs].filter(
    ([name, value]) => isRow(value) && value.type.shape[0] === file.batch && !read.has(name),
  );
  if (rows.length > 0) return undefined;
  throw unsure(file, possible);
}

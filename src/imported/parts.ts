import { check, oneOf } from '../base/errors.ts';
import type { Dim } from '../graph/dim.ts';
import type { Value } from '../graph/value.ts';
import type { Imported } from '../onnx/read.ts';
import { answersOf, batchOf, type OwnAnswers } from './answers.ts';
import { classifierOf } from './classifier.ts';
import { deepestMap } from './deepest.ts';
import type { Ending } from './ending.ts';
import type { Head } from './find-heads.ts';
import { pooledBy, poolingAxes } from './head.ts';
import type { ImportModelOptions } from './import-options.ts';
import { contractNotes } from './notes.ts';
import { stageMap } from './stages.ts';

/** A place for a new head. */
export interface HeadPlace {
  readonly value: string | null;
  readonly features: number;
  readonly before: string;
}

/** What was found in an imported graph. */
export interface Parts {
  readonly logits: Value | undefined;
  readonly pooled: Value;
  readonly head: HeadPlace;
  readonly heads: readonly HeadPlace[];
  readonly ending: Ending;
  readonly output: string;
  readonly axes: readonly number[];
  readonly notes: readonly string[];
  /** Ends of the stages that were named. */
  readonly stages: readonly Value[];
  /** Of a detector or segmenter. */
  readonly own?: OwnAnswers;
}

/** Logits and features of an imported graph. With `like`, as they were found before in the graph of a fixed size. */
export function partsOf(
  imported: Imported,
  size: readonly [number, number],
  options: ImportModelOptions,
  like?: Parts,
): Parts {
  const known = [...imported.named.keys()];
  const named = (what: string, name: string) => imported.named.get(oneOf(what, name, known))!;
  const stages = (options.stages ?? []).map((name) => stageMap(named('value', name), name, size));
  const on = (name: string, value: Value) => {
    const what = `the value '${name}'`;
    const axes = like?.axes ?? poolingAxes(value, size, what);
    const pooled = pooledBy(value, axes, what);
    const head = { value: name, features: pooled.type.shape[1] as number, before: readersOf(imported, value) };
    return { pooled, axes, head };
  };
  if (options.cut !== undefined) {
    const cut = on(options.cut, imported.graph.outputs.get(options.cut)!);
    const ending: Ending = { logits: cut.pooled, ops: [], restore: (v) => v };
    return { ...cut, logits: undefined, heads: [cut.head], ending, output: options.cut, notes: [], stages };
  }
  const answers = options.logits === undefined ? answersOf(imported, size, options) : undefined;
  if (answers) {
    const at =
      options.head ?? nameOfValue(imported, deepestMap(Object.values(answers.values), size, batchOf(imported.graph)));
    check(at !== undefined, 'no feature map was found that a new head could read: name a value with options.head');
    const place = on(at, named('value', at));
    const ending: Ending = { logits: place.pooled, ops: [], restore: (v) => v };
    const output = Object.keys(answers.reads)[0]!;
    const found = { logits: undefined, ending, output, notes: contractNotes(answers), stages, own: answers };
    return { ...place, heads: [place.head], ...found };
  }
  const { logits, ending, heads, output } = classifierOf(imported, options.logits);
  const places = heads.map((h) => placeOf(h, imported));
  const rest = { logits, ending, heads: places, output, notes: [], stages };
  if (options.head !== undefined) {
    return { ...on(options.head, named('value', options.head)), ...rest };
  }
  if (heads.length > 0) return { pooled: heads[0]!.value, axes: [], head: places[0]!, ...rest };
  const own = { value: output, features: classesOf(logits), before: 'nothing' };
  const notes = [
    'no features before the classifier were found: a new head goes on the logits; choose others with --head',
  ];
  return { pooled: logits, axes: [], head: own, ...rest, heads: [own], notes };
}

const nameOfValue = ({ named }: Imported, value: Value | undefined) => [...named].find(([, v]) => v === value)?.[0];

export function classesOf(logits: Value): number {
  const [, classes] = logits.type.shape;
  check(
    typeof classes === 'number',
    () => `the number of classes must be fixed, the logits are [${logits.type.shape}]`,
  );
  return classes;
}

/** A head with the file's name for what it reads. */
function placeOf({ reads, value, features, before }: Head, { named }: Imported): HeadPlace {
  const name = [...named].find(([, v]) => v === value || v === reads)?.[0] ?? null;
  return { value: name, features, before };
}

function readersOf({ graph: g }: Imported, value: Value): string {
  const reader = g.nodes.find((n) => n.inputs.includes(value));
  return reader ? [reader.op, reader.scope].filter(Boolean).join(' in ') : 'nothing';
}

/** Where rows of fixed length are cut out of a larger map, one image becomes several. */
export const isOneRowEach = ({ logits, pooled }: Parts, batch: Dim) =>
  [logits, pooled].every((v) => v === undefined || v.type.shape[0] === batch);

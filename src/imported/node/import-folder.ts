import { basename, join } from 'node:path';
import { check } from '../../base/errors.ts';
import { atomicWrite } from '../../base/node/atomic.ts';
import { readText } from '../../base/node/bounded.ts';
import { claimFolder, type FolderKind, replaceFolder } from '../../base/node/place-folder.ts';
import { sha256 } from '../../base/node/sha256.ts';
import { yosegiVersion } from '../../base/node/version.ts';
import { type Preprocessing, preprocessing } from '../../data/preprocess.ts';
import type { Model } from '../../models/model.ts';
import { readWholeModel } from '../../onnx/node/files.ts';
import { encodeModel } from '../../onnx/wire/model.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { checksum } from '../../weights/node/files.ts';
import { encodeSafetensors } from '../../weights/safetensors.ts';
import { type Agreement, agreement } from '../agreement.ts';
import type { Pixels } from '../contracts/contract.ts';
import { type ImportedDraft, type ImportModelOptions, importModel } from '../import.ts';
import { labelsFrom, labelsIn } from '../labels.ts';
import { type Preset, presets } from '../presets.ts';
import { GRAPH, type ModelRecord, RECORD, recordSchema, WEIGHTS } from '../record.ts';
import { openImported } from './open-imported.ts';

const models: FolderKind = { marker: RECORD, noun: 'model folder', elsewhere: 'choose another --out' };

export interface ImportFolderOptions extends Omit<ImportModelOptions, 'labels'> {
  /** A text file with the name of one class a line. */
  readonly labels?: string;
  /** What the network is fed; where nothing is said, what its contract says, or `imagenet`. */
  readonly preset?: Preset;
  readonly preprocessing?: Partial<Omit<Preprocessing, 'size'>>;
  /** Replaces a model that is already in `out`. */
  readonly force?: boolean;
  /** Where the file and the imported model are run, to compare their logits; they are not compared without one. */
  readonly runtime?: Runtime;
}

export interface ImportedFolder {
  readonly folder: string;
  readonly record: ModelRecord;
  readonly draft: ImportedDraft;
  /** The model as it is opened from the folder. */
  readonly model: Model;
  readonly agreement: Agreement;
}

/**
 * Takes an .onnx file in and writes a model folder: the graph, its weights, and what is known of them. Nothing is written where
 * something of the file cannot be taken, or where the imported model computes something else than the file.
 */
export async function importFolder(
  file: string,
  out: string,
  options: ImportFolderOptions = {},
): Promise<ImportedFolder> {
  const { force = false, runtime, preset, labels: labelFile, preprocessing: given, ...rest } = options;
  await claimFolder(out, force, models);
  const whole = await readWholeModel(file);
  const names = labelFile === undefined ? labelsIn(whole) : labelsFrom(await readText(labelFile));
  const draft = importModel(whole, { name: basename(out), ...rest, ...(names && { labels: names }) });
  const own = draft.own?.labels ?? names ?? null;
  const labels = labelFile === undefined ? labelsOf(draft, own) : checkedLabels(labelFile, own, draft);
  const fed = preset ?? (draft.original.input.bytes ? 'bytes' : undefined);
  const pixels = { ...pixelsOf(draft.own?.contract.pixels, fed), ...given };
  const p = preprocessing({ ...pixelsFor(draft, pixels), size: [...draft.size] });
  const compared: Agreement = runtime ? await agreement(runtime, draft, p) : { unknown: 'it was not asked for' };

  const graph = encodeModel(draft.onnx);
  const weights = encodeSafetensors(draft.weights, { format: 'pt' });
  const parsed = recordSchema.safeParse({
    format: 1,
    kind: 'yosegi-model',
    name: draft.name,
    created: new Date().toISOString(),
    yosegi: await yosegiVersion(),
    source: {
      file: basename(file),
      sha256: await checksum(file),
      producer: draft.producer,
      opset: draft.opset,
      image: draft.original.input.name,
      logits: draft.original.logits,
    },
    size: draft.size,
    anySize: draft.anySize,
    channels: draft.channels,
    batch: draft.batch,
    classes: draft.classes,
    answers: draft.answers,
    labels,
    preprocessing: p,
    head: draft.head,
    stages: [...draft.stages],
    parameters: draft.parameters,
    constants: draft.constants,
    notes: draft.notes,
    files: {
      [GRAPH]: { bytes: graph.length, sha256: sha256(graph) },
      [WEIGHTS]: { bytes: weights.length, sha256: sha256(weights) },
    },
  } satisfies Record<keyof ModelRecord, unknown>);
  check(parsed.success, () => `the model cannot be described: ${parsed.error?.message.slice(0, 1000)}`);
  const record = parsed.data;
  let model: Model | undefined;
  await replaceFolder(out, force, models, async (folder) => {
    await atomicWrite(join(folder, GRAPH), graph);
    await atomicWrite(join(folder, WEIGHTS), weights);
    await atomicWrite(join(folder, RECORD), jsonText(record));
    // What cannot be opened is no model.
    model = (await openImported(folder)).model;
  });
  return { folder: out, record, draft, model: model!, agreement: compared };
}

/** A network of one channel sees grey, made of the normalised colours: they must all be normalised alike. */
function pixelsFor<T extends Pick<Preprocessing, 'mean' | 'std'>>({ channels }: ImportedDraft, given: T): T {
  if (channels !== 1) return given;
  const same = ([r, g, b]: readonly number[]) => {
    const mean = (r! + g! + b!) / 3;
    return [mean, mean, mean] as [number, number, number];
  };
  return { ...given, mean: same(given.mean), std: same(given.std) };
}

function checkedLabels(path: string, labels: readonly string[] | null, draft: ImportedDraft): string[] {
  const classes = classesOf(draft);
  check(classes !== null, 'labels are for the classes of the file; a model that is cut has none');
  check(
    labels?.length === classes,
    () =>
      `${path} has ${labels?.length ?? 0} labels, the model ${classes} classes: one label a line, in the model's order`,
  );
  return [...labels!];
}

const classesOf = ({ answers, classes }: Pick<ImportedDraft, 'answers' | 'classes'>) => answers?.classes ?? classes;

/** What the network is fed: what is said, else what files of its contract are. */
function pixelsOf(own: Pixels | undefined, preset: Preset | undefined) {
  const colours = presets[preset ?? own?.preset ?? 'imagenet'];
  if (!own) return colours;
  const { cropMode, interpolation, border } = own;
  const fill: [number, number, number] | undefined = border === undefined ? undefined : [border, border, border];
  return { ...colours, cropMode, interpolation, ...(fill && { fill }) };
}

/** The file's own labels, if it has one for each class. */
const labelsOf = (draft: ImportedDraft, labels: readonly string[] | null) =>
  labels?.length === classesOf(draft) ? [...labels!] : null;

/** Lists of numbers on one line: files of shapes are read by people too. */
const jsonText = (record: ModelRecord) =>
  `${JSON.stringify(record, null, 2).replace(/\[\n([-+\d.,e\s]+)\n\s*\]/g, (_, numbers: string) => `[${numbers.trim().replace(/\s+/g, ' ')}]`)}\n`;

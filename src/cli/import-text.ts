import { shellPath } from '../base/node/shell.ts';
import { short } from '../base/text/numbers.ts';
import { table } from '../base/text/table.ts';
import { graphCost } from '../graph/cost.ts';
import { graph } from '../graph/graph.ts';
import { allOps } from '../graph/op.ts';
import type { ImportedFolder } from '../imported/node/import-folder.ts';
import type { ParameterRecord } from '../imported/record.ts';
import type { Model as OnnxModel } from '../onnx/wire/messages.ts';

/** What `yosegi import` says of a model that came in. */
export type ImportSummary = ReturnType<typeof importSummary>;

/** Operators that stand for what exporters often write out. */
const recognisable = allOps().flatMap((op) => (op.writtenOut ? [op.name] : []));

/** Everything that is known of the import, as plain data. */
export function importSummary(imported: ImportedFolder, assumed: boolean) {
  const { folder, record, draft, model, agreement } = imported;
  const g = graph(model.answers ?? (record.classes === null ? { pooled: model.pooled } : { logits: model.logits }));
  const cost = graphCost(g, { N: 1 });
  const before = counts(draft.original.file.graph.node.map((n) => n.opType));
  const operators = counts(g.nodes.map((n) => n.op));
  return {
    folder,
    record,
    inputs: [{ name: record.source.image, shape: ['N', record.channels, ...record.size] }],
    outputs: model.answers
      ? Object.entries(model.answers).map(([name, v]) => ({ name, shape: [...v.type.shape] }))
      : record.classes === null
        ? []
        : [{ name: record.source.logits, shape: [...model.logits.type.shape] }],
    nodes: { file: draft.original.file.graph.node.length, here: g.nodes.length },
    operators,
    recognised: recognisable.flatMap((op) => {
      const more = (operators[op] ?? 0) - (before[op] ?? 0);
      return more > 0 ? [{ op, count: more }] : [];
    }),
    stages: model.stages.map(({ name, level, channels, height, width }) => ({ name, level, channels, height, width })),
    heads: draft.heads,
    blocks: blockRows(record.parameters, model.blocks),
    parameters: cost.parameters,
    frozen: cost.frozen,
    statistics: cost.statistics,
    macs: cost.macs,
    unused: unusedTensors(draft.original.file, imported),
    assumedPreprocessing: assumed,
    agreement,
  };
}

function counts(names: readonly string[]): Record<string, number> {
  const all = new Map<string, number>();
  for (const name of names) all.set(name, (all.get(name) ?? 0) + 1);
  return Object.fromEntries([...all].sort((a, b) => b[1] - a[1]));
}

/** Parameters by block, in the order of the data. */
function blockRows(parameters: readonly ParameterRecord[], blocks: RegExp) {
  const rows = new Map<
    string,
    { block: string; tensors: number; trainable: number; frozen: number; statistic: number }
  >();
  for (const { name, shape, role } of parameters) {
    const block = blocks.exec(name)?.[0] ?? (name.split(/[./]/).slice(0, -1).join('.') || name);
    const row = rows.get(block) ?? { block, tensors: 0, trainable: 0, frozen: 0, statistic: 0 };
    row.tensors++;
    row[role] += shape.reduce((n, d) => n * d, 1);
    rows.set(block, row);
  }
  return [...rows.values()];
}

/** How many of the file's tensors are neither parameters nor constants any more: shapes that were computed, dead ends. */
function unusedTensors(file: OnnxModel, { record }: ImportedFolder): number {
  const used = new Set([...record.parameters.map((p) => p.source ?? p.name), ...record.constants.map((c) => c.name)]);
  return file.graph.initializer.filter((t) => !used.has(t.name)).length;
}

/** The summary for people; with `verbose`, every tensor. */
export function importText(s: ImportSummary, verbose = false): string {
  const { record } = s;
  const { source } = record;
  const facts: [string, string][] = [
    ['image', imageText(s)],
    record.answers ? ['answers', answersText(s)] : ['logits', logitsText(s)],
    ['operators', operatorsText(s)],
    ['weights', weightsText(s)],
    ['work', `${short(s.macs)} MACs an image`],
    ['stages', s.stages.map((t) => `${t.name} (${t.channels} channels)`).join(', ') || 'none were found'],
    ['new head', headText(s)],
    ['pixels', pixelsText(s)],
    [
      'labels',
      record.labels ? `${record.labels.slice(0, 5).join(', ')}${record.labels.length > 5 ? ', …' : ''}` : 'none',
    ],
    ['checked', checkedText(s)],
  ];
  return [
    `${s.folder}: ${source.file}${source.producer ? ` by ${source.producer}` : ''}, opset ${source.opset}`,
    '',
    table(facts, { left: [0, 1] }),
    '',
    verbose ? tensorTable(s) : blockTable(s),
    ...record.notes.map((note) => `\nnote: ${note}`),
    '',
    `next: ${nextText(s)}`,
  ].join('\n');
}

function imageText({ inputs: [image], record }: ImportSummary): string {
  const size = record.anySize ? 'of any size' : 'of this size only';
  const grey = record.channels === 1 ? '; coloured pictures are made grey' : '';
  return `'${image!.name}' [${image!.shape.join(', ')}], ${size}${grey}`;
}

function logitsText({ record, outputs }: ImportSummary): string {
  const [logits] = outputs;
  if (!logits) return `none: the model ends at '${record.head.value}'`;
  return `'${logits.name}' [${logits.shape.join(', ')}], ${record.classes} classes`;
}

function answersText({ record, outputs }: ImportSummary): string {
  const { contract, task, classes } = record.answers!;
  const given = outputs.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ');
  return `${task} by the contract ${contract}: ${given}, ${classes} ${classes === 1 ? 'class' : 'classes'}`;
}

function nextText({ folder, record }: ImportSummary): string {
  const at = shellPath(folder);
  if (!record.answers) return `yosegi info ${at}; yosegi train DIR --model ${at} --out RUN`;
  return `yosegi predict ${at} PICTURES --draw DRAWN; yosegi eval ${at} --data DIR; yosegi export ${at}`;
}

function operatorsText({ nodes, operators, recognised }: ImportSummary): string {
  const all = Object.entries(operators).map(([op, n]) => `${op} ${n}`);
  const shown = `${all.slice(0, 12).join(', ')}${all.length > 12 ? ` and ${all.length - 12} kinds more` : ''}`;
  const found = recognised.map(({ op, count }) => `${count} ${op}`).join(', ');
  return `${nodes.file} nodes in the file, ${nodes.here} here: ${shown}${found ? `; put together from their parts: ${found}` : ''}`;
}

function weightsText({ record, parameters, frozen, statistics, unused }: ImportSummary): string {
  const parts = [`${short(parameters)} values are trained`];
  if (frozen > 0) parts.push(`${short(frozen)} are frozen`);
  if (statistics > 0) parts.push(`${short(statistics)} are running statistics of batch normalisation`);
  const kept = record.constants.length;
  if (kept > 0) parts.push(`${kept} ${kept === 1 ? 'tensor stays a constant' : 'tensors stay constants'}`);
  if (unused > 0) parts.push(`${unused} (shapes and the like) ${unused === 1 ? 'is' : 'are'} no longer needed`);
  return parts.join(', ');
}

function headText({ record, heads }: ImportSummary): string {
  const { value, features, before } = record.head;
  const others = heads.filter((h) => h.value !== null && h.value !== value).map((h) => `${h.value} (${h.features})`);
  const place = value === null ? '' : ` of '${value}'`;
  return `on ${features} features${place}, before ${before}${others.length > 0 ? `; also possible with --head: ${others.join(', ')}` : ''}`;
}

function pixelsText({ record, assumedPreprocessing }: ImportSummary): string {
  const round = (v: number) => Number(v.toPrecision(4));
  const { mean, std, cropMode } = record.preprocessing;
  const doubt = !assumedPreprocessing
    ? ''
    : record.answers
      ? `, ${cropMode === 'border' ? 'in their proportions' : 'stretched'} (as files of ${record.answers.contract} are fed: --preprocessing, --mean, --std, --bgr)`
      : ' (assumed, the file does not say: --preprocessing, --mean, --std)';
  return `(value / 255 − ${mean.map(round).join(' ')}) / ${std.map(round).join(' ')}${doubt}`;
}

function checkedText({ agreement, record }: ImportSummary): string {
  if ('unknown' in agreement) return `not compared with the file: ${agreement.unknown}`;
  const { difference, runtime } = agreement;
  const what = record.answers ? 'outputs' : 'logits';
  return `${difference === 0 ? `the very ${what}` : `${what} to ${difference.toExponential(1)}`} of the file (${runtime})`;
}

function blockTable({ blocks }: ImportSummary): string {
  const number = (n: number) => (n === 0 ? '' : short(n));
  return table([
    ['block', 'tensors', 'trained', 'frozen', 'statistics'],
    ...blocks.map((b) => [b.block, String(b.tensors), number(b.trainable), number(b.frozen), number(b.statistic)]),
  ]);
}

function tensorTable({ record }: ImportSummary): string {
  const shape = (dims: readonly number[]) => dims.join('×') || '1';
  return table(
    [
      ['tensor', 'shape', 'as', 'in the file'],
      ...record.parameters.map((p) => [p.name, shape(p.shape), p.role, p.source ?? '']),
      ...record.constants.map((c) => [c.name, shape(c.shape), `constant (${c.op})`, '']),
    ],
    { left: [0, 2, 3] },
  );
}

import { messageOf } from '../../src/base/errors.ts';
import { fileNames, modelFile } from '../../src/onnx/import/testing/files.ts';
import { fromOnnx } from '../../src/onnx/read.ts';
import type { Model } from '../../src/onnx/wire/messages.ts';
import type { Test } from './results.ts';
import { green, red, type Table, verdict } from './table.ts';

/** Tests of the files as graphs, and as models of ours with a new head. */
export const importFiles = [
  'src/imported/files.test.ts',
  'src/onnx/import/import.test.ts',
  'src/imported/fixtures.test.ts',
];

/** Who wrote the file, as it says itself; PyTorch's newer exporter leaves its traces on every node. */
function exporter({ producerName = '', producerVersion = '', graph }: Model): string {
  // Some put the commit behind the version.
  const version = producerVersion.split(/[ +]/)[0]!;
  if (producerName !== 'pytorch') return `${producerName} ${version}`.trim();
  const exported = graph.node.some((n) => n.metadataProps?.some((p) => p.key?.startsWith('pkg.torch.onnx')));
  return `torch.onnx ${version}, ${exported ? 'torch.export' : 'TorchScript'}`;
}

/** Operator sets, and what else is not as usual. */
function kind(model: Model): string {
  const sets = model.opsetImport.map((o) => (o.domain ? `${o.domain} ${o.version}` : String(o.version)));
  const half = model.graph.initializer.some((t) => t.dataType === 10);
  return [...sets, ...(half ? ['fp16'] : [])].join(', ');
}

function taken(model: Model): string {
  try {
    return green(`${fromOnnx(model, { parameters: true }).graph.nodes.length} nodes`);
  } catch (error) {
    return red(messageOf(error).split('\n')[0]!);
  }
}

/** Import source × works. */
export function importRows(tests: readonly Test[]): Table {
  const rows = fileNames.map((name) => {
    const model = modelFile(name);
    const about = tests.filter(
      (t) => importFiles.includes(t.file) && t.suite.some((s) => s.replace('.onnx', '') === name),
    );
    const [learning, outputs] = [true, false].map((wanted) =>
      about.filter((t) => t.title.includes('learns') === wanted),
    );
    return [name, exporter(model), kind(model), taken(model), verdict(outputs!), verdict(learning!)];
  });
  return { header: ['file', 'written by', 'opset', 'imports', 'outputs', 'trains'], rows };
}

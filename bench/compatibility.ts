import { writeFileSync } from 'node:fs';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import { wasmRuntime } from '../src/runtime/node/wasm.ts';
import { familyRows } from './compatibility/families.ts';
import { importFiles, importRows } from './compatibility/imports.ts';
import { blockedFile, operatorFiles, operatorRows } from './compatibility/operators.ts';
import { readReports, runTests } from './compatibility/results.ts';
import { markdown, tally } from './compatibility/table.ts';

/**
 * `npm run docs:compatibility`: runs the tests that decide what works where, and writes docs/compatibility.md from how they ended.
 * With paths of reports of vitest's JSON reporter (YOSEGI_TEST_WEBGPU=1) it reads those instead.
 */
const files = ['src/models/', ...importFiles, blockedFile, ...Object.values(operatorFiles).flat()];
const given = process.argv.slice(2);
const { tests, broken } = readReports(given.length > 0 ? given : [runTests(files, ['**/real-weights.test.ts'])]);
const [operators, families, imports] = [operatorRows(tests), familyRows(tests), importRows(tests)];
const [native, wasm] = [await nativeRuntime(), await wasmRuntime({ threads: 1 })];

/** All that failed, also what has no place in a table. */
const red = [
  ...broken.map(([file, why]) => `- ${file} did not run: ${why}`),
  ...tests
    .filter((t) => t.state === 'failed')
    .map((t) => `- ${[t.file, ...t.suite, t.title].join(' › ')}: ${t.reason}`),
];
const failures = red.length > 0 ? `\n## Failing tests\n\n${red.join('\n')}\n` : '';

const page = `# Compatibility

Written by \`npm run docs:compatibility\` from the results of the tests, with Node ${process.versions.node.split('.')[0]}, ${native.name}
${native.version} (native) and ${wasm.name} ${wasm.version} (WASM). ✅ works; 🟥 does not, or no test shows that it does; – there is nothing
to check.
${failures}
## Operators

${tally(operators)}

Cases recorded from PyTorch, and a few by hand, in both runtimes (src/graph/ops). **native**, **WASM**, **WebGPU**: cases whose outputs
agree. WebGPU is that of Chromium on a software GPU (SwiftShader); what its kernels lack or get wrong a processor does (\`offGpu\` of an
operator's record), and float64 is no number of it.
**gradient**: gradients of inputs that agree with PyTorch's autograd and, those in float32, with finite differences; –: whole
numbers, a gradient that is zero everywhere, or an operator that is put in after differentiation or replaced before it. The
blocked layout (com.microsoft.nchwc) is tested as a whole, and used only where the runtime has it, which WASM does not.

${markdown(operators)}

## Model families

${tally(families)}

On the same weights as the reference implementation: **parameters** by name and shape, **outputs** (logits and stage features)
and **gradients** of every parameter; **deviation**: the largest, relative to the largest value or to the gradient's norm, of at
most 1e-4; differences below 1e-6 are not counted. **training loss**: of a small model of the family on photographs of steel, before and after a few steps; the second
with another token mixer.

${markdown(families)}

## Imported ONNX files

${tally(imports)}

Files that real exporters wrote (src/onnx/import/fixtures). **imports**: the graph's size with its parameters found.
**outputs**: tests in which they equal ONNX Runtime's on the file itself. **trains**: tests in which a step against the gradient
of all parameters lowers the loss, as the model is and with a new head; –: no classifier.

${markdown(imports)}
`;
writeFileSync(new URL('../docs/compatibility.md', import.meta.url), page);
console.error('docs/compatibility.md is written');

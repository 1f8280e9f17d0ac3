import { classesText } from '../base/text/classes.ts';
import type { Preprocessing } from '../data/preprocess.ts';
import type { Task } from '../tasks/task.ts';
import type { Manifest } from './manifest.ts';
import { nodeProgram, pythonProgram } from './readme-code.ts';

/** `README.md` of a bundle: what it is, and how to run it on plain ONNX Runtime in Node, Python and a web page. */
export function bundleReadme(
  m: Omit<Manifest, 'checksum' | 'files'>,
  p: Preprocessing,
  code: Task['ship']['code'],
  exits = false,
): string {
  const [h, w] = m.model.size;
  const { channels, classes } = m.model;
  const shape = m.input.layout === 'NHWC' ? [h, w, channels] : [channels, h, w];
  const values = m.input.normalisedInside
    ? 'RGB bytes 0 … 255 (mean and standard deviation are applied inside)'
    : `RGB as (byte / 255 − mean) / std, mean [${p.mean.join(', ')}], std [${p.std.join(', ')}]`;
  const pictures = m.golden.source === 'pictures' ? 'pictures of the data set as numbers' : 'drawn patterns';
  return `# ${m.name}

${m.model.name} for ${m.members ? tasksText(m.members) : `the task ${m.task}${classes > 0 ? ` with ${classesText(classes)}` : ''}`}, written by yosegi ${m.yosegi} on ${m.created.slice(0, 10)}.

- \`model.onnx\`: standard ONNX operators, ${m.input.batch ? 'one picture at a time' : 'any batch size N'}.
  Input \`${m.input.name}\`: ${m.input.dtype} [${m.input.batch ?? 'N'}, ${shape.join(', ')}], ${values}.
${m.outputs.map(({ name, about }) => `  Output \`${name}\`: ${about.replaceAll('classes', String(classes))}.`).join('\n')}
- \`preprocessing.json\`: how a picture becomes that input. ${resizeText(p)}
${classes > 0 ? labelsText : ''}- \`weights.safetensors\`: the trained weights by name, to be trained or adapted further.
- \`metrics.json\`, where there is one: how good and how fast it was when it was made.
${exits ? exitsText : ''}- \`golden/\`: ${m.golden.images} inputs (${pictures}) and what came out for them; every machine must come within
  ${m.golden.tolerance.toPrecision(2)} of that. \`picture-*.png\` are the first of them as files, to try the way from a picture to the input.
- \`manifest.json\`: size and SHA-256 of every file. Its checksums find damage; they are no signature.

\`yosegi verify FOLDER\` checks all of this and replays the golden inputs.

## Node

\`\`\`js
${nodeProgram(m, p, code)}
\`\`\`

## Python

\`\`\`python
${pythonProgram(m, p, code)}
\`\`\`

## Web page

Import \`InferenceSession\` and \`Tensor\` from onnxruntime-web, create the session from the URL of \`model.onnx\`, draw the picture
as above on a canvas of ${w}×${h}, take its \`getImageData\` without every fourth byte as \`data\`, and go on as in Node.

sharp, Pillow and canvases resample a little differently. yosegi's own \`preprocess\` is what the model was trained and measured
with.
`;
}

function tasksText(members: NonNullable<Manifest['members']>): string {
  const each = members.map(({ name, task, labels }) => `${name} (${task}, ${classesText(labels.length)})`);
  return `${members.length} tasks in one graph, ${each.join(', ')}`;
}

const labelsText = `- \`labels.json\`: the names of the classes, in the order that the outputs have.
`;

const exitsText = `- \`exits.json\`: when an image may leave early, how that was calibrated and what it costs. \`exits/one-file.onnx\` does it by itself,
  for one image at a time (outputs: \`logits\`, index of the \`exit\`, its \`confidence\`); \`exits/part-*.onnx\` are the parts between
  the exits, which \`exits/plan.json\` puts together, for batches that shrink. yosegi uses them by itself.
`;

function resizeText(p: Preprocessing): string {
  const [h, w] = p.size.map((s) => Math.floor(s / p.cropPct)) as [number, number];
  const first = {
    center: h === w ? `The shorter side becomes ${h} pixels` : `It is scaled to cover ${w}×${h}`,
    squash: `It becomes ${w}×${h} whatever its shape`,
    border: `It is scaled to fit into ${w}×${h}, borders in the mean colour`,
  };
  return `${first[p.cropMode]} (${p.interpolation}); the middle ${p.size[1]}×${p.size[0]} is used.`;
}

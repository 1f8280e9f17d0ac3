import { classesText } from '../base/text/classes.ts';
import type { Preprocessing } from '../data/preprocess.ts';
import type { Manifest } from './manifest.ts';

/** `README.md` of a bundle whose model makes pictures, with a program that makes one on plain ONNX Runtime. */
export function makerReadme(m: Omit<Manifest, 'checksum' | 'files'>, p: Preprocessing): string {
  const [h, w] = m.model.size;
  const { channels, classes } = m.model;
  const { decoder } = m;
  return `# ${m.name}

${m.model.name} for the task ${m.task} with ${classesText(classes)}, written by yosegi ${m.yosegi} on ${m.created.slice(0, 10)}.

- \`model.onnx\`: standard ONNX operators, any batch size N. Input \`${m.input.name}\`: float32 [N, ${channels}, ${h}, ${w}], a noisy ${decoder ? 'picture’s latents' : 'picture'}.
${(m.beside ?? []).map(({ name, dtype, about }) => `  Input \`${name}\`: ${dtype} [N], ${about}.`).join('\n')}
${m.outputs.map(({ name, about }) => `  Output \`${name}\`: ${about}.`).join('\n')}
${decoder ? `- \`decoder.onnx\`: makes pictures [N, 3, ${decoder.size.join(', ')}] (\`image\`) of what the sampler ends with (\`latents\`): the model works on those.\n` : ''}- \`making.json\`: the settings of the sampler as numbers, a line for each step, and what pictures are in \`golden/\`.
- \`labels.json\`: the names of the classes, in order; ${classes} stands for none. \`preprocessing.json\`: how values become bytes.
- \`weights.safetensors\`: the trained weights by name.
- \`golden/\`: ${m.golden.images} inputs and what came out for them; every machine must come within ${m.golden.tolerance.toPrecision(2)} of that.
  \`made-*.png\`: pictures that yosegi makes of the seeds in \`making.json\`.
- \`manifest.json\`: size and SHA-256 of every file. Its checksums find damage; they are no signature.

\`yosegi verify FOLDER\` checks all of this, \`yosegi generate FOLDER --out DIR\` makes pictures.

## Python

Euler's method with guidance 2; \`yosegi generate\` has better samplers and its own noise, so that seeds give the same pictures everywhere.

\`\`\`python
import json
import numpy as np
import onnxruntime
from PIL import Image

labels, making = (json.load(open(f, encoding='utf-8')) for f in ('labels.json', 'making.json'))
session = onnxruntime.InferenceSession('model.onnx')
label, guidance, steps = 0, 2.0, making['steps']
x = np.random.default_rng(0).standard_normal((1, ${channels}, ${h}, ${w})).astype(np.float32) * steps[0]['noise']
for now, then in zip(steps, steps[1:]):
    feeds = {'image': np.repeat(x * now['input'], 2, 0).astype(np.float32), 'time': np.full(2, now['embed'], np.float32),
             'label': np.array([label, len(labels)], np.int64)}
    told, free = now['skip'] * x + now['out'] * session.run(None, feeds)[0][:, None]
    picture = free + guidance * (told - free)
    noise = (x - now['signal'] * picture) / now['noise']
    x = then['signal'] * picture + then['noise'] * noise
${decoder ? "x = onnxruntime.InferenceSession('decoder.onnx').run(None, {'latents': x.astype(np.float32)})[0]\n" : ''}values = x[0].transpose(1, 2, 0) * [${p.std.join(', ')}] + [${p.mean.join(', ')}]
Image.fromarray(np.clip(np.round(255 * values), 0, 255).astype(np.uint8)).save('made.png')
\`\`\`
`;
}

import { classesText } from '../base/text/classes.ts';
import type { Preprocessing } from '../data/preprocess.ts';
import type { BundledCaptions } from './caption-files.ts';
import type { Manifest } from './manifest.ts';

/** `README.md` of a bundle whose model makes pictures, with a program that makes one on plain ONNX Runtime. */
export function makerReadme(m: Omit<Manifest, 'checksum' | 'files'>, p: Preprocessing): string {
  const [h, w] = m.model.size;
  const { channels, classes } = m.model;
  const { decoder, captions } = m;
  return `# ${m.name}

${m.model.name} for the task ${m.task} with ${captions ? 'captions' : classesText(classes)}, written by yosegi ${m.yosegi} on ${m.created.slice(0, 10)}.

- \`model.onnx\`: standard ONNX operators, any batch size N. Input \`${m.input.name}\`: float32 [N, ${channels}, ${h}, ${w}], a noisy ${decoder ? 'picture’s latents' : 'picture'}.
${(m.beside ?? []).map(({ name, dtype, shape = [], about }) => `  Input \`${name}\`: ${dtype} [${['N', ...shape].join(', ')}], ${about}.`).join('\n')}
${m.outputs.map(({ name, about }) => `  Output \`${name}\`: ${about}.`).join('\n')}
${decoder ? `- \`decoder.onnx\`: makes pictures [N, 3, ${decoder.size.join(', ')}] (\`image\`) of what the sampler ends with (\`latents\`): the model works on those.\n` : ''}- \`making.json\`: the settings of the sampler as numbers, a line for each step, and what pictures are in \`golden/\`.
${captions ? captionsText(captions) : `- \`labels.json\`: the names of the classes, in order; ${classes} stands for none.\n`}- \`preprocessing.json\`: how values become bytes.
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
${captions ? captionsProgram(captions) : classesProgram}
session = onnxruntime.InferenceSession('model.onnx')
guidance, steps = 2.0, making['steps']
x = np.random.default_rng(0).standard_normal((1, ${channels}, ${h}, ${w})).astype(np.float32) * steps[0]['noise']
for now, then in zip(steps, steps[1:]):
    feeds = {'image': np.repeat(x * now['input'], 2, 0).astype(np.float32), 'time': np.full(2, now['embed'], np.float32), **asked}
    told, free = now['skip'] * x + now['out'] * session.run(None, feeds)[0][:, None]
    picture = free + guidance * (told - free)
    noise = (x - now['signal'] * picture) / now['noise']
    x = then['signal'] * picture + then['noise'] * noise
${decoder ? "x = onnxruntime.InferenceSession('decoder.onnx').run(None, {'latents': x.astype(np.float32)})[0]\n" : ''}values = x[0].transpose(1, 2, 0) * [${p.std.join(', ')}] + [${p.mean.join(', ')}]
Image.fromarray(np.clip(np.round(255 * values), 0, 255).astype(np.uint8)).save('made.png')
\`\`\`
`;
}

/** What is asked for, and nothing, as the model's further inputs. */
const classesProgram = `
labels, making = (json.load(open(f, encoding='utf-8')) for f in ('labels.json', 'making.json'))
asked = {'label': np.array([0, len(labels)], np.int64)}`;

const captionsProgram = ({ tokenizer, encoder, length }: BundledCaptions) => `from tokenizers import Tokenizer

making = json.load(open('making.json', encoding='utf-8'))
tokenizer = Tokenizer.from_file('${tokenizer}')
tokenizer.enable_truncation(${length})
tokenizer.enable_padding(length=${length})
read = tokenizer.encode_batch([making['golden'][0]['text'], ''])
mask = np.array([one.attention_mask for one in read], np.float32)
encoder = onnxruntime.InferenceSession('${encoder}')
text, pooled = encoder.run(['text', 'pooled'], {'tokens': np.array([one.ids for one in read], np.int64), 'mask': mask})
asked = {'text': text, 'mask': mask, 'pooled': pooled}`;

const captionsText = ({ tokenizer, encoder, length, width }: BundledCaptions) =>
  `- \`${tokenizer}\`: makes captions tokens, in Hugging Face’s form; ${length} are read. \`${encoder}\`: makes of \`tokens\` (int64 [N, ${length}]) and \`mask\`
  (float32 [N, ${length}], 1 where a token is) the inputs \`text\` [N, ${length}, ${width}] and \`pooled\` [N, ${width}]. The empty caption says nothing.
`;

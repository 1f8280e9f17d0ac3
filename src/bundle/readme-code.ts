import type { Preprocessing } from '../data/preprocess.ts';
import type { Task } from '../tasks/task.ts';
import type { Manifest } from './manifest.ts';

/** Programs for a bundle's README: a picture in, the answer out, without yosegi. */

type Facts = Pick<Manifest, 'input' | 'outputs'>;
type Code = Task['ship']['code'];

/** What an output is called in a program; joined runs' outputs have a slash in their names. */
const variable = (name: string) => (/^[A-Za-z_]\w*$/.test(name) ? name : `_${name.replace(/\W/g, '_')}`);

/** Where the middle is cut out of the resized picture. */
function geometry(p: Preprocessing) {
  const [height, width] = p.size.map((s) => Math.floor(s / p.cropPct)) as [number, number];
  return {
    height,
    width,
    top: Math.round((height - p.size[0]) / 2),
    left: Math.round((width - p.size[1]) / 2),
    cuts: height !== p.size[0] || width !== p.size[1],
    fill: (p.fill ?? p.mean).map((v) => Math.round(255 * v)),
  };
}

const sharpKernels = { bilinear: 'linear', bicubic: 'cubic', lanczos: 'lanczos3' } as const;
const sharpFits = { center: 'cover', squash: 'fill', border: 'contain' } as const;

/** An ES module for onnxruntime-node and sharp. */
export function nodeProgram({ input, outputs }: Facts, p: Preprocessing, code: Code): string {
  const names = outputs.map(({ name }) => name);
  const taken = names.map((name) => (variable(name) === name ? name : `'${name}': ${variable(name)}`));
  const { height, width, top, left, cuts, fill } = geometry(p);
  const [h, w] = p.size;
  const border = `, background: { r: ${fill[0]}, g: ${fill[1]}, b: ${fill[2]} }`;
  const resize = `{ fit: '${sharpFits[p.cropMode]}', kernel: '${sharpKernels[p.interpolation]}'${p.cropMode === 'border' ? border : ''} }`;
  const cut = cuts ? `.extract({ left: ${left}, top: ${top}, width: ${w}, height: ${h} })` : '';
  const bytes = `const x = new Tensor('uint8', new Uint8Array(data), [1, ${h}, ${w}, 3]);`;
  const floats = `const [mean, std, plane] = [[${p.mean.join(', ')}], [${p.std.join(', ')}], ${h * w}];
const floats = new Float32Array(3 * plane);
data.forEach((v, i) => {
  floats[(i % 3) * plane + Math.floor(i / 3)] = (v / 255 - mean[i % 3]) / std[i % 3];
});
const x = new Tensor('float32', floats, [1, 3, ${h}, ${w}]);`;
  return `import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';

const labels = JSON.parse(readFileSync('labels.json', 'utf8'));
const session = await InferenceSession.create('model.onnx');
const data = await sharp('picture.jpg').autoOrient().flatten({ background: '${p.background}' }).toColourspace('srgb')
  .resize(${width}, ${height}, ${resize})${cut}
  .removeAlpha().raw().toBuffer();
${input.dtype === 'uint8' ? bytes : floats}
const { ${taken.join(', ')} } = await session.run({ ${input.name}: x });
${code.node(names.map(variable))}`;
}

/** A script for onnxruntime, NumPy and Pillow. */
export function pythonProgram({ input, outputs }: Facts, p: Preprocessing, code: Code): string {
  const names = outputs.map(({ name }) => name);
  const list = names.map((name) => `'${name}'`).join(', ');
  const { height, width, top, left, cuts, fill } = geometry(p);
  const filter = `Image.Resampling.${p.interpolation.toUpperCase()}`;
  const resize = {
    center: `ImageOps.fit(image, (${width}, ${height}), ${filter})`,
    squash: `image.resize((${width}, ${height}), ${filter})`,
    border: `ImageOps.pad(image, (${width}, ${height}), ${filter}, color=(${fill.join(', ')}))`,
  }[p.cropMode];
  const cut = cuts ? `.crop((${left}, ${top}, ${left + p.size[1]}, ${top + p.size[0]}))` : '';
  const floats = `x = (np.asarray(image, np.float32) / 255 - [${p.mean.join(', ')}]) / [${p.std.join(', ')}]
x = x.transpose(2, 0, 1)[None].astype(np.float32)`;
  return `import json
import numpy as np
import onnxruntime
from PIL import Image, ImageOps

labels = json.load(open('labels.json', encoding='utf-8'))
session = onnxruntime.InferenceSession('model.onnx')
image = ImageOps.exif_transpose(Image.open('picture.jpg')).convert('RGB')
image = ${resize}${cut}
${input.dtype === 'uint8' ? 'x = np.asarray(image, np.uint8)[None]' : floats}
[${names.map(variable).join(', ')}] = session.run([${list}], {'${input.name}': x})
${code.python(names.map(variable))}`;
}

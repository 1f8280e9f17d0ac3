import { join } from 'node:path';
import { z } from 'zod';
import { check } from '../../../base/errors.ts';
import { readBounded, readText } from '../../../base/node/bounded.ts';
import { parseJson } from '../../../base/node/read-json.ts';
import { isFileAt } from '../../../base/node/there.ts';
import type { Tensor } from '../../../base/tensor.ts';
import { type Graph, nameOf } from '../../../graph/graph.ts';
import { textGraph } from '../../../models/denoiser/captioned.ts';
import { textEncoderConfig } from '../../../models/text-encoder/text-encoders.ts';
import { toOnnx } from '../../../onnx/print.ts';
import { encodeModel } from '../../../onnx/wire/model.ts';
import type { CaptionWish } from '../../../tasks/captioned.ts';
import { tokenizerOf } from '../../../text/tokenizer.ts';
import { toFloat32 } from '../../../weights/convert.ts';
import { readSafetensors } from '../../../weights/node/files.ts';

/** A tokenizer.json of many languages has some megabytes. */
const MAX_JSON = 2 ** 26;
const FILES = ['config.json', 'tokenizer.json', 'model.safetensors'] as const;
const SETTINGS = 'tokenizer_config.json';

const kindSchema = z.looseObject({ model_type: z.string().optional() });

/**
 * A pretrained encoder of captions from a folder as on the Hugging Face hub, as a file that gives `text` and `pooled` for `tokens` and `mask`.
 * @throws YosegiError that names what is missing, or of a kind that is not known
 */
export async function openTextEncoder(folder: string, { length }: Pick<CaptionWish, 'length'>) {
  for (const name of FILES)
    check(
      await isFileAt(join(folder, name)),
      () => `there is no ${name} in ${folder}: a text encoder is a folder with ${FILES.join(', ')}`,
    );
  const path = join(folder, 'config.json');
  const config = parseJson(await readText(path, MAX_JSON), z.unknown(), path, 'Download the folder again.');
  const described = textEncoderConfig.safeParse(config);
  check(
    described.success,
    () =>
      `${path} describes '${kindSchema.safeParse(config).data?.model_type ?? 'nothing'}': BERT and MiniLM (bert) and CLIP’s text model (clip, clip_text_model) can be used` +
      ` (${described
        .error!.issues.map((i) => `${i.path.join('.')}: ${i.message}`)
        .join('; ')
        .slice(0, 200)})`,
  );
  const { encoder, width, most, vocabulary } = described.data;
  const tokenizer = await readBounded(join(folder, 'tokenizer.json'), MAX_JSON);
  const settings = (await isFileAt(join(folder, SETTINGS)))
    ? await readBounded(join(folder, SETTINGS), MAX_JSON)
    : undefined;
  const { size } = tokenizerOf(tokenizer, settings);
  check(
    size <= vocabulary,
    () => `${folder} does not fit together: its tokenizer has ${size} tokens, config.json says ${vocabulary}`,
  );
  const graph = textGraph(encoder, { length: Math.min(length, most) });
  const { tensors } = await readSafetensors(join(folder, 'model.safetensors'));
  const constants = fitted(graph, tensors, folder);
  const file = encodeModel(toOnnx(graph, { constants, target: 'standard' }));
  return { files: { tokenizer, ...(settings && { settings }), encoder: file }, most, width };
}

/** What transformers puts before the names of such a model inside a larger one. */
const PREFIXES = ['', 'bert.', 'model.', 'text_encoder.', 'clip.'];
/** Names of before PyTorch 0.4 that old files still have. */
const old: Readonly<Record<string, string>> = { gamma: 'weight', beta: 'bias' };

function fitted(
  { params }: Graph,
  stored: ReadonlyMap<string, Tensor>,
  folder: string,
): Map<string, Tensor<'float32'>> {
  const known = new Map([...stored].map(([name, t]) => [name.replace(/(gamma|beta)$/, (end) => old[end]!), t]));
  const names = params.map((p) => nameOf(p)!);
  const prefix = PREFIXES.find((before) => known.has(before + names[0]!)) ?? '';
  return new Map(
    params.map((p) => {
      const name = nameOf(p)!;
      const t = known.get(prefix + name) ?? known.get(name.replace(/^text_model\./, ''));
      check(
        t && t.shape.join() === p.type.shape.join(),
        () =>
          `${join(folder, 'model.safetensors')} does not fit its config.json: ${prefix}${name} is ${t ? `[${t.shape}]` : 'missing'}, [${p.type.shape}] is needed`,
      );
      return [name, toFloat32(t)];
    }),
  );
}

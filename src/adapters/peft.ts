import { z } from 'zod';
import { check, YosegiError } from '../base/errors.ts';
import { f32, isFloat32, type Tensor } from '../base/tensor.ts';
import { type Adapted, pairOf } from './adapt.ts';
import { type AdapterOptions, adapterOptions } from './options.ts';

/** PEFT's two files: adapter_config.json and adapter_model.safetensors, as version 0.21 writes them for LoRA. */
export const PEFT_CONFIG = 'adapter_config.json';
export const PEFT_WEIGHTS = 'adapter_model.safetensors';

const PREFIX = 'base_model.model.';

const configSchema = z.looseObject({
  peft_type: z.string(),
  r: z.int().min(1),
  lora_alpha: z.number(),
  use_rslora: z.boolean().default(false),
  use_dora: z.boolean().default(false),
  fan_in_fan_out: z.boolean().default(false),
  rank_pattern: z.record(z.string(), z.int().min(1)).default({}),
  alpha_pattern: z.record(z.string(), z.number()).default({}),
});

/** Adapters as PEFT stores them, in our words. */
export interface PeftAdapters {
  readonly options: AdapterOptions;
  /** Values of what is learned, by our names; how much a pair counts is in its second factor. */
  readonly learned: ReadonlyMap<string, Tensor<'float32'>>;
}

/**
 * Reads what PEFT saved: low-rank pairs of linear maps and of convolutions, and whole layers (modules_to_save, biases). Layers have the
 * names that they have in PyTorch, which are timm's and ours.
 * @throws YosegiError that names what PEFT can do and this cannot
 */
export function readPeft(config: unknown, tensors: ReadonlyMap<string, Tensor>): PeftAdapters {
  const parsed = configSchema.safeParse(config);
  check(parsed.success, () => `${PEFT_CONFIG} is not one of LoRA: ${z.prettifyError(parsed.error!)}`);
  const c = parsed.data;
  check(c.peft_type === 'LORA', () => `${PEFT_CONFIG} is of ${c.peft_type}: only LORA is read`);
  check(!c.use_dora, 'these adapters are DoRA, which learns lengths of columns too: only plain LoRA is read');
  check(!c.fan_in_fan_out, 'these adapters have fan_in_fan_out set: only weights [out, in] are read');
  const learned = new Map<string, Tensor<'float32'>>();
  const ranks: Record<string, number> = {};
  for (const [stored, t] of tensors) {
    const name = stored.startsWith(PREFIX) ? stored.slice(PREFIX.length) : stored;
    if (!isFloat32(t)) throw new YosegiError(`${stored} holds ${t.dtype}: adapters must be float32`);
    const [, layer, factor] = /^(.*)\.(lora_[AB])\.weight$/.exec(name) ?? [];
    check(
      layer !== undefined || !/lora_/.test(name),
      () => `${stored} is no factor of a low-rank pair that is read here`,
    );
    if (layer === undefined) learned.set(name.replace(/\.(base_layer|original_module)\./, '.'), t);
    else if (factor === 'lora_A') {
      ranks[layer] = t.shape[0]!;
      learned.set(name, t);
    } else {
      const rank = t.shape[1]!;
      const alpha = patternOf(c.alpha_pattern, layer) ?? c.lora_alpha;
      const scale = alpha / (c.use_rslora ? Math.sqrt(rank) : rank);
      learned.set(
        name,
        f32(
          t.shape,
          t.data.map((v) => v * scale),
        ),
      );
    }
  }
  const layers = Object.keys(ranks);
  check(layers.length > 0, `${PEFT_WEIGHTS} has no low-rank pairs`);
  return { options: adapterOptions({ layers, ranks, rank: Math.max(...Object.values(ranks)), stem: true }), learned };
}

/**
 * The same files from adapters of ours: low-rank pairs of linear maps [out, in] and of ungrouped, undilated convolutions in the form p1,
 * which is what PEFT has. Pairs for rows of a layer become one of the whole layer, with zeros in its other rows. `weights` are the adapted network's.
 * @throws YosegiError that names the first layer PEFT has no form for
 */
export function writePeft(
  { layers }: Adapted,
  weights: ReadonlyMap<string, Tensor<'float32'>>,
): { readonly config: object; readonly tensors: Map<string, Tensor<'float32'>> } {
  const tensors = new Map<string, Tensor<'float32'>>();
  const ranks: Record<string, number> = {};
  for (const one of layers) {
    const { layer, scale } = one;
    const pair = pairOf(one, weights);
    check(
      pair && !layer.turned && layer.groups === 1 && !isDilated(layer),
      () =>
        `PEFT has no form for the adapter of ${layer.name}: it takes low-rank pairs of linear maps and of convolutions without groups and ` +
        'dilations, in the form p1. Leave the layer out (--adapt-layers), or keep the diff',
    );
    const { a, b } = pair!;
    ranks[layer.name] = a.shape[0]!;
    tensors.set(`${PREFIX}${layer.name}.lora_A.weight`, a);
    tensors.set(
      `${PREFIX}${layer.name}.lora_B.weight`,
      f32(
        b.shape,
        b.data.map((v) => v * scale),
      ),
    );
  }
  check(layers.length > 0, 'there are no low-rank pairs to write for PEFT');
  const rank = Math.max(...Object.values(ranks));
  const others = Object.fromEntries(Object.entries(ranks).filter(([, r]) => r !== rank));
  const config = {
    peft_type: 'LORA',
    task_type: null,
    base_model_name_or_path: null,
    inference_mode: true,
    bias: 'none',
    lora_dropout: 0,
    r: rank,
    lora_alpha: rank,
    target_modules: Object.keys(ranks),
    // How much a pair counts is in its second factor.
    rank_pattern: others,
    alpha_pattern: others,
  };
  return { config, tensors };
}

const isDilated = ({ nodes: [node] }: Adapted['layers'][number]['layer']): boolean =>
  Array.isArray(node?.attrs.dilations) && node.attrs.dilations.some((d) => d !== 1);

/** The entry for a layer: its name, or the end of it. PEFT takes regular expressions too; those are refused, as a file must not run them here. */
function patternOf(patterns: Readonly<Record<string, number>>, layer: string): number | undefined {
  for (const [key, value] of Object.entries(patterns)) {
    check(/^[\w.]+$/.test(key), () => `the pattern '${key}' is a regular expression: only names of layers are read`);
    if (layer === key || layer.endsWith(`.${key}`)) return value;
  }
  return undefined;
}

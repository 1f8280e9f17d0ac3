import { imagenetMean, imagenetStd } from '../data/preprocess.ts';

type Triple = [number, number, number];

/** What networks are fed, of pixel values in 0 … 1: (value − mean) / std for red, green and blue. */
export const presets = {
  /** What torchvision's and most of timm's models want. */
  imagenet: { mean: [...imagenetMean] as Triple, std: [...imagenetStd] as Triple },
  /** −1 … 1: many transformers, TensorFlow's MobileNets. */
  half: { mean: [0.5, 0.5, 0.5] as Triple, std: [0.5, 0.5, 0.5] as Triple },
  /** 0 … 1: Ultralytics. */
  unit: { mean: [0, 0, 0] as Triple, std: [1, 1, 1] as Triple },
  /** ImageNet's numbers of red, green, blue given to blue, green, red: PaddleOCR. */
  paddle: { mean: [0.406, 0.456, 0.485] as Triple, std: [0.225, 0.224, 0.229] as Triple },
  /** 0 … 255: Keras models that normalise inside. */
  bytes: { mean: [0, 0, 0] as Triple, std: [1 / 255, 1 / 255, 1 / 255] as Triple },
} as const;

export type Preset = keyof typeof presets;
export const presetNames = Object.keys(presets) as Preset[];

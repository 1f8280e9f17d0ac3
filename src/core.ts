/**
 * What runs in a browser tab as well as in Node: building and differentiating graphs, models, printing ONNX, and running them on
 * WebAssembly. What is special about a task is `yosegi/tasks/<name>`. Nothing here or there touches files, threads or `node:` modules; `core.test.ts` holds it to that.
 */

// Derivatives
export { type Adapted, adaptModel } from './adapters/adapt.ts';
export { type AdapterOptions, adapterOptions } from './adapters/options.ts';
export { gradients } from './autodiff/gradients.ts';
// Numbers
export { messageOf, YosegiError } from './base/errors.ts';
export { permutation, type Random, random } from './base/random.ts';
export {
  type ArrayOf,
  allocate,
  bytesOf,
  type DType,
  f32,
  i64,
  sizeOf,
  type Tensor,
  type TensorData,
  tensor,
  toNumbers,
} from './base/tensor.ts';
// Layers and blocks
export { type AttentionOptions, attention } from './blocks/attention.ts';
export { type FusedMBConvOptions, fusedMBConv } from './blocks/fused-mbconv.ts';
export { type MixerKind, type MixerPlace, mixer, mixerNames, type TokenMixer } from './blocks/mixer.ts';
export { squeezeExcite } from './blocks/squeeze-excite.ts';
export { type TransformerOptions, transformerBlock } from './blocks/transformer.ts';
// Models as they are shipped
export { type Deployable, type DeployOptions, deployGraph } from './bundle/deploy.ts';
// Bundles that make pictures
export { type BundledMaker, openBundledMaker, type ReadFile } from './bundle/open-maker.ts';
// Images
export { augmentInto, augmentMosaicInto } from './data/augment/augment.ts';
export { mosaicPartners } from './data/augment/mosaic.ts';
export { type Recipe, type RecipeInput, recipe, recipeNames } from './data/augment/recipe.ts';
// Where pixels went: boxes, polygons and masks that move with them
export * as geometry from './data/geometry/index.ts';
export { fromRgba, type Image } from './data/image.ts';
export {
  fit as fitPicture,
  normalised,
  normaliser,
  type Preprocessing,
  placementOf,
  preprocess,
  preprocessing,
} from './data/preprocess.ts';
// Early exits
export { calibrate } from './exits/calibration/calibrate.ts';
export { ExitMonitor } from './exits/policy/monitor.ts';
export type { Policy } from './exits/policy/policy.ts';
export { ifModel } from './exits/program/if-model.ts';
export { stagedProgram } from './exits/program/staged.ts';
export { encoderFor } from './feed/encode.ts';
export { type MemoryData, memoryEvalSource, memoryTrainSource } from './feed/memory.ts';
export { type Splittable, stratifiedDraw } from './feed/split.ts';
// Graphs; `ops` are the functions that make nodes
export * as ops from './graph/build.ts';
export { cleanUp } from './graph/cleanup.ts';
export { graphCost } from './graph/cost.ts';
export type { Dim } from './graph/dim.ts';
export { type Graph, graph, nameOf, outputOf, roleOf, show } from './graph/graph.ts';
export { constant, input, type Node, param, type Role, type TensorType, type Value } from './graph/value.ts';
// Models
export { buildDenoiser, type Denoise, type Denoiser, type DenoiserFamily } from './models/denoiser/denoiser.ts';
export { createDenoiser, denoiserNames } from './models/denoisers.ts';
export { dynamicPerceiver } from './models/dynamic-perceiver/dynamic-perceiver.ts';
export {
  type Backbone,
  buildBackbone,
  buildModel,
  classifier,
  type Exit,
  type ExitModel,
  exitsGraph,
  exitsOf,
  type Headless,
  type Model,
  type ModelOptions,
  stageOf,
  withClassifier,
} from './models/model.ts';
export { ownNetwork } from './models/network.ts';
export { pyramid } from './models/pyramid.ts';
export { createBackbone, createModel, modelEntry, modelNames, type Overrides } from './models/registry.ts';
export type { Stage } from './models/stage.ts';
export * as init from './nn/init.ts';
export { initialValue, initialValues } from './nn/init.ts';
export * as nn from './nn/layers.ts';
export { rootScope, type Scope } from './nn/scope.ts';
// ONNX
export type { Target } from './onnx/lower.ts';
export { type PrintOptions, toOnnx } from './onnx/print.ts';
export type { Limits } from './onnx/wire/limits.ts';
export type { Model as OnnxModel } from './onnx/wire/messages.ts';
export { decodeModel, encodeModel } from './onnx/wire/model.ts';
export { adamW, type Optimizer, type Segment, sgd } from './optim/optimizer.ts';
export { learningRate, type Schedule } from './optim/schedule.ts';
export { type Pruned, type PruneOptions, pruneTo, type Slimmer } from './prune/prune.ts';
// Making pictures
export type { FromPicture } from './run/from-picture.ts';
export type { MadePictures, MakeOptions, Maker } from './run/maker.ts';
// Running
export { compile, type LoadOptions, type Program, type Runtime, type Tensors } from './runtime/runtime.ts';
export { type WebOptions, webRuntime } from './runtime/web/web.ts';
export type { Batch, BatchSource } from './tasks/batch.ts';
// Training; each task has a file of its own, `yosegi/tasks/<name>`
export type { Draw, Objective } from './tasks/objective.ts';
export type { Network, Task } from './tasks/task.ts';
export { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './train/checkpoint.ts';
export { type TrainingGraph, trainingGraph } from './train/graph.ts';
export type { TrainingJob, TrainingResult } from './train/job.ts';
export { type Statistic, type TrainingForm, trainingForm } from './train/mode.ts';
export { type TrainOptions, trainOptions } from './train/options.ts';
// A head on features that a frozen backbone gave once
export { type FeaturePlan, featureSource, featuresOf } from './train/probe.ts';
export { type TrainingStep, trainingStep } from './train/step.ts';
export { train } from './train/trainer.ts';
export { judgeAll } from './train/validate.ts';
// Trained weights
export { type PretrainedConfig, preprocessingFromConfig, pretrainedConfig } from './weights/config.ts';
export { type FitReport, fitWeights } from './weights/fit.ts';
export { zeroStarts } from './weights/new-head.ts';
export { parseSafetensors, type Safetensors } from './weights/safetensors.ts';

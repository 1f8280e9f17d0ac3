/**
 * yosegi in Node: everything of `yosegi/core`, and what needs files, threads and the native runtime: data folders, training
 * runs, measuring, bundles, reports.
 */

export { type ExportOptions, exportBundle } from './bundle/node/export.ts';
export { type JoinOptions, joinRuns } from './bundle/node/join.ts';
export { type Verification, verifyBundle } from './bundle/node/verify.ts';
export * from './core.ts';
export { decodeImage } from './data/node/decode.ts';
// Tasks as differences to one backbone
export { type Bank, openBank } from './diffs/node/bank.ts';
export { type Diff, openDiff, readDiff } from './diffs/node/read-diff.ts';
export { type DiffOptions, writeDiff } from './diffs/node/write-diff.ts';
export { calibrateRun } from './exits/node/calibrate-run.ts';
// Data
export { type Dataset, type DatasetOptions, openDataset } from './feed/node/dataset.ts';
export { evalSource, trainSource } from './feed/node/loader.ts';
export { type DatasetSummary, summarise } from './feed/node/summary.ts';
// Models of other tools
export { type ImportFolderOptions, importFolder } from './imported/node/import-folder.ts';
export { openImported } from './imported/node/open-imported.ts';
// Measuring, shipping, explaining
export { type BenchmarkOptions, benchmarkFile } from './measure/node/benchmark.ts';
// Files
export { readModelFile, writeModelFile } from './onnx/node/files.ts';
// Using a model
export { openMaker } from './predict/node/open-maker.ts';
export { type Explained, openPredictor, type Prediction, type Predictor } from './predict/node/predictor.ts';
export { type PruneModelOptions, pruneModel } from './prune/node/prune-model.ts';
export { type PrunedRun, type PruneRunOptions, pruneRun } from './prune/node/prune-run.ts';
export { type WriteReportOptions, writeReport } from './report/node/report.ts';
// Training and evaluation
export { type EvaluateRunOptions, evaluateRun } from './run/node/evaluate-run.ts';
export type { Hooks, TrainRunResult } from './run/node/fit.ts';
export { resumeRun } from './run/node/resume-run.ts';
export { type LoadedRun, loadRun } from './run/node/run-folder.ts';
export { type TrainRunOptions, trainRun } from './run/node/train-run.ts';
// Running
export { type Device, type OpenOptions, openRuntime } from './runtime/node/open.ts';
export { taskNamed, taskNames } from './tasks/node/registry.ts';
export type { NodeTask } from './tasks/node/task.ts';
export { type BoxEntry, type BoxWeights, boxEntries, boxWeights } from './weights/node/box.ts';
export { readSafetensors, writeSafetensors } from './weights/node/files.ts';
export { type ResolveOptions, resolveWeights } from './weights/node/resolve.ts';
export { saveWeights, saveWeightsFolder } from './weights/node/save.ts';

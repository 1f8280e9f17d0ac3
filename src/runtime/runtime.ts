import type { Tensor } from '../base/tensor.ts';
import { bindDim, type Dim } from '../graph/dim.ts';
import type { Graph } from '../graph/graph.ts';
import { lower } from '../onnx/lower.ts';
import { type PrintOptions, toOnnx } from '../onnx/print.ts';
import { hasGroups } from '../onnx/wide-groups/has-groups.ts';
import { encodeModel } from '../onnx/wire/model.ts';
import { blockedForms, gainsFromBlocks } from './blocked.ts';

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** Something loaded that runs on tensors. */
export interface Program {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /**
   * Runs once. The tensors of `feeds` and `into` are lent: their `data` must not be touched until the promise settles, and may
   * be another view of the same numbers afterwards, so hold on to the Tensor and not to its array. `into` gives tensors that
   * outputs are written into instead of new ones; their shapes must be those of the outputs.
   */
  run(feeds: Tensors, into?: Tensors): Promise<Record<string, Tensor>>;
  close(): Promise<void>;
}

export interface LoadOptions {
  /** Threads inside one operator; default: the runtime's. In WASM all programs share the runtime's threads. */
  readonly threads?: number;
  /**
   * What the program's threads do between two runs: `spin`, ready for the next one (the default), or `sleep`. Programs that run in
   * turns must sleep, as the threads of one would take the cores from the other: on two cores a run took five times as long.
   */
  readonly idle?: 'spin' | 'sleep';
  /**
   * All values of a run in one block of memory, as the runtime plans it from the first run (the default). Short runs gain some hundredths,
   * but what the first run took stays beside the block: a training step held half as much again (bench/session-options.ts).
   */
  readonly packed?: boolean;
  /** Equal nodes stay apart: some are there a second time on purpose, so that the first results need not be kept. */
  readonly apart?: boolean;
  /** Whether the file has convolutions in groups whose weights it holds; left out: it is looked for. */
  readonly grouped?: boolean;
  /** ONNX Runtime's own graph optimisation; default all. */
  readonly optimize?: 'all' | 'extended' | 'basic' | 'none';
  /** Writes a profile of every operator; only where the runtime has files. */
  readonly profile?: string;
}

/** One way to run ONNX models on this machine. */
export interface Runtime {
  readonly name: 'onnxruntime-node' | 'onnxruntime-web';
  readonly version: string;
  /** Threads that a program gets unless it asks for another number. */
  readonly threads: number;
  /** Whether a GPU does the work (WebGPU). */
  readonly gpu?: true;
  /**
   * Block of the runtime's blocked convolutions for weights that change (see graph/ops/nchwc.ts), where it has them. It is found by
   * trying, when it is first asked for.
   */
  readonly block?: () => Promise<number | undefined>;
  load(model: Uint8Array, options?: LoadOptions): Promise<Program>;
  /** Closes what the runtime holds; its programs cannot run any more. */
  close(): Promise<void>;
}

type CompileOptions = LoadOptions & Pick<PrintOptions, 'constants' | 'target'>;

/** Prints and loads a graph. */
export async function compile(runtime: Runtime, g: Graph, options: CompileOptions = {}): Promise<Program> {
  return loadGraph(runtime, await formed(runtime, g, options), options);
}

/** The graph in the forms that a runtime is fastest in, and in the operators that it has. */
export async function formed(runtime: Runtime, g: Graph, options: CompileOptions = {}): Promise<Graph> {
  const target = targetOf(runtime, options);
  const isConstant = (name: string) => options.constants?.has(name) ?? false;
  const block = target === 'ort' && gainsFromBlocks(g, isConstant) ? await runtime.block?.() : undefined;
  return lower(block ? blockedForms(g, block, isConstant) : g, target);
}

/** Prints and loads a graph as it is. */
export function loadGraph(runtime: Runtime, g: Graph, options: CompileOptions = {}): Promise<Program> {
  const { constants, target: _, ...load } = options;
  const model = toOnnx(g, { constants, target: targetOf(runtime, options) });
  return runtime.load(encodeModel(model), { ...load, grouped: hasGroups(model) });
}

const targetOf = (runtime: Runtime, { target = 'ort' }: CompileOptions) => (runtime.gpu ? 'gpu' : target);

/** The shape with numbers for its symbols. */
export function bindShape(shape: readonly Dim[], symbols: Readonly<Record<string, number>>): number[] {
  return shape.map((d) => bindDim(d, symbols));
}

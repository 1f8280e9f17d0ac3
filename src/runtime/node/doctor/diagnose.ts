import { type IsolateOptions, isolated, type Outcome } from './isolate.ts';
import { atLeast, describeMachine, type Machine, nodeFloor } from './machine.ts';
import type { ProbeName, RuntimeFinding, SharpFinding, WorkerFinding } from './probes.ts';

/** One line of the diagnosis. */
export interface Check {
  readonly name: 'node' | 'machine' | ProbeName | 'install';
  /** `none`: not to be had here, and not needed. */
  readonly state: 'ok' | 'no' | 'none';
  readonly summary: string;
  /** What to do. */
  readonly advice?: string;
  /** What was found, for programs. */
  readonly finding?: Machine | RuntimeFinding | WorkerFinding | SharpFinding;
}

export interface Diagnosis {
  readonly checks: readonly Check[];
  /** Whether models run here at all. */
  readonly works: boolean;
  /** What `--device auto` takes; null when nothing works. */
  readonly device: 'native' | 'wasm' | null;
}

export interface DiagnoseOptions {
  /** Most time for one probe. */
  readonly seconds?: number;
  /** Told each line as soon as it is known. */
  readonly onCheck?: (check: Check) => void;
  /** More Node arguments for the probes' processes, in tests. */
  readonly execArgv?: readonly string[];
}

/** Tries everything that yosegi may use here, each thing in a process of its own. Takes some seconds. */
export async function diagnose({ seconds = 60, onCheck, execArgv }: DiagnoseOptions = {}): Promise<Diagnosis> {
  const checks: Check[] = [];
  const add = (check: Check) => {
    checks.push(check);
    onCheck?.(check);
    return check.state === 'ok';
  };
  const options: IsolateOptions = { seconds, execArgv };
  const probe = <T>(name: ProbeName, arg?: string) =>
    isolated<T>(import.meta.url, './probe.child', arg ? [name, arg] : [name], options);
  const machine = await describeMachine();
  add(nodeCheck(machine));
  add(machineCheck(machine));
  const native = add(nativeCheck(await probe('native')));
  const one = await probe<RuntimeFinding>('wasm', '1');
  const many = one.ok && machine.cores > 1 ? await probe<RuntimeFinding>('wasm') : undefined;
  const wasm = add(wasmCheck(one, many));
  const device = native ? 'native' : wasm ? 'wasm' : null;
  if (device) add(workerCheck(await probe('worker', device)));
  // Only the native library has it.
  if (native) add(webgpuCheck(await probe('webgpu')));
  add(sharpCheck(await probe('sharp')));
  add({ name: 'install', state: 'none', summary: installNote });
  return { checks, works: device !== null, device };
}

const installNote =
  'where npm install fails because the network ends at the npm registry: ONNXRUNTIME_NODE_INSTALL=skip npm install';

function nodeCheck({ node }: Machine): Check {
  if (atLeast(node, nodeFloor)) return { name: 'node', state: 'ok', summary: node };
  return { name: 'node', state: 'no', summary: `${node} is too old`, advice: `install Node ${nodeFloor} or later` };
}

function machineCheck(finding: Machine): Check {
  const { platform, arch, cpu, cores, features, memoryGiB, freeGiB } = finding;
  const parts = [
    `${platform} ${arch}`,
    `${cpu}, ${cores} core${cores === 1 ? '' : 's'}`,
    features === null ? 'vector instructions unknown' : features.join(' ') || 'no vector instructions',
    `${memoryGiB.toFixed(1)} GiB memory, ${freeGiB.toFixed(1)} free`,
  ];
  const old = arch === 'x64' && features !== null && !features.includes('AVX2');
  const check: Check = { name: 'machine', state: 'ok', summary: parts.join('; '), finding };
  return old ? { ...check, advice: 'without AVX2 all works, but slowly: take the smallest model' } : check;
}

const gflops = (x: number) => `${x < 10 ? x.toFixed(1) : x.toFixed(0)} GFLOP/s`;

function speedText({ speeds }: RuntimeFinding): string {
  return speeds.map((s) => `${gflops(s.gflops)} on ${s.threads === 1 ? 'one thread' : s.threads}`).join(', ');
}

/** What to do about a probe that did not answer. */
function crashAdvice(outcome: Outcome<unknown>): string | undefined {
  if (outcome.ok || outcome.kind === 'failed') return undefined;
  const use = 'set the environment variable YOSEGI_DEVICE=wasm to go without it';
  return outcome.signal === 'SIGILL' ? `this CPU lacks instructions that the library uses: ${use}` : use;
}

function nativeCheck(outcome: Outcome<RuntimeFinding>): Check {
  if (!outcome.ok) return { name: 'native', state: 'no', summary: outcome.reason, advice: crashAdvice(outcome) };
  const { value } = outcome;
  const summary = `${value.runtime} trains right; ${speedText(value)}`;
  return { name: 'native', state: 'ok', summary, finding: value };
}

function wasmCheck(one: Outcome<RuntimeFinding>, many: Outcome<RuntimeFinding> | undefined): Check {
  if (!one.ok) return { name: 'wasm', state: 'no', summary: one.reason };
  const finding = { ...one.value, speeds: [...one.value.speeds, ...(many?.ok ? many.value.speeds : [])] };
  const problem = many && !many.ok ? `; threads do not work (${many.reason})` : '';
  const summary = `${finding.runtime} trains right; SIMD; ${speedText(finding)}${problem}`;
  return { name: 'wasm', state: 'ok', summary, finding };
}

function workerCheck(outcome: Outcome<WorkerFinding>): Check {
  if (!outcome.ok) return { name: 'worker', state: 'no', summary: outcome.reason };
  const { value } = outcome;
  const summary = `${value.runtime} in a thread of its own; ${value.roundTrip.toFixed(2)} ms there and back`;
  return { name: 'worker', state: 'ok', summary, finding: value };
}

function webgpuCheck(outcome: Outcome<RuntimeFinding>): Check {
  if (outcome.ok) {
    const summary = `experimental; trains right; ${gflops(outcome.value.speeds[0]!.gflops)}`;
    return { name: 'webgpu', state: 'ok', summary, finding: outcome.value };
  }
  if (outcome.kind === 'failed') {
    const noGpu = /Failed to get a WebGPU adapter/.test(outcome.reason);
    const summary = noGpu ? 'no GPU that WebGPU can use (not needed)' : `not needed; ${firstLine(outcome.reason)}`;
    return { name: 'webgpu', state: 'none', summary };
  }
  return { name: 'webgpu', state: 'no', summary: outcome.reason, advice: 'not needed; leave it alone on this machine' };
}

function sharpCheck(outcome: Outcome<SharpFinding>): Check {
  if (outcome.ok) {
    const { version, libvips } = outcome.value;
    const summary = `sharp ${version} (libvips ${libvips}) decodes`;
    return { name: 'sharp', state: 'ok', summary, finding: outcome.value };
  }
  const advice = 'pictures cannot be read: npm install --include=optional sharp';
  return { name: 'sharp', state: 'no', summary: firstLine(outcome.reason), advice };
}

const firstLine = (text: string) => text.split('\n')[0]!.trim();

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { codeOf } from './error-code.ts';

/** What tells a process from every other one, also from one that got its number later. */
export interface ProcessName {
  readonly pid: number;
  /** When it started, as the system says it; '' where the system does not say (Windows). Only good for comparing. */
  readonly started: string;
  readonly host: string;
  /** The set of process numbers that `pid` is from: the host, this start of it, and the container. Only good for comparing. */
  readonly machine: string;
}

export type ProcessState = 'alive' | 'dead' | 'unknown';

/** The name of this process. */
export function thisProcess(): ProcessName {
  own ??= { pid: process.pid, started: startOf(process.pid) ?? '', host: hostname(), machine: thisMachine() };
  return own;
}

let own: ProcessName | undefined;

/** Whether a process still runs. `unknown` for one of another machine, and where a number may have been given to another process. */
export function processState({ pid, started, machine }: ProcessName): ProcessState {
  return stateOf(pid, machine === thisProcess().machine, started === '' ? undefined : (now) => now === started);
}

/** This process in a few letters that may stand in a file's name. */
export function processTag(): string {
  const { pid, started, machine } = thisProcess();
  return `${pid}-${short(machine)}-${started === '' ? none : short(started)}`;
}

/** What tags look like, as the source of a regular expression. */
export const TAG = '\\d+-[0-9a-f]{8}-[0-9a-f]{8}';

/** The same question of a process that left its tag. */
export function tagState(tag: string): ProcessState {
  const [pid, machine, started] = tag.split('-');
  const same = machine === short(thisProcess().machine);
  return stateOf(Number(pid), same, started === none ? undefined : (now) => short(now) === started);
}

const none = '0'.repeat(8);
const short = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8);

/** `isIt` is asked whether a process that started then is the one that is meant; undefined where that is not known. */
function stateOf(pid: number, here: boolean, isIt: ((started: string) => boolean) | undefined): ProcessState {
  if (!here) return 'unknown';
  if (!answers(pid) || isZombie(pid)) return 'dead';
  if (!isIt) return 'unknown';
  const now = startOf(pid);
  if (now === undefined) return answers(pid) ? 'unknown' : 'dead';
  return isIt(now) ? 'alive' : 'dead';
}

/** Two containers may share a name, and a number from before a restart means nothing after it. */
function thisMachine(): string {
  return [hostname(), attempt(bootOf) ?? '', attempt(() => readlinkSync('/proc/self/ns/pid')) ?? ''].join(' ');
}

const bootOf = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

function answers(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // One of another user answers with EPERM.
    return codeOf(error) !== 'ESRCH';
  }
}

function startOf(pid: number): string | undefined {
  if (process.platform === 'win32') return undefined;
  return attempt(() => {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
    }
    return behindName(pid)[19];
  });
}

/** One that ended, and whose parent has not asked how, still answers. */
const isZombie = (pid: number) => process.platform === 'linux' && attempt(() => behindName(pid)[0]) === 'Z';

/** Linux's status of a process from its third field on: the second, its name in brackets, may hold spaces and brackets. */
function behindName(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function attempt<T>(f: () => T): T | undefined {
  try {
    return f();
  } catch {
    return undefined;
  }
}

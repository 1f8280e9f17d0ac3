/**
 * Kills `yosegi train`, `export --force` and `import --force` again and again at random moments, as kill -9 does, and looks after each
 * kill whether anything was lost: a training must go on to the very weights of one that was left alone, a bundle and a model folder
 * must be whole, and nothing may be left beside them.
 * Usage: npx tsx bench/kills.ts [kills, default 200] [seed, default 1]
 * Only those count that struck a command under way.
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { random } from '../src/base/random.ts';
import { verifyBundle } from '../src/bundle/node/verify.ts';
import { openImported } from '../src/imported/node/open-imported.ts';

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
execFileSync(process.execPath, [at('scripts/build-if-older.mjs')], { stdio: 'inherit' });
const main = at('dist/cli/main.js');
const kills = Number(process.argv[2] ?? 200);
const rng = random(Number(process.argv[3] ?? 1), 'kills');
const root = mkdtempSync(join(tmpdir(), 'yosegi-kills-'));
const in_ = (name: string) => join(root, name);

interface Ended {
  readonly code: number | null;
  readonly killed: boolean;
  readonly seconds: number;
  readonly err: string;
}

/** Runs a command; with `after`, it is killed after so many seconds unless it has ended by then. */
function run(args: readonly string[], after?: number): Promise<Ended> {
  const start = performance.now();
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const timer = after === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), 1000 * after);
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, killed: signal === 'SIGKILL', seconds: (performance.now() - start) / 1000, err });
    });
  });
}

async function whole(args: readonly string[]): Promise<Ended> {
  const ended = await run(args);
  if (ended.code !== 0) throw new Error(`yosegi ${args.join(' ')} failed: ${ended.err}`);
  return ended;
}

const lost: string[] = [];
const weightsOf = (folder: string) => readFileSync(join(folder, 'best', 'model.safetensors'));
/** What killed processes left anywhere below a folder. */
const leftovers = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((p) => /\.(tmp|new|old)$/.test(p));

for (const name of ['red-iron', 'slag-inclusion']) {
  mkdirSync(in_(`images/${name}`), { recursive: true });
  const source = at(`demo/data/x-sdd/images/${name}`);
  for (const file of readdirSync(source).sort().slice(0, 16)) cpSync(join(source, file), in_(`images/${name}/${file}`));
}
const settings = ['--model', 'ascan-micro', '--layout', 'C|C|CT|T', '--size', '32', '--batch', '8', '--threads', '1'];
const train = ['train', in_('images'), ...settings, '--epochs', '4', '--checkpoint-seconds', '1', '--out'];
const trained = await whole([...train, in_('alone')]);
const exporting = ['export', in_('alone'), '--out', in_('bundle'), '--force'];
const exported = await whole(exporting);
const importing = ['import', join(in_('bundle'), 'model.onnx'), '--out', in_('model'), '--force'];
cpSync(in_('bundle/model.onnx'), in_('m.onnx'));
importing[1] = in_('m.onnx');
const imported = await whole(importing);

/** How a training is taken up after a kill, also one that was killed before its first checkpoint. */
const goOn = (): readonly string[] =>
  existsSync(in_('run/run.json')) ? ['train', '--resume', '--out', in_('run')] : [...train, in_('run')];

const count = { train: 0, export: 0, import: 0 };
const inTime: typeof count = { ...count };
/** How long each took when it was last left to its end: machines are not equally busy all the time. */
const lasts = { train: trained.seconds, export: exported.seconds, import: imported.seconds };
type Kind = keyof typeof count;
const struck = () => inTime.train + inTime.export + inTime.import;

async function strike(kind: Kind, args: readonly string[]): Promise<Ended> {
  count[kind]++;
  const ended = await run(args, lasts[kind] * (0.1 + 0.9 * rng.uniform()));
  if (ended.killed) inTime[kind]++;
  else lasts[kind] = ended.seconds;
  return ended;
}

for (let k = 0, inRun = 0, said = 0; struck() < kills; k++) {
  const kind = (['train', 'export', 'import'] as const)[k % 3]!;
  if (kind === 'train') {
    const ended = await strike('train', goOn());
    if (!ended.killed && ended.code !== 0)
      lost.push(`kill ${k}: training does not go on: ${ended.err.split('\n').at(-2)}`);
    inRun++;
    // Now and then one is left to its end, and another one begins.
    if (ended.code === 0 || inRun === 6 || lost.length > 0) {
      if (ended.code !== 0) await whole(goOn());
      if (!weightsOf(in_('run')).equals(weightsOf(in_('alone'))))
        lost.push(`kill ${k}: training ends at other weights`);
      const left = leftovers(in_('run'));
      if (left.length > 0) lost.push(`kill ${k}: left in the run: ${left.join(', ')}`);
      rmSync(in_('run'), { recursive: true });
      inRun = 0;
    }
  } else if (kind === 'export') {
    await strike('export', exporting);
    const { ok, findings } = await verifyBundle(in_('bundle'));
    if (!ok) lost.push(`kill ${k}: the bundle is broken: ${JSON.stringify(findings)}`);
  } else {
    await strike('import', importing);
    await openImported(in_('model')).catch((error: Error) =>
      lost.push(`kill ${k}: the model is broken: ${error.message}`),
    );
  }
  if (struck() >= said + 20) {
    said = struck();
    console.log(`${said} kills, ${lost.length} losses`);
  }
}
await whole(exporting);
await whole(importing);
const left = leftovers(root).filter((p) => !p.startsWith('run'));
if (left.length > 0) lost.push(`left at the end: ${left.join(', ')}`);
rmSync(root, { recursive: true });
for (const line of lost) console.log(line);
const told = (Object.keys(count) as Kind[]).map((kind) => `${kind} ${inTime[kind]} of ${count[kind]}`);
console.log(`killed before the end: ${told.join(', ')}; ${lost.length} losses`);
process.exitCode = lost.length > 0 ? 1 : 0;

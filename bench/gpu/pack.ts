import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'tsdown';
import { check } from '../../src/base/errors.ts';
import { bytesText } from '../../src/base/text/numbers.ts';
import { peerModel } from '../subjects.ts';
import { root } from '../venv.ts';

/**
 * `npx tsx bench/gpu/pack.ts FOLDER` (Linux x64): makes the folder that bench/gpu.sh runs in, with everything it needs, so that a bare machine without a
 * network will do: Node, ONNX Runtime, yosegi in one file, the recorded cases, a Vulkan loader, and PyTorch's side.
 */
const LIMIT = 60 * 2 ** 20;
const out = resolve(process.argv[2] ?? 'gpu-check');
check(process.platform === 'linux' && process.arch === 'x64', 'the folder is for Linux x64, and is made there');
rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, 'lib'), { recursive: true });

/** Large binaries travel small: Node as gzip, which every system unpacks, the rest as brotli, which Node does. */
const slow = { params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 } };
const packed: { readonly from: string; readonly to: string }[] = [];
function pack(file: string, to: string): void {
  const from = `${to.replaceAll('/', '_')}.br`;
  writeFileSync(join(out, from), brotliCompressSync(readFileSync(file), slow));
  packed.push({ from, to });
}

const stripped = join(out, 'node.stripped');
copyFileSync(process.execPath, stripped);
try {
  execFileSync('strip', [stripped]);
} catch {
  // Without binutils it is some MiB larger.
}
writeFileSync(join(out, 'node.gz'), gzipSync(readFileSync(stripped), { level: 9 }));
rmSync(stripped);

const ort = join(root, 'node_modules/onnxruntime-node');
const api = readdirSync(join(ort, 'bin'))[0]!;
const binaries = `bin/${api}/linux/x64`;
for (const name of readdirSync(join(ort, binaries)))
  pack(join(ort, binaries, name), `node_modules/onnxruntime-node/${binaries}/${name}`);
for (const [name, parts] of [
  ['onnxruntime-node', ['package.json', 'dist']],
  ['onnxruntime-common', ['package.json', 'dist/cjs', 'dist/esm']],
] as const) {
  for (const part of parts) {
    cpSync(join(root, 'node_modules', name, part), join(out, 'node_modules', name, part), {
      recursive: true,
      filter: (path) => !/\.(map|d\.ts)$/.test(path),
    });
  }
}

const loader = ['/usr/lib/x86_64-linux-gnu/libvulkan.so.1', '/usr/lib/chromium/libvulkan.so.1'].find(existsSync);
if (loader) pack(loader, 'lib/libvulkan.so.1');
else console.error('no libvulkan.so.1 here (Debian: libvulkan1, chromium): the machine must have one');

await build({
  config: false,
  cwd: root,
  entry: { main: 'bench/gpu/main.ts' },
  format: 'esm',
  platform: 'node',
  outDir: join(out, 'built'),
  outExtensions: () => ({ js: '.js' }),
  dts: false,
  logLevel: 'error',
  deps: { neverBundle: [/^node:/, /^onnxruntime-/], alwaysBundle: [/^(?!node:|onnxruntime-)/], onlyBundle: false },
});
for (const name of readdirSync(join(out, 'built'))) copyFileSync(join(out, 'built', name), join(out, name));
rmSync(join(out, 'built'), { recursive: true });
writeFileSync(join(out, 'package.json'), '{"type": "module"}\n');
cpSync(join(root, 'src/graph/ops/fixtures'), join(out, 'fixtures'), { recursive: true });
for (const [from, to] of [
  ['bench/gpu.sh', 'gpu.sh'],
  ['bench/gpu/torch_gpu.py', 'torch_gpu.py'],
  ['reference/ascan/ascan.py', 'ascan.py'],
] as const)
  copyFileSync(join(root, from), join(out, to));
const nano = peerModel({ model: 'ascan-nano', size: 64, classes: 10, mode: 'train', batch: 32 });
writeFileSync(join(out, 'ascan-nano.json'), `${JSON.stringify(nano.config)}\n`);

writeFileSync(
  join(out, 'unpack.mjs'),
  `import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
for (const { from, to } of ${JSON.stringify(packed)}) {
  if (existsSync(to)) continue;
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, brotliDecompressSync(readFileSync(from)));
}
`,
);

const sizeOf = (path: string): number =>
  statSync(path).isDirectory()
    ? readdirSync(path).reduce((n, name) => n + sizeOf(join(path, name)), 0)
    : statSync(path).size;
const size = sizeOf(out);
check(size <= LIMIT, () => `${out} takes ${bytesText(size)}, and ${bytesText(LIMIT)} may be carried`);
console.log(`${out}: ${bytesText(size)}. There: bash gpu.sh`);

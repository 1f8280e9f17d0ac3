// Builds dist/ where it is missing or older than the sources. No install script does it: .npmrc switches those of all packages off,
// as onnxruntime-node's would download GPU libraries from outside the registry.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const built = join(root, 'dist', 'cli', 'main.js');

function newest(folder) {
  return Math.max(
    ...readdirSync(folder, { withFileTypes: true }).map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return newest(path);
      return entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts') ? statSync(path).mtimeMs : 0;
    }),
    0,
  );
}

if (!existsSync(built) || statSync(built).mtimeMs < newest(join(root, 'src'))) {
  process.stderr.write('building dist/ …\n');
  const tsdown = createRequire(import.meta.url).resolve('tsdown/run');
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsdown], { cwd: root, encoding: 'utf8' });
  // Its warnings are about what a bundler would do, and nothing is bundled here.
  if (status !== 0) process.stderr.write(`${stdout}${stderr}`);
  process.exitCode = status ?? 1;
}

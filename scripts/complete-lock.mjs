// Adds the packages of other platforms to package-lock.json, where the registry at hand did not have them when it was made.
// `npm ci` wants every optional package listed, also those it will not install; see https://github.com/npm/cli/issues/4828.
// Usage: node scripts/complete-lock.mjs   (after `npm install` changed the lock file)
import { readFileSync, writeFileSync } from 'node:fs';

const systems = [
  'darwin',
  'win32',
  'linux',
  'linuxmusl',
  'android',
  'freebsd',
  'openbsd',
  'netbsd',
  'openharmony',
  'sunos',
  'aix',
];
const processors = {
  arm64: 'arm64',
  x64: 'x64',
  ia32: 'ia32',
  arm: 'arm',
  ppc64: 'ppc64',
  ppc64le: 'ppc64',
  s390x: 's390x',
  riscv64: 'riscv64',
  loong64: 'loong64',
  mips64el: 'mips64el',
  wasm32: 'wasm32',
};

/** Operating system, processor and C library that a package name speaks of. */
function platform(name) {
  const words = name.split('/').at(-1).split(/[-_.]/);
  const os = words.find((w) => systems.includes(w));
  const cpu = words.map((w) => processors[w.replace(/^armv\d.*/, 'arm').replace(/^arm$/, 'arm')]).find(Boolean);
  const musl = words.some((w) => w.includes('musl'));
  const gnu = words.some((w) => w.startsWith('gnu'));
  return {
    ...(cpu && { cpu: [cpu] }),
    ...(os && { os: [os === 'linuxmusl' ? 'linux' : os] }),
    ...(musl && { libc: ['musl'] }),
    ...(gnu && { libc: ['glibc'] }),
  };
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
let added = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(path === '' ? {} : (entry.optionalDependencies ?? {}))) {
    const key = `node_modules/${name}`;
    if (lock.packages[key] || lock.packages[`${path}/${key}`]) continue;
    const where = platform(name);
    if (!where.cpu && !where.os) {
      console.error(`${name} is no package of one platform; left out`);
      continue;
    }
    lock.packages[key] = {
      version: version.replace(/^[~^]/, ''),
      ...where,
      ...(entry.dev && { dev: true }),
      optional: true,
    };
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
console.log(`added ${added} packages of other platforms`);

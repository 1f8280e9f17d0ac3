import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

// For tests: writes a folder or a file as it is told and is killed, as by kill -9, before its nth rename (after the last one: 9).
const [what, path, before] = process.argv.slice(2);
const { rename, rm } = fs;
let left = Number(before);
const die = () => process.kill(process.pid, 'SIGKILL');
const count =
  <A extends unknown[]>(f: (...args: A) => Promise<void>) =>
  (...args: A) => {
    if (left-- === 0) die();
    return f(...args);
  };
fs.rename = count(rename);
fs.rm = count(rm);
syncBuiltinESMExports();

if (what === 'folder') {
  const { placeFolder } = await import('../place-folder.ts');
  await placeFolder(path!, async (folder) => {
    await fs.writeFile(`${folder}/file`, 'new');
    await fs.writeFile(`${folder}/marker`, '');
  });
} else {
  const { atomicWrite } = await import('../atomic.ts');
  await atomicWrite(path!, 'new');
}

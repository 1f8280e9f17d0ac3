import { expect, it } from 'vitest';
import { checkText, doctorCommand } from './doctor.ts';
import { runCommand } from './testing/run-command.ts';

it('writes one aligned line for each check, and what to do below', () => {
  expect(checkText({ name: 'node', state: 'ok', summary: '22.1.0' })).toBe('node     ok  22.1.0');
  expect(checkText({ name: 'webgpu', state: 'none', summary: 'no\nGPU' })).toBe('webgpu   –   no GPU');
  const [line, advice] = checkText({ name: 'native', state: 'no', summary: 'missing', advice: 'add it' }).split('\n');
  expect(line).toBe('native   no  missing');
  expect(advice).toBe('             → add it');
});

// Machines on which things work are diagnose.test.ts's; here every probe is stopped at once.
it('ends with 1 where nothing works', async () => {
  const { out, code } = await runCommand(doctorCommand(), ['--timeout', '0.1']);
  expect(code).toBe(1);
  expect(out).toMatch(/^yosegi \d/);
  expect(out).toMatch(/^native {3}no {2}it was stopped after 0\.1 s\n {13}→ set .*YOSEGI_DEVICE=wasm/m);
  expect(out).toMatch(/No runtime works here: see above what to do\.\n$/);
});

it('prints JSON', async () => {
  const { out, code } = await runCommand(doctorCommand(), ['--json', '--timeout', '0.1']);
  expect(code).toBe(1);
  const { works, device, checks } = JSON.parse(out);
  expect([works, device]).toEqual([false, null]);
  expect(checks[0]).toEqual({ name: 'node', state: 'ok', summary: process.versions.node });
});

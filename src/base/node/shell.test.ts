import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellPath } from './shell.ts';

describe('shellPath', () => {
  it('leaves plain paths alone and quotes the rest', () => {
    expect(shellPath('runs/parts-2_a.b', 'linux')).toBe('runs/parts-2_a.b');
    expect(shellPath('my runs/a', 'linux')).toBe("'my runs/a'");
    expect(shellPath("it's", 'linux')).toBe("'it'\\''s'");
    expect(shellPath('~/a', 'linux')).toBe("'~/a'");
    expect(shellPath('-x', 'linux')).toBe('./-x');
    expect(shellPath('', 'linux')).toBe("''");
    expect(shellPath('良品', 'linux')).toBe("'良品'");
    expect(shellPath('a\x1b[31m', 'linux')).toBe("$'a\\x1b[31m'");
    expect(shellPath('C:\\runs\\a b', 'win32')).toBe('"C:\\runs\\a b"');
    expect(shellPath('C:\\runs\\a', 'win32')).toBe('C:\\runs\\a');
  });

  it.runIf(process.platform === 'linux')('gives bash back the very word', () => {
    const unit = fc.oneof(
      fc.constantFrom(...' \'"\\$`!*?[](){}<>|&;#~\n\t\x1b\u202e良é-'),
      fc.string({ maxLength: 1 }),
    );
    const words = fc.sample(fc.string({ unit, minLength: 1, maxLength: 12 }), { numRuns: 300, seed: 1 });
    const usable = words.filter((w) => !w.includes('\0'));
    const script = `printf '%s\\0' ${usable.map((w) => shellPath(w, 'linux')).join(' ')}`;
    const back = execFileSync('bash', ['-c', script], { env: { LC_ALL: 'C.UTF-8' } }).toString();
    expect(back.split('\0').slice(0, -1)).toEqual(usable.map((w) => (w.startsWith('-') ? `./${w}` : w)));
  });
});

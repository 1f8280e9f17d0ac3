import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { commandsFor } from '../../src/cli/commands.ts';
import house from '../../src/rooms.json' with { type: 'json' };
import { commandsOf, type Told, wordsOf } from './commands.ts';
import { anchorsOf, brokenLinks, linksOf } from './links.ts';
import { codeOf, type Page, pagesOf } from './pages.ts';
import { roomsPicture } from './rooms-picture.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = pagesOf(root);
const page = (path: string): Page => pages.find((p) => p.path === path)!;
const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** Why a command cannot be what was meant; undefined where it can. */
async function wrong({ words }: Told): Promise<string | undefined> {
  const [program, verb, ...rest] = words;
  if (program === 'npm')
    return verb === 'run' && !(rest[0]! in scripts) ? `package.json has no '${rest[0]}'` : undefined;
  if (program === 'npx' && verb === 'yosegi') return wrong({ page: '', words: words.slice(1) });
  if (program !== 'yosegi' || verb === undefined) return undefined;
  if (verb === '--help' || verb === 'VERB') return undefined;
  const found = (await commandsFor(verb)).find((c) => c.name() === verb);
  if (!found) return `there is no verb '${verb}'`;
  if (rest.includes('--help')) return undefined;
  const command = found
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .action(() => {});
  try {
    await command.parseAsync(rest, { from: 'user' });
  } catch (error) {
    return String(error);
  }
  return undefined;
}

describe('the pages', () => {
  it('have no link that leads nowhere', () => {
    expect(pages.map((p) => p.path)).toContain('docs/architecture.md');
    expect(brokenLinks(root, pages)).toEqual([]);
  });

  it('tell no command that the command line refuses', async () => {
    const told = pages.filter((p) => !p.path.startsWith('reference/')).flatMap(commandsOf);
    expect(told.length).toBeGreaterThan(40);
    const bad: string[] = [];
    for (const t of told) {
      const why = await wrong(t);
      if (why !== undefined) bad.push(`${t.page}: ${t.words.join(' ')}: ${why}`);
    }
    expect(bad).toEqual([]);
  });

  it('show the house as it is: npm run docs draws docs/rooms.svg anew', () => {
    // How many imports an arc stands for may change without a new picture; which rooms and arcs there are may not.
    const shape = (svg: string) => svg.replaceAll(/stroke-width="[^"]*"/g, '');
    const drawn = readFileSync(new URL('../../docs/rooms.svg', import.meta.url), 'utf8');
    expect(shape(drawn)).toBe(shape(roomsPicture(fileURLToPath(new URL('../../src', import.meta.url)), house)));
  });
});

describe('README in Japanese', () => {
  const inline = (text: string) =>
    [...text.matchAll(/`([^`\n]+)`/g)].map((m) => m[1]!).filter((code) => /^(npm|npx|yosegi|--)/.test(code));
  /** Comments are in the language of the page. */
  const bare = (lines: readonly string[], language: string) =>
    lines
      .map((line) => (language === '' ? line.replace(/(^|\s+)#.*$/, '') : line.replace(/\s*\/\/.*$/, '')))
      .filter((line) => line.trim() !== '');
  const blocks = (p: Page) => codeOf(p.text).map(({ language, lines }) => ({ language, lines: bare(lines, language) }));

  it('has the code blocks of README.md', () => {
    expect(blocks(page('README.ja.md'))).toEqual(blocks(page('README.md')));
  });

  it('has the commands and options of README.md inside its sentences', () => {
    const [ja, en] = [page('README.ja.md'), page('README.md')].map((p) => [...new Set(inline(p.text))].sort());
    expect(ja).toEqual(en);
  });

  it('has the links and the numbers of README.md', () => {
    const numbers = (p: Page) => [...p.text.matchAll(/\d[\d,.]*\d|\d/g)].map((m) => m[0]);
    const [ja, en] = [page('README.ja.md'), page('README.md')];
    const others = (links: string[]) => links.filter((l) => !l.startsWith('README')).sort();
    expect(others(linksOf(ja.text))).toEqual(others(linksOf(en.text)));
    const missing = new Set(numbers(en).filter((n) => !numbers(ja).includes(n)));
    expect([...missing]).toEqual([]);
  });
});

describe('what checks them', () => {
  it('finds links to files and headings that are not there', () => {
    const text = [
      '# A heading, with `code`',
      '[here](#a-heading-with-code) [not](#elsewhere) [file](package.json) [none](none.md)',
      '[out](../x.md) [net](https://example.com/a) [bad](https://) `[code](none.md)`',
      '',
      '    [code](none.md)',
    ].join('\n');
    expect(brokenLinks(root, [{ path: 'x.md', text }])).toEqual([
      'x.md: (#elsewhere) names no heading there',
      'x.md: (none.md) is no file of the repository',
      'x.md: (../x.md) leads out of the repository',
      'x.md: (https://) is no address',
    ]);
    expect([...anchorsOf('# Twice\n\n# Twice\n\n## 日本語 の見出し')]).toEqual(['twice', 'twice-1', '日本語-の見出し']);
  });

  it('finds verbs, options and values that are not there', async () => {
    const text = [
      'Text:',
      '',
      '    yosegi train photos/ --epochs 3 --out runs/a && yosegi evaluate runs/a',
      '    yosegi eval runs/a --splits test   # a comment',
      '    yosegi train photos/ --out runs/a \\',
      '      --augment heavy',
      '    npm run nothing',
      '',
      '```ts',
      'yosegi(nonsense)',
      '```',
    ].join('\n');
    const told = commandsOf({ path: 'x.md', text });
    expect(told.map((t) => t.words.length)).toEqual([7, 3, 5, 7, 3]);
    const why = await Promise.all(told.map(wrong));
    expect(why[0]).toBeUndefined();
    expect(why[1]).toMatch(/no verb 'evaluate'/);
    expect(why[2]).toMatch(/unknown option '--splits'/);
    expect(why[3]).toMatch(/choices are/i);
    expect(why[4]).toMatch(/no 'nothing'/);
    expect(wordsOf(`a "b c" 'd e' f#g # h`)).toEqual(['a', 'b c', 'd e', 'f#g']);
  });
});

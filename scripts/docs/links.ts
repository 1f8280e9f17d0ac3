import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Page, proseOf } from './pages.ts';

/**
 * Links of pages that lead nowhere, one line each. Files and headings inside the repository are looked up; links to the network are
 * not followed, only their form is checked.
 */
export function brokenLinks(root: string, pages: readonly Page[]): string[] {
  const anchors = new Map(pages.map((page) => [page.path, anchorsOf(page.text)]));
  return pages.flatMap((page) =>
    linksOf(page.text).flatMap((link) => {
      const why = broken(root, page.path, link, anchors);
      return why === undefined ? [] : [`${page.path}: (${link}) ${why}`];
    }),
  );
}

function broken(root: string, from: string, link: string, anchors: ReadonlyMap<string, ReadonlySet<string>>) {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return URL.canParse(link) ? undefined : 'is no address';
  const [file, anchor] = link.split('#', 2) as [string, string?];
  const target = file === '' ? from : posix.normalize(posix.join(posix.dirname(from), decodeURI(file)));
  if (target.startsWith('..')) return 'leads out of the repository';
  if (target !== from && !existsSync(join(root, target))) return 'is no file of the repository';
  if (anchor === undefined) return undefined;
  if (!anchors.has(target)) return 'has no headings';
  return anchors.get(target)!.has(anchor) ? undefined : 'names no heading there';
}

/** The targets of all links and pictures of a page, in order. */
export function linksOf(text: string): string[] {
  const prose = proseOf(text).replaceAll(/`[^`]*`/g, '');
  const inline = [...prose.matchAll(/\]\(\s*<?([^()\s<>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const references = [...prose.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)];
  return [...inline, ...references].map((m) => m[1]!);
}

/** The anchors that GitHub gives the headings of a page. */
export function anchorsOf(text: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading] of proseOf(text).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const plain = heading!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[*`_]/g, '');
    const slug = plain
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    anchors.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return anchors;
}

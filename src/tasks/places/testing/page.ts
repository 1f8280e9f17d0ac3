/** What a reader sees: the page without its tags and style sheet. */
export function text(page: string): string {
  const visible = page.replace(/<style>.*?<\/style>/gs, '').replace(/<[^>]*>/g, ' ');
  const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"', '&#39;': "'" };
  return visible.replace(/&[#\w]+;/g, (entity) => entities[entity] ?? entity).replace(/\s+/g, ' ');
}

/** Elements that were opened and not closed, in order. */
export function unclosed(page: string): string[] {
  const empty = new Set(['meta', 'img', 'image', 'line', 'rect', 'path', 'circle', 'br']);
  const open: string[] = [];
  for (const [, close, tag] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/gi)) {
    if (empty.has(tag!)) continue;
    if (!close) open.push(tag!);
    else if (open.at(-1) === tag) open.pop();
    else return [...open, `/${tag}`];
  }
  return open;
}

/** What must hold for any page: well-formed, nothing unwritten, nothing fetched, links that lead somewhere, words for who does not see. */
export function faults(page: string): string[] {
  const found: string[] = unclosed(page).map((tag) => `unclosed ${tag}`);
  const unwritten = text(page).match(/undefined|NaN|Infinity|\bnull\b|\[object|\$\{/);
  if (unwritten) found.push(`unwritten: ${unwritten[0]}`);
  if (/NaN|undefined|Infinity/.test(page.replace(/<style>.*?<\/style>/gs, ''))) found.push('no number in an attribute');
  if (/<(script|link|iframe|object|embed|form|base)\b/i.test(page)) found.push('an active element');
  for (const [, address] of page.matchAll(/(?:\b(?:src|href)="|url\()([^")]*)/g)) {
    if (!/^(#|data:image\/)/.test(address!)) found.push(`address ${address}`);
    if (address!.startsWith('#') && !page.includes(`id="${address!.slice(1)}"`)) found.push(`no ${address}`);
  }
  for (const [svg] of page.matchAll(/<svg [^>]*>/g)) {
    if (!/aria-label="[^"]+"|aria-hidden="true"/.test(svg)) found.push(`no words for ${svg}`);
  }
  return found;
}

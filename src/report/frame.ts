import type { Lang } from '../page/format.ts';
import { type Content, html } from '../page/html.ts';
import { policy } from './policy.ts';
import { style } from './style.ts';

export interface Page {
  readonly lang: Lang;
  readonly title: string;
  /** The version of yosegi that found what the page tells. */
  readonly yosegi: string;
  readonly header: Content;
  /** Between header and sections. */
  readonly nav?: Content;
  readonly sections: Content;
  readonly foot: string;
}

/** A self-contained page: no script, no request; the policy keeps it so. */
export function framed({ lang, title, yosegi, header, nav, sections, foot }: Page): string {
  const whole = html`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="yosegi ${yosegi}">
<title>${title}</title>
${style}
</head>
<body>
${header}
${nav}
<main>
${sections}
</main>
<footer><p>${foot}</p></footer>
</body>
</html>
`;
  return whole.toString();
}

import { type Content, type Html, html, prose } from './html.ts';

/** A part of the page under its own heading. */
export function section(id: string, title: string, ...content: Content[]): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}
</section>`;
}

/** The sentence that stands where something has not been measured. */
export function missing(sentence: string): Html {
  return html`<p class="missing">${prose(sentence)}</p>`;
}

/** A name from a file or folder: kept apart from the sentence around it whatever its script. */
export function name(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}

/** A table that scrolls sideways by itself where the page is narrow; reachable by keyboard. */
export function scrolling(label: string, table: Html): Html {
  // biome-ignore format: one element a line
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${table}</div>`;
}

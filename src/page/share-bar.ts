import { type Html, html } from './html.ts';

/** A share of 0 … 1 below this is drawn as weak. */
const LOW = 0.85;

/** A share as written, a note in small print, and a bar of its length. */
export function shareBar(share: number, text: string, note = ''): Html {
  return html`${text}<small>${note}</small>${lengthBar(share, share < LOW)}`;
}

/** A bar of a share's length alone. */
export function lengthBar(share: number, weak = false): Html {
  return html`<span class="bar${weak && ' low'}" aria-hidden="true"><i style="width:${(share * 100).toFixed(1)}%"></i></span>`;
}

/** What stands where there is no number. */
export function dim(text: string): Html {
  return html`<span class="dim">${text}</span>`;
}

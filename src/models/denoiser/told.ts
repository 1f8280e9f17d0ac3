import type { RowTable } from '../network.ts';

/** Names of the parameters by which a denoiser is told what a picture should show. */
export const TELLING = /^(y_embedder|caption_embedder|text_encoder)\.|(^|\.)cross_attn\./;

/** Those of them with a row for each class, the last for none, for each token, and for each place in a caption. */
export const tellingTables: readonly RowTable[] = [
  { name: 'y_embedder.embedding_table.weight', of: 'class', axis: 0 },
  { name: 'text_encoder.token_embed.weight', of: 'token', axis: 0 },
  { name: 'text_encoder.pos_embed', of: 'place', axis: 1 },
];

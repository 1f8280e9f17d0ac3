/** The multiple of 8 nearest to `channels` (at least 8), the next one where that would fall below 90 % (timm's rule for widths). */
export function roundChannels(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}

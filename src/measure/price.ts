import { check } from '../base/errors.ts';

/** What a user assumes about power and prices; every result says them again. */
export interface Prices {
  /** Power of the whole machine under load, in watts. */
  readonly watts: number;
  readonly pricePerKwh: number;
  /** Rent of a comparable machine for an hour. */
  readonly pricePerCloudHour: number;
  readonly currency: string;
}

/** An office PC under load, a European industrial tariff, a small rented machine. Assumptions, not measurements. */
export const defaultPrices: Prices = { watts: 45, pricePerKwh: 0.3, pricePerCloudHour: 0.1, currency: 'EUR' };

/** What a million images cost. */
export interface MillionCost extends Prices {
  readonly secondsPerMillion: number;
  readonly energyKwhPerMillion: number;
  readonly energyCostPerMillion: number;
  readonly cloudCostPerMillion: number;
}

/** The cost of a million images at a measured speed, the machine doing nothing else meanwhile. */
export function costOfMillion(imagesPerSecond: number, prices: Prices = defaultPrices): MillionCost {
  check(imagesPerSecond > 0, () => `the speed must be above 0 images a second, got ${imagesPerSecond}`);
  for (const key of ['watts', 'pricePerKwh', 'pricePerCloudHour'] as const) {
    check(Number.isFinite(prices[key]) && prices[key] >= 0, () => `${key} must be 0 or more, got ${prices[key]}`);
  }
  const seconds = 1e6 / imagesPerSecond;
  const kwh = (prices.watts * seconds) / 3.6e6;
  return {
    watts: prices.watts,
    pricePerKwh: prices.pricePerKwh,
    pricePerCloudHour: prices.pricePerCloudHour,
    currency: prices.currency,
    secondsPerMillion: seconds,
    energyKwhPerMillion: kwh,
    energyCostPerMillion: kwh * prices.pricePerKwh,
    cloudCostPerMillion: (seconds / 3600) * prices.pricePerCloudHour,
  };
}

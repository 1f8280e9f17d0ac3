import { describe, expect, it } from 'vitest';
import { costOfMillion, defaultPrices } from './price.ts';

describe('costOfMillion', () => {
  it('works out time, energy and rent', () => {
    const cost = costOfMillion(100, { watts: 45, pricePerKwh: 0.3, pricePerCloudHour: 0.1, currency: 'EUR' });
    expect(cost.secondsPerMillion).toBe(10_000);
    expect(cost.energyKwhPerMillion).toBeCloseTo(0.125, 12);
    expect(cost.energyCostPerMillion).toBeCloseTo(0.0375, 12);
    expect(cost.cloudCostPerMillion).toBeCloseTo(10_000 / 36_000, 12);
    expect(cost).toMatchObject({ watts: 45, pricePerKwh: 0.3, pricePerCloudHour: 0.1, currency: 'EUR' });
  });

  it('halves everything at twice the speed', () => {
    const [slow, fast] = [costOfMillion(10), costOfMillion(20)];
    for (const key of [
      'secondsPerMillion',
      'energyKwhPerMillion',
      'energyCostPerMillion',
      'cloudCostPerMillion',
    ] as const)
      expect(fast[key]).toBeCloseTo(slow[key] / 2, 9);
  });

  it('refuses speeds and prices that mean nothing', () => {
    expect(() => costOfMillion(0)).toThrow(/above 0/);
    expect(() => costOfMillion(1, { ...defaultPrices, watts: -1 })).toThrow(/watts/);
    expect(() => costOfMillion(1, { ...defaultPrices, pricePerKwh: Number.NaN })).toThrow(/pricePerKwh/);
  });
});

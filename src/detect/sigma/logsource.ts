// What a rule says of the logs that it is for.

import { z } from 'zod';

const word = z
  .string()
  .max(200)
  .transform((text) => text.toLowerCase());

export const logsourceShape = z
  .looseObject({
    category: word.nullish(),
    product: word.nullish(),
    service: word.nullish(),
  })
  .transform(
    ({ category, product, service }): Logsource => ({
      ...(category != null && { category }),
      ...(product != null && { product }),
      ...(service != null && { service }),
    }),
  )
  .refine((logsource) => Object.keys(logsource).length > 0, { error: 'expected a category, a product or a service' });

/** In lower case; at least one of them. */
export interface Logsource {
  readonly category?: string;
  readonly product?: string;
  readonly service?: string;
}

/** Whether all that `wanted` says is said by `logsource` too. */
export function isWithin(logsource: Logsource, wanted: Logsource): boolean {
  return (['category', 'product', 'service'] as const).every(
    (key) => wanted[key] === undefined || wanted[key] === logsource[key],
  );
}

/** `windows process_creation`. */
export function logsourceText({ category, product, service }: Logsource): string {
  return [product, category, service].filter((part) => part !== undefined).join(' ');
}

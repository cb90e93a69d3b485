import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { sourceKinds } from './index.ts';
import type { SourceKind } from './source-kind.ts';

const needed: Record<string, object> = { file: { paths: ['a.log'] }, tcp: { listen: '127.0.0.1:0' } };

for (const [name, kind] of Object.entries<SourceKind>(sourceKinds)) {
  test(`${name}: makes a source of its kind, which has read nothing yet; every setting is described`, () => {
    const context = { clock: { now: () => 0 }, positions: new Map(), workspace: '/', stdin: Readable.from([]) };
    const source = kind.create('x', kind.settings.parse(needed[name] ?? {}), context);
    expect([source.id, source.kind, source.health().state]).toEqual(['x', name, 'starting']);
    const descriptions = Object.values(kind.settings.shape).map(({ description }) => String(description));
    for (const description of descriptions) expect(description).toMatch(/\w.*\.$/);
  });
}

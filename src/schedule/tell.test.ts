import { expect, test } from 'vitest';
import type { AlertStore } from '../core/alert-store.ts';
import type { Window } from '../core/schedule.ts';
import { tellByAlerts } from './tell.ts';

type Raised = Parameters<AlertStore['alarm']>[0];

const window: Window = { from: Date.UTC(2026, 2, 1), to: Date.UTC(2026, 2, 2) };

async function raised(trouble: Parameters<ReturnType<typeof tellByAlerts>>[0]): Promise<readonly Raised[]> {
  const all: Raised[] = [];
  const alerts = {
    async alarm(raise: Raised) {
      all.push(raise);
      return [];
    },
  };
  await tellByAlerts({ id: 'correlations', alerts })(trouble);
  return all;
}

test('a gap is told at once, and all gaps under one dedup string', async () => {
  expect(await raised({ kind: 'gap', window })).toMatchObject([
    {
      mark: `gap:correlations:${window.from}:${window.to}`,
      received: window.to,
      groups: [
        {
          detection: 'Tocsin.Schedule',
          dedup: 'gap',
          isError: false,
          sample: {
            title:
              'correlations: nothing ran over the records received from 2026-03-01T00:00:00.000Z to 2026-03-02T00:00:00.000Z; a back-fill does',
          },
        },
      ],
    },
  ]);
});

const fail = (failures: number) => raised({ kind: 'failed', window, message: 'down', failures });

test('a failure of what is no detection is told, too, when it lasts', async () => {
  expect(await fail(2)).toEqual([]);
  expect(await fail(3)).toMatchObject([
    { groups: [{ detection: 'Tocsin.Schedule', dedup: 'correlations', sample: { title: 'correlations: down' } }] },
  ]);
  // Nobody may have heard the third.
  expect((await fail(4)).map(({ mark }) => mark)).toEqual((await fail(3)).map(({ mark }) => mark));
});

// /detections: what is looked for, and how healthy each detection is.

import { z } from 'zod';
import type { App, DetectionStatus } from '../app-port.ts';
import { detectionLanguages } from '../core/detection.ts';
import { severities } from '../core/severity.ts';
import type { Server } from './route.ts';

const DetectionAnswer = z
  .object({
    id: z.string(),
    displayName: z.string(),
    description: z.string(),
    language: z.enum(detectionLanguages),
    file: z.string().describe('Relative to the workspace'),
    enabled: z.boolean(),
    logTypes: z.array(z.string()),
    severity: z.enum(severities),
    dedupPeriodMinutes: z.number(),
    threshold: z.number(),
    createAlert: z.boolean(),
    runbook: z.string(),
    reference: z.string(),
    destinations: z.array(z.string()),
    tags: z.array(z.string()),
    reports: z.record(z.string(), z.array(z.string())),
    state: z.enum(['healthy', 'failing', 'quarantined', 'disabled']),
    message: z.string().describe('Why it is in that state'),
    signals: z.number(),
    errors: z.number(),
  })
  .meta({ id: 'Detection', description: 'A detection and its health' });

function detectionAnswer({ detection, ...health }: DetectionStatus): z.input<typeof DetectionAnswer> {
  return {
    ...detection,
    ...health,
    logTypes: [...detection.logTypes],
    destinations: [...detection.destinations],
    tags: [...detection.tags],
    reports: Object.fromEntries(Object.entries(detection.reports).map(([name, values]) => [name, [...values]])),
  };
}

export function detectionRoutes(server: Server, app: App): void {
  server.get(
    '/api/v1/detections',
    {
      schema: {
        operationId: 'listDetections',
        summary: 'Detections with their health',
        tags: ['detections'],
        response: {
          200: z
            .object({ items: z.array(DetectionAnswer) })
            .meta({ id: 'DetectionList', description: 'All detections' }),
        },
      },
    },
    async () => ({ items: app.detections().map(detectionAnswer) }),
  );
}

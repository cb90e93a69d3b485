// /metrics: the program's own counters, those of the process, and those of this server, for Prometheus.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { z } from 'zod';
import type { App, Metric } from '../app-port.ts';
import { prometheusType, renderMetrics } from './prometheus.ts';
import type { Server } from './route.ts';

/** The histogram is of times between two looks, so it never shows less than this. */
const lagResolutionMs = 10;

/** Call it before the first route is added: it counts what is answered. */
export function metricsRoutes(server: Server, app: App): void {
  const lag = monitorEventLoopDelay({ resolution: lagResolutionMs });
  lag.enable();
  const answered = new Map<string, { readonly labels: Record<string, string>; value: number }>();
  server.addHook('onResponse', async (request, reply) => {
    const labels = {
      method: request.routeOptions.url === undefined ? '' : request.method,
      route: request.routeOptions.url ?? '',
      status: `${reply.statusCode}`,
    };
    const key = Object.values(labels).join(' ');
    const sample = answered.get(key) ?? { labels, value: 0 };
    sample.value += 1;
    answered.set(key, sample);
  });
  server.addHook('onClose', async () => {
    lag.disable();
  });

  server.get(
    '/metrics',
    {
      schema: {
        operationId: 'getMetrics',
        summary: 'Counters in the text form of Prometheus',
        tags: ['status'],
        response: {
          200: { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } },
        },
      },
    },
    async (_request, reply) => {
      const requests: Metric = {
        name: 'tocsin_http_requests_total',
        help: 'Requests answered by the API',
        type: 'counter',
        samples: [...answered.values()],
      };
      const text = renderMetrics([...app.metrics(), ...processMetrics(lag), requests]);
      lag.reset();
      return reply.type(prometheusType).serializer(String).send(text);
    },
  );
}

function processMetrics(lag: ReturnType<typeof monitorEventLoopDelay>): readonly Metric[] {
  const { user, system } = process.cpuUsage();
  const memory = process.memoryUsage();
  const lagSamples = ([50, 99, 100] as const).map((percentile) => ({
    labels: { quantile: `${percentile / 100}` },
    value: Math.max(0, lag.percentile(percentile) / 1e9 - lagResolutionMs / 1000),
  }));
  return [
    single('process_resident_memory_bytes', 'Resident memory of the process', 'gauge', memory.rss),
    single('process_heap_bytes', "Heap in use by the main thread's JavaScript", 'gauge', memory.heapUsed),
    single('process_cpu_seconds_total', 'CPU time of the process', 'counter', (user + system) / 1e6),
    single('process_uptime_seconds', 'Since the process started', 'gauge', process.uptime()),
    {
      name: 'tocsin_event_loop_lag_seconds',
      help: 'How late the main thread was since the last scrape',
      type: 'gauge',
      samples: lagSamples,
    },
  ];
}

function single(name: string, help: string, type: Metric['type'], value: number): Metric {
  return { name, help, type, samples: [{ labels: {}, value }] };
}

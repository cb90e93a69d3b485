// Metrics as Prometheus reads them: text exposition format 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/).

import type { Metric } from '../app-port.ts';

export const prometheusType = 'text/plain; version=0.0.4; charset=utf-8';

/** Each name once: of metrics with the same name the first holds. Values of labels may be any text. */
export function renderMetrics(metrics: readonly Metric[]): string {
  const byName = new Map<string, Metric>();
  for (const metric of metrics) {
    if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(metric.name)) throw new Error(`bug: metric name ${metric.name}`);
    if (!byName.has(metric.name)) byName.set(metric.name, metric);
  }
  return [...byName.values()].map(renderMetric).join('');
}

function renderMetric({ name, help, type, samples }: Metric): string {
  const lines = samples.map(({ labels, value }) => `${name}${renderLabels(labels)} ${renderValue(value)}\n`);
  return `# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([label, value]) => `${label}="${escapeText(value).replaceAll('"', '\\"')}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function renderValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return `${value}`;
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

// The process of Pyodide, started under `node --permission` by python-engine.ts. Python has a thread of its own, which
// talks with our parent; this thread ticks, so that Python looks up from what it does. It imports nothing of ours.

import { Worker } from 'node:worker_threads';

const tickMs = 250;
const sigint = 2;
const [, , pythonFolder, memoryBytes] = process.argv;
const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const interrupt = new Uint8Array(new SharedArrayBuffer(1));
const thread = new Worker(new URL(`./pyodide-thread.${ending}`, import.meta.url), {
  workerData: { interrupt, pythonFolder, memoryBytes: Number(memoryBytes) },
});
thread.on('error', (error) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
setInterval(() => {
  interrupt[0] = sigint;
}, tickMs).unref();

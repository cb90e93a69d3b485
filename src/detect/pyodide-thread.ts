// Python inside Pyodide, on the pipes of this process: see pyodide-host.ts. It imports nothing of ours.

import { constants, readdirSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { loadPyodide } from 'pyodide';

const told: { readonly interrupt: Uint8Array; readonly pythonFolder: string; readonly memoryBytes: number } =
  workerData;

// Under --permission Pyodide asks for the one binding that is denied, and needs nothing else of it.
Object.defineProperty(process, 'binding', {
  value: (name: string): object => {
    if (name === 'constants') return { fs: constants, os: {} };
    throw new Error(`binding ${name} is denied`);
  },
});

declare const WebAssembly: {
  readonly Memory: { prototype: Memory };
};
interface Memory {
  readonly buffer: ArrayBuffer;
  grow: (this: Memory, pages: number) => number;
}

// JavaScript's resource limits do not count WebAssembly's memory.
const grow = WebAssembly.Memory.prototype.grow;
WebAssembly.Memory.prototype.grow = function growWithin(this: Memory, pages: number): number {
  if (this.buffer.byteLength + pages * 65_536 > told.memoryBytes) throw new RangeError('memory limit');
  return grow.call(this, pages);
};

const python = await loadPyodide({ env: { PYTHONHASHSEED: '0', TZ: 'UTC' }, jsglobals: Object.create(null) });
python.setStdin({ read: (buffer: Uint8Array) => readSync(0, buffer), isatty: false });
python.setStdout({ write: (buffer: Uint8Array) => writeAll(1, buffer), isatty: false });
python.setStderr({ write: (buffer: Uint8Array) => writeAll(2, buffer), isatty: false });
copyFolder(told.pythonFolder, '/tocsin');
python.runPython(`import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.path.insert(0, "/tocsin")
import tocsin_rules`);
python.setInterruptBuffer(told.interrupt);
python.runPython('tocsin_rules.serve()');

function copyFolder(from: string, to: string): void {
  python.FS.mkdir(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const path = join(from, entry.name);
    if (entry.isDirectory()) copyFolder(path, `${to}/${entry.name}`);
    else if (entry.name.endsWith('.py')) python.FS.writeFile(`${to}/${entry.name}`, readFileSync(path));
  }
}

function writeAll(file: number, bytes: Uint8Array): number {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(file, bytes, done);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
  return bytes.length;
}

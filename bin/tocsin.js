#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --max-semi-space-size=4
// Starts tocsin on a Node that is new enough: this one, or the one that came as an optional package. Old syntax only, as
// it must run on old Node to say so. The main thread makes little garbage: a small young generation (MB) there saves a
// hundred megabytes; workers have their own. Threads share two heaps of the C library rather than keeping what they freed
// in one each: another hundred.
'use strict';

var childProcess = require('child_process');
var fs = require('fs');
var path = require('path');
var url = require('url');

var wanted = [22, 18];
var root = path.join(__dirname, '..');
// A checkout has its sources only, which Node runs as they are.
var main = path.join(root, 'dist', 'main.js');
if (!fs.existsSync(main)) main = path.join(root, 'src', 'main.ts');

function isNewEnough(version) {
  var parts = version.split('.').map(Number);
  return parts[0] > wanted[0] || (parts[0] === wanted[0] && parts[1] >= wanted[1]);
}

/** Of the optional package for this system; undefined where there is none. */
function packagedNode() {
  var name = 'node-' + (process.platform === 'win32' ? 'win' : process.platform) + '-' + process.arch;
  try {
    var folder = path.dirname(require.resolve(name + '/package.json'));
    var file = path.join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return fs.existsSync(file) ? file : undefined;
  } catch (missing) {
    if (missing.code !== 'MODULE_NOT_FOUND') throw missing;
    return undefined;
  }
}

/** Signals are passed on, and the child's end is this process's end. */
function runOn(node) {
  var child = childProcess.spawn(node, ['--max-semi-space-size=4', main].concat(process.argv.slice(2)), {
    stdio: 'inherit',
    env: Object.assign({ MALLOC_ARENA_MAX: '2' }, process.env),
  });
  // A terminal sends Ctrl-C to both: passed on it would count twice.
  process.on('SIGINT', function () {});
  ['SIGTERM', 'SIGHUP'].forEach(function (signal) {
    process.on(signal, function () {
      child.kill(signal);
    });
  });
  child.on('error', function (error) {
    process.stderr.write('error: cannot start ' + node + ': ' + error.message + '\n');
    process.exit(1);
  });
  child.on('exit', function (code, signal) {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

if (isNewEnough(process.versions.node)) {
  import(url.pathToFileURL(main).href).catch(function (error) {
    console.error(error);
    process.exit(70);
  });
} else {
  var node = packagedNode();
  if (node === undefined) {
    process.stderr.write(
      'error: tocsin needs Node.js ' + wanted.join('.') + ' or newer, and this is ' + process.versions.node + '\n',
    );
    process.exit(1);
  } else {
    runOn(node);
  }
}

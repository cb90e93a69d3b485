// The promises of PythonRules on Pyodide, which takes seconds to start: every rule that ends the process costs a start.

import { describe } from 'vitest';
import { describePythonRules } from '../../src/detect/python-host.suite.ts';

describe('Python rules in Pyodide behind node --permission', () => {
  describePythonRules(
    { engine: 'pyodide' },
    {
      EatsMemory: { reason: 'a word has 32 bits', error: /^OverflowError/, quarantined: false },
      CallsC: { reason: 'Node refuses, Pyodide ends', error: /--allow-child-process/, quarantined: true },
    },
  );
});

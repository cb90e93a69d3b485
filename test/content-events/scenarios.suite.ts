// Every detection that the content brings and that raises alerts, with what makes it fire and what does not.

import { accountScenarios } from './account-scenarios.suite.ts';
import { loginScenarios } from './login-scenarios.suite.ts';
import { networkScenarios } from './network-scenarios.suite.ts';
import type { Scenarios } from './scenario.suite.ts';
import { sourceScenarios } from './source-scenarios.suite.ts';
import { travelScenarios } from './travel-scenarios.suite.ts';
import { webScenarios } from './web-scenarios.suite.ts';

/** By the detection's id. */
export const scenarios: Readonly<Record<string, Scenarios>> = {
  ...loginScenarios,
  ...travelScenarios,
  ...accountScenarios,
  ...networkScenarios,
  ...webScenarios,
  ...sourceScenarios,
};

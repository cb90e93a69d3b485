// strftime formats, compiled to code over char codes. For reading only.

import { dayMs, daysFromCivil, isDate, isLeap } from './calendar.ts';
import * as parts from './time-part.ts';

const composed: Readonly<Record<string, string>> = { T: '%H:%M:%S', D: '%m/%d/%y', F: '%Y-%m-%d', R: '%H:%M' };

const digit = 'c = t.charCodeAt(i) - 48; if (!(c >= 0 && c <= 9)) return NaN;';
const nextDigit = 'c = t.charCodeAt(++i) - 48;';

/** Code for exactly so many digits. */
function exactly(count: number, name: string): string {
  return `${digit} ${name} = c;` + ` i++; ${digit} ${name} = ${name} * 10 + c;`.repeat(count - 1) + ' i++;';
}

/** Code for one or two digits; some writers put a space for the first. */
function oneOrTwo(name: string, least: number, most: number): string {
  return `if (t.charCodeAt(i) === 32) i++; ${digit} ${name} = c; ${nextDigit}
    if (c >= 0 && c <= 9) { ${name} = ${name} * 10 + c; i++; } if (${name} < ${least} || ${name} > ${most}) return NaN;`;
}

const monthStep = 'month = parts.monthName(t, i) + 1; if (month === 0) return NaN; i = parts.cursor;';
const weekdayStep = 'if (parts.weekdayName(t, i) < 0) return NaN; i = parts.cursor;';
const fractionStep = 'ms = parts.fraction(t, i); if (ms < 0) return NaN; i = parts.cursor;';
const spaceStep =
  'c = i; while (t.charCodeAt(i) === 32 || t.charCodeAt(i) >= 9 && t.charCodeAt(i) <= 13) i++; if (i === c) return NaN;';

/** What each directive reads, as code over the text `t` at `i`. */
const directives: Readonly<Record<string, string>> = {
  Y: exactly(4, 'year'),
  y: `${exactly(2, 'year')} year += year < 69 ? 2000 : 1900;`,
  m: oneOrTwo('month', 1, 12),
  b: monthStep,
  B: monthStep,
  h: monthStep,
  a: weekdayStep,
  A: weekdayStep,
  d: oneOrTwo('day', 1, 31),
  e: oneOrTwo('day', 1, 31),
  j: 'dayOfYear = parts.digits(t, i, 3); if (dayOfYear < 1 || dayOfYear > 366) return NaN; i = parts.cursor;',
  H: oneOrTwo('hour', 0, 23),
  I: `${oneOrTwo('hour', 1, 12)} hour %= 12;`,
  p: `c = t.charCodeAt(i) | 32; if ((c !== 97 && c !== 112) || (t.charCodeAt(i + 1) | 32) !== 109) return NaN;
    isAfternoon = c === 112; i += 2;`,
  M: oneOrTwo('minute', 0, 59),
  S: oneOrTwo('second', 0, 60),
  f: fractionStep,
  L: fractionStep,
  z: 'offset = parts.zone(t, i); if (offset !== offset) return NaN; i = parts.cursor;',
  Z: `if (t.startsWith('UTC', i) || t.startsWith('GMT', i)) i += 3; else if (t.charCodeAt(i) === 90) i++; else return NaN;`,
  // It says all by itself; only a fraction may be added.
  s: `c = t.charCodeAt(i) === 45 ? 1 : 0; second = parts.digits(t, i + c, 12); if (second < 0) return NaN;
    if (c === 1) second = -second; year = 1970; month = day = 1; i = parts.cursor;`,
  n: spaceStep,
  t: spaceStep,
  '%': literal('%'),
};

function literal(char: string): string {
  return `if (t.charCodeAt(i) !== ${char.charCodeAt(0)}) return NaN; i++;`;
}

/** The code that reads the format, or the rest of a sentence that says what is wrong with it. */
function compileSteps(format: string): { readonly steps: readonly string[] } | { readonly problem: string } {
  const steps: string[] = [];
  const text = format.replace(/%([TDFR])/g, (_, letter: string) => composed[letter] ?? '');
  for (let index = 0; index < text.length; index++) {
    const char = text.charAt(index);
    if (char !== '%') {
      // A space stands for one or more.
      steps.push(char === ' ' ? spaceStep : literal(char));
      continue;
    }
    const letter = text.charAt(++index);
    if (letter === '') return { problem: 'ends in a lone %' };
    const step = Object.hasOwn(directives, letter) ? directives[letter] : undefined;
    if (step === undefined) return { problem: `has the unknown directive %${letter}` };
    steps.push(step);
  }
  return { steps };
}

/** The rest of a sentence that says what is wrong with the format; undefined for a good one. */
export function strftimeProblem(format: string): string | undefined {
  const compiled = compileSteps(format);
  return 'problem' in compiled ? compiled.problem : undefined;
}

/** Straight code per format: three to four times faster than steps that are interpreted. The code holds nothing of the
 *  format but character codes. */
export function compileStrftime(format: string): (text: string, received: number) => number {
  const compiled = compileSteps(format);
  if ('problem' in compiled) throw new Error(`bug: time format '${format}' ${compiled.problem}`);
  const body = `return function strftime(t, received) {
    let i = 0, c = 0, year = -1, month = -1, day = -1, dayOfYear = -1, hour = 0, minute = 0, second = 0, ms = 0;
    let offset = 0, isAfternoon = false;
    ${compiled.steps.join('\n')}
    if (i !== t.length) return NaN;
    if (isAfternoon) hour += 12;
    const clock = ((hour * 60 + minute - offset) * 60 + second) * 1000 + ms;
    return dayStart(year, month, day, dayOfYear, clock, received) + clock;
  };`;
  // oxlint-disable-next-line typescript/no-implied-eval, typescript/no-unsafe-type-assertion -- see above
  return new Function('parts', 'dayStart', body)(parts, dayStart) as (text: string, received: number) => number;
}

/** Epoch ms of the day's midnight, or NaN. -1 stands for what the format does not say. */
function dayStart(
  year: number,
  month: number,
  day: number,
  dayOfYear: number,
  clock: number,
  received: number,
): number {
  return (
    (dayOfYear < 0 ? dateDays(year, month, day, clock, received) : yearDays(year, dayOfYear, clock, received)) * dayMs
  );
}

let yearReceived = Number.NaN;
let yearAfter = 0;
/** The year after that of the arrival. */
function latestYear(received: number): number {
  if (received !== yearReceived) {
    yearAfter = new Date(received).getUTCFullYear() + 1;
    yearReceived = received;
  }
  return yearAfter;
}

function dateDays(year: number, month: number, day: number, clock: number, received: number): number {
  if (year < 0 && month < 0 && day < 0) return Math.round((received - clock) / dayMs);
  const knownMonth = month < 0 ? 1 : month;
  const knownDay = day < 0 ? 1 : day;
  if (year >= 0) return isDate(year, knownMonth, knownDay) ? daysFromCivil(year, knownMonth, knownDay) : Number.NaN;
  const latest = latestYear(received);
  for (let candidate = latest; candidate > latest - 10; candidate--) {
    if (!isDate(candidate, knownMonth, knownDay)) continue;
    const days = daysFromCivil(candidate, knownMonth, knownDay);
    if (days * dayMs + clock <= received + dayMs) return days;
  }
  return Number.NaN;
}

function yearDays(year: number, dayOfYear: number, clock: number, received: number): number {
  if (year >= 0) {
    return dayOfYear === 366 && !isLeap(year) ? Number.NaN : daysFromCivil(year, 1, 1) + dayOfYear - 1;
  }
  const latest = latestYear(received);
  for (let candidate = latest; candidate > latest - 10; candidate--) {
    if (dayOfYear === 366 && !isLeap(candidate)) continue;
    const days = daysFromCivil(candidate, 1, 1) + dayOfYear - 1;
    if (days * dayMs + clock <= received + dayMs) return days;
  }
  return Number.NaN;
}

// Times in log records to epoch milliseconds, and back to the text that rules and the store see.
// Formats: reference of Panther's `timeFormats`: rfc3339, unix, unix_ms, unix_us, unix_ns, or strftime.

import { dayMs, daysFromCivil, firstTime, isDate, lastTime } from './calendar.ts';
import { compileStrftime, strftimeProblem } from './strftime.ts';
import { cursor, digits, fraction, twoDigits, zone } from './time-part.ts';

/** Epoch ms with microseconds as decimals; NaN when the text does not fit the format. `received` (epoch ms) decides what
 *  the format leaves open: without a year the time is the latest that is no more than a day ahead of it, without any date
 *  the nearest. Without a zone times are UTC. */
export type TimeParser = (text: string, received: number) => number;

function parseRfc3339(text: string): number {
  const { length } = text;
  if (length < 20 || length > 40 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return Number.NaN;
  if (text.charCodeAt(10) !== 84 || text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return Number.NaN;
  const century = twoDigits(text, 0);
  const yearOfCentury = twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  const year = century * 100 + yearOfCentury;
  if (century < 0 || yearOfCentury < 0 || year === 0 || !isDate(year, month, day)) return Number.NaN;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return Number.NaN;
  let index = 19;
  let ms = 0;
  if (text.charCodeAt(19) === 46) {
    ms = fraction(text, 20);
    if (ms < 0) return Number.NaN;
    index = cursor;
  }
  let offset = 0;
  if (text.charCodeAt(index) === 90) index++;
  else {
    if (text.charCodeAt(index + 3) !== 58) return Number.NaN;
    offset = zone(text, index);
    if (Number.isNaN(offset)) return Number.NaN;
    index = cursor;
  }
  if (index !== length) return Number.NaN;
  return daysFromCivil(year, month, day) * dayMs + ((hour * 60 + minute - offset) * 60 + second) * 1000 + ms;
}

/** Units of a millisecond or less (`perMs` of them make one) or of more (each is `msPer`), since 1970. */
function unixParser(perMs: number, msPer: number): TimeParser {
  return (text) => {
    let index = 0;
    const negative = text.charCodeAt(0) === 45;
    if (negative) index = 1;
    let value = digits(text, index, 20);
    if (value < 0) return Number.NaN;
    let micros = 0;
    if (cursor < text.length) {
      if (text.charCodeAt(cursor) === 46) {
        micros = fraction(text, cursor + 1);
        if (micros < 0) return Number.NaN;
      }
      if (cursor < text.length) {
        // Exponents (1.6e9) are rare: JSON writers use them for large floats only.
        if (text.length > 40 || !/^-?\d+(?:\.\d+)?[eE]\+?\d\d?$/.test(text)) return Number.NaN;
        value = Math.abs(Number(text));
        micros = 0;
      }
    }
    const ms = (value * msPer) / perMs + (msPer === 1000 ? micros : (micros * msPer) / 1000 / perMs);
    const time = Math.round((negative ? -ms : ms) * 1000) / 1000;
    return time >= firstTime && time <= lastTime ? time : Number.NaN;
  };
}

const named: Readonly<Record<string, () => TimeParser>> = {
  rfc3339: () => parseRfc3339,
  unix: () => unixParser(1, 1000),
  unix_ms: () => unixParser(1, 1),
  unix_us: () => unixParser(1000, 1),
  unix_ns: () => unixParser(1_000_000, 1),
};

/** What is wrong with a format, for the person who wrote it; undefined for a good one. */
export function timeFormatProblem(format: string): string | undefined {
  if (Object.hasOwn(named, format)) return undefined;
  const names = Object.keys(named).join(', ');
  if (!format.includes('%'))
    return `time format '${format}' is none of ${names} and has no strftime directive (%Y, ...)`;
  const problem = strftimeProblem(format);
  return problem === undefined ? undefined : `time format '${format}' ${problem}`;
}

/** Compiled once per field. Throws for a format that `timeFormatProblem` refuses. Keeps its last answer, since
 *  neighbouring records mostly have the same second. */
export function compileTimeFormat(format: string): TimeParser {
  const parser = Object.hasOwn(named, format) ? named[format] : undefined;
  return remember(parser === undefined ? compileStrftime(format) : parser());
}

function remember(parse: TimeParser): TimeParser {
  let lastText = '';
  let lastReceived = Number.NaN;
  let last = Number.NaN;
  return (text, received) => {
    if (text === lastText && received === lastReceived) return last;
    last = parse(text, received);
    lastText = text;
    lastReceived = received;
    return last;
  };
}

const padded2 = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, '0'));
const padded3 = Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, '0'));
let textDay = Number.NaN;
let textDate = '';
let textSecond = Number.NaN;
let textTime = '';

/** `YYYY-MM-DD HH:MM:SS.fff`, UTC, cut to milliseconds: how rules and the store write a time. Years 1 to 9999. */
export function formatTime(time: number): string {
  const ms = Math.floor(time);
  const second = Math.floor(ms / 1000);
  if (second !== textSecond) {
    const day = Math.floor(second / 86_400);
    if (day !== textDay) {
      textDate = `${new Date(day * dayMs).toISOString().slice(0, 10)} `;
      textDay = day;
    }
    const rest = second - day * 86_400;
    const minutes = (rest / 60) | 0;
    textTime = `${textDate}${padded2[(minutes / 60) | 0]}:${padded2[minutes % 60]}:${padded2[rest % 60]}.`;
    textSecond = second;
  }
  return textTime + padded3[ms - second * 1000];
}

// The numbers and names of which times in log records are made, read on char codes.

/** Where the last `digits`, `fraction`, `zone` or a name stopped reading. */
export let cursor = 0;

/** At most so many decimal digits; -1 where there is none. */
export function digits(text: string, from: number, most: number): number {
  let value = 0;
  let index = from;
  const end = Math.min(text.length, from + most);
  for (; index < end; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  cursor = index;
  return index === from ? -1 : value;
}

/** Digits after the decimal point to milliseconds, cut to whole microseconds. */
export function fraction(text: string, from: number): number {
  let micros = 0;
  let scale = 100_000;
  let index = from;
  for (; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) break;
    micros += digit * scale;
    scale = scale > 1 ? scale / 10 : 0;
  }
  cursor = index;
  return index === from ? -1 : micros / 1000;
}

/** Exactly two digits; -1 for anything else. Leaves the cursor alone. */
export function twoDigits(text: string, from: number): number {
  const tens = text.charCodeAt(from) - 48;
  const ones = text.charCodeAt(from + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

/** `Z`, `+hhmm`, `+hh:mm`, `+hh` to minutes east of UTC; NaN for anything else. */
export function zone(text: string, from: number): number {
  const sign = text.charCodeAt(from);
  if (sign === 90) {
    cursor = from + 1;
    return 0;
  }
  const hours = twoDigits(text, from + 1);
  if ((sign !== 43 && sign !== 45) || hours < 0 || hours > 23) return Number.NaN;
  const colon = text.charCodeAt(from + 3) === 58 ? 1 : 0;
  const minutes = twoDigits(text, from + 3 + colon);
  if (minutes > 59 || (minutes < 0 && colon === 1)) return Number.NaN;
  cursor = minutes < 0 ? from + 3 : from + 5 + colon;
  const offset = hours * 60 + Math.max(0, minutes);
  return sign === 43 ? offset : -offset;
}

const monthNames = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const weekdayNames = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

function threeLetters(text: string, from: number): number {
  return (
    ((text.charCodeAt(from) | 32) << 16) | ((text.charCodeAt(from + 1) | 32) << 8) | (text.charCodeAt(from + 2) | 32)
  );
}
const monthCodes = new Map(monthNames.map((name, index) => [threeLetters(name, 0), index]));
const weekdayCodes = new Map(weekdayNames.map((name, index) => [threeLetters(name, 0), index]));

/** 0 for January; short or in full, in any case of letters; -1 for none. */
export function monthName(text: string, from: number): number {
  return fullName(text, from, monthCodes.get(threeLetters(text, from)) ?? -1, monthNames);
}

/** 0 for Monday. */
export function weekdayName(text: string, from: number): number {
  return fullName(text, from, weekdayCodes.get(threeLetters(text, from)) ?? -1, weekdayNames);
}

/** Moves the cursor past the name, short or in full; -1 where the text goes on as another word. */
function fullName(text: string, from: number, index: number, names: readonly string[]): number {
  if (index < 0) return -1;
  const full = names[index] ?? '';
  cursor = from + 3;
  const next = text.charCodeAt(cursor) | 32;
  if (next >= 97 && next <= 122) {
    for (let at = 3; at < full.length; at++) if ((text.charCodeAt(from + at) | 32) !== full.charCodeAt(at)) return -1;
    cursor = from + full.length;
  }
  return index;
}

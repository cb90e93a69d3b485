// The built-in grok patterns, by Panther's names. Our own definitions: without lookaround, and no counted repetition
// whose copies exceed 16, so that V8 can always fall back to its linear engine (a test holds that).

const hex = '[0-9A-Fa-f]';
const group = `${hex}${hex}?${hex}?${hex}?`;
const octet = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const ipv4 = `(?:${octet}\\.){3}${octet}`;
const label = '[0-9A-Za-z][0-9A-Za-z-]*';

const ipv6 = [
  `(?:${group}:){7}(?:${group}|:)`,
  `(?:${group}:){6}(?::${group}|${ipv4}|:)`,
  `(?:${group}:){5}(?:(?::${group}){1,2}|:${ipv4}|:)`,
  `(?:${group}:){4}(?:(?::${group}){1,3}|(?::${group})?:${ipv4}|:)`,
  `(?:${group}:){3}(?:(?::${group}){1,4}|(?::${group}){0,2}:${ipv4}|:)`,
  `(?:${group}:){2}(?:(?::${group}){1,5}|(?::${group}){0,3}:${ipv4}|:)`,
  `(?:${group}:)(?:(?::${group}){1,6}|(?::${group}){0,4}:${ipv4}|:)`,
  `:(?:(?::${group}){1,7}|(?::${group}){0,5}:${ipv4}|:)`,
].join('|');

export const grokPatterns: Readonly<Record<string, string>> = {
  DATA: '.*?',
  GREEDYDATA: '.*',
  NOTSPACE: '\\S+',
  NS: '%{NOTSPACE}',
  SPACE: '\\s*',
  WORD: '\\b\\w+\\b',
  QUOTEDSTRING: `"(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*'`,
  QS: '%{QUOTEDSTRING}',
  HEXDIGIT: hex,
  UUID: `${hex}{8}-(?:${hex}{4}-){3}${hex}{12}`,

  INT: '[+-]?[0-9]+',
  BASE10NUM: '[+-]?(?:[0-9]+(?:\\.[0-9]+)?|\\.[0-9]+)',
  NUMBER: '%{BASE10NUM}',
  BASE16NUM: `[+-]?(?:0x)?${hex}+`,
  POSINT: '\\b[1-9][0-9]*\\b',
  NONNEGINT: '\\b[0-9]+\\b',
  PID: '%{POSINT}',

  CISCOMAC: `(?:${hex}{4}\\.){2}${hex}{4}`,
  WINDOWSMAC: `(?:${hex}{2}-){5}${hex}{2}`,
  COMMONMAC: `(?:${hex}{2}:){5}${hex}{2}`,
  MAC: '%{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC}',
  IPV6: `(?:${ipv6})(?:%[0-9A-Za-z_.-]+)?`,
  IPV4INT: octet,
  IPV4: ipv4,
  IP: '%{IPV6}|%{IPV4}',
  HOSTNAME: `\\b${label}(?:\\.${label})*\\.?`,
  HOST: '%{HOSTNAME}',
  IPORHOST: '%{IP}|%{HOSTNAME}',
  HOSTPORT: '%{IPORHOST}:%{POSINT}',
  USERNAME: '[a-zA-Z0-9._-]+',
  USER: '%{USERNAME}',

  UNIXPATH: '(?:/[\\w%!$@:.,~+-]*)+',
  WINPATH: '(?:[A-Za-z]+:|\\\\)(?:\\\\[^\\\\?*]*)+',
  PATH: '%{UNIXPATH}|%{WINPATH}',
  TTY: '/dev/(?:pts|tty[pq]?)\\w*/?[0-9]+',
  // Elsewhere defined as [A-Za-z]([A-Za-z0-9+\-.]+)+, which doubles its time with each character that does not fit.
  URIPROTO: '[A-Za-z][A-Za-z0-9+.-]+',
  URIHOST: '%{IPORHOST}(?::%{POSINT})?',
  URIPATH: "(?:/[A-Za-z0-9$.+!*'(){},~:;=@#%&_-]*)+",
  URIPARAM: "\\?[A-Za-z0-9$.+!*'|(){},~@#%&/=:;_?\\[\\]<>-]*",
  URIPATHPARAM: '%{URIPATH}(?:%{URIPARAM})?',
  URI: '%{URIPROTO}://(?:%{USER}(?::[^@]*)?@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?',

  MONTH:
    '\\b(?:[Jj]an(?:uary)?|[Ff]eb(?:ruary)?|[Mm]ar(?:ch)?|[Aa]pr(?:il)?|[Mm]ay|[Jj]une?|[Jj]uly?|[Aa]ug(?:ust)?|' +
    '[Ss]ep(?:tember)?|[Oo]ct(?:ober)?|[Nn]ov(?:ember)?|[Dd]ec(?:ember)?)\\b',
  MONTHNUM: '0?[1-9]|1[0-2]',
  MONTHNUM2: '0[1-9]|1[0-2]',
  MONTHDAY: '0[1-9]|[12][0-9]|3[01]|[1-9]',
  DAY: '\\b(?:Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)\\b',
  YEAR: '[0-9][0-9](?:[0-9][0-9])?',
  HOUR: '2[0-3]|[01]?[0-9]',
  MINUTE: '[0-5][0-9]',
  SECOND: '(?:[0-5]?[0-9]|60)(?:[:.,][0-9]+)?',
  KITCHEN: '%{HOUR}:%{MINUTE}[AaPp][Mm]',
  TIME: '%{HOUR}:%{MINUTE}:%{SECOND}',
  DATE_US: '%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}',
  DATE_EU: '%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}',
  ISO8601_TIMEZONE: 'Z|[+-]%{HOUR}(?::?%{MINUTE})',
  ISO8601_SECOND: '%{SECOND}',
  TIMESTAMP_ISO8601: '%{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?(?:%{ISO8601_TIMEZONE})?',
  DATE: '%{DATE_US}|%{DATE_EU}',
  DATETIME: '%{DATE}[- ]%{TIME}',
  TZ: '[A-Z]{3}',
  TZOFFSET: '[+-][0-9]{4}',
  TIMESTAMP_RFC822: '%{DAY} %{MONTH} %{MONTHDAY} %{YEAR} %{TIME} %{TZ}',
  TIMESTAMP_RFC2822: '%{DAY}, %{MONTHDAY} %{MONTH} %{YEAR} %{TIME} %{ISO8601_TIMEZONE}',
  TIMESTAMP_OTHER: '%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{TZ} %{YEAR}',
  TIMESTAMP_EVENTLOG: '%{YEAR}%{MONTHNUM2}%{MONTHDAY}%{HOUR}%{MINUTE}%{SECOND}',
  SYSLOGTIMESTAMP: '%{MONTH} +%{MONTHDAY} %{TIME}',
  HTTPDATE: '%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{TZOFFSET}',
};

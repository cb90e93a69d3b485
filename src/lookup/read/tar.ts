// The one file that is meant in a tar archive, which is how MaxMind gives its databases away (POSIX.1-1988, "ustar").

const blockSize = 512;
const sizeAt = 124;
const typeAt = 156;
const magicAt = 257;

export function isTar(bytes: Buffer): boolean {
  return bytes.length >= blockSize && bytes.toString('latin1', magicAt, magicAt + 5) === 'ustar';
}

/** The first file whose name has one of the endings; undefined where there is none, or the archive is cut off in it. */
export function findInTar(bytes: Buffer, extensions: readonly string[]): Buffer | undefined {
  let at = 0;
  while (at + blockSize <= bytes.length) {
    const name = bytes.toString('utf8', at, at + 100).split('\0')[0] ?? '';
    const digits = bytes.toString('latin1', at + sizeAt, at + sizeAt + 11).trim();
    if (!/^[0-7]{1,11}$/.test(digits)) return undefined;
    const size = Number.parseInt(digits, 8);
    const start = at + blockSize;
    // '0', or NUL in archives of before 1988: a file.
    const isFile = bytes[at + typeAt] === 0x30 || bytes[at + typeAt] === 0;
    if (isFile && extensions.some((extension) => name.toLowerCase().endsWith(`.${extension}`))) {
      return start + size <= bytes.length ? bytes.subarray(start, start + size) : undefined;
    }
    at = start + Math.ceil(size / blockSize) * blockSize;
  }
  return undefined;
}

// MaxMind DB files: GeoLite2, IPinfo and others. What is read here is the metadata; addresses are looked up in the bytes as
// they are (mmdb-table.ts).

import type { Json } from '../../core/event.ts';
import { type Content, type Format, type FormatOptions, refusal } from './format.ts';
import { readRecord } from './mmdb-record.ts';
import { dataSection, type MmdbFile, nodeBytes, offsetOf, readNode, separator } from './mmdb-table.ts';

export const mmdb: Format = { extensions: ['mmdb'], maxBytes: 1024 * 1024 * 1024, read };

const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
const longestMetadata = 128 * 1024;
/** Distinct records that are read to see whether the file is sound; of the rest a broken one gives no answer. */
const mostChecked = 50_000;

function read(bytes: Buffer, { fields }: FormatOptions): Content {
  const file = openFile(bytes);
  if (typeof file === 'string') return refusal(`the file is no usable MMDB: ${file}`);
  const rows = checkTree(file);
  if (typeof rows === 'string') return refusal(`the file is a damaged MMDB: ${rows}`);
  return { table: { mmdb: file, rows, ...(fields === undefined ? {} : { fields }) } };
}

/** Or what is wrong. */
function openFile(bytes: Buffer): MmdbFile | string {
  const at = bytes.lastIndexOf(marker);
  if (at < 0 || bytes.length - at > longestMetadata) return 'it has no metadata';
  const start = at + marker.length;
  const metadata = readRecord({ bytes, start, end: bytes.length }, start);
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return 'its metadata is broken';
  const value = (key: string): Json | undefined => (metadata as { readonly [key: string]: Json | undefined })[key];
  const { nodes, recordSize, ipVersion } = {
    nodes: value('node_count'),
    recordSize: value('record_size'),
    ipVersion: value('ip_version'),
  };
  if (value('binary_format_major_version') !== 2) return 'its format is not version 2';
  if (recordSize !== 24 && recordSize !== 28 && recordSize !== 32) return 'its record size is not 24, 28 or 32';
  if (ipVersion !== 4 && ipVersion !== 6) return 'its IP version is not 4 or 6';
  if (typeof nodes !== 'number' || nodes < 1) return 'it has no node count';
  const treeEnd = nodes * nodeBytes(recordSize);
  if (treeEnd + separator > at) return 'its tree is longer than the file';
  if (bytes.subarray(treeEnd, treeEnd + separator).some((byte) => byte !== 0))
    return 'its tree is not where it should end';
  const shared = new Uint8Array(new SharedArrayBuffer(at));
  shared.set(bytes.subarray(0, at));
  return { bytes: shared, nodes, recordSize, ipVersion, dataEnd: at };
}

/** The number of networks, or what is wrong. */
function checkTree(file: MmdbFile): number | string {
  const section = dataSection(file);
  const checked = new Set<number>();
  let networks = 0;
  for (let node = 0; node < file.nodes; node++) {
    for (const side of [0, 1]) {
      const record = readNode(file, node, side);
      if (record <= file.nodes) continue;
      const offset = offsetOf(file, record);
      if (offset < section.start || offset >= section.end) return 'its tree points outside the data';
      networks++;
      if (checked.size >= mostChecked || checked.has(record)) continue;
      checked.add(record);
      if (readRecord(section, offset) === undefined) return 'a record cannot be read';
    }
  }
  return networks;
}

// API keys: `tocsin_<8 id>_<32 secret>`, hex. The database has the SHA-256 of the secret and never the secret.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { ApiKey, ApiKeys } from '../../core/api-key.ts';
import { type Clock, systemClock } from '../../core/clock.ts';
import { storableText } from './storable.ts';
import type { ApiKeyRow, Tables } from './tables.ts';

/** A key's use is written at most so often: a write is an fsync. */
const lastUsedMs = 60_000;

export function createApiKeys(db: Kysely<Tables>, clock: Clock = systemClock): ApiKeys {
  return {
    async create(name, scopes, expires) {
      const id = randomBytes(4).toString('hex');
      const secret = randomBytes(16).toString('hex');
      const row = await db
        .insertInto('api_keys')
        .values({
          id,
          name: storableText(name),
          sha256: digest(secret),
          scopes: [...scopes],
          created: clock.now(),
          last_used: null,
          expires: expires ?? null,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      return { key: `tocsin_${id}_${secret}`, apiKey: apiKeyOf(row) };
    },

    async verify(key) {
      const [, id, secret] = /^tocsin_([0-9a-f]{8})_([0-9a-f]{32})$/.exec(key) ?? [];
      if (id === undefined || secret === undefined) return undefined;
      const row = await db.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst();
      if (row === undefined || !timingSafeEqual(row.sha256, digest(secret))) return undefined;
      const now = clock.now();
      if (row.expires !== null && row.expires <= now) return undefined;
      if (row.last_used === null || now - row.last_used >= lastUsedMs) {
        await db.updateTable('api_keys').set({ last_used: now }).where('id', '=', id).execute();
        return apiKeyOf({ ...row, last_used: now });
      }
      return apiKeyOf(row);
    },

    async list() {
      const rows = await db.selectFrom('api_keys').selectAll().orderBy('created').orderBy('id').execute();
      return rows.map(apiKeyOf);
    },

    async revoke(id) {
      const { numDeletedRows } = await db.deleteFrom('api_keys').where('id', '=', id).executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function apiKeyOf(row: Omit<ApiKeyRow, 'sha256'>): ApiKey {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes,
    created: row.created,
    ...(row.last_used !== null && { lastUsed: row.last_used }),
    ...(row.expires !== null && { expires: row.expires }),
  };
}

// The AnalysisStore in PostgreSQL. Who takes a request off an account locks the account's row first, so that a limit
// holds over all processes. What a failure means for an account is src/analyzer/breaker.ts's.

import { type Kysely, sql, type Transaction } from 'kysely';
import type { Account, Admit, AnalysisStore, KeptAnswer, Question, RateLimit } from '../../core/analysis-store.ts';
import { storableObject } from './storable.ts';
import type { AnalysisRow, Tables } from './tables.ts';

const forgetMs = 30 * 24 * 60 * 60 * 1000;
/** More than one, so that the forgetting outruns the keeping. */
const forgottenAtOnce = 10;

export function createAnalysisStore(db: Kysely<Tables>): AnalysisStore {
  return {
    async answer(question) {
      const row = await rowOf(db, question);
      return row && answerOf(row);
    },

    async admit(question, admit) {
      return db.transaction().execute(async (trx) => {
        const account = await lockAccount(trx, admit.account);
        const row = await rowOf(trx, question);
        const answer = row && answerOf(row);
        const holds = answer !== undefined && answer.until > admit.now && answer.asked !== admit.unusable;
        if (holds) return { kind: 'answered', answer };
        if (row !== undefined && row.claimed > admit.now) return { kind: 'claimed', until: row.claimed };
        const entered = admit.enter(account);
        if (entered === undefined) return { kind: 'closed', account };
        const spent = await spentLimit(trx, admit);
        if (spent !== undefined) return { kind: 'spent', ...spent };
        await spend(trx, admit);
        await changeAccount(trx, admit.account, entered);
        await claim(trx, question, admit.claimUntil);
        return { kind: 'admitted', account };
      });
    },

    async settle(question, { account: id, answer, change }) {
      return db.transaction().execute(async (trx) => {
        const account = change(await lockAccount(trx, id));
        await changeAccount(trx, id, account);
        if (answer === undefined) await claim(trx, question, 0);
        else await keep(trx, question, answer);
        return account;
      });
    },
  };
}

async function rowOf(db: Kysely<Tables>, { analyzer, observable }: Question): Promise<AnalysisRow | undefined> {
  return db
    .selectFrom('analyses')
    .selectAll()
    .where('analyzer', '=', analyzer)
    .where('kind', '=', observable.kind)
    .where('value', '=', observable.value)
    .executeTakeFirst();
}

function answerOf({ status, body, asked, until }: AnalysisRow): KeptAnswer | undefined {
  return status === null || asked === null ? undefined : { status, body, asked, until };
}

async function lockAccount(trx: Transaction<Tables>, id: string): Promise<Account> {
  // An update locks the row, be it old or new, and gives it in one statement.
  const { rows } = await sql<{ failures: number; open_until: number; retry_after: number }>`
    insert into analyzer_accounts as old (id) values (${id})
    on conflict (id) do update set failures = old.failures
    returning failures, open_until, retry_after`.execute(trx);
  const [row] = rows;
  if (row === undefined) throw new Error('bug: an account without a row');
  return { failures: row.failures, openUntil: row.open_until, retryAfter: row.retry_after };
}

async function changeAccount(trx: Transaction<Tables>, id: string, account: Account): Promise<void> {
  await trx
    .updateTable('analyzer_accounts')
    .set({ failures: account.failures, open_until: account.openUntil, retry_after: account.retryAfter })
    .where('id', '=', id)
    .execute();
}

/** The limit that holds longest, if any holds now. */
async function spentLimit(
  trx: Transaction<Tables>,
  { account, limits, now }: Admit,
): Promise<{ readonly limit: RateLimit; readonly until: number } | undefined> {
  let longest: { limit: RateLimit; until: number } | undefined;
  for (const limit of limits) {
    const oldest = await trx
      .selectFrom('analyzer_requests')
      .select('time')
      .where('account', '=', account)
      .orderBy('time', 'desc')
      .offset(limit.requests - 1)
      .limit(1)
      .executeTakeFirst();
    const until = (oldest?.time ?? Number.NEGATIVE_INFINITY) + limit.seconds * 1000;
    if (until > now && until > (longest?.until ?? 0)) longest = { limit, until };
  }
  return longest;
}

async function spend(trx: Transaction<Tables>, { account, limits, now }: Admit): Promise<void> {
  if (limits.length === 0) return;
  const longestMs = Math.max(...limits.map((limit) => limit.seconds)) * 1000;
  await trx
    .deleteFrom('analyzer_requests')
    .where('account', '=', account)
    .where('time', '<=', now - longestMs)
    .execute();
  await trx.insertInto('analyzer_requests').values({ account, time: now }).execute();
}

async function claim(trx: Transaction<Tables>, { analyzer, observable }: Question, claimed: number): Promise<void> {
  await sql`
    insert into analyses as old (analyzer, kind, value, until, claimed)
    values (${analyzer}, ${observable.kind}, ${observable.value}, ${claimed}, ${claimed})
    on conflict (analyzer, kind, value) do update set claimed = excluded.claimed`.execute(trx);
}

async function keep(trx: Transaction<Tables>, { analyzer, observable }: Question, answer: KeptAnswer): Promise<void> {
  const { status, asked, until } = answer;
  const body = JSON.stringify(storableObject({ body: answer.body })['body']);
  await sql`
    insert into analyses (analyzer, kind, value, status, body, asked, until, claimed)
    values (${analyzer}, ${observable.kind}, ${observable.value}, ${status}, ${body}::json, ${asked}, ${until}, 0)
    on conflict (analyzer, kind, value) do update set status = excluded.status, body = excluded.body,
      asked = excluded.asked, until = excluded.until, claimed = 0`.execute(trx);
  await sql`
    delete from analyses where (analyzer, kind, value) in (
      select analyzer, kind, value from analyses where until < ${asked - forgetMs} and claimed < ${asked}
      order by until limit ${forgottenAtOnce} for update skip locked)`.execute(trx);
}

import { rm } from 'node:fs/promises';
import { jobsSuite } from './jobs.suite.ts';
import { connectPostgres } from './store/postgres/connect.ts';
import { temporaryDatabaseFolder } from './store/postgres/temporary-database.suite.ts';

jobsSuite(async () => {
  const path = await temporaryDatabaseFolder();
  const database = await connectPostgres({ path });
  return {
    ...database,
    async close() {
      await database.close();
      await rm(path, { recursive: true });
    },
  };
});
